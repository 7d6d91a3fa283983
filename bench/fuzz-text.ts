import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Json } from "../src/kernel/json.ts";
import { DEFAULT_LIMITS, decodeUtf8, JsonFault, parseJson } from "../src/protocol/json.ts";
import { readStrictly } from "../src/protocol/json-reader.ts";
import { readMessage, RpcFault } from "../src/protocol/jsonrpc.ts";
import { SseFault, SseReader } from "../src/protocol/sse.ts";

const LIMITS = { ...DEFAULT_LIMITS, maxNodes: 2_000, maxString: 20_000 };
const SSE_LIMITS = { maxEventBytes: 8_192, maxLineBytes: 4_096 };

/** Fragments that have broken parsers before. */
const NASTY = [
  ...'" \\ { } [ ] , : - 0 1e9 1e400 -0 0.1 1.0 12345678901234567890 null true nul \t \n \r \0 ÿ'.split(" "),
  ...'\\u0000 \\ud800 \\udc00 \\ud83d\\ude00 \\" \\\\" "__proto__":{} "id":1 "ID":2 "a":1,"a":2 "\\u0061":1'.split(" "),
  ..."data: id: event: retry: 99 : \r\n \n\n \r\r =?base64? 🙂 \u2028 \ufeff \ud800".split(" "),
];
/** V8 itself misreads escaped keys now and then (nodejs/node#63785), so it is no oracle for them. */
const ESCAPED_KEY = /\\.[^"]*"\s*:/s;
const METHODS = [
  "tools/call",
  "tools/list",
  "initialize",
  "Tools/Call",
  "",
  "notifications/cancelled",
  "\n",
  "__proto__",
];

/**
 * Sends mutated rows of the JSON test suite and random JSON-RPC through the parsers of the wire's text.
 *
 * @param n number of hostile inputs
 * @param seed of the random numbers, so that a finding can be repeated
 * @returns `crashes`: something else than the parsers' own faults was thrown. `unexpected`: something was accepted or
 * refused wrongly: accepted text that `JSON.parse` reads otherwise, that is written and read back as another value, that
 * the fast and the strict reader disagree on; or events that depend on where the stream was cut.
 */
export async function fuzzText(
  n: number,
  seed = 1,
): Promise<{ tried: number; crashes: number; unexpected: number; findings: string[] }> {
  const random = generator(seed);
  const rows = suite();
  const findings: string[] = [];
  let crashes = 0;
  let unexpected = 0;
  for (let i = 0; i < n; i++) {
    const bytes = mutated(random() < 0.5 ? pick(rows, random) : Buffer.from(message(random)), random);
    try {
      const wrong = tryJson(bytes) ?? tryStream(bytes, random);
      if (wrong === undefined) continue;
      unexpected++;
      findings.push(`${wrong}: ${bytes.toString("base64").slice(0, 400)}`);
    } catch (error) {
      crashes++;
      findings.push(`${String(error)}: ${bytes.toString("base64").slice(0, 400)}`);
    }
    // Lets timers and signals of the process that runs this in.
    if (i % 1_000 === 999) await new Promise((resolve) => setImmediate(resolve));
  }
  return { tried: n, crashes, unexpected, findings: findings.slice(0, 20) };
}

/** What was judged wrongly, or undefined. Throws what the parsers should not throw. */
function tryJson(bytes: Buffer): string | undefined {
  const text = expecting(JsonFault, () => decodeUtf8(bytes));
  if (text === undefined) return undefined;
  const value = expecting(JsonFault, () => parseJson(text, LIMITS));
  const strict = expecting(JsonFault, () => readStrictly(text, LIMITS));
  if (!isDeepStrictEqual(value, strict)) return "fast and strict reader disagree";
  if (value === undefined) return undefined;
  if (!ESCAPED_KEY.test(text) && JSON.stringify(value) !== JSON.stringify(JSON.parse(text))) {
    return "accepted, but JSON.parse reads another value";
  }
  if (!isDeepStrictEqual(parseJson(JSON.stringify(value), LIMITS), value))
    return "written and read back as another value";
  const read = expecting(RpcFault, () => readMessage(value));
  if (read !== undefined && Object.keys(value as object).some((name) => name !== name.toLowerCase())) {
    return "a message with a member in capitals was accepted";
  }
  return undefined;
}

function tryStream(bytes: Buffer, random: () => number): string | undefined {
  const body = Buffer.concat([Buffer.from(random() < 0.5 ? "data: " : "id: 1\r\nevent"), bytes, Buffer.from("\n\r\n")]);
  const whole = events([body]);
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const size = 1 + Math.floor(random() * 9);
    chunks.push(body.subarray(at, at + size));
    at += size;
  }
  const cut = events(chunks);
  return isDeepStrictEqual(whole, cut) ? undefined : "events depend on where the stream was cut";
}

function events(chunks: readonly Buffer[]): unknown {
  return expecting(SseFault, () => {
    const reader = new SseReader(SSE_LIMITS);
    const read = chunks.flatMap((chunk) => reader.push(chunk));
    reader.end();
    return read;
  });
}

/** The result, or undefined where the parser refused with its own fault. */
function expecting<T>(fault: new (...args: never[]) => Error, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof fault) return undefined;
    throw error;
  }
}

function suite(): Buffer[] {
  const corpora = process.env["CARDEA_CORPORA"] ?? join(import.meta.dirname, "../../shared/corpora");
  return ["test_parsing", "test_transform"].flatMap((part) => {
    const folder = join(corpora, "json_test_suite", part);
    // Rows of 100,000 brackets would take all the time; they are tests of their own.
    return readdirSync(folder)
      .sort()
      .map((file) => readFileSync(join(folder, file)))
      .filter((row) => row.length < 4_096);
  });
}

function mutated(row: Buffer, random: () => number): Buffer {
  let bytes = row;
  const times = Math.floor(random() * 4);
  for (let i = 0; i < times; i++) {
    const at = Math.floor(random() * (bytes.length + 1));
    const end = Math.min(bytes.length, at + Math.floor(random() * 4));
    const kind = random();
    const middle =
      kind < 0.5
        ? Buffer.from(pick(NASTY, random))
        : kind < 0.7
          ? Buffer.from([Math.floor(random() * 256)])
          : kind < 0.85
            ? bytes.subarray(0, at)
            : Buffer.alloc(0);
    bytes = Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(random() < 0.5 ? at : end)]);
  }
  return bytes;
}

/** A JSON-RPC message that is right now and then. */
function message(random: () => number): string {
  const members: [string, Json][] = [];
  if (random() < 0.95) members.push(["jsonrpc", random() < 0.9 ? "2.0" : value(random, 0)]);
  if (random() < 0.8) members.push([random() < 0.95 ? "id" : "Id", random() < 0.7 ? 7 : value(random, 0)]);
  if (random() < 0.8) members.push(["method", random() < 0.9 ? pick(METHODS, random) : value(random, 0)]);
  if (random() < 0.8)
    members.push(["params", random() < 0.8 ? { name: "x", arguments: value(random, 0) } : value(random, 0)]);
  if (random() < 0.2) members.push([pick(["result", "error", "extra", "METHOD"], random), value(random, 0)]);
  const text = `{${members.map(([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)}`).join(",")}}`;
  return random() < 0.05 ? `[${text}]` : text;
}

function value(random: () => number, depth: number): Json {
  const kind = Math.floor(random() * (depth > 4 ? 5 : 7));
  if (kind === 0) return null;
  if (kind === 1) return random() < 0.5;
  if (kind === 2)
    return random() < 0.5 ? Math.floor(random() * 2 ** 40) : (random() - 0.5) * 10 ** Math.floor(random() * 40);
  if (kind < 5) return pick(NASTY, random);
  const size = Math.floor(random() * 5);
  const items = Array.from({ length: size }, () => value(random, depth + 1));
  return kind === 5 ? items : Object.fromEntries(items.map((item) => [pick([...NASTY, ..."abcdef"], random), item]));
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)] as T;
}

/** Repeatable random numbers from 0 to 1 (Marsaglia's xorshift32). */
function generator(seed: number): () => number {
  let state = seed * 2_654_435_761 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
