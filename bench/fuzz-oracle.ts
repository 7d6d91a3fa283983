import { isObject, type Json, type JsonObject } from "../src/kernel/json.ts";
import type { Era } from "./caller.ts";
import { type Read, readOracle } from "./fuzz-json.ts";

/** Whether a request must be served, must be refused, or may be either. */
export type Verdict = "accept" | "refuse" | "either";

/** What is known of a request beside its body. */
export interface Around {
  readonly era: Era;
  /** Tools that this caller may call on this endpoint, as they are named there. */
  readonly tools: ReadonlySet<string>;
  /** Values of headers, as they are compared with the body; undefined where there is none. */
  readonly mcpMethod: string | undefined;
  readonly mcpName: string | undefined;
}

/** What must become of a body. */
export interface Expected {
  readonly verdict: Verdict;
  /** Id of the request where it has one that counts. */
  readonly id?: string | number;
  /** What the answer to a tool call must say. */
  readonly text?: string;
  /** A request is answered, anything else is taken. */
  readonly answered: boolean;
  /** Why it must be refused. */
  readonly why?: string;
}

const MEMBERS = new Set(["jsonrpc", "id", "method", "params", "result", "error"]);
const CASED = ["_meta", "name", "arguments", "uri", "cursor", "requestState", "inputResponses", "notifications"];
const VERSION = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";
/** Answered by the gateway itself, whatever their params hold beside the envelope. */
const OWN: Readonly<Record<Era, ReadonlySet<string>>> = {
  modern: new Set(["server/discover"]),
  legacy: new Set(["ping"]),
};
const LISTS = new Set(["tools/list", "prompts/list", "resources/list", "resources/templates/list"]);
/** The upstreams of this run publish no prompts and no resources. */
const NOTHING_THERE = new Set(["prompts/get", "resources/read", "completion/complete", "resources/subscribe"]);
const LEGACY_ALONE = new Set([
  "initialize",
  "ping",
  "resources/subscribe",
  "resources/unsubscribe",
  "logging/setLevel",
]);
const MODERN_ALONE = new Set(["server/discover", "subscriptions/listen"]);
const MOST = 1000;

/**
 * A strict check of its own of what a body is: it shares no code with the gateway. It says `accept` and `refuse` only
 * where the specification or the configuration of the run leave no choice.
 */
export function expect(body: Buffer, around: Around): Expected {
  const read = readOracle(body);
  if (read.kind === "refuse") return { verdict: "refuse", answered: true, why: read.why };
  return ofMessage(read, around);
}

function ofMessage({ value, unsure }: Extract<Read, { kind: "value" }>, around: Around): Expected {
  const no = (why: string, id?: string | number): Expected => ({ verdict: "refuse", answered: true, why, id });
  if (!isObject(value)) return no("no object");
  const id = isId(value["id"]) ? value["id"] : undefined;
  if (Object.keys(value).some((name) => !MEMBERS.has(name))) return no("unknown member", id);
  if (value["jsonrpc"] !== "2.0") return no("jsonrpc", id);
  if (!Object.hasOwn(value, "method")) return { ...ofResponse(value), id };
  if (Object.hasOwn(value, "result") || Object.hasOwn(value, "error")) return no("method with result or error", id);
  const { method, params = {} } = value;
  if (typeof method !== "string" || method === "" || method.length > 128) return no("method", id);
  if (!isObject(params)) return no("params", id);
  const known = new Map(CASED.map((name) => [name.toLowerCase(), name]));
  if (Object.keys(params).some((name) => (known.get(name.toLowerCase()) ?? name) !== name)) return no("case", id);
  // Notifications are taken and go no further; what they say is nobody's matter.
  if (!Object.hasOwn(value, "id")) return { verdict: "either", answered: false };
  if (id === undefined) return no("id");
  const fault = faultOf(method, params, around);
  if (fault !== undefined) return no(fault, id);
  const sure = !unsure && isSure(params);
  if (method !== "tools/call") {
    const served = OWN[around.era].has(method) || (LISTS.has(method) && params["cursor"] === undefined);
    return { verdict: served && sure ? "accept" : "either", answered: true, id };
  }
  const { text } = params["arguments"] as { text: string };
  return { verdict: sure && params["inputResponses"] === undefined ? "accept" : "either", answered: true, id, text };
}

function ofResponse(value: JsonObject): Expected {
  const one = Object.hasOwn(value, "result") !== Object.hasOwn(value, "error") && !Object.hasOwn(value, "params");
  return one ? { verdict: "either", answered: false } : { verdict: "refuse", answered: true, why: "neither" };
}

function faultOf(method: string, params: JsonObject, around: Around): string | undefined {
  const meta = params["_meta"];
  const version = isObject(meta) ? meta[VERSION] : undefined;
  if (around.era === "modern") {
    if (!isObject(meta) || version !== "2026-07-28" || !isObject(meta[CAPABILITIES])) return "envelope";
    if (around.mcpMethod !== method) return "Mcp-Method";
    if (LEGACY_ALONE.has(method)) return "method of the other era";
  } else if (version !== undefined) return "envelope in a session";
  else if (MODERN_ALONE.has(method)) return "method of the other era";
  if (NOTHING_THERE.has(method)) return "nothing there";
  if (LISTS.has(method) || MODERN_ALONE.has(method) || LEGACY_ALONE.has(method)) return undefined;
  if (method !== "tools/call") return "unknown method";
  const { name, arguments: args } = params;
  if (typeof name !== "string" || !around.tools.has(name)) return "unknown tool";
  if (around.era === "modern" && around.mcpName !== name) return "Mcp-Name";
  if (typeof params["requestState"] === "string") return "requestState of nobody";
  return faultOfArguments(args, name.endsWith("write_note") ? ["id", "text"] : ["text"]);
}

function faultOfArguments(args: Json | undefined, names: readonly string[]): string | undefined {
  if (!isObject(args)) return "arguments";
  const given = Object.keys(args);
  if (given.length !== names.length || !names.every((name) => Object.hasOwn(args, name))) return "names of arguments";
  const fits = (value: Json | undefined): boolean => typeof value === "string" && [...value].length <= MOST;
  return names.every((name) => fits(args[name])) ? undefined : "values of arguments";
}

/** Nothing stands beside what is understood here. */
function isSure(params: JsonObject): boolean {
  const meta = params["_meta"];
  const plain = new Set([VERSION, CAPABILITIES, "io.modelcontextprotocol/clientInfo", "progressToken"]);
  return (
    Object.keys(params).every((name) => ["_meta", "name", "arguments"].includes(name)) &&
    (meta === undefined || (isObject(meta) && Object.keys(meta).every((name) => plain.has(name))))
  );
}

function isId(id: Json | undefined): id is string | number {
  return typeof id === "string" || Number.isSafeInteger(id);
}
