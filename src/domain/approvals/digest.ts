import { createHash } from "node:crypto";
import type { Located, Obligations } from "../../kernel/call.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { canonical } from "../../protocol/jcs.ts";

/** What is asked for beside a call: who decides, until when, and whether it may stand. */
export type Terms = NonNullable<Obligations["approval"]>;

/** Both demands at once: the second person rather than the first, the shorter time, "always" only where both have it. */
export function strictest(one: Terms | undefined, other: Terms | undefined): Terms | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    by: one.by === "other" || other.by === "other" ? "other" : "self",
    expiresMs: Math.min(one.expiresMs, other.expiresMs),
    always: one.always && other.always,
  };
}

/** `params` as they will be sent, without what an earlier leg left. */
export function sentArguments(call: Located): JsonObject {
  const { inputResponses: _responses, requestState: _state, ...sent } = call.sent;
  return sent;
}

/**
 * What is approved (H1): SHA-256 over the canonical JSON (RFC 8785) of who asks with which credential, what, as it is
 * defined now, what it does, who has to decide, and with exactly which arguments. Change any and it is another call.
 * @throws TypeError for arguments that have no canonical form
 */
export function approvalDigest(call: Located, terms: Terms): string {
  const { principal, target } = call;
  const parts = [
    ...[principal.tenant, principal.owner, principal.credential],
    ...[target.server, target.kind, target.name, target.digest ?? null, target.published?.digest ?? null],
    ...[call.method, target.effect, terms.by, sentArguments(call)],
    ...(call.flow?.demand === undefined ? [] : [call.flow.demand.cause]),
  ];
  return `sha256:${createHash("sha256").update(canonical(parts)).digest("hex")}`;
}
