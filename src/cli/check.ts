import { relative } from "node:path";
import type { Config } from "../config/config.ts";
import { type Finding, pathText } from "../config/fault.ts";
import { loadConfig } from "../config/load.ts";
import { configJsonSchema } from "../config/schema.ts";
import { EMPTY_LOCK, type Lock, parseLock } from "../domain/pins/index.ts";
import { readFlags, UsageFault } from "./args.ts";
import type { CheckFault } from "./check-fault.ts";
import { checkPins } from "./check-pins.ts";
import type { Io } from "./io.ts";

/** What `check` needs of the world. */
export interface CheckDeps {
  /** Where the files lie; absolute paths. */
  files(given: { home?: string; config?: string }): { configFile: string; lockFile: string; policiesDir: string };
  /** The bytes of a file; undefined where there is none. Throws an Error where it cannot be read. */
  read(path: string): Uint8Array | undefined;
  /** What the configuration names and this machine does not have. */
  machineFaults(config: Config, lock: Lock): readonly Finding[];
  /** What is wrong with the access rules and `policies/*.cedar`. */
  policyFaults(config: Config, lock: Lock, policiesDir: string): readonly CheckFault[];
}

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  schema: { type: "boolean" },
  home: { type: "string" },
  config: { type: "string" },
} as const;

const HELP = `cardea check [--config FILE] [--home DIR] [--json]
cardea check --schema

Checks the configuration, the lockfile, the policies, and whether this machine has what they name (TLS files, secrets,
programs, packages, paths): all faults at once, each with its place, what would be accepted and what to do. Starts nothing and connects to nothing. Exit code 0: fine, 1: faults, 2: there is nothing to check.

  --config FILE   the configuration (default cardea.yaml, in the home or here); cardea.lock and policies/ lie beside it
  --home DIR      folder of the state; also CARDEA_HOME
  --schema        prints the JSON Schema of cardea.yaml, for editors
  --json          one line of JSON on standard output

Example:
  cardea check --config deploy/cardea.yaml --json
`;

/**
 * `cardea check`.
 * @param argv what follows `check`
 * @returns the exit code: 0 fine, 1 faults, 2 nothing could be checked
 */
export async function checkCommand(argv: readonly string[], io: Io, deps: CheckDeps): Promise<number> {
  try {
    const { flags } = readFlags(argv, FLAGS);
    if (flags.help) io.out(HELP);
    else if (flags.schema) io.out(`${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
    else return check(flags, io, deps);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    io.err(`${error.message}\n`);
    return 2;
  }
}

function check(flags: { json: boolean; home?: string; config?: string }, io: Io, deps: CheckDeps): number {
  const files = deps.files({ home: flags.home, config: flags.config });
  const shown = (path: string) => {
    const here = relative(process.cwd(), path);
    return here.startsWith("..") ? path : here;
  };
  const [configName, lockName] = [shown(files.configFile), shown(files.lockFile)];
  const source = readOr(files.configFile, configName, io, deps);
  if (source === undefined) {
    const message = `There is no ${configName}`;
    const remedy = "Run `cardea init` for one to start from, or name one with --config FILE.";
    if (flags.json || io.json) {
      const faults: CheckFault[] = [{ file: configName, message, remedy }];
      io.out(`${JSON.stringify({ ok: false, config: configName, lock: lockName, faults, notes: [] })}\n`);
    } else io.err(`${message}. ${remedy}\n`);
  }
  if (source === undefined || source === false) return 2;
  const lockBytes = readOr(files.lockFile, lockName, io, deps);
  if (lockBytes === false) return 2;

  const loaded = loadConfig(source, configName);
  const faults: CheckFault[] = "faults" in loaded ? [...loaded.faults] : [];
  const lock = lockBytes === undefined ? EMPTY_LOCK : readLock(lockBytes, lockName, faults);
  if ("config" in loaded) {
    if (lock !== undefined) faults.push(...checkPins(loaded, lock, configName));
    for (const { path, atKey, ...finding } of deps.machineFaults(loaded.config, lock ?? EMPTY_LOCK))
      faults.push({ file: configName, ...loaded.place(path, atKey), path: pathText(path), ...finding });
    faults.push(...deps.policyFaults(loaded.config, lock ?? EMPTY_LOCK, files.policiesDir));
  }
  const unasked = "faults" in loaded ? ["policies and pins are checked once the configuration can be read"] : [];
  const notes = "config" in loaded ? notesOn(loaded.config) : unasked;
  if (flags.json || io.json) {
    io.out(`${JSON.stringify({ ok: faults.length === 0, config: configName, lock: lockName, faults, notes })}\n`);
  } else if (faults.length > 0) {
    io.out(faults.map(block).join("\n"));
    io.out(`\n${[`${faults.length} ${faults.length === 1 ? "fault" : "faults"}`, ...unasked].join("; ")}\n`);
  } else if ("config" in loaded) io.out(summary(loaded.config, lock ?? EMPTY_LOCK, configName));
  if (!flags.json && !io.json) for (const note of "config" in loaded ? notes : []) io.out(`note: ${note}\n`);
  return faults.length === 0 ? 0 : 1;
}

/** What is no fault, and what an operator should know that it is so. */
function notesOn({ screen: { classifier } }: Config): string[] {
  if (classifier?.onFailure !== "pass") return [];
  const what = classifier.servers === undefined ? "results" : `results of ${classifier.servers.join(", ")}`;
  return [`screen.classifier lets ${what} pass where the classifier does not answer (onFailure: pass)`];
}

/** The bytes, undefined where there is no such file, false where it cannot be read, which is then said. */
function readOr(path: string, name: string, io: Io, deps: CheckDeps): Uint8Array | undefined | false {
  try {
    return deps.read(path);
  } catch (error) {
    io.err(`${name} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"}).\n`);
    return false;
  }
}

function readLock(bytes: Uint8Array, file: string, faults: CheckFault[]): Lock | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    faults.push({ file, message: "the lockfile is not UTF-8", remedy: "Restore it from version control." });
    return undefined;
  }
  const parsed = parseLock(text);
  if ("lock" in parsed) return parsed.lock;
  for (const { entry, message, line, column } of parsed.faults) {
    const place = line === undefined ? {} : { line, column };
    const anew = entry === "" || entry === "version" ? "move the file away" : "remove the entry from it";
    const remedy = `Restore the lockfile from version control, or ${anew} and review anew with \`cardea servers diff NAME\`.`;
    faults.push({ file, ...place, path: entry, message: entry === "" ? message : `${entry} ${message}`, remedy });
  }
  return undefined;
}

function block(fault: CheckFault): string {
  const place = [fault.file, fault.line, fault.column].filter((part) => part !== undefined).join(":");
  const lines = [[place, fault.file === undefined ? fault.path : undefined, fault.message].filter(Boolean).join("  ")];
  if (fault.expected !== undefined) lines.push(`  expected: ${fault.expected}`);
  if (fault.nearest !== undefined) lines.push(`  did you mean: ${fault.nearest}`);
  if (fault.remedy !== undefined) lines.push(`  help: ${fault.remedy}`);
  return `${lines.join("\n")}\n`;
}

function summary(config: Config, lock: Lock, file: string): string {
  const names = Object.keys(config.servers);
  const pins = names.flatMap((name) => Object.keys(lock.servers[name]?.definitions ?? {})).length;
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
  return `${file} is fine: ${count(names.length, "server")}, ${count(pins, "pinned definition")}, ${count(config.access.length, "role")}.\n`;
}
