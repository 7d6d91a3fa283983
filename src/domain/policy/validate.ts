import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { nearest } from "../../kernel/nearest.ts";
import type { Action, Catalogue } from "./catalogue.ts";
import { neverTrue } from "./closed.ts";
import type { Wrong } from "./fault.ts";
import { attributesOf, signature } from "./input-type.ts";
import type { Mentions } from "./mentions.ts";
import { named, takes, type Uid, uidOf } from "./scope.ts";
import { contextWith, ENTITY_TYPES, type Group, GROUPS } from "./schema.ts";

/** One policy to be held against the catalogue. */
interface Candidate {
  /** As it is written, for places. */
  readonly text: string;
  readonly policy: cedar.PolicyJson;
  readonly mentions: Mentions;
}

const FITS = "a policy that fits the schema, which is made of the pinned definitions";
/** Only that a policy never applies: what is false for some actions may hold for others. */
const IMPOSSIBLE = /policy is impossible|unable to find an applicable/;
const MEND = "Mend this policy: the gateway does not start with one that cannot be enforced.";
const TYPE_OF: Record<Group, string> = { call: "Tool", get: "Prompt", read: "Resource", see: "Server" };

/**
 * Holds one policy against the actions that it can apply to, in strict mode. Actions whose parameters look alike to it are
 * judged once, so that a thousand tools cost what a few do.
 * @returns what is wrong, by the ids of the actions for which it is; with no ids: for all
 */
export function validate(one: Candidate, catalogue: Catalogue): { wrong: Wrong[]; actions: readonly string[] }[] {
  const applies = applicable(one.policy, catalogue);
  if (applies.length === 0) return [{ wrong: [NEVER], actions: [] }];
  const asked = askedFor(one.mentions.asked, applies);
  if (asked !== undefined) return [{ wrong: [asked], actions: [] }];
  const never = neverTrue(one.policy, applies);
  if (never.length > 0) return [{ wrong: never, actions: [] }];
  const groups = alike(one.mentions, applies);
  const representatives = [...groups.values()].map((group) => group[0] as Action);
  // What holds nowhere is a fault; what holds somewhere may be false elsewhere.
  const whole = [...barredIn(one.mentions, representatives), ...check(one, representatives)];
  if (whole.length === 0) return [];
  if (whole.every((fault) => IMPOSSIBLE.test(fault.message))) {
    // Cedar says only that it never holds, not which name nothing has.
    const unknown = askedFor(
      one.mentions.fields.flatMap(([name]) => name ?? []),
      applies,
    );
    if (unknown !== undefined) return [{ wrong: [unknown], actions: [] }];
  }
  if (groups.size === 1) return [{ wrong: whole, actions: applies.map((action) => action.id) }];
  const each = [...groups.values()].map((group) => {
    const [first] = group as [Action];
    const wrong = [
      ...barredIn(one.mentions, [first]),
      ...check(one, [first]).filter((fault) => !IMPOSSIBLE.test(fault.message)),
    ];
    return { wrong, actions: group.map((action) => action.id) };
  });
  const faulty = each.filter(({ wrong }) => wrong.length > 0);
  return faulty.length > 0 ? faulty : [{ wrong: whole, actions: applies.map((action) => action.id) }];
}

/** The actions that the scope of a policy leaves, with one that stands for whatever is not pinned yet. */
export function applicable(policy: cedar.PolicyJson, { actions, unpinned }: Catalogue): Action[] {
  const found = [...actions.values(), ...pendingIn(policy, unpinned)];
  return found.filter((action) => {
    const uid = { type: "Action", id: action.id };
    if (!takes(policy.action, { uid, in: action.id === action.group ? [] : [{ type: "Action", id: action.group }] }))
      return false;
    const type = TYPE_OF[action.group];
    const { resource } = policy;
    if (action.server !== undefined && action.resource !== undefined)
      return takes(resource, { uid: { type, id: action.resource }, in: [{ type: "Server", id: action.server }] });
    if (resource.op === "is") return resource.entity_type === `Cardea::${type}`;
    return resource.op === "==" ? named(resource)[0]?.type === type : true;
  });
}

/** Stand for the tools and prompts of servers of which nothing is pinned, under the names that the policy knows. */
function pendingIn(policy: cedar.PolicyJson, unpinned: ReadonlySet<string>): Action[] {
  const parameters = { known: new Map(), barred: new Map() };
  const outputs: readonly undefined[] = [];
  const ids = [...named(policy.action), ...named(policy.resource)].filter(({ type }) => type !== "Server");
  return [...unpinned].flatMap((server) => {
    const own = ids.filter(({ id }) => id.startsWith(`${server}.`));
    const action = own.find(({ type }) => type === "Action")?.id;
    const resource = own.find(({ type }) => type !== "Action")?.id;
    return (["call", "get"] as const).map((group): Action => {
      const id = action ?? `${server}.${group === "get" ? "prompt:" : ""}*`;
      const thing = resource ?? id.replace(".prompt:", ".");
      return { id, group, server, resource: thing, name: "*", effect: "write", parameters, outputs, pending: true };
    });
  });
}

/** Actions that look the same to this policy. What looks at arguments cannot be judged where nothing is pinned yet. */
function alike({ fields, flags }: Mentions, actions: readonly Action[]): Map<string, Action[]> {
  const groups = new Map<string, Action[]>();
  const names = fields.map(([first]) => first);
  for (const action of actions) {
    const { known, barred } = action.parameters;
    if (names.length > 0 && action.pending) continue;
    const seen = names.includes(undefined) ? [...known.keys()] : (names as string[]);
    const look = seen.map((name) => {
      const one = known.get(name);
      return one === undefined ? [name, barred.has(name)] : [name, signature(one.type), one.required];
    });
    const key = flags.has("action") ? action.id : JSON.stringify([action.group, look]);
    groups.set(key, [...(groups.get(key) ?? []), action]);
  }
  return groups;
}

/** What a policy only asks about with `has` has to be somewhere: elsewhere it may be missing. */
function askedFor(asked: Iterable<string>, actions: readonly Action[]): Wrong | undefined {
  if (actions.some((action) => action.pending)) return undefined;
  for (const name of asked) {
    if (actions.some(({ parameters }) => parameters.known.has(name) || parameters.barred.has(name))) continue;
    const all = actions.flatMap(({ parameters }) => [...parameters.known.keys()]);
    const near = nearest(name, all);
    return {
      message: `No tool or prompt that this policy is for has the parameter ${JSON.stringify(name)}`,
      expected: parametersIn(all),
      ...(near === undefined ? {} : { nearest: near }),
      remedy: near === undefined ? MEND : `Write ${near}.`,
    };
  }
  return undefined;
}

const parametersIn = (names: readonly string[]): string =>
  names.length === 0
    ? "none has parameters that policies can name"
    : `one of ${[...new Set(names)].slice(0, 20).join(", ")}`;

/** Parameters that policies look at and Cedar cannot read. */
function barredIn({ fields }: Mentions, actions: readonly Action[]): Wrong[] {
  for (const { id, parameters } of actions)
    for (const [name] of fields) {
      const why = name === undefined ? undefined : parameters.barred.get(name);
      if (why === undefined) continue;
      return [
        {
          message: `The parameter ${JSON.stringify(name)} of ${id} cannot be named in a policy: ${why}`,
          expected: "texts, whole numbers, true or false, and lists and objects of them",
          remedy: "Narrow its type with an overlay, or leave it out of the policy.",
        },
      ];
    }
  return [];
}

function check({ text, policy }: Candidate, actions: readonly Action[]): Wrong[] {
  if (actions.length === 0) return [];
  const schema = schemaOf(actions, actionsIn(policy));
  const answer = cedar.validate({ schema, policies: { staticPolicies: text } });
  const said =
    answer.type === "failure"
      ? answer.errors
      : [
          ...[...answer.validationErrors, ...answer.validationWarnings].map(({ error }) => error),
          ...answer.otherWarnings,
        ];
  return said.map((error) => wrongOf(text, error));
}

/** The schema of these actions and of the groups that they are in; others that the policy names stand there by name. */
function schemaOf(actions: readonly Action[], others: readonly string[]): cedar.Schema {
  const made: Record<string, unknown> = Object.fromEntries([...GROUPS, ...others].map((id) => [id, {}]));
  for (const { id, group, parameters } of actions) {
    const context = contextWith(attributesOf(parameters));
    const appliesTo = { principalTypes: ["User"], resourceTypes: [TYPE_OF[group]], context };
    made[id] = id === group ? { appliesTo } : { memberOf: [{ id: group }], appliesTo };
  }
  return { Cardea: { entityTypes: ENTITY_TYPES, actions: made } } as unknown as cedar.Schema;
}

const actionsIn = (policy: cedar.PolicyJson): string[] =>
  literals(policy).flatMap(({ type, id }) => (type === "Action" ? [id] : []));

/** Every entity literal below a value of Cedar's JSON policy format, where `{type, id}` of two strings is nothing else. */
export function literals(value: unknown): Uid[] {
  if (typeof value !== "object" || value === null) return [];
  const { type, id } = value as Record<string, unknown>;
  if (typeof type === "string" && typeof id === "string") return [uidOf({ type, id })];
  return Object.values(value).flatMap(literals);
}

/** A fault of Cedar's in the form of ours. */
export function wrongOf(text: string, error: cedar.DetailedError): Wrong {
  const start = error.sourceLocations?.[0]?.start;
  // Cedar counts bytes of UTF-8.
  const offset = start === undefined ? {} : { offset: Buffer.from(text).subarray(0, start).toString().length };
  const plain = error.message.replace(/^failed to parse policies from string: |^for policy `policy\d+`, /, "");
  const help = error.help?.replace(/^for policy `policy\d+`, /, "");
  const near = /^did you mean `(.+)`\?$/.exec(error.help ?? "")?.[1];
  const expected = error.sourceLocations?.[0]?.label ?? FITS;
  if (near === undefined) return { ...offset, message: plain, expected, remedy: help ?? MEND };
  return { ...offset, message: plain, expected, nearest: near, remedy: `Write ${near}.` };
}

/** Why a policy whose scope takes no action can never apply. */
const NEVER: Wrong = {
  message: "This policy can never apply: no action goes with its principal, action and resource",
  expected: FITS,
  remedy: "Name an action and a thing that go together.",
};

/** What is wrong with the name of an action, tool or prompt; undefined: it is there, or may come with the first pins. */
export function missing({ type, id }: Uid, { actions, unpinned }: Catalogue): Wrong | undefined {
  if (type !== "Action" && type !== "Tool" && type !== "Prompt") return undefined;
  const known = [...actions.values()].filter((one) => TYPE_OF[one.group] === type).flatMap((one) => one.resource ?? []);
  const names = type === "Action" ? [...GROUPS, ...actions.keys()] : known;
  if (names.includes(id) || unpinned.has(id.split(".", 1)[0] ?? "")) return undefined;
  const near = nearest(id, names);
  const expected =
    names.length === 0 ? "the name of something pinned; there is none" : `one of ${names.slice(0, 20).join(", ")}`;
  const message = `The ${type.toLowerCase()} ${JSON.stringify(id)} does not exist: nothing of that name is pinned`;
  const approve = "Approve its definition first (cardea servers approve), or remove the policy.";
  return near === undefined
    ? { message, expected, remedy: approve }
    : { message, expected, nearest: near, remedy: `Write ${near}.` };
}
