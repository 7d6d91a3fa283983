import type { Era } from "../../kernel/call.ts";
import { CATALOGUE, type Refusal } from "../../kernel/errors.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import { rawResult } from "./raw.ts";
import { errorText } from "../../protocol/jsonrpc.ts";

/** A refusal as HTTP and JSON-RPC say it. */
export interface Said {
  readonly status: number;
  readonly text: string;
  readonly headers: Record<string, string>;
}

/**
 * Maps a refusal by the catalogue. What is unknown, forbidden or quarantined answers alike, to the last byte.
 * @param id of the request; null where none could be read
 * @param call correlation id
 * @param present how this era writes a result, for refusals that a model can mend
 */
export function sayRefusal(
  id: string | number | null,
  refusal: Refusal,
  call: string,
  era: Era,
  method: string,
  present: (result: JsonObject) => string,
): Said {
  const entry = CATALOGUE[refusal.code];
  const headers: Record<string, string> = {};
  if (refusal.retryAfter !== undefined) headers["retry-after"] = String(refusal.retryAfter);
  if (refusal.code === "unauthenticated")
    headers["www-authenticate"] =
      `Bearer realm="cardea"${refusal.secretReason === "none" ? "" : ', error="invalid_token"'}`;
  if (refusal.code === "wrong_http_method") headers["allow"] = "POST, GET, DELETE";
  if ("toolResult" in entry && method === "tools/call" && id !== null) {
    const result: JsonObject = {
      resultType: "complete",
      content: [{ type: "text", text: refusal.message }],
      isError: true,
    };
    return { status: 200, text: rawResult(id, present(result)), headers };
  }
  const data = refusal.code === "unknown_target" ? refusal.data : { ...dataOf(refusal), ...refusal.data, call };
  const error = {
    code: codeOf(refusal, era, method),
    message: refusal.message,
    ...(data === undefined ? {} : { data: data as Json }),
  };
  return { status: statusOf(refusal, era), text: errorText(id, error), headers };
}

function dataOf(refusal: Refusal): Record<string, unknown> {
  const data: Record<string, unknown> = { reason: refusal.code };
  for (const member of ["path", "rule", "control", "retryAfter", "executed"] as const)
    if (refusal[member] !== undefined) data[member] = refusal[member];
  return data;
}

/** Legacy clients know `-32002` for a resource that does not exist; newer revisions forbid it. */
function codeOf(refusal: Refusal, era: Era, method: string): number {
  if (era === "legacy" && refusal.code === "unknown_target" && method === "resources/read") return -32002;
  return refusal.upstreamCode ?? CATALOGUE[refusal.code].rpc;
}

/** Inside a legacy session, errors about methods and parameters are JSON-RPC answers like others. */
function statusOf(refusal: Refusal, era: Era): number {
  if (era === "legacy" && (refusal.code === "unknown_method" || refusal.code === "invalid_params")) return 200;
  return CATALOGUE[refusal.code].http;
}
