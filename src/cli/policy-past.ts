import type { KnownPeople, OpenedPolicy, PolicyAdmin } from "../compose/policy-admin.ts";
import { lintPolicy } from "../domain/policy/lint.ts";
import { type PastCall, readKept } from "../domain/policy/replay.ts";
import { type ExistingNames, unknownNames } from "../domain/policy/unknown.ts";
import type { AuditReader, StoredRecord } from "../ports/records.ts";
import { readFlags, UsageFault } from "./args.ts";
import { readFilter } from "./audit-filter.ts";
import type { Io } from "./io.ts";
import { differing } from "./policy-differ.ts";
import { day, printable } from "./table.ts";

const DIFF = `cardea policy diff A B [--since AGE] [--json]

The recorded calls whose decision is another under policy B than under policy A. A and B are a folder with cardea.yaml and
policies/, a configuration, or current. Roles are those of today. Arguments count where the record keeps them
(audit.policyFields: true); what cannot be judged without them is said. What the configuration says of a tool counts
too: whom it asks, and the limits of its arguments. Guards and the flow of information look at more than is recorded.

  --since AGE   how far back (90s, 12h, 7d; default 7d)
  --json        one JSON object

Exit codes: 0 nothing changes, 1 something does, 2 could not run.

Example:
  cardea policy diff current ./proposal --since 7d
`;

const UNUSED = `cardea policy unused [--since AGE] [--json]

Rules that decided nothing, keys that nobody used, standing approvals that nobody used, and reviews that are due.

  --since AGE   how far back (default 90d)
  --json        one JSON object

Exit codes: 0 nothing found, 1 something, 2 could not run.

Example:
  cardea policy unused --since 30d
`;

const LINT = `cardea policy lint [--since AGE] [--json]

Rules that overlap, that a forbid makes void, that are broader than their use, that grant more than reading by a wildcard,
that name people, keys, clients, plans or scopes that do not exist, and that have neither owner nor review date.

  --since AGE   how far back use is looked at (default 90d)
  --json        one JSON object per finding

Exit codes: 0 nothing found, 1 something, 2 could not run.

Example:
  cardea policy lint
`;

const FLAGS = { since: { type: "string" }, json: { type: "boolean" } } as const;
/** Records read at a time. */
const PORTION = 10_000;
const TENANT = "default";
const GOVERNED: Record<string, "tool" | "prompt" | "resource"> = {
  "tools/call": "tool",
  "prompts/get": "prompt",
  "resources/read": "resource",
};

/** `cardea policy diff`. */
export const diffCommand = {
  help: DIFF,
  async run(argv: readonly string[], io: Io, open: () => PolicyAdmin): Promise<number> {
    const { flags, positionals } = readFlags(argv, FLAGS, ["a", "b"]);
    const admin = open();
    const since = sinceOf(flags.since ?? "7d", admin);
    const [a, b] = positionals.map((path) => admin.open(path));
    if (a === undefined || b === undefined) throw new UsageFault("A and B are missing");
    const people = await admin.known();
    const reader = await admin.past();
    const changes: object[] = [];
    const unknown = new Map<string, number>();
    let judged = 0;
    const judge = differing(a, b);
    try {
      for await (const record of callsOf(reader, since)) {
        const past = pastCall(record, people, reader, admin.open().config.environment);
        const said = "why" in past ? { unknown: past.why } : judge(past);
        if ("unknown" in said) unknown.set(said.unknown, (unknown.get(said.unknown) ?? 0) + 1);
        else {
          judged++;
          if (said.before !== said.after) changes.push({ ...named(record, reader), ...said });
        }
      }
    } finally {
      reader.close();
    }
    const notJudged = [...unknown].map(([why, calls]) => ({ why, calls }));
    if (flags.json || io.json) io.out(`${JSON.stringify({ judged, changes, notJudged })}\n`);
    else {
      for (const one of changes as Record<string, string>[])
        io.out(
          printable(
            `${one["time"]}  ${one["call"]}  ${one["who"]}  ${one["tool"]}: ${one["before"]} → ${one["after"]}  (${one["rules"]})`,
          ) + "\n",
        );
      io.out(`${changes.length} of ${judged} calls are decided differently\n`);
      for (const { why, calls } of notJudged)
        io.out(`${calls} ${calls === 1 ? "call" : "calls"} cannot be judged: ${why}\n`);
    }
    return changes.length === 0 ? 0 : 1;
  },
};

/** `cardea policy unused`. */
export const unusedCommand = {
  help: UNUSED,
  async run(argv: readonly string[], io: Io, open: () => PolicyAdmin): Promise<number> {
    const { flags } = readFlags(argv, FLAGS);
    const admin = open();
    const since = sinceOf(flags.since ?? "90d", admin);
    const { policy } = admin.open();
    const used = await useOf(admin, since);
    const people = await admin.known();
    const today = new Date(admin.now()).toISOString().slice(0, 10);
    const rules = policy.rules
      .filter(({ id, policy: { action } }) => used.rules?.has(id) !== true && !isSee(action))
      .map(({ id, place }) => ({ id, place }));
    const due = policy.rules.filter(({ terms }) => terms.review !== undefined && terms.review.slice(0, 10) < today);
    const report = {
      rules: used.rules === undefined ? [] : rules,
      ended: policy.ended.map(({ id, place }) => ({ id, place })),
      reviews: due.map(({ id, place, terms }) => ({ id, place, review: terms.review, owner: terms.owner })),
      keys: people.keys
        .filter((key) => key.revokedAt === undefined && (key.lastUsedAt ?? key.createdAt) < since)
        .map(({ id, owner, scope, lastUsedAt }) => ({ id, owner, scope, lastUsedAt })),
      scopes: idleScopes(people, used),
      standing: (await admin.standing()).filter((one) => one.lastUsedAt < since),
      notes: [used.missing, people.missing].filter((note) => note !== undefined),
    };
    const found =
      report.rules.length +
      report.ended.length +
      report.reviews.length +
      report.keys.length +
      report.scopes.length +
      report.standing.length;
    if (flags.json || io.json) io.out(`${JSON.stringify(report)}\n`);
    else {
      const say = (line: string): void => io.out(`${printable(line)}\n`);
      for (const { id, place } of report.rules) say(`unused rule      ${id}  ${place}`);
      for (const { id, place } of report.ended) say(`ended rule       ${id}  ${place}`);
      for (const { id, review, owner } of report.reviews)
        say(`review was due   ${id}  ${review}${owner === undefined ? "" : `, ${owner}`}`);
      for (const { id, owner, lastUsedAt } of report.keys)
        say(`unused key       ${id}  ${owner}, last used ${day(lastUsedAt)}`);
      for (const { id, owner, scope } of report.scopes) say(`unused scope     ${scope} of ${id}  ${owner}`);
      for (const { id, owner, what } of report.standing) say(`unused approval  ${id}  ${owner}: ${what}`);
      for (const note of report.notes) say(`not looked at: ${note}`);
      if (found === 0) say("Nothing is unused, and no review is due.");
    }
    return found === 0 ? 0 : 1;
  },
};

/** `cardea policy lint`. */
export const lintCommand = {
  help: LINT,
  async run(argv: readonly string[], io: Io, open: () => PolicyAdmin): Promise<number> {
    const { flags } = readFlags(argv, FLAGS);
    const admin = open();
    const { policy, config } = admin.open();
    const { rules: used } = await useOf(admin, sinceOf(flags.since ?? "90d", admin));
    const people = await admin.known();
    const found = [...lintPolicy(policy, used), ...unknownNames(policy, existing(config, people))];
    if (flags.json || io.json) for (const one of found) io.out(`${JSON.stringify(one)}\n`);
    else {
      for (const { kind, rule, place, message } of found)
        io.out(printable(`${kind}: ${rule} ${message}  ${place}`) + "\n");
      if (people.missing !== undefined)
        io.out(printable(`not looked at: people, keys and clients; ${people.missing}`) + "\n");
      io.out(`${found.length} ${found.length === 1 ? "finding" : "findings"} in ${policy.rules.length} rules\n`);
    }
    return found.length === 0 ? 0 : 1;
  },
};

/** Names that rules may use; of people, keys and clients none where there is no home that knows them. */
function existing(
  { servers, limits, identity }: OpenedPolicy["config"],
  { accounts, keys, clients, missing }: KnownPeople,
): ExistingNames {
  const active = keys.filter(({ revokedAt }) => revokedAt === undefined);
  const living = accounts.filter(({ endedAt }) => endedAt === undefined);
  return {
    plans: Object.keys(limits.plans),
    scopes: Object.keys(servers).flatMap((server) => [`${server}:read`, `${server}:write`]),
    ...(missing === undefined && {
      users: [...living, ...active].map(({ owner }) => owner),
      keys: active.map(({ id }) => id),
      clients: [...Object.keys(identity.clients), ...clients],
    }),
  };
}

/** Which things each rule permitted, and each key called; undefined rules where there is no record. */
interface Use {
  readonly rules: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  readonly missing?: string;
}

async function useOf(admin: PolicyAdmin, since: number): Promise<Use> {
  const rules = new Map<string, Set<string>>();
  const keys = new Map<string, Set<string>>();
  const add = (to: Map<string, Set<string>>, key: string, value: string): void => {
    const before = to.get(key);
    if (before === undefined) to.set(key, new Set([value]));
    else before.add(value);
  };
  let reader: AuditReader;
  try {
    reader = await admin.past();
  } catch (error) {
    return { rules: undefined, keys, missing: error instanceof Error ? error.message : "there is no record" };
  }
  try {
    for await (const record of callsOf(reader, since)) {
      const thing = `${record.server}.${record.target}`;
      for (const rule of record.rules ?? []) add(rules, rule, thing);
      if (record.credential !== undefined) add(keys, record.credential, thing);
    }
  } finally {
    reader.close();
  }
  return { rules, keys };
}

/** Scopes of living keys that name one thing which was never called. */
function idleScopes({ keys }: KnownPeople, { rules, keys: used }: Use): { id: string; owner: string; scope: string }[] {
  if (rules === undefined) return [];
  return keys
    .filter((key) => key.revokedAt === undefined && used.has(key.id))
    .flatMap(({ id, owner, scope = [] }) =>
      scope
        .filter((one) => !one.includes("*") && used.get(id)?.has(one) !== true)
        .map((one) => ({ id, owner, scope: one })),
    );
}

const isSee = (action: { readonly op: string; readonly entity?: unknown }): boolean =>
  (action.entity as { id?: string } | undefined)?.id === "see";

function sinceOf(age: string, admin: PolicyAdmin): number {
  return readFilter({ since: age }, admin.now()).since ?? 0;
}

/** The judged calls since then, oldest first, each once: an outcome belongs to its intent. */
async function* callsOf(reader: AuditReader, since: number): AsyncGenerator<StoredRecord> {
  let seen = 0;
  for (;;) {
    const portion = await reader.after(seen, { tenant: TENANT, since, limit: PORTION });
    for (const record of portion)
      if (record.kind !== "outcome" && GOVERNED[record.type] !== undefined && record.target !== undefined) yield record;
    if (portion.length < PORTION) return;
    seen = portion.at(-1)?.seq ?? seen;
  }
}

/** A record as a call that can be judged again, or why it cannot be. */
function pastCall(
  record: StoredRecord,
  { accounts, keys }: KnownPeople,
  reader: AuditReader,
  environment: string,
): PastCall | { why: string } {
  const kind = GOVERNED[record.type] ?? "tool";
  const key = keys.find(({ id }) => id === record.credential);
  const owner = record.subject === undefined ? undefined : reader.identify(record.subject);
  const account = accounts.find((one) => one.owner === owner);
  const roles = key?.roles ?? account?.roles;
  if (owner === undefined || roles === undefined) return { why: "nobody is known who made them" };
  const text =
    record.fields === undefined || record.subject === undefined
      ? undefined
      : reader.unseal(record.subject, record.fields);
  const kept = text === undefined ? undefined : readKept(text);
  const uri = kept?.values["uri"];
  if (kind === "resource" && typeof uri !== "string")
    return { why: "the record does not hold the URI of the resource" };
  const caller = {
    ...{ tenant: record.tenant, owner, roles, credential: record.credential ?? "", plan: key?.plan ?? "default" },
    environment: key?.environment ?? environment,
    ...(key?.scope === undefined ? {} : { scope: key.scope }),
  };
  const name = kind === "resource" && typeof uri === "string" ? uri : (record.target ?? "");
  const wanted = { server: record.server ?? "", kind, name };
  return { caller, wanted, time: record.time, ...(kept === undefined ? {} : { kept }) };
}

function named(record: StoredRecord, reader: AuditReader) {
  const who = (record.subject !== undefined && reader.identify(record.subject)) || record.subject;
  return {
    call: record.call,
    time: new Date(record.time).toISOString(),
    who,
    tool: `${record.server}.${record.target}`,
  };
}
