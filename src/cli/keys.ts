import type { KeyAdmin } from "../domain/identity/key-admin.ts";
import { readKey } from "../domain/identity/key-format.ts";
import { nearest } from "../kernel/nearest.ts";
import { readPattern } from "../kernel/pattern.ts";
import type { KeyRecord } from "../ports/keys.ts";
import { readFlags, UsageFault } from "./args.ts";
import type { Io } from "./io.ts";

const HELP = `cardea keys create --owner OWNER --role ROLE [--role ROLE …] [options]
cardea keys list
cardea keys revoke ID|KEY

Creates, lists and revokes API keys. A key is shown once, when it is created; only a hash of it is kept.

  --owner OWNER     whose key it is: person:ada@example.com or service:nightly-report
  --role ROLE       a role of cardea.yaml's access rules; may be repeated
  --scope PATTERN   narrows the key further, e.g. files.read_*; may be repeated
  --expires TIME    when it ends: 30m, 12h, 90d (default 90d, at most 366d)
  --plan PLAN       which limits count (default: default)
  --env ENV         the environment it belongs to, which must be the gateway's own
  --label TEXT      a note for the list
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
  ...GLOBAL,
} as const;

const COMMANDS = ["create", "list", "revoke"];

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
  const lifetime = readLifetime(flags.expires ?? "90d");
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
      const { key, record } = await admin.create({
        owner,
        roles,
        plan,
        expiresAt: admin.now() + lifetime,
        ...(flags.scope.length === 0 ? {} : { scope: flags.scope }),
        ...(flags.label === undefined ? {} : { label: flags.label }),
      });
      if (io.json || flags.json) io.out(`${JSON.stringify({ key, ...record })}\n`);
      else io.out(shown(key, record, admin.endpoint));
      return 0;
    },
    true,
  );
}

async function list(argv: readonly string[], io: Io, open: Open): Promise<number> {
  const { flags } = readFlags(argv, GLOBAL);
  if (flags.help) return help(io);
  return withAdmin(open, flags.home ?? io.home, async (admin) => {
    const keys = await admin.list();
    if (io.json || flags.json) io.out(`${JSON.stringify({ keys })}\n`);
    else io.out(keys.length === 0 ? "No keys yet: cardea keys create --help\n" : table(keys, admin.now()));
    return 0;
  });
}

async function revoke(argv: readonly string[], io: Io, open: Open): Promise<number> {
  // Help needs no ID, so it is looked for before the words are counted.
  if (argv.includes("--help") || argv.includes("-h")) return help(io);
  // A whole key may be pasted where its id is meant. Its secret is never said again: nor in an error about the words.
  const words = argv.map((word) => readKey(word)?.id ?? (word.startsWith("ck_") ? shortened(word) : word));
  const { flags, positionals } = readFlags(words, GLOBAL, ["id"]);
  const id = positionals[0] ?? "";
  return withAdmin(open, flags.home ?? io.home, async (admin) => {
    const key = await admin.revoke(id.startsWith("k_") ? id : `k_${id}`);
    if (key === undefined) {
      const near = nearest(
        id,
        (await admin.list()).map((one) => one.id),
      );
      throw new UsageFault(
        `There is no key ${printable(shortened(id))}${near === undefined ? "; see cardea keys list" : `, did you mean ${near}?`}`,
      );
    }
    if (io.json || flags.json) io.out(`${JSON.stringify({ id: key.id, revokedAt: key.revokedAt })}\n`);
    else io.out(`${key.id} of ${printable(key.owner)} is revoked; running gateways refuse it within a second\n`);
    return 0;
  });
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
  if (/^person:[^\s\p{C}]{1,200}$/u.test(owner) || /^service:[A-Za-z0-9._-]{1,64}$/.test(owner)) return;
  throw new UsageFault(
    `--owner ${JSON.stringify(owner)} must be person:NAME, e.g. person:ada@example.com, or service:NAME of letters, digits and ._-`,
  );
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `30m`, `12h`, `90d`; at most 366 days. */
function readLifetime(text: string): number {
  const [, number = "", unit = ""] = /^([1-9][0-9]{0,5})([mhd])$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? 0);
  if (ms > 0 && ms <= 366 * 86_400_000) return ms;
  throw new UsageFault(`--expires ${JSON.stringify(text)} must be a number with m, h or d, e.g. 30d, and at most 366d`);
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
  const rows = keys.map((key) => [
    key.id,
    state(key, now),
    printable(key.owner),
    key.roles.join(","),
    key.scope?.join(",") ?? "",
    key.plan,
    day(key.expiresAt),
    day(key.lastUsedAt),
    printable(key.label ?? ""),
  ]);
  const all = [["ID", "STATE", "OWNER", "ROLES", "SCOPE", "PLAN", "UNTIL", "LAST USED", "LABEL"], ...rows];
  const widths = all[0]?.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0))) ?? [];
  return all
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function state(key: KeyRecord, now: number): string {
  if (key.revokedAt !== undefined) return "revoked";
  return key.expiresAt !== undefined && key.expiresAt <= now ? "expired" : "active";
}

/** A date (UTC), or a dash. */
function day(at: number | undefined): string {
  return at === undefined ? "-" : new Date(at).toISOString().slice(0, 10);
}

/** Text that may be a secret, or part of one: at most 12 characters of it. */
function shortened(text: string): string {
  return text.length <= 12 ? text : `${text.slice(0, 11)}…`;
}

/** Stored text without what a terminal would obey. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, "\ufffd");
}
