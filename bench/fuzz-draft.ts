import type { Era } from "./caller.ts";
import type { Dice } from "./fuzz-dice.ts";
import type { Around, Expected } from "./fuzz-oracle.ts";

/** A principal of the run. */
export interface Person {
  readonly name: string;
  readonly key: string;
  /** Patterns of the last part of tool names that this key may call. */
  readonly tools: readonly string[];
  /** Session ids of the older revision, by path. */
  readonly sessions: Map<string, string>;
}

/** What cases are made of. */
export interface World {
  readonly port: number;
  /** Two callers whose calls must keep succeeding; the second may call `echo` alone. */
  readonly people: readonly [Person, Person];
  /** The caller whose sessions are opened and ended. */
  readonly passer: Person;
  readonly revokedKey: string;
  /** A cursor that belongs to the first person and the list of tools on `/mcp`. */
  readonly cursor: string;
  /** Files of the JSON test suite. */
  readonly suite: readonly { readonly name: string; readonly bytes: Buffer }[];
  /** Texts that must appear in no answer. */
  readonly secrets: readonly string[];
}

/** One request before it is written down. */
export interface Draft {
  readonly era: Era;
  readonly person: Person;
  readonly rpc: { readonly method: string; readonly tool: string | undefined };
  method: string;
  path: string;
  headers: [name: string, value: string][];
  body: Buffer;
  chunked: boolean;
}

/** A case: bytes, and what must become of them. */
export interface Attempt {
  /** How it was made, for a person. */
  readonly made: string;
  /** Sent one after another. */
  readonly pieces: readonly Buffer[];
  readonly expected: Expected;
  /** HTTP statuses of a refusal, where only these are right. */
  readonly statuses?: readonly number[];
  readonly head?: boolean;
  /** It may be a preflight, which is answered with nothing but headers, without a key and whatever its body is. */
  readonly preflight?: boolean;
  /** The answer may be an event stream that goes on: its first event is enough. */
  readonly event?: boolean;
  /** What is no single well-framed request goes over a connection of its own. */
  readonly alone?: Alone;
}

/** How a connection of its own goes on. */
export interface Alone {
  /** At most so many answers are right. */
  readonly replies: number;
  /** Then a plain request must be answered or the connection be closed; or nothing more is sent, or it is reset. */
  readonly then: "probe" | "half-close" | "reset";
  /** The first answer is that to a plain call that stood in front. */
  readonly front?: Expected;
}

const ENDPOINTS = ["/mcp/modern", "/mcp/legacy", "/mcp"];
const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};
const FILLING = [
  "plain",
  "ünïcödé",
  "日本",
  "🙂",
  '"quoted"',
  "back\\slash",
  "line\nbreak",
  "=?base64?eA==?=",
  "\u2028",
];

/** The mark by which the tap on the way to the upstream knows a call. Its check digits keep a mutated one from being another. */
export const mark = (n: number): string => `m${n}x${(Math.imul(n + 7, 0x9e3779b1) >>> 0).toString(36)}.`;

/** The tools that a person may call at a path, as they are named there. */
export function toolsAt(person: Person, path: string): ReadonlySet<string> {
  const servers = path === "/mcp" ? ["modern__", "legacy__"] : [""];
  return new Set(servers.flatMap((server) => person.tools.map((tool) => server + tool)));
}

/** A tool call that is right in every respect. */
export function plainCall(
  world: World,
  dice: Dice,
  n: number,
  wants: Partial<Pick<Draft, "era" | "person" | "path">> = {},
): Draft {
  const era = wants.era ?? (dice.chance(0.6) ? "modern" : "legacy");
  const person = wants.person ?? dice.pick(world.people);
  const path = wants.path ?? dice.pick(ENDPOINTS);
  const tool = dice.pick([...toolsAt(person, path)]);
  const text = `${mark(n)} ${person.name} says ${dice.pick(FILLING)} ${dice.below(1e9)}`;
  const args = tool.endsWith("write_note") ? { id: `note-${n}`, text } : { text };
  const params = { name: tool, arguments: args };
  return draft(world, { era, person, path, tool }, idOf(dice, n), "tools/call", params);
}

/** A request of another kind that is right in every respect. */
export function plainOwn(world: World, dice: Dice, n: number): Draft {
  const era = dice.chance(0.5) ? "modern" : "legacy";
  const person = dice.pick(world.people);
  const path = dice.pick(ENDPOINTS.slice(0, 2));
  const method = dice.pick([era === "modern" ? "server/discover" : "ping", "tools/list", "resources/list"]);
  return draft(world, { era, person, path, tool: undefined }, idOf(dice, n), method, {});
}

const idOf = (dice: Dice, n: number): string | number => (dice.chance(0.7) ? n : `id-${n}`);

/** Writes a request down with every header that its era wants. */
export function draft(
  world: World,
  of: { readonly era: Era; readonly person: Person; readonly path: string; readonly tool: string | undefined },
  id: string | number,
  method: string,
  params: object,
): Draft {
  const { era, person, path, tool } = of;
  const modern: [string, string][] = [
    ["Mcp-Method", method],
    ...(tool === undefined ? [] : [["Mcp-Name", tool] as [string, string]]),
  ];
  const message = { jsonrpc: "2.0", id, method, params: era === "modern" ? { ...params, _meta: META } : params };
  return {
    era,
    person,
    rpc: { method, tool },
    method: "POST",
    path,
    headers: [
      ["Host", `127.0.0.1:${world.port}`],
      ["Authorization", `Bearer ${person.key}`],
      ["Content-Type", "application/json"],
      ["Accept", "application/json, text/event-stream"],
      ["MCP-Protocol-Version", era === "modern" ? "2026-07-28" : "2025-11-25"],
      ...(era === "modern" ? modern : [["Mcp-Session-Id", person.sessions.get(path) ?? ""] as [string, string]]),
    ],
    body: Buffer.from(JSON.stringify(message)),
    chunked: false,
  };
}

/** What the oracle has to know of a draft as it was before its headers were twisted. */
export function around({ era, person, path, rpc }: Draft): Around {
  return { era, tools: toolsAt(person, path), mcpMethod: rpc.method, mcpName: rpc.tool };
}

/**
 * The bytes of a draft: its framing is right, whatever else is not.
 *
 * @param dice cut it into packets and chunks; without them it stays whole
 */
export function bytesOf(from: Draft, dice?: Dice): Buffer[] {
  const { method, path, headers, body, chunked } = from;
  const framing: [string, string] = chunked
    ? ["Transfer-Encoding", "chunked"]
    : ["Content-Length", String(body.length)];
  const head = [...headers, framing].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const start = Buffer.from(`${method} ${path} HTTP/1.1\r\n${head}\r\n`, "latin1");
  const whole = Buffer.concat([start, chunked ? chunk(body, dice) : body]);
  return dice?.chance(0.05) ? cut(whole, dice) : [whole];
}

function chunk(body: Buffer, dice?: Dice): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const part = body.subarray(at, at + 1 + (dice?.below(body.length) ?? body.length));
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
    at += part.length;
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}

/** Cuts bytes into two or three packets. */
export function cut(whole: Buffer, dice: Dice): Buffer[] {
  const [one, two] = [dice.below(whole.length), dice.below(whole.length)].sort((a, b) => a - b) as [number, number];
  return [whole.subarray(0, one), whole.subarray(one, two), whole.subarray(two)].filter((piece) => piece.length > 0);
}
