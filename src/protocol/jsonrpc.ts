import { isObject } from "../kernel/json.ts";
import type { Json, JsonObject } from "../kernel/json.ts";

/** The id of a request. Integers are within ±(2^53-1). */
export type RpcId = string | number;

export interface RpcRequest {
  readonly id: RpcId;
  readonly method: string;
  /** `{}` where the message has none. */
  readonly params: JsonObject;
}

export interface RpcNotification {
  readonly method: string;
  /** `{}` where the message has none. */
  readonly params: JsonObject;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: Json;
}

/** An answer. The id is null only on an error of a peer that could not read the id. */
export type RpcResponse =
  | { readonly id: RpcId; readonly result: JsonObject; readonly error?: undefined }
  | { readonly id: RpcId | null; readonly error: RpcError; readonly result?: undefined };

export type RpcMessage =
  | ({ readonly kind: "request" } & RpcRequest)
  | ({ readonly kind: "notification" } & RpcNotification)
  | ({ readonly kind: "response" } & RpcResponse);

/** Why a JSON value is no JSON-RPC message that is accepted here. */
export class RpcFault extends Error {
  /** -32600 for the message, -32602 for its params. */
  readonly code: number;
  /** The id of the request, where it could be read. */
  readonly id: RpcId | null;
  constructor(code: number, message: string, id: RpcId | null) {
    super(message);
    this.name = "RpcFault";
    this.code = code;
    this.id = id;
  }
}

/** Longest method name. The longest of the protocol has 40 characters. */
const MAX_METHOD = 128;

const MEMBERS: ReadonlySet<string> = new Set(["jsonrpc", "id", "method", "params", "result", "error"]);

/** Members of `params` in requests and notifications of both eras: no other spelling of them is let near a second parser. */
const PARAMS = byLowerCase(
  "_meta arguments name uri cursor ref argument context notifications inputResponses requestState level requestId reason " +
    "progressToken progress total message logger data capabilities clientInfo protocolVersion task",
);

const KNOWN: ReadonlySet<string> = new Set(PARAMS.values());

function byLowerCase(names: string): ReadonlyMap<string, string> {
  return new Map(names.split(" ").map((name) => [name.toLowerCase(), name]));
}

/**
 * Reads one JSON-RPC 2.0 message as MCP restricts it: a single request, notification or response; id a string or an
 * integer; params an object. Unknown members, and members of `params` that match a known one only by case, are refused
 * (invariant 4).
 *
 * @throws RpcFault
 */
export function readMessage(value: Json): RpcMessage {
  if (Array.isArray(value)) fail("Batches are not accepted; send one JSON-RPC message per body", null);
  if (!isObject(value)) fail("The body is no JSON-RPC message; one JSON object is accepted", null);
  const id = isId(value["id"]) ? value["id"] : null;
  for (const name in value) {
    if (!MEMBERS.has(name)) {
      const near = MEMBERS.has(name.toLowerCase());
      const what = near
        ? `Member "${name}" differs from "${name.toLowerCase()}" by case`
        : "An unknown member stands beside them";
      fail(`${what}; accepted members: jsonrpc, id, method and params, or jsonrpc, id and result or error`, id);
    }
  }
  if (value["jsonrpc"] !== "2.0") fail('Member "jsonrpc" must be "2.0"', id);
  // No value of JSON is undefined: a member that is not undefined is there.
  if (value["method"] !== undefined) return call(value, id);
  return answer(value, id);
}

function call(value: JsonObject, id: RpcId | null): RpcMessage {
  const { method } = value;
  if (value["result"] !== undefined || value["error"] !== undefined) {
    fail('A message has either "method" or "result" or "error"', id);
  }
  if (typeof method !== "string" || method === "" || method.length > MAX_METHOD) {
    fail(`Member "method" must be a string of 1 to ${MAX_METHOD} characters`, id);
  }
  let params: JsonObject = {};
  if (value["params"] !== undefined) {
    if (!isObject(value["params"])) fail('Member "params" must be an object', id);
    params = value["params"];
    for (const name in params) {
      if (KNOWN.has(name)) continue;
      const lower = name.toLowerCase();
      const known = PARAMS.get(lower);
      if (known !== undefined) {
        throw new RpcFault(
          -32602,
          `Member "${name}" of params differs from "${known}" by case; write it as "${known}"`,
          id,
        );
      }
    }
  }
  if (value["id"] === undefined) return { kind: "notification", method, params };
  if (id === null) failId();
  return { kind: "request", id, method, params };
}

function answer(value: JsonObject, id: RpcId | null): RpcMessage {
  const { result, error } = value;
  if (value["params"] !== undefined) fail('A message with "params" needs "method"', id);
  if ((result === undefined) === (error === undefined)) {
    fail('A message needs "method" (a request or notification), or either "result" or "error" (a response)', id);
  }
  if (error === undefined) {
    if (id === null) failId();
    if (!isObject(result)) fail('Member "result" must be an object', id);
    return { kind: "response", id, result };
  }
  // JSON-RPC 2.0 section 5: null where the id of the request could not be read; MCP 2025-11-25 leaves it out.
  if (id === null && value["id"] !== null && value["id"] !== undefined) failId();
  if (!isObject(error)) fail('Member "error" must be an object', id);
  const { code, message, data } = error;
  if (!Number.isSafeInteger(code)) fail('Member "code" of error must be an integer', id);
  if (typeof message !== "string") fail('Member "message" of error must be a string', id);
  return { kind: "response", id, error: { code: code as number, message, ...(data !== undefined && { data }) } };
}

function isId(value: Json | undefined): value is RpcId {
  return typeof value === "string" || Number.isSafeInteger(value);
}

function failId(): never {
  fail('Member "id" must be a string or an integer within ±(2^53-1), and not null', null);
}

function fail(message: string, id: RpcId | null): never {
  throw new RpcFault(-32600, message, id);
}

/**
 * The text of a request.
 *
 * @param paramsText JSON text of the params, as it was judged; goes out as it is
 */
export function requestText(id: RpcId, method: string, paramsText: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)},"params":${paramsText}}`;
}

/** The text of a successful answer. */
export function resultText(id: RpcId, result: JsonObject): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result)}}`;
}

/** The text of an error. The id is null where the request's could not be read. */
export function errorText(id: RpcId | null, error: RpcError): string {
  const { code, message, data } = error;
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${JSON.stringify({ code, message, data })}}`;
}

/** The text of a notification; without params where none are given. */
export function notificationText(method: string, params?: JsonObject): string {
  return JSON.stringify({ jsonrpc: "2.0", method, params });
}
