import { statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { nearest } from "../kernel/nearest.ts";
import type { AuditReader, RecordQuery, StoredRecord, Verification } from "../ports/records.ts";
import { type FlagSpecs, readFlags, UsageFault } from "./args.ts";
import { filterFlags, readFilter } from "./audit-filter.ts";
import { jsonLine, recordRow, tableHead } from "./audit-table.ts";
import type { Io } from "./io.ts";

/** Opens the record of a home. `copies`: files kept elsewhere that `verify` takes in place of those in the home. */
export type OpenReader = (
  home: string,
  copies: { readonly anchor?: string; readonly publicKey?: string },
) => Promise<AuditReader>;

const HELP = `cardea audit query  [filters] [--limit N]
cardea audit tail   [filters] [--limit N] [--follow]
cardea audit verify [--anchor FILE] [--key FILE]
cardea audit export [filters] [--format jsonl]

Reads the record of all calls and events, beside a running gateway or without one.

  --person OWNER     person:ada@example.com (person: may be left out) or service:nightly-report
  --tool SERVER.NAME one tool, prompt or resource, e.g. files.read_text_file
  --server NAME      one server
  --decision WHAT    allow, deny or hold
  --since TIME       an age (90s, 30m, 12h, 7d) or a moment (2026-03-01, 2026-03-01T12:00:00Z)
  --until TIME       the same
  --tenant NAME      one tenant alone (else default, and -: what was refused before anybody was known)
  --limit N          at most this many, 1 to 10000 (query: 100, tail: 20)
  --follow           tail: go on as records are written
  --format jsonl     export: one JSON object per line, oldest first, without identities
  --anchor FILE      verify: a copy of audit.anchor that was kept elsewhere
  --key FILE         verify: a copy of audit.pub that was kept elsewhere
  --home DIR         folder of the state
  --json             JSON on standard output, one object per line

Exit codes: 0 fine, 1 verify found a fault, 2 could not run.

Examples:
  cardea audit query --person ada@example.com --since 1h
  cardea audit query --tool files.write_file --decision deny --json
  cardea audit verify
`;

const GLOBAL = { help: { type: "boolean", short: "h" }, json: { type: "boolean" }, home: { type: "string" } } as const;
const QUERY = { ...filterFlags, limit: { type: "string" }, ...GLOBAL } as const;
const TAIL = { ...QUERY, follow: { type: "boolean", short: "f" } } as const;
const VERIFY = { anchor: { type: "string" }, key: { type: "string" }, ...GLOBAL } as const;
const EXPORT = { ...filterFlags, format: { type: "string" }, ...GLOBAL } as const;

/** Records read at a time by `export` and `tail --follow`. */
const PORTION = 1000;
/** Milliseconds between two looks of `tail --follow`. */
const PAUSE = 250;

/** What a sub-command works with. */
interface Task {
  readonly io: Io;
  readonly json: boolean;
  readonly reader: AuditReader;
  readonly signal: AbortSignal | undefined;
}

/**
 * `cardea audit …`.
 * @param argv what follows `audit`
 * @param open opens the record in a home; closed before this returns
 * @param signal ends `tail --follow`
 * @returns the exit code: 0 fine, 1 the record is not intact, 2 could not be done
 */
export async function auditCommand(
  argv: readonly string[],
  io: Io,
  open: OpenReader,
  signal?: AbortSignal,
): Promise<number> {
  const [command = "", ...rest] = argv;
  if (["", "help", "--help", "-h"].includes(command)) {
    (command === "" ? io.err : io.out)(HELP);
    return command === "" ? 2 : 0;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    io.out(HELP);
    return 0;
  }
  try {
    const known = Object.keys(COMMANDS);
    if (!known.includes(command)) {
      const near = nearest(command, known);
      const hint = near === undefined ? "" : `, did you mean ${near}?`;
      throw new UsageFault(`Unknown command ${JSON.stringify(command)}${hint} (accepted: ${known.join(", ")})`);
    }
    const { spec, prepare } = COMMANDS[command as keyof typeof COMMANDS];
    const flags = readFlags(rest, spec).flags as Given;
    const text = (name: string) => flags[name] as string | undefined;
    const run = prepare(flags);
    const reader = await open(text("home") ?? io.home, { anchor: text("anchor"), publicKey: text("key") });
    try {
      return await run({ io, reader, signal, json: io.json || flags.json === true });
    } finally {
      reader.close();
    }
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

type Given = Record<string, string | boolean | undefined>;
type Run = (task: Task) => Promise<number>;

/** Sub-commands: flags are judged (`prepare`) before anything is opened. */
const COMMANDS: Record<
  "query" | "tail" | "verify" | "export",
  { readonly spec: FlagSpecs; prepare(given: Given): Run }
> = {
  query: {
    spec: QUERY,
    prepare: (given) => {
      const filter = readFilter(given, Date.now());
      const limit = readLimit(given.limit, 100);
      return async (task) => {
        const query = ask(filter, limit, task);
        const found = query === undefined ? [] : await task.reader.query(query);
        if (found.length === 0 && query !== undefined) await hintServer(query, task);
        print(found, task, true);
        return 0;
      };
    },
  },
  tail: {
    spec: TAIL,
    prepare: (given) => {
      const filter = readFilter(given, Date.now());
      const limit = readLimit(given.limit, 20);
      return (task) => tail(ask(filter, limit, task), given.follow === true, task);
    },
  },
  verify: {
    spec: VERIFY,
    prepare: (given) => {
      for (const name of ["anchor", "key"]) mustBeFile(name, given[name] as string | undefined);
      return verify;
    },
  },
  export: {
    spec: EXPORT,
    prepare: (given) => {
      const { format = "jsonl" } = given;
      if (format !== "jsonl") throw new UsageFault(`--format ${JSON.stringify(format)} is not known (accepted: jsonl)`);
      const filter = readFilter(given, Date.now());
      return async (task) => {
        const query = ask(filter, PORTION, task);
        for (let seq = 0; query !== undefined; ) {
          const portion = await task.reader.after(seq, query);
          for (const record of portion) task.io.out(jsonLine(record));
          if (portion.length < PORTION) break;
          seq = portion.at(-1)?.seq ?? seq;
        }
        return 0;
      };
    },
  },
};

type Filter = ReturnType<typeof readFilter>;

/** The query behind the flags; undefined, with a note, where nobody of that name is known. */
function ask(filter: Filter, limit: number, { reader, io }: Task): RecordQuery | undefined {
  const { person, ...rest } = filter;
  if (person === undefined) return { ...rest, limit };
  const subject = reader.subjectOf(filter.tenant, person);
  if (subject === undefined) {
    io.err(`Nothing is recorded of ${JSON.stringify(person)} in tenant ${JSON.stringify(filter.tenant)}\n`);
    return undefined;
  }
  return { ...rest, subject, limit };
}

/** A copy that is not there is a slip of the command line, not a finding in the record. */
function mustBeFile(flag: string, path: string | undefined): void {
  if (path === undefined) return;
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageFault(`--${flag} ${JSON.stringify(path)}: there is no such file`);
  if (!found.isFile()) throw new UsageFault(`--${flag} ${JSON.stringify(path)} is no file`);
}

/** Says so where the newest records name no such server: a misspelt name would look like nothing happened. */
async function hintServer({ tenant, tenants, server }: RecordQuery, { reader, io }: Task): Promise<void> {
  if (server === undefined) return;
  const recent = await reader.query({ tenant, tenants, limit: 10_000 });
  const known = [...new Set(recent.flatMap((record) => record.server ?? []))].sort();
  if (known.includes(server)) return;
  const near = nearest(server, known);
  const hint = near === undefined ? "" : `, did you mean ${near}?`;
  io.err(
    `No record names a server ${JSON.stringify(server)}${hint} (in the newest records: ${known.join(", ") || "none"})\n`,
  );
}

function readLimit(given: string | boolean | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  const limit = /^[0-9]{1,5}$/.test(String(given)) ? Number(given) : 0;
  if (limit >= 1 && limit <= 10_000) return limit;
  throw new UsageFault(`--limit ${JSON.stringify(given)} must be a whole number from 1 to 10000`);
}

function print(records: readonly StoredRecord[], { io, json, reader }: Task, head: boolean): void {
  if (!json && head) io.out(records.length === 0 ? "No records match.\n" : tableHead(io.colour));
  const owners = new Map<string, string | undefined>();
  for (const record of records) {
    const { subject } = record;
    if (subject !== undefined && !owners.has(subject)) owners.set(subject, reader.identify(subject));
    const owner = subject === undefined ? undefined : owners.get(subject);
    io.out(json ? jsonLine({ ...record, owner }) : recordRow(record, owner, io.colour));
  }
}

async function tail(query: RecordQuery | undefined, follow: boolean, task: Task): Promise<number> {
  if (query === undefined) return 0;
  const { reader, signal } = task;
  let seen = reader.head();
  const last = await reader.query(query);
  print(
    last.filter((record) => record.seq <= seen).sort((a, b) => a.seq - b.seq),
    task,
    true,
  );
  while (follow && !signal?.aborted) {
    const head = reader.head();
    const fresh = await reader.after(seen, { ...query, limit: PORTION });
    print(fresh, task, false);
    const newest = fresh.at(-1)?.seq ?? seen;
    seen = fresh.length === PORTION ? newest : Math.max(head, newest);
    if (fresh.length < PORTION) await setTimeout(PAUSE, undefined, { signal }).catch(() => {});
  }
  return 0;
}

async function verify({ io, json, reader }: Task): Promise<number> {
  const began = performance.now();
  let said = 1;
  const found = await reader.verify((checked, records) => {
    const seconds = (performance.now() - began) / 1000;
    if (seconds < said) return;
    said = seconds + 1;
    io.err(`${checked} of ${records} records checked\n`);
  });
  io.out(json ? jsonLine(found) : sentence(found, io.colour));
  return found.ok ? 0 : 1;
}

function sentence(found: Verification, colour: boolean): string {
  const [green, red, plain] = colour ? ["\x1b[32m", "\x1b[31m", "\x1b[0m"] : ["", "", ""];
  if (!found.ok) return `${red}✖ record ${found.seq}: ${found.fault}${plain}\n  ${found.message}\n`;
  const rest =
    found.unanchored === 0 ? "" : `; ${found.unanchored} after the last signature, which comes within a second`;
  return `${green}✔ intact${plain}: ${found.records} records, ${found.checkpoints} signed checkpoints${rest}
  signed with ${found.key}
${found.note === undefined ? "" : `  ${found.note}\n`}`;
}
