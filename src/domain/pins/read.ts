import { isObject, type Json } from "../../kernel/json.ts";
import { JsonFault, parseJson } from "../../protocol/json.ts";
import { digestOf } from "./judge.ts";
import { readObject, readText, readWords, type Say, step } from "./members.ts";
import { readLaunch, readTexts } from "./read-launch.ts";
import { type Lock, ownName, type Pin, type PinKind, type PinnedServer, type PinnedSource, record } from "./lock.ts";

/** One thing that is wrong with a lockfile. */
export interface LockFault {
  /** The entry, e.g. `servers.files.definitions["tool:read_file"][0].digest`; empty for the file as a whole. */
  readonly entry: string;
  /** What is wrong, and what would be accepted. */
  readonly message: string;
  /** From 1; where the text is no JSON. */
  readonly line?: number;
  readonly column?: number;
}

/** A lockfile of a thousand tools has about 200,000 members. */
const LIMITS = { maxDepth: 128, maxNodes: 2_000_000, maxString: 4_194_304 };
const SERVER_NAME = /^[a-z][a-z0-9-]{0,31}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/;
const WHEN = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z)?$/;
const KINDS = ["tool", "prompt", "template", "instructions"] as const;

/**
 * Reads `cardea.lock` strictly: duplicate and unknown keys, another version, and digests that do not match their
 * definitions are faults.
 * @returns the lock, or at least one fault
 */
export function parseLock(text: string): { lock: Lock } | { faults: LockFault[] } {
  let raw: Json;
  try {
    raw = parseJson(text, LIMITS);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    const before = text.slice(0, error.offset);
    const line = before.split("\n").length;
    return { faults: [{ entry: "", message: error.message, line, column: error.offset - before.lastIndexOf("\n") }] };
  }
  const faults: LockFault[] = [];
  const say: Say = (entry, message) => faults.push({ entry: entry.replace(/^\./, ""), message });
  const file = readObject(raw, "", ["version", "servers"], [], say);
  if (file["version"] !== undefined && file["version"] !== 1) {
    say("version", "must be 1: this lockfile was written for another version of Cardea");
  }
  const servers: Record<string, PinnedServer> = record({});
  if (isObject(file["servers"])) {
    for (const [name, value] of Object.entries(file["servers"])) {
      const entry = `servers${step(name)}`;
      if (!SERVER_NAME.test(name)) say(entry, "is no name of a server");
      else servers[name] = readServer(value, entry, say);
    }
  } else if (file["servers"] !== undefined) say("servers", "must be an object");
  return faults.length > 0 ? { faults } : { lock: { version: 1, servers } };
}

function readServer(raw: Json, entry: string, say: Say): PinnedServer {
  const server = readObject(raw, entry, ["source", "reviewedBy", "reviewedAt", "definitions"], [], say);
  const definitions: Record<string, Pin[]> = record({});
  if (isObject(server["definitions"])) {
    for (const [name, pins] of Object.entries(server["definitions"])) {
      definitions[name] = readPins(pins, name, `${entry}.definitions${step(name)}`, say);
    }
  } else if (server["definitions"] !== undefined) say(`${entry}.definitions`, "must be an object");
  return {
    source: readSource(server["source"], `${entry}.source`, say),
    reviewedBy: readText(server["reviewedBy"], `${entry}.reviewedBy`, /\S/, "a name", say),
    reviewedAt: readText(server["reviewedAt"], `${entry}.reviewedAt`, WHEN, "a date such as 2026-09-01", say),
    definitions,
  };
}

function readSource(raw: Json | undefined, entry: string, say: Say): PinnedSource {
  if (raw === undefined) return { url: "" };
  if (isObject(raw) && "package" in raw) {
    const source = readObject(raw, entry, ["package", "integrity", "tree"], ["args", "launch"], say);
    const { args } = source;
    return {
      package: readText(source["package"], `${entry}.package`, /^.+@\d+\.\d+\.\d+/, "name@1.2.3", say),
      integrity: readText(source["integrity"], `${entry}.integrity`, INTEGRITY, "sha512-…", say),
      tree: readText(source["tree"], `${entry}.tree`, DIGEST, "sha256:… in hex", say),
      ...(args === undefined ? {} : { args: readWords(args, `${entry}.args`, say) }),
      ...readLaunch(source["launch"], `${entry}.launch`, say),
    };
  }
  if (isObject(raw) && "run" in raw) {
    const source = readObject(raw, entry, ["run"], ["sha256", "files", "launch"], say);
    const run = source["run"];
    const words = Array.isArray(run) ? run.filter((word) => typeof word === "string") : [];
    if (!Array.isArray(run) || words.length === 0 || words.length < run.length) {
      say(`${entry}.run`, "must be a list of texts that begins with the program");
    }
    const { files } = source;
    const launch = {
      ...(files === undefined ? {} : { files: readTexts(files, `${entry}.files`, DIGEST, "sha256:… in hex", say) }),
      ...readLaunch(source["launch"], `${entry}.launch`, say),
    };
    if (source["sha256"] === undefined) return { run: words, ...launch };
    const sha256 = readText(source["sha256"], `${entry}.sha256`, DIGEST, "sha256:… in hex", say);
    return { run: words, sha256, ...launch };
  }
  if (isObject(raw) && "url" in raw) {
    const source = readObject(raw, entry, ["url"], [], say);
    return { url: readText(source["url"], `${entry}.url`, /^https?:\/\//, "a URL", say) };
  }
  say(entry, "must have package, run or url");
  return { url: "" };
}

function readPins(raw: Json, name: string, entry: string, say: Say): Pin[] {
  const kind = KINDS.find((one) => (one === "instructions" ? name === one : name.startsWith(`${one}:`)));
  if (kind === undefined) say(entry, "must be tool:…, prompt:…, template:… or instructions");
  if (!Array.isArray(raw) || raw.length === 0) {
    say(entry, "must be a list of at least one approved definition");
    return [];
  }
  const pins = raw.map((pin, at) => readPin(pin, kind, name, `${entry}[${at}]`, say));
  pins.forEach((pin, at) => {
    if (pins.findIndex((other) => other.digest === pin.digest) < at) say(`${entry}[${at}]`, "is approved twice");
  });
  return pins;
}

function readPin(raw: Json, kind: PinKind | undefined, name: string, entry: string, say: Say): Pin {
  const pin = readObject(raw, entry, ["digest", "by", "at", "definition"], ["findings"], say);
  const { findings } = pin;
  const accepted = findings === undefined ? {} : { findings: readWords(findings, `${entry}.findings`, say) };
  const digest = readText(pin["digest"], `${entry}.digest`, DIGEST, "sha256:… in hex", say);
  const by = readText(pin["by"], `${entry}.by`, /\S/, "a name", say);
  const at = readText(pin["at"], `${entry}.at`, WHEN, "a date such as 2026-09-01", say);
  const definition = pin["definition"];
  if (!isObject(definition)) {
    if (definition !== undefined) say(`${entry}.definition`, "must be an object");
    return { digest, by, at, definition: {} };
  }
  const own = kind === undefined ? "" : ownName(kind, definition);
  if (kind !== undefined && own !== name.slice(kind.length + 1)) {
    say(`${entry}.definition`, "does not carry the name of its entry");
  }
  if (DIGEST.test(digest) && digestOf(definition) !== digest) {
    say(`${entry}.digest`, `does not match the definition, whose digest is ${digestOf(definition)}`);
  }
  return { digest, by, at, definition, ...accepted };
}
