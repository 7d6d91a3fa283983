import type { ClientProfile } from "../../kernel/call.ts";
import type { JsonObject } from "../../kernel/json.ts";
import {
  META_CLIENT_CAPABILITIES,
  META_CLIENT_INFO,
  META_LOG_LEVEL,
  META_PROTOCOL_VERSION,
  MODERN,
} from "../versions.ts";

/** How Cardea names itself to upstreams. Nothing of the client behind it is told. */
export const CLIENT_INFO = { name: "cardea", version: "0.1.0" } as const;

/** Which requests the operator lets an upstream make of clients (S10); all are off by default. */
export interface AllowedRequests {
  readonly elicitation: boolean;
  readonly sampling: boolean;
  readonly roots: boolean;
  /** Sampling with tools. */
  readonly tools?: boolean;
}

/** The capabilities that are declared to an upstream: what the client has and the operator allows. */
export function declaredCapabilities(profile: ClientProfile, allowed: AllowedRequests): JsonObject {
  const form = profile.elicitationForm && allowed.elicitation;
  const url = profile.elicitationUrl && allowed.elicitation;
  return {
    ...((form || url) && { elicitation: { ...(form && { form: {} }), ...(url && { url: {} }) } }),
    ...(profile.sampling &&
      allowed.sampling && { sampling: profile.samplingTools && allowed.tools === true ? { tools: {} } : {} }),
    ...(profile.roots && allowed.roots && { roots: {} }),
  };
}

/** The part of the `_meta` envelope that is the same for every request with these capabilities: JSON text without braces. */
export function fixedMeta(profile: ClientProfile, allowed: AllowedRequests): string {
  const meta = {
    [META_PROTOCOL_VERSION]: MODERN,
    [META_CLIENT_INFO]: CLIENT_INFO,
    [META_CLIENT_CAPABILITIES]: declaredCapabilities(profile, allowed),
  };
  return JSON.stringify(meta).slice(1, -1);
}

/** What the envelope of one request adds. */
export interface CallMeta {
  /** The request asks for progress; its token is its id. */
  readonly progress: boolean;
  readonly logLevel: string | undefined;
  /** W3C trace context, `00-<trace>-<span>-01`. */
  readonly traceparent: string | undefined;
}

/**
 * One request of 2026-07-28 as JSON text. What was judged is spliced in as it is and not parsed again (invariant 4).
 * @param params JSON text of an object without `_meta`
 * @param fixed see `fixedMeta`
 */
export function modernRequest(id: number, method: string, params: string, fixed: string, call: CallMeta): string {
  let meta = fixed;
  if (call.progress) meta += `,"progressToken":${id}`;
  if (call.logLevel !== undefined) meta += `,"${META_LOG_LEVEL}":${JSON.stringify(call.logLevel)}`;
  if (call.traceparent !== undefined) meta += `,"traceparent":"${call.traceparent}"`;
  const rest = params.length > 2 ? `,${params.slice(1)}` : "}";
  return `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":{"_meta":{${meta}}${rest}}`;
}
