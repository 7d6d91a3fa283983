import type { ClientProfile } from "../../kernel/call.ts";
import { refuse } from "../../kernel/errors.ts";
import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { profileOf, traceOf } from "../capabilities.ts";
import { isLegacy, LEGACY } from "../versions.ts";

/** What `initialize` says of a client. */
export interface Hello {
  /** The revision that the session will speak: the requested one, or the newest with a session. */
  readonly version: string;
  readonly profile: ClientProfile;
  readonly clientName: string | undefined;
}

/** Reads `initialize` (2025-11-25, lifecycle). Throws `Refused` with `invalid_params`. */
export function readInitialize(params: JsonObject): Hello {
  const version = params["protocolVersion"];
  if (typeof version !== "string")
    refuse("invalid_params", "`params.protocolVersion` must be a string.", { path: "/params/protocolVersion" });
  if (!isObject(params["capabilities"]))
    refuse("invalid_params", "`params.capabilities` must be an object.", { path: "/params/capabilities" });
  const info = params["clientInfo"];
  if (!isObject(info) || typeof info["name"] !== "string")
    refuse("invalid_params", "`params.clientInfo` must be an object with `name` and `version`.", {
      path: "/params/clientInfo",
    });
  return {
    version: isLegacy(version) ? version : LEGACY[0],
    profile: profileOf(params["capabilities"]),
    clientName: info["name"],
  };
}

/** `_meta` of a legacy request: the progress token and the trace; the rest ends here (W7). */
export function readMeta(params: JsonObject): {
  progressToken: string | number | undefined;
  trace: string | undefined;
  params: JsonObject;
} {
  if (params["_meta"] === undefined) return { progressToken: undefined, trace: undefined, params };
  const { _meta: meta, ...rest } = params;
  const token = isObject(meta) ? meta["progressToken"] : undefined;
  return {
    progressToken: typeof token === "string" || typeof token === "number" ? token : undefined,
    trace: isObject(meta) ? traceOf(meta["traceparent"]) : undefined,
    params: rest,
  };
}

const TYPED = '{"resultType":"complete",';

/**
 * A neutral result as a legacy client reads it: without the caching fields and `resultType`; output schemas and
 * structured content only where they are objects, as those revisions demand (docs/bridging.md).
 */
export function presentLegacy(result: JsonObject): string {
  const { ttlMs, cacheScope, structuredContent, tools } = result;
  if (ttlMs === undefined && cacheScope === undefined && structuredContent === undefined && tools === undefined) {
    // The usual result has nothing else to leave out, and its type comes first.
    const text = JSON.stringify(result);
    if (text.startsWith(TYPED)) return `{${text.slice(TYPED.length)}`;
  }
  const { resultType: _type, ttlMs: _ttl, cacheScope: _scope, ...rest } = result;
  if (rest["structuredContent"] !== undefined && !isObject(rest["structuredContent"])) delete rest["structuredContent"];
  if (Array.isArray(rest["tools"])) rest["tools"] = rest["tools"].map(legacyTool);
  return JSON.stringify(rest);
}

function legacyTool(tool: Json): Json {
  if (!isObject(tool) || !isObject(tool["outputSchema"]) || tool["outputSchema"]["type"] === "object") return tool;
  const { outputSchema: _schema, ...rest } = tool;
  return rest;
}

/**
 * The request that a legacy client is sent for one of `inputRequests`.
 * @param elicitationId the gateway's own id, which URL mode of 2025-11-25 demands
 */
export function legacyRequest(request: JsonObject, elicitationId: string): { method: string; params: JsonObject } {
  const method = String(request["method"]);
  const params = isObject(request["params"]) ? request["params"] : {};
  return { method, params: params["mode"] === "url" ? { ...params, elicitationId } : params };
}
