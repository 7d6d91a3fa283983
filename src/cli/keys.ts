import { type KeyAdmin, unusedKeys } from "../domain/identity/key-admin.ts";
import { readKey } from "../domain/identity/key-format.ts";
import { isOwner } from "../domain/identity/key-rules.ts";
import { nearest } from "../kernel/nearest.ts";
import { readPattern } from "../kernel/pattern.ts";
import type { KeyRecord } from "../ports/keys.ts";
import { readFlags, UsageFault } from "./args.ts";
import type { Io } from "./io.ts";
import { asking, PROOF_FLAG, PROOF_HELP } from "./proof.ts";
import { columns, day, printable } from "./table.ts";

const HELP = `cardea keys create --owner OWNER --role ROLE [--role ROLE …] [options]
cardea keys list [--unused TIME]
cardea keys rotate ID [--overlap TIME]
cardea keys revoke ID|KEY

Creates, lists, rotates and revokes API keys. A key is shown once, when it is created; only a hash of it is kept.
Creating and rotating need the proof of an administrator with the duty security; revoking grants nothing and needs none.

  --owner OWNER     whose key it is: person:ada@example.com or service:nightly-report
  --role ROLE       a role of cardea.yaml's access rules; may be repeated
  --scope PATTERN   narrows the key further, e.g. files.read_*; may be repeated
  --expires TIME    when it ends: 30m, 12h, 90d (default 90d, at most 366d)
  --plan PLAN       which limits count (default: default)
  --env ENV         the environment it belongs to, which must be the gateway's own
  --label TEXT      a note for the list
  --overlap TIME    how long a rotated key goes on beside its successor (default 24h; at most 31d)
  --unused TIME     only living keys that nobody used for so long, e.g. 30d
${PROOF_HELP}
  --home DIR        folder of the state
  --json            one line of JSON on standard output

Example:
  cardea keys create --owner person:ada@example.com --role engineer --scope 'files.read_*' --expires 30d
`;

const GLOBAL = { help: { type: "boolean", short: "h" }, json: { type: "boolean" }, home: { type: "string" } } as const;
const CREATE = {
  owner: { type: "string" },
  role: { type: "string", multiple: true },
  scope: { type: "string", multiple: true },
  expires: { type: "string" },
  plan: { type: "string" },
  env: { type: "string" },
  label: { type: "string" },
  ...PROOF_FLAG,
  ...GLOBAL,
} as const;

const COMMANDS = ["create", "list", "rotate", "revoke"];

/**
 * `cardea keys …`.
 * @param argv what follows `keys`
 * @param open opens the keys of the state in `home`, which only `create` makes; closed before this returns
 * @returns the exit code: 0 done, 2 could not be done
 */
export async function keysCommand(argv: readonly string[], io: Io, open: Open): Promise<number> {
  const [command = "", ...rest] = argv;
  if (["", "help", "--help", "-h"].includes(command)) {
    (command === "" ? io.err : io.out)(HELP);
    return command === "" ? 2 : 0;
  }
  try {
    if (command === "create") return await create(rest, io, open);
    if (command === "list") return await list(rest, io, open);
    if (command === "rotate") return await rotate(rest, io, open);
    if (command === "revoke") return await revoke(rest, io, open);
    const near = nearest(command, COMMANDS);
    const hint = near === undefined ? "" : `, did you mean ${near}?`;
    throw new UsageFault(
      `Unknown command ${JSON.stringify(shortened(command))}${hint} (accepted: ${COMMANDS.join(", ")})`,
    );
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    io.err(`${error.message}\n`);
    return 2;
  }
}

type Open = (home: string, create: boolean) => Promise<KeyAdmin>;

async function withAdmin<T>(open: Open, home: string, work: (admin: KeyAdmin) => Promise<T>, make = false): Promise<T> {
  const admin = await open(home, make);
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

async function create(argv: readonly string[], io: Io, open: Open): Promise<number> {
  const { flags } = readFlags(argv, CREATE);
  if (flags.help) return help(io);
  const { owner } = flags;
  if (owner === undefined)
    throw new UsageFault("--owner is missing: whose key is it, person:ada@example.com or service:nightly-report?");
  checkOwner(owner);
  const lifetime = readTime("--expires", flags.expires ?? "90d", 366);
  return withAdmin(
    open,
    flags.home ?? io.home,
    async (admin) => {
      const roles = [...new Set(flags.role)];
      if (roles.length === 0)
        throw new UsageFault(
          `--role is missing (known: ${admin.roles().join(", ") || "none; add one to access in cardea.yaml"})`,
        );
      for (const role of roles) mustBeKnown("role", role, admin.roles());
      const plan = flags.plan ?? "default";
      mustBeKnown("plan", plan, admin.plans());
      if (flags.env !== undefined && flags.env !== admin.environment) {
        throw new UsageFault(
          `--env ${JSON.stringify(flags.env)}: this gateway serves ${admin.environment}, and keys of another environment are refused in it`,
        );
      }
      for (const text of flags.scope) {
        const pattern = readPattern(text);
        if (typeof pattern === "string") throw new UsageFault(`--scope: ${pattern}`);
        mustBeKnown("server", pattern.server, admin.servers());
      }
      const by = await admin.prove("keys.grant", asking(io, flags["proof-stdin"]));
      const wanted = {
        owner,
        roles,
        plan,
        expiresAt: admin.now() + lifetime,
        ...(flags.scope.length === 0 ? {} : { scope: flags.scope }),
        ...(flags.label === undefined ? {} : { label: flags.label }),
      };
      const { key, record } = await admin.create(wanted, by);
      if (io.json || flags.json) io.out(`${JSON.stringify({ key, ...record })}\n`);
      else io.out(shown(key, record, admin.endpoint));
      return 0;
    },
    true,
  );
}

async function list(argv: readonly string[], io: Io, open: Open): Promise<number> {
  const { flags } = readFlags(argv, { unused: { type: "string" }, ...GLOBAL });
  if (flags.help) return help(io);
  const unused = flags.unused === undefined ? undefined : readTime("--unused", flags.unused, 366);
  return withAdmin(open, flags.home ?? io.home, async (admin) => {
    const all = await admin.list();
    const keys = unused === undefined ? all : unusedKeys(all, unused, admin.now());
    const none = unused === undefined ? "No keys yet: cardea keys create --help\n" : "Every living key was used.\n";
    if (io.json || flags.json) io.out(`${JSON.stringify({ keys })}\n`);
    else io.out(keys.length === 0 ? none : table(keys, admin.now()));
    return 0;
  });
}

async function rotate(argv: readonly string[], io: Io, open: Open): Promise<number> {
  if (asksHelp(argv)) return help(io);
  const { flags, positionals } = readFlags(idsOf(argv), { overlap: { type: "string" }, ...PROOF_FLAG, ...GLOBAL }, [
    "id",
  ]);
  const overlap = readTime("--overlap", flags.overlap ?? "24h", 31);
  return withAdmin(open, flags.home ?? io.home, async (admin) => {
    const id = positionals[0] ?? "";
    if (!(await admin.list()).some((key) => key.id === fullId(id))) throw await unknownKey(admin, id);
    const by = await admin.prove("keys.grant", asking(io, flags["proof-stdin"]));
    const made = await admin.rotate(fullId(id), overlap, by);
    if (made === undefined) throw await unknownKey(admin, id);
    const { key, record, old } = made;
    const until = old.expiresAt ?? admin.now();
    if (io.json || flags.json)
      io.out(`${JSON.stringify({ key, ...record, rotated: { id: old.id, expiresAt: until } })}\n`);
    else io.out(`${shown(key, record, admin.endpoint)}\n${old.id} goes on until ${new Date(until).toISOString()}.\n`);
    return 0;
  });
}

async function revoke(argv: readonly string[], io: Io, open: Open): Promise<number> {
  if (asksHelp(argv)) return help(io);
  const { flags, positionals } = readFlags(idsOf(argv), GLOBAL, ["id"]);
  const id = positionals[0] ?? "";
  return withAdmin(open, flags.home ?? io.home, async (admin) => {
    const key = await admin.revoke(fullId(id));
    if (key === undefined) throw await unknownKey(admin, id);
    if (io.json || flags.json) io.out(`${JSON.stringify({ id: key.id, revokedAt: key.revokedAt })}\n`);
    else io.out(`${key.id} of ${printable(key.owner)} is revoked; running gateways refuse it within a second\n`);
    return 0;
  });
}

/** Help needs no ID, so it is looked for before the words are counted. */
const asksHelp = (argv: readonly string[]): boolean => argv.includes("--help") || argv.includes("-h");

/** A whole key may be pasted where its id is meant. Its secret is never said again: nor in an error about the words. */
const idsOf = (argv: readonly string[]): string[] =>
  argv.map((word) => readKey(word)?.id ?? (word.startsWith("ck_") ? shortened(word) : word));

const fullId = (id: string): string => (id.startsWith("k_") ? id : `k_${id}`);

async function unknownKey(admin: KeyAdmin, id: string): Promise<UsageFault> {
  const near = nearest(
    id,
    (await admin.list()).map((one) => one.id),
  );
  const hint = near === undefined ? "; see cardea keys list" : `, did you mean ${near}?`;
  return new UsageFault(`There is no key ${printable(shortened(id))}${hint}`);
}

function help(io: Io): number {
  io.out(HELP);
  return 0;
}

function mustBeKnown(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = nearest(name, known);
  const hint = near === undefined ? "" : `, did you mean ${near}?`;
  throw new UsageFault(
    `The ${what} ${JSON.stringify(name)} is not configured${hint} (known: ${known.join(", ") || "none"})`,
  );
}

function checkOwner(owner: string): void {
  if (isOwner(owner)) return;
  throw new UsageFault(
    `--owner ${JSON.stringify(owner)} must be person:NAME, e.g. person:ada@example.com, or service:NAME of letters, digits and ._-`,
  );
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `30m`, `12h`, `90d`. @param most days */
function readTime(flag: string, text: string, most: number): number {
  const [, number = "", unit = ""] = /^([1-9][0-9]{0,5})([mhd])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? 0);
  if (ms > 0 && ms <= most * 86_400_000) return ms;
  throw new UsageFault(
    `${flag} ${JSON.stringify(text)} must be a number with m, h or d, e.g. 12h, and at most ${most}d`,
  );
}

/** What the person sees once. The snippet refers to the key and does not hold it (C8). */
function shown(key: string, record: KeyRecord, endpoint: string): string {
  const headers = { Authorization: "Bearer ${CARDEA_KEY}" };
  const snippet = { mcpServers: { cardea: { type: "http", url: endpoint, headers } } };
  return `Key ${record.id} of ${printable(record.owner)}, roles ${record.roles.join(", ")}, until ${day(record.expiresAt)}:

  ${key}

It is not shown again. Keep it in a password store and give it to the client as the environment variable CARDEA_KEY:

${JSON.stringify(snippet, null, 2)}
`;
}

function table(keys: readonly KeyRecord[], now: number): string {
  const head = ["ID", "STATE", "OWNER", "ROLES", "SCOPE", "ENV", "PLAN", "UNTIL", "LAST USED", "LABEL"];
  const rows = keys.map((key) => [
    key.id,
    state(key, now),
    printable(key.owner),
    key.roles.join(","),
    key.scope?.join(",") ?? "",
    key.environment,
    key.plan,
    day(key.expiresAt),
    day(key.lastUsedAt),
    printable(key.label ?? ""),
  ]);
  return columns([head, ...rows]);
}

function state(key: KeyRecord, now: number): string {
  if (key.revokedAt !== undefined) return "revoked";
  return key.expiresAt !== undefined && key.expiresAt <= now ? "expired" : "active";
}

/** Text that may be a secret, or part of one: at most 12 characters of it. */
function shortened(text: string): string {
  return text.length <= 12 ? text : `${text.slice(0, 11)}…`;
}
