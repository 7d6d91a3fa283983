import type { Era } from "../../kernel/call.ts";
import { CATALOGUE, type Refusal } from "../../kernel/errors.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import { rawResult } from "./raw.ts";
import { errorText } from "../../protocol/jsonrpc.ts";

/** A refusal as HTTP and JSON-RPC say it. */
export interface Said {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How an answer is written to one caller. */
export interface Manner {
  /** Correlation id. */
  readonly call: string;
  readonly era: Era;
  readonly method: string;
  /** How this era writes a result. */
  readonly present: (result: JsonObject) => string;
  /** What a challenge says of the endpoint; undefined where no resource is: then it names none. */
  readonly resource?: Resource;
}

/** The protected resource (RFC 9728) that an endpoint is. */
export interface Resource {
  /** The server of `/mcp/<server>`; undefined for the aggregate. */
  readonly endpoint: string | undefined;
  /** Where its metadata is. */
  metadata(endpoint: string | undefined): string;
}

/**
 * Maps a refusal by the catalogue. What is unknown, forbidden or quarantined answers alike, to the last byte.
 * @param id of the request; null where none could be read
 */
export function sayRefusal(id: string | number | null, refusal: Refusal, manner: Manner): Said {
  const { call, era, method, present } = manner;
  const entry = CATALOGUE[refusal.code];
  const headers: Record<string, string> = {};
  if (refusal.retryAfter !== undefined) headers["retry-after"] = String(refusal.retryAfter);
  const challenge = challengeOf(refusal, manner.resource);
  if (challenge !== undefined) headers["www-authenticate"] = challenge;
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

/**
 * What `WWW-Authenticate` says (RFC 6750, section 3; RFC 9728, section 5.1). Of an endpoint it says what follows from the
 * name in the URL alone, so that nobody learns which servers there are.
 */
function challengeOf(refusal: Refusal, resource: Resource | undefined): string | undefined {
  const metadata = resource && `resource_metadata="${resource.metadata(resource.endpoint)}"`;
  let said: (string | undefined)[];
  if (refusal.code === "unauthenticated") {
    const scope = resource?.endpoint === undefined ? undefined : `scope="${resource.endpoint}:read"`;
    said = ['realm="cardea"', refusal.secretReason === "none" ? undefined : 'error="invalid_token"', scope, metadata];
  } else if (refusal.code === "insufficient_scope") {
    const scope = `scope="${(refusal.scopes ?? []).join(" ")}"`;
    const description = `error_description="${refusal.message.replace(/[^ !#-[\]-~]/g, "")}"`;
    said = ['error="insufficient_scope"', scope, metadata, description];
  } else return undefined;
  return `Bearer ${said.filter((part) => part !== undefined).join(", ")}`;
}

function dataOf(refusal: Refusal): Record<string, unknown> {
  const data: Record<string, unknown> = { reason: refusal.code };
  for (const member of ["path", "rule", "control", "scopes", "retryAfter", "executed"] as const)
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
