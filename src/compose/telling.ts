import type { JsonObject } from "../kernel/json.ts";
import type { RecordFields } from "../ports/records.ts";
import type { Clock, Log, Random } from "../ports/world.ts";

/** How a running gateway tells the record and the operator of what no call waits for. */
export function tellingOf(
  records: { append(fields: RecordFields): Promise<void> },
  log: Log,
  clock: Clock,
  random: Random,
) {
  return {
    /** Records an event of the gateway itself; `facts.reason` is its reason. What cannot be recorded is in the log. */
    event(type: string, facts: JsonObject, server?: string): void {
      const { reason, ...detail } = facts;
      const fields = {
        kind: "event",
        type,
        time: clock.now(),
        call: random.id("c_"),
        tenant: "default",
        decision: "allow",
        reason: typeof reason === "string" ? reason : "ok",
        detail,
      } as const;
      records
        .append(server === undefined ? fields : { ...fields, server })
        .catch(() => log.error("record.failed", { type }));
    },
    /** Work whose failure is told to the operator and stops nothing else. */
    quietly: (name: string, work: () => Promise<void> | void) => async (): Promise<void> => {
      try {
        await work();
      } catch (error) {
        log.error(`${name}.failed`, { fault: error instanceof Error ? error.message : String(error) });
      }
    },
  };
}
