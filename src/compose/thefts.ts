import type { JsonObject } from "../kernel/json.ts";
import type { Theft } from "../doors/mcp/sessions.ts";
import type { RecordFields } from "../ports/records.ts";
import type { Clock, Log } from "../ports/world.ts";

/** Records that a session id came with another credential than its own, and tells the operator (I6). */
export function tellThefts(parts: {
  records: { append(fields: RecordFields): Promise<unknown> };
  clock: Clock;
  log: Log;
}): (theft: Theft) => void {
  return ({ who, tenant, subject, credential }) => {
    const { principal } = who;
    // Of another tenant's session nothing is written into this one's record.
    const owner: JsonObject = tenant === principal.tenant ? { owner: subject, ownerCredential: credential } : {};
    parts.log.warn("session.stolen", { call: who.id, subject: principal.subject, credential: principal.credential });
    parts.records
      .append({
        kind: "event",
        type: "session.stolen",
        time: parts.clock.now(),
        call: who.id,
        tenant: principal.tenant,
        subject: principal.subject,
        credential: principal.credential,
        decision: "deny",
        reason: "unknown_session",
        control: "I6",
        detail: owner,
      })
      .catch(() => parts.log.error("record.failed", { type: "session.stolen" }));
  };
}
