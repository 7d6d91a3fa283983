import { decodeUtf8, DEFAULT_LIMITS, JsonFault, parseJson } from "../../protocol/json.ts";
import type { JsonLimits } from "../../protocol/json.ts";
import { readMessage, RpcFault } from "../../protocol/jsonrpc.ts";
import type { RpcMessage } from "../../protocol/jsonrpc.ts";
import { SseFault } from "../../protocol/sse.ts";
import type { Echoes } from "./echoes.ts";

/** A list of many tools with their schemas has many members. */
const MAX_NODES = 1_000_000;

/** The bounds of one message of an upstream. @param maxBytes its largest size */
export function messageLimits(maxBytes: number): JsonLimits {
  return { ...DEFAULT_LIMITS, maxNodes: MAX_NODES, maxString: maxBytes };
}

/** Reads one message strictly. @param echoes takes the gateway's own secrets out first @throws JsonFault, RpcFault */
export function readText(text: string, limits: JsonLimits, echoes: Echoes): RpcMessage {
  return readMessage(parseJson(echoes.clean(text), limits));
}

/** Reads one message strictly from UTF-8. @throws JsonFault, RpcFault */
export function readBytes(bytes: Uint8Array, limits: JsonLimits, echoes: Echoes): RpcMessage {
  return readText(decodeUtf8(bytes), limits, echoes);
}

/** Why a message could not be read, in words fit to be shown; rethrows what is no fault of the message. */
export function faultText(error: unknown): string {
  if (error instanceof JsonFault || error instanceof RpcFault || error instanceof SseFault) return error.message;
  throw error;
}
