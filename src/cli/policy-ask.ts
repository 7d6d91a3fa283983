import { readFileSync } from "node:fs";
import type { KnownPeople, OpenedPolicy, PolicyAdmin } from "../compose/policy-admin.ts";
import type { PolicyAnswer } from "../domain/policy/answer.ts";
import type { Policy } from "../domain/policy/policy.ts";
import type { Caller, Wanted } from "../domain/policy/question.ts";
import type { Rule } from "../domain/policy/rule.ts";
import { conditionText } from "../domain/policy/text.ts";
import { endOf } from "../domain/policy/annotations.ts";
import { actionOf } from "../domain/policy/schema.ts";
import { literals } from "../domain/policy/validate.ts";
import { trace } from "../domain/policy/trace.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import { readFlags, UsageFault } from "./args.ts";
import type { Io } from "./io.ts";
import { outcomeWith, unknownEnvironment, unknownName } from "./policy-names.ts";
import { columns, printable } from "./table.ts";

const WHO = `  --person OWNER  person:ada@example.com (person: may be left out) or service:nightly-report; with the roles that it has
  --role ROLE     in place of a known person's roles; may be given several times`;

const EXPLAIN = `cardea policy explain SERVER.NAME [--person OWNER] [--role ROLE…] [--arguments JSON] [--json]

Which rules decide this call, on which values, and what would have to change for another decision.

${WHO}
  --arguments J   the arguments as JSON, or @FILE
  --scope SCOPE   of the access token; may be given several times
  --client ID     the OAuth client
  --environment E in place of the configured one
  --time MOMENT   2026-03-01T12:00:00Z in place of now
  --kind KIND     tool (the default), prompt or resource
  --json          one JSON object

Exit codes: 0 permitted (perhaps after an approval), 1 refused, 2 could not run.

Example:
  cardea policy explain crm.find_contact --role support --arguments '{"tenant_id":"acme"}'
`;

const WHO_HELP = `cardea policy who SERVER.NAME [--kind KIND] [--json]

Which roles may use a tool, prompt or resource, and under which conditions; and the people and keys that have those roles.

  --kind KIND   tool (the default), prompt or resource
  --json        one JSON object

Example:
  cardea policy who crm.delete_contact
`;

const WHAT_HELP = `cardea policy what PERSON [--role ROLE…] [--json]

What a person or service may use, with the conditions. Without a known person, name --role.

${WHO}
  --json        one JSON object

Example:
  cardea policy what ada@example.com
`;

const ASK = {
  person: { type: "string" },
  role: { type: "string", multiple: true },
  arguments: { type: "string" },
  scope: { type: "string", multiple: true },
  client: { type: "string" },
  environment: { type: "string" },
  time: { type: "string" },
  kind: { type: "string" },
  json: { type: "boolean" },
} as const;

/** `cardea policy explain`. */
export const explainCommand = {
  help: EXPLAIN,
  async run(argv: readonly string[], io: Io, open: () => PolicyAdmin): Promise<number> {
    const { flags, positionals } = readFlags(argv, ASK, ["tool"]);
    const wanted = readWanted(positionals[0] ?? "", flags.kind);
    const args = wanted.kind === "resource" ? { uri: wanted.name } : readArguments(flags.arguments);
    const admin = open();
    const environment = unknownEnvironment(flags.environment);
    if (environment !== undefined) throw new UsageFault(environment);
    const opened = admin.open(undefined, flags.environment);
    const { policy, config } = opened;
    const owner = ownerOf(flags.person ?? "person:nobody");
    const roles = await rolesOf(admin, flags.person === undefined ? undefined : owner, flags.role);
    const caller: Caller = {
      ...{ tenant: "default", owner, roles, environment: config.environment, credential: "k_explain", plan: "default" },
      ...(flags.client === undefined ? {} : { client: flags.client }),
      ...(flags.scope.length === 0 ? {} : { oauthScopes: new Set(flags.scope) }),
    };
    const unknown = unknownName(opened, wanted, flags.role, args);
    if (unknown !== undefined) throw new UsageFault(unknown);
    const time = readMoment(flags.time);
    const { answer, said } = trace(policy, caller, wanted, {
      arguments: args,
      ...(time === undefined ? {} : { time }),
    });
    const rules = said.map(({ rule, holds }) => ({ ...shown(rule), holds: holds ?? null }));
    const { outcome, reason, by } = outcomeWith(opened, wanted, answer);
    const report = {
      decision: outcome,
      reason,
      approval: by === undefined ? null : { ...answer.obligations?.approval, by },
      result: leftOf(opened, wanted, answer),
      roles,
      looksAt: policy.fields(wanted.server, wanted.kind, wanted.name).map((path) => `/${path.join("/")}`),
      rules,
      change: changeFor(policy, answer, rules, wanted),
    };
    if (flags.json || io.json) io.out(`${JSON.stringify(report)}\n`);
    else io.out(printed(report));
    return outcome === "deny" ? 1 : 0;
  },
};

/** `cardea policy who`. */
export const whoCommand = {
  help: WHO_HELP,
  async run(argv: readonly string[], io: Io, open: () => PolicyAdmin): Promise<number> {
    const { flags, positionals } = readFlags(argv, { kind: { type: "string" }, json: { type: "boolean" } }, ["tool"]);
    const wanted = readWanted(positionals[0] ?? "", flags.kind);
    const admin = open();
    const opened = admin.open();
    const unknown = unknownName(opened, wanted, []);
    if (unknown !== undefined) throw new UsageFault(unknown);
    const { off } = opened.standing.get(actionOf(wanted.server, wanted.kind, wanted.name)) ?? {};
    const people = await admin.known();
    const roles = opened.policy.roles
      .map((role) => ({ role, ...grantOf(opened, [role], wanted), people: peopleWith(people, role) }))
      .filter(({ allow }) => allow);
    const report = {
      tool: `${wanted.server}.${wanted.name}`,
      ...(off === undefined ? {} : { off }),
      roles,
      named: namedWho(opened, wanted),
      ...(people.missing === undefined ? {} : { missing: people.missing }),
    };
    if (flags.json || io.json) io.out(`${JSON.stringify(report)}\n`);
    else {
      if (off !== undefined) io.out(printable(`Nobody may use it now: ${off}`) + "\n");
      if (roles.length === 0) io.out(`No role may use ${report.tool}.\n`);
      for (const one of roles) {
        io.out(printable(`${one.role}: ${one.people.join(", ") || "nobody has it"}`) + "\n");
        for (const rule of one.rules) io.out(`  ${ruleLine(rule)}\n`);
      }
      for (const one of report.named) {
        io.out(printable(`${one.who}, whatever the roles`) + "\n");
        for (const rule of one.rules) io.out(`  ${ruleLine(rule)}\n`);
      }
      if (people.missing !== undefined) io.out(`People are not known: ${people.missing}.\n`);
    }
    return 0;
  },
};

/** `cardea policy what`. */
export const whatCommand = {
  help: WHAT_HELP,
  async run(argv: readonly string[], io: Io, open: () => PolicyAdmin): Promise<number> {
    const { flags, positionals } = readFlags(argv, { role: ASK.role, json: ASK.json }, ["person"]);
    const owner = ownerOf(positionals[0] ?? "");
    const admin = open();
    const opened = admin.open();
    const roles = await rolesOf(admin, owner, flags.role);
    const things = [...opened.policy.actions.values()].flatMap(({ server, group, name, effect }) => {
      if (server === undefined) return [];
      const kind = group === "get" ? "prompt" : "tool";
      const grant = grantOf(opened, roles, { server, kind, name, effect }, { owner });
      const off = opened.standing.get(actionOf(server, kind, name))?.off;
      return grant.allow && off === undefined ? [{ kind, name: `${server}.${name}`, effect, rules: grant.rules }] : [];
    });
    if (flags.json || io.json) io.out(`${JSON.stringify({ owner, roles, things })}\n`);
    else {
      io.out(`${printable(owner)} has ${roles.length === 0 ? "no role" : roles.join(", ")}\n`);
      const rows = things.map(({ name, effect, rules }) => [name, effect, rules.map(ruleLine).join("; ")]);
      io.out(
        rows.length === 0 ? "Nothing that is pinned may be used.\n" : columns([["TOOL", "EFFECT", "RULES"], ...rows]),
      );
    }
    return 0;
  },
};

/** One rule, for people and programs. */
interface ShownRule {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly place: string;
  readonly condition: string | null;
  readonly approval: string | null;
  readonly until: string | null;
  /** Fields that it keeps of results; null: all. */
  readonly keep: string | null;
}

function shown(rule: Rule): ShownRule {
  const { id, effect, place, terms } = rule;
  const until = terms.until === undefined ? null : new Date(terms.until).toISOString();
  return {
    id,
    effect,
    place,
    condition: conditionText(rule) ?? null,
    approval: terms.approval ?? null,
    until,
    keep: terms.keep?.join(", ") ?? null,
  };
}

function ruleLine({ id, effect, condition, approval, until, keep }: ShownRule): string {
  const said = [condition, approval && `approval: ${approval}`, until && `until ${until}`, keep && `keeps ${keep}`];
  const more = said.filter(Boolean).join(", ");
  return `${effect} ${id}${more === "" ? "" : ` (${more})`}`;
}

/** What is left of the results of a permitted call: by the tool, and by each rule that permits it. All of it holds at once. */
function leftOf({ standing }: OpenedPolicy, { server, kind, name }: Wanted, { obligations }: PolicyAnswer): string[] {
  const own = standing.get(actionOf(server, kind, name))?.result;
  return [...(own === undefined ? [] : [own]), ...(obligations?.keep ?? []).map((fields) => fields.join(", "))];
}

/** What could be permitted to somebody with these roles, and by which rules. */
function grantOf(
  { policy, config }: OpenedPolicy,
  roles: readonly string[],
  wanted: Wanted,
  more: Partial<Caller> = {},
) {
  const caller: Caller = {
    ...{ owner: "person:somebody", tenant: "default", credential: "k_-", plan: "default" },
    ...{ roles, environment: config.environment, ...more },
  };
  const { allow } = policy.decide(caller, wanted);
  const { permits, forbids } = policy.select(caller, wanted);
  return { allow, rules: [...permits, ...forbids].map(shown) };
}

/** The people, clients and keys that permits name themselves, who may use it without any role. */
function namedWho(opened: OpenedPolicy, wanted: Wanted) {
  const ids = opened.policy.rules
    .filter(({ effect }) => effect === "permit")
    .flatMap(({ policy: { principal, conditions } }) => literals([principal, conditions]));
  const once = new Map(ids.map((one) => [`${one.type}::${JSON.stringify(one.id)}`, one]));
  return [...once].flatMap(([who, { type, id }]) => {
    if (type !== "User" && type !== "Client" && type !== "Key") return [];
    const [, tenant = "default", owner = id] = /^([^/:]+)\/(.+)$/.exec(id) ?? [];
    const more = type === "User" ? { tenant, owner } : type === "Client" ? { client: id } : { credential: id };
    const { allow, rules } = grantOf(opened, [], wanted, more);
    return allow ? [{ who, rules }] : [];
  });
}

function peopleWith({ accounts, keys }: KnownPeople, role: string): string[] {
  const living = accounts
    .filter((one) => one.endedAt === undefined && one.roles.includes(role))
    .map(({ owner }) => owner);
  const held = keys.filter((key) => key.revokedAt === undefined && key.roles.includes(role));
  return [...new Set([...living, ...held.map(({ owner, id }) => `${owner} (key ${id})`)])].sort();
}

/** The roles that are named, or those of a known person with their keys. */
async function rolesOf(admin: PolicyAdmin, owner: string | undefined, named: readonly string[]): Promise<string[]> {
  if (named.length > 0 || owner === undefined) return [...named];
  const { accounts, keys, missing } = await admin.known();
  const account = accounts.find((one) => one.owner === owner);
  const held = keys.filter((key) => key.owner === owner && key.revokedAt === undefined);
  if (account === undefined && held.length === 0)
    throw new UsageFault(
      `${owner} is not known${missing === undefined ? "" : `: ${missing}`}. Name the roles with --role ROLE.`,
    );
  return [...new Set([...(account?.roles ?? []), ...held.flatMap((key) => key.roles)])].filter(
    (role) => !role.startsWith("admin:"),
  );
}

/** What would have to change for another decision, in one sentence. */
function changeFor(
  policy: Policy,
  { allow, reason }: PolicyAnswer,
  rules: readonly (ShownRule & { holds: boolean | null })[],
  wanted: Wanted,
): string | undefined {
  if (allow) return undefined;
  const forbids = rules.filter(({ effect, holds }) => effect === "forbid" && holds !== false);
  if (forbids.length > 0)
    return `The condition of ${forbids.map(({ id }) => id).join(", ")} must not hold; no permit outweighs it.`;
  const permits = rules.filter(({ effect }) => effect === "permit");
  if (permits.length > 0)
    return `One of these conditions must hold: ${permits.map(({ id, condition }) => `${id} ${condition ?? ""}`.trim()).join(" | ")}`;
  const caller = { owner: "", tenant: "default", environment: "", credential: "", plan: "default" };
  const roles = policy.roles.filter((role) => policy.select({ ...caller, roles: [role] }, wanted).permits.length > 0);
  if (reason === "unknown server") return "The server has to be configured.";
  return roles.length === 0
    ? "A rule has to permit it: no role has one."
    : `One of the roles ${roles.join(", ")} is needed.`;
}

function printed(report: {
  decision: string;
  reason: string;
  looksAt: readonly string[];
  rules: readonly (ShownRule & { holds: boolean | null })[];
  change: string | undefined;
  approval: { by: string } | null;
  result: readonly string[];
}): string {
  const lines = [`${report.decision}: ${report.reason}`];
  if (report.approval !== null) lines.push(`A person has to agree (${report.approval.by}).`);
  if (report.decision !== "deny" && report.result.length > 0)
    lines.push(printable(`Of its results these fields are left: ${report.result.join("; and of those: ")}.`));
  if (report.looksAt.length > 0) lines.push(`Rules on it look at ${report.looksAt.join(", ")}.`);
  for (const { holds, ...rule } of report.rules)
    lines.push(`  ${holds === null ? "?" : holds ? "✔" : "–"} ${ruleLine(rule)}  ${rule.place}`);
  if (report.change !== undefined) lines.push(report.change);
  return `${lines.join("\n")}\n`;
}

function readWanted(text: string, kind = "tool"): Wanted {
  const dot = text.indexOf(".");
  if (dot < 1 || dot === text.length - 1)
    throw new UsageFault(`${JSON.stringify(text)} must be SERVER.NAME, e.g. files.read_text_file`);
  if (kind !== "tool" && kind !== "prompt" && kind !== "resource")
    throw new UsageFault(`--kind ${JSON.stringify(kind)} is not known (accepted: tool, prompt, resource)`);
  return { server: text.slice(0, dot), kind, name: text.slice(dot + 1) };
}

function readArguments(text: string | undefined): JsonObject {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text.startsWith("@") ? readFileSync(text.slice(1), "utf8") : text);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new UsageFault("--arguments must be a JSON object, or @FILE with one");
}

function readMoment(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = text.includes("T") ? endOf(text) : undefined;
  if (at === undefined)
    throw new UsageFault(`--time ${JSON.stringify(text)} must be a moment such as 2026-03-01T12:00:00Z`);
  return at;
}

function ownerOf(person: string): string {
  return /^(person|service):./.test(person) ? person : `person:${person}`;
}
