import { setImmediate as turn } from "node:timers/promises";
import { decodeUtf8, DEFAULT_LIMITS, JsonFault, parseJson, parseJsonInTurns } from "../../protocol/json.ts";
import type { JsonLimits } from "../../protocol/json.ts";
import { readMessage, RpcFault } from "../../protocol/jsonrpc.ts";
import type { RpcMessage } from "../../protocol/jsonrpc.ts";
import { SseFault } from "../../protocol/sse.ts";
import type { Echoes } from "./echoes.ts";

/** What one message of an upstream may have. */
export interface Bounds {
  readonly bytes: number;
  readonly limits: JsonLimits;
}

/** A list of many tools with their schemas may be large whatever results may be, bytes. */
const LIST_BYTES = 4 * 1024 * 1024;
/** Members and items of a result: many small ones keep the process busy for longer than one long text. */
const RESULT_NODES = 40_000;
/** Different names of members in a result: 40,000 of them keep the process busy for 60 ms, as many that repeat for 5. */
const RESULT_NAMES = 8_000;

/** The bounds of the answer to a call, and to what the gateway asks for itself. @param bytes the largest result */
export function boundsOf(bytes: number): { readonly result: Bounds; readonly list: Bounds } {
  const most = Math.max(bytes, LIST_BYTES);
  return {
    result: { bytes, limits: { ...DEFAULT_LIMITS, maxNodes: RESULT_NODES, maxNames: RESULT_NAMES, maxString: bytes } },
    list: { bytes: most, limits: { ...DEFAULT_LIMITS, maxString: most } },
  };
}

/** Whether the answer is a list of definitions. */
export const answersList = (method: string): boolean => method.endsWith("/list");

/** Reads one message strictly. @param echoes takes the gateway's own secrets out first @throws JsonFault, RpcFault */
export function readText(text: string, limits: JsonLimits, echoes: Echoes): RpcMessage {
  return readMessage(parseJson(echoes.clean(text), limits));
}

/** Reads one message strictly from UTF-8. @throws JsonFault, RpcFault */
export function readBytes(bytes: Uint8Array, limits: JsonLimits, echoes: Echoes): RpcMessage {
  return readText(decodeUtf8(bytes), limits, echoes);
}

/** From so many bytes, or characters, on a message is read in steps: others go on meanwhile. */
const LONG = 65_536;

export const isLong = ({ length }: Uint8Array | string): boolean => length >= LONG;

/** Reads one message strictly, in steps; the same comes of it. @param said text, or UTF-8 @throws JsonFault, RpcFault (rejects with them) */
export async function readInTurns(said: Uint8Array | string, limits: JsonLimits, echoes: Echoes): Promise<RpcMessage> {
  await turn();
  const text = echoes.clean(typeof said === "string" ? said : decodeUtf8(said));
  await turn();
  return readMessage(await parseJsonInTurns(text, limits, turn));
}

/** Why a message could not be read, in words fit to be shown; rethrows what is no fault of the message. */
export function faultText(error: unknown): string {
  if (error instanceof JsonFault || error instanceof RpcFault || error instanceof SseFault) return error.message;
  throw error;
}
