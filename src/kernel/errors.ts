import type { JsonObject } from "./json.ts";

/** Whose fault a refusal is. */
export type Fault = "caller" | "operator" | "upstream" | "gateway";

/** How a refusal is answered. */
interface Entry {
  /** JSON-RPC code. Own codes lie outside -32768..-32000. */
  readonly rpc: number;
  /** HTTP status where nothing was streamed yet. */
  readonly http: number;
  readonly fault: Fault;
  /** Answered as a tool result with `isError: true`, so that the model can mend its call (SEP-1303). */
  readonly toolResult?: true;
}

/** The closed catalogue of refusals: stable code, how it is answered, whose fault. docs/errors.md is generated from it. */
export const CATALOGUE = {
  parse_error: { rpc: -32700, http: 400, fault: "caller" },
  invalid_request: { rpc: -32600, http: 400, fault: "caller" },
  unknown_method: { rpc: -32601, http: 404, fault: "caller" },
  invalid_params: { rpc: -32602, http: 400, fault: "caller" },
  header_mismatch: { rpc: -32020, http: 400, fault: "caller" },
  missing_capability: { rpc: -32021, http: 400, fault: "caller" },
  unsupported_version: { rpc: -32022, http: 400, fault: "caller" },
  unauthenticated: { rpc: 40100, http: 401, fault: "caller" },
  forbidden_origin: { rpc: 40301, http: 403, fault: "caller" },
  forbidden_host: { rpc: 40302, http: 403, fault: "caller" },
  insecure_transport: { rpc: 40303, http: 403, fault: "caller" },
  forbidden_client: { rpc: 40305, http: 403, fault: "caller" },
  environment_mismatch: { rpc: 40304, http: 403, fault: "caller" },
  not_permitted: { rpc: 40320, http: 403, fault: "caller" },
  insufficient_scope: { rpc: 40312, http: 403, fault: "caller" },
  unknown_path: { rpc: 40400, http: 404, fault: "caller" },
  unknown_session: { rpc: 40401, http: 404, fault: "caller" },
  wrong_http_method: { rpc: 40500, http: 405, fault: "caller" },
  not_acceptable: { rpc: 40600, http: 406, fault: "caller" },
  request_timeout: { rpc: 40800, http: 408, fault: "caller" },
  body_too_large: { rpc: 41300, http: 413, fault: "caller" },
  wrong_content_type: { rpc: 41500, http: 415, fault: "caller" },
  headers_too_large: { rpc: 43100, http: 431, fault: "caller" },
  unknown_target: { rpc: -32602, http: 200, fault: "caller" },
  invalid_arguments: { rpc: -32602, http: 200, fault: "caller", toolResult: true },
  needs_person: { rpc: 40310, http: 200, fault: "caller" },
  denied_by_person: { rpc: 40313, http: 200, fault: "caller" },
  rate_limited: { rpc: 42900, http: 429, fault: "caller" },
  cancelled: { rpc: 49900, http: 200, fault: "caller" },
  control_failed: { rpc: 50000, http: 500, fault: "gateway" },
  record_failed: { rpc: 50001, http: 503, fault: "gateway" },
  shutting_down: { rpc: 50300, http: 503, fault: "gateway" },
  upstream_unavailable: { rpc: 50200, http: 200, fault: "upstream" },
  upstream_error: { rpc: 50201, http: 200, fault: "upstream" },
  upstream_invalid: { rpc: 50202, http: 200, fault: "upstream" },
  upstream_timeout: { rpc: 50400, http: 200, fault: "upstream" },
  upstream_busy: { rpc: 50301, http: 200, fault: "upstream" },
  withheld: { rpc: 40321, http: 200, fault: "upstream", toolResult: true },
  quarantined: { rpc: 40322, http: 200, fault: "upstream", toolResult: true },
  request_not_governed: { rpc: 40311, http: 200, fault: "operator" },
} as const satisfies Record<string, Entry>;

export type Code = keyof typeof CATALOGUE;

/** Whether anything happened upstream (invariant 3). */
export type Executed = "yes" | "no" | "unknown";

/** A refusal: what was wrong, where, and what would be accepted. It holds no secret, no stack, no internal path. */
export interface Refusal {
  readonly code: Code;
  /** One sentence for a person and a model: what, where, what would be accepted. */
  readonly message: string;
  /** JSON Pointer into the arguments, or a header or member name. */
  readonly path?: string;
  /** The rule that was broken, e.g. `maxLength 64`. */
  readonly rule?: string;
  /** The control that refused, e.g. `V1`. */
  readonly control?: string;
  /** OAuth scopes that are missing, all of them (RFC 6750, section 3.1). */
  readonly scopes?: readonly string[];
  /** Seconds until a retry can succeed. */
  readonly retryAfter?: number;
  readonly executed?: Executed;
  /** JSON-RPC `error.data` where the specification prescribes it; must be safe to send. */
  readonly data?: Record<string, unknown>;
  /** The upstream's own JSON-RPC error code, where it is one of the protocol's. */
  readonly upstreamCode?: number;
  /** For the record alone, never sent to the caller: the true reason where the answer hides it (unknown_target). */
  readonly secretReason?: string;
  /** For the record alone: what the screen found, by kind. */
  readonly findings?: Readonly<Record<string, number>>;
  /** For the record alone: what an external classifier said, or why it said nothing. */
  readonly classified?: JsonObject;
  /** For the record alone: ids of the policies that refused. */
  readonly rules?: readonly string[];
}

/** A refusal on its way up. Anything else that is thrown is a defect and becomes `control_failed`. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = "Refused";
    this.refusal = refusal;
  }
}

/** Throws a refusal. */
export function refuse(code: Code, message: string, more: Omit<Refusal, "code" | "message"> = {}): never {
  throw new Refused({ code, message, ...more });
}
