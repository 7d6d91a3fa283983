import { hash } from "node:crypto";
import type { Effect, Kind } from "../../kernel/call.ts";
import { canonical } from "../../protocol/jcs.ts";
import type { Json } from "../../kernel/json.ts";
import { certainly, denied, inEverySpelling, type PolicyAnswer, refusedBy, unfit, visibleOf } from "./answer.ts";
import { type Action, catalogueOf, type Thing } from "./catalogue.ts";
import type { PolicyFault } from "./fault.ts";
import { NO_PARAMETERS } from "./input-type.ts";
import { keyReaches } from "./key-scope.ts";
import { joined, type Mentions } from "./mentions.ts";
import { obligationsOf } from "./obligations.ts";
import { couldBe } from "./partly.ts";
import { project, Unfit } from "./project.ts";
import { type Caller, cedarCall, minuteOf, type Request, requestOf, type Values, type Wanted } from "./question.ts";
import type { Rule } from "./rule.ts";
import { readRules, type RuleSource } from "./rules.ts";
import { actionOf, type Declared } from "./schema.ts";
import { createSelection, type Selected } from "./selection.ts";
import { createSlices, evaluate } from "./slices.ts";
import { rulesText } from "./text.ts";
import { createWhos } from "./who.ts";

/** What a policy is made of. */
export interface PolicyInput extends RuleSource {
  /** The environment that this gateway serves; a principal of another one is denied (P5). */
  readonly environment: string;
  /** What is pinned, as it is published; of servers without anything here nothing is known, and nothing is judged by value. */
  readonly things?: readonly Thing[];
  /** What is declared of a server, and of a client (P2). */
  readonly declared?: { server?(name: string): Declared | undefined; client?(id: string): Declared | undefined };
  /** Milliseconds since the epoch. */
  now(): number;
}

/** One policy set in force. */
export interface Policy {
  /** Changes with every change of the rules, the servers, the environment or the pinned definitions. */
  readonly version: string;
  /** The roles that keys may be given. */
  readonly roles: readonly string[];
  readonly rules: readonly Rule[];
  /** Every action of what is pinned, by its id. */
  readonly actions: ReadonlyMap<string, Action>;
  /** Rules that are over (P9). */
  readonly ended: readonly Rule[];
  /** Whether this could be permitted for some arguments and scopes: what is listed (P8). Remembered, so it may be asked for every name. */
  decide(caller: Caller, wanted: Wanted): PolicyAnswer;
  /** Whether exactly this is permitted. Deny by default; any evaluation error is a denial. */
  judge(caller: Caller, wanted: Wanted, values: Values): PolicyAnswer;
  /** Whether a call with these arguments and any others could be permitted. A resource is judged exactly. */
  mayBe(caller: Caller, wanted: Wanted, values: Values): boolean;
  /** Whether the caller could be permitted anything on this server; if not, it does not exist for them (P8). */
  reaches(caller: Caller, server: string): boolean;
  /** The rules that may decide on something, and the request that they read. */
  select(caller: Caller, wanted: Wanted, time?: number): Selected & { readonly request: Request };
  /** The fields of the arguments that rules on this look at. */
  fields(server: string, kind: Kind, name: string): readonly (readonly string[])[];
  /** Other definitions are pinned now. Returns the rules that do not fit them any more: those deny what they were for. */
  follow(things: readonly Thing[]): readonly PolicyFault[];
  /** How many questions were answered from memory, and how many by evaluation. */
  counts(): { readonly remembered: number; readonly evaluated: number };
  /** The whole set as Cedar text, for review. */
  text(): string;
  /** Frees the parsed sets. What is asked afterwards is denied. */
  close(): void;
}

/** What is remembered of one thing for one kind of caller. */
interface Entry {
  readonly wanted: Wanted;
  readonly visible: PolicyAnswer;
  readonly selected: Selected;
  readonly request: Request;
  readonly mentions: Mentions;
  /** The minute that the answer is for; undefined: it does not hang on the time. */
  readonly minute: number | undefined;
  /** Answers by what was looked at; one under the empty text where nothing is. */
  readonly exact: Map<string, PolicyAnswer>;
}

/** Entries of the decision cache, answers of one entry, and the longest name that is remembered: its bound in memory. */
const MOST_REMEMBERED = 50_000;
const MOST_ANSWERS = 100;
const LONGEST_REMEMBERED = 512;
/** Entries that are found by their name alone, of callers who are the same to every rule. */
const MOST_LATELY = 64;
/** What was looked at is kept as it is up to this length, and as its digest above. */
const LONGEST_KEY = 256;

/**
 * Makes one policy set of the short form and the Cedar files (P1, P2, P8).
 * @throws PolicyFaults with every fault: unknown servers, roles, tools, parameters, types, annotations, impossible policies
 * @example
 * const policy = createPolicy({ access: [{ role: "dev", allow: ["files.read_*"] }], servers: ["files"], environment: "dev", now: Date.now });
 * policy.decide(principal, { server: "files", kind: "tool", name: "read_file", effect: "read" }).allow
 */
export function createPolicy(input: PolicyInput): Policy {
  const roles = [...new Set(input.access.map((entry) => entry.role))].sort();
  const known = new Set(roles);
  const counts = { remembered: 0, evaluated: 0 };
  const slices = createSlices();
  const remembered = new Map<string, Entry>();
  let catalogue = catalogueOf(input.things ?? [], input.servers);
  let rules = readRules(input, catalogue, false).rules;
  let servers: ReadonlySet<string> = new Set(input.servers);
  const heldRoles = (caller: Caller): string[] => [...new Set(caller.roles.filter((role) => known.has(role)))].sort();
  let force = inForce();

  /** The rules that are not over, ready to be asked. */
  function inForce() {
    const now = input.now();
    const active = rules.filter(({ terms }) => terms.until === undefined || terms.until > now);
    const ends = active.map(({ terms }) => terms.until ?? Number.POSITIVE_INFINITY);
    slices.clear();
    remembered.clear();
    const selection = createSelection(active, input.servers);
    const set = [active.map((rule) => [rule.id, rule.policy, rule.terms]), catalogue.text];
    const text = JSON.stringify([set, [...input.servers].sort(), input.environment]);
    return {
      version: hash("sha256", text).slice(0, 16),
      ended: rules.filter((rule) => !active.includes(rule)),
      /** The next rule ends then. */
      until: Math.min(Number.POSITIVE_INFINITY, ...ends),
      selection,
      /** Stands for everything of a caller that rules look at. Roles that the set does not know have no effect. */
      whoOf: createWhos<Entry>(selection.flags, heldRoles),
      byId: new Map(active.map((rule) => [rule.id, rule])),
    };
  }

  /** Begins anew once a rule is over. */
  function current() {
    if (force.until !== Number.POSITIVE_INFINITY && input.now() >= force.until) force = inForce();
    return force;
  }

  const actionFor = ({ server, kind, name }: Wanted): Action | undefined =>
    catalogue.actions.get(actionOf(server, kind, name));

  function requestFor(caller: Caller, wanted: Wanted, now: number): Request {
    const usual: Effect = wanted.kind === "tool" ? "write" : "read";
    const effect = wanted.effect ?? actionFor(wanted)?.effect ?? usual;
    const { environment, declared = {} } = input;
    const { server = () => undefined, client = () => undefined } = declared;
    const around = { environment, minute: minuteOf(now), server, client };
    return requestOf(caller, { ...wanted, effect }, heldRoles(caller), around);
  }

  function make(caller: Caller, wanted: Wanted, who: string, now: number): Entry {
    counts.evaluated++;
    const request = requestFor(caller, wanted, now);
    const selected = force.selection.select(who, request);
    const mentions = joined([...selected.permits, ...selected.forbids].map((rule) => rule.mentions));
    const visible = visibleOf(caller, wanted, selected);
    const minute = selected.timed ? request.minute : undefined;
    return { wanted, visible, selected, request, mentions, minute, exact: new Map() };
  }

  /** @param time other than now: nothing is remembered */
  function entryOf(caller: Caller, wanted: Wanted, time?: number): Entry | PolicyAnswer {
    if (!servers.has(wanted.server)) return denied("unknown server");
    if (caller.environment !== input.environment) return denied("another environment");
    if (time !== undefined) return make(caller, wanted, force.whoOf(caller).id, time);
    const { id, lately } = current().whoOf(caller);
    const last = lately.get(wanted.name);
    if (last !== undefined && isSame(last.wanted, wanted) && holds(last)) {
      counts.remembered++;
      return last;
    }
    const key = `${wanted.kind} ${wanted.effect} ${wanted.server} ${id}\n${wanted.name}`;
    let entry = remembered.get(key);
    if (entry !== undefined && holds(entry)) counts.remembered++;
    else {
      entry = make(caller, wanted, id, input.now());
      if (wanted.name.length > LONGEST_REMEMBERED) return entry;
      if (remembered.size >= MOST_REMEMBERED) remembered.delete(remembered.keys().next().value ?? "");
      remembered.set(key, entry);
    }
    if (lately.size >= MOST_LATELY) lately.clear();
    lately.set(wanted.name, entry);
    return entry;
  }

  const isSame = (one: Wanted, other: Wanted): boolean =>
    one.server === other.server && one.kind === other.kind && one.name === other.name && one.effect === other.effect;

  const holds = ({ minute }: Entry): boolean => minute === undefined || minute === minuteOf(input.now());

  function decideOne(caller: Caller, wanted: Wanted): PolicyAnswer {
    const entry = entryOf(caller, wanted);
    return "allow" in entry ? entry : entry.visible;
  }

  /** What a forbid says of another spelling; undefined: nothing. Without values only what holds for all counts. */
  function forbidden(caller: Caller, wanted: Wanted, values?: Values): PolicyAnswer | undefined {
    const entry = entryOf(caller, wanted, values?.time);
    if ("allow" in entry) return entry;
    const { forbids, certain } = entry.selected;
    if (certain.length > 0) return certainly(certain);
    if (values === undefined || forbids.length === 0) return undefined;
    const projected = entry.mentions.fields.length === 0 ? undefined : { uri: wanted.name };
    const selected = { ...entry.selected, permits: [] };
    const { answer, lasting } = ask({ ...entry, selected }, projected, values.labels ?? [], caller);
    return answer.policies.length > 0 || !lasting ? answer : undefined;
  }

  function judgeOne(caller: Caller, wanted: Wanted, values: Values): PolicyAnswer {
    const entry = entryOf(caller, wanted, values.time);
    if ("allow" in entry) return entry;
    if (!entry.visible.allow) return entry.visible;
    const { flags, fields } = entry.mentions;
    let projected: ReturnType<typeof project> | undefined;
    let key = "";
    if (fields.length > 0) {
      try {
        projected = project(fields, actionFor(wanted)?.parameters ?? NO_PARAMETERS, values.arguments ?? {});
      } catch (error) {
        return error instanceof Unfit
          ? unfit(error, entry.selected)
          : denied("policy evaluation failed: the arguments");
      }
      key = canonical(projected as Json);
    }
    const labels = values.labels ?? [];
    if (flags.has("scopes")) key += `\n${[...(caller.oauthScopes ?? [])].sort().join(" ")}`;
    if (flags.has("labels")) key += `\n${JSON.stringify([...labels].sort())}`;
    if (key.length > LONGEST_KEY) key = hash("sha256", key);
    const before = entry.exact.get(key);
    if (before !== undefined) return before;
    counts.evaluated++;
    const { answer, lasting } = ask(entry, projected, labels, caller);
    if (lasting) {
      if (entry.exact.size >= MOST_ANSWERS) entry.exact.delete(entry.exact.keys().next().value ?? "");
      entry.exact.set(key, answer);
    }
    return answer;
  }

  function ask(
    { selected, request, mentions }: Entry,
    projected: ReturnType<typeof project> | undefined,
    labels: readonly string[],
    caller: Caller,
  ): { answer: PolicyAnswer; lasting: boolean } {
    const { permits, forbids } = selected;
    const said = evaluate(() => {
      const slice = slices.of([...permits, ...forbids]);
      return cedarCall(slice, { ...request, caller }, mentions.flags, projected, labels);
    });
    if (said.kind === "failed") return { answer: denied(`policy evaluation failed: ${said.message}`), lasting: false };
    const { policies } = said;
    const by = policies.join(", ");
    const decided = policies.flatMap((id) => force.byId.get(id) ?? []);
    if (said.allow) {
      const obligations = obligationsOf(decided, request.wanted.effect);
      const reason = `permitted by ${by}`;
      return {
        answer: Object.freeze({ allow: true, policies, reason, ...(obligations && { obligations }) }),
        lasting: true,
      };
    }
    const nearest = decided[0] ?? permits.find((rule) => rule.mentions.fields.length > 0) ?? permits[0];
    const reason = by === "" ? "no policy permits these values" : `forbidden by ${by}`;
    const refused = nearest === undefined ? {} : { refused: refusedBy(nearest) };
    return { answer: Object.freeze({ allow: false, policies, reason, ...refused }), lasting: true };
  }

  const judge: Policy["judge"] = (caller, wanted, values) =>
    wanted.kind === "resource"
      ? inEverySpelling(
          wanted,
          (one) => judgeOne(caller, one, { ...values, arguments: { uri: one.name } }),
          (one) => forbidden(caller, one, values),
        )
      : judgeOne(caller, wanted, values);

  return {
    get version() {
      return force.version;
    },
    roles,
    get rules() {
      return rules;
    },
    get actions() {
      return catalogue.actions;
    },
    get ended() {
      return force.ended;
    },
    decide: (caller, wanted) =>
      wanted.kind === "resource"
        ? inEverySpelling(
            wanted,
            (one) => decideOne(caller, one),
            (one) => forbidden(caller, one),
          )
        : decideOne(caller, wanted),
    judge,
    mayBe(caller, wanted, values) {
      if (wanted.kind === "resource") return judge(caller, wanted, values).allow;
      const entry = entryOf(caller, wanted, values.time);
      if ("allow" in entry || !entry.visible.allow) return false;
      return couldBe(entry.selected, entry.request, values);
    },
    reaches(caller, server) {
      if (!servers.has(server) || caller.environment !== input.environment) return false;
      const who = current().whoOf(caller);
      let reached = who.reached.get(server);
      if (reached === undefined) {
        const wanted = { server, kind: "instructions", name: "instructions" } as const;
        reached =
          (caller.scope === undefined || keyReaches(caller.scope, server)) &&
          force.selection.reaches(who.id, requestFor(caller, wanted, input.now()));
        who.reached.set(server, reached);
      }
      return reached;
    },
    select(caller, wanted, time) {
      const request = requestFor(caller, wanted, time ?? input.now());
      return { ...force.selection.select(force.whoOf(caller).id, request), request };
    },
    fields(server, kind, name) {
      const id = actionOf(server, kind, name);
      return joined(force.selection.on(server, id).map((rule) => rule.mentions)).fields;
    },
    follow(things) {
      const next = catalogueOf(things, input.servers);
      if (next.text === catalogue.text) return [];
      catalogue = next;
      const read = readRules(input, catalogue, true);
      rules = read.rules;
      force = inForce();
      return read.stale;
    },
    counts: () => ({ ...counts }),
    text: () => rulesText(rules),
    close() {
      servers = new Set();
      slices.clear();
      remembered.clear();
    },
  };
}
