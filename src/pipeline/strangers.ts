import type { RecordFields } from "../ports/records.ts";
import type { Clock, Random } from "../ports/world.ts";

/** Refusals of nobody in particular that are recorded one by one in a second; the rest is counted (A1, L6). */
const MOST_A_SECOND = 50;

/**
 * Keeps strangers from growing the record without bound: what is refused before anybody is known is recorded up to 50
 * times a second; what is more is one record that says how many, by reason.
 */
export function createStrangers(parts: { clock: Clock; random: Random }) {
  let second = 0;
  let recorded = 0;
  let counted = new Map<string, number>();
  return {
    /** Whether this refusal has a record of its own; else it is counted. */
    has(reason: string): boolean {
      const now = Math.floor(parts.clock.monotonic() / 1000);
      if (now !== second) {
        second = now;
        recorded = 0;
      }
      if (recorded++ < MOST_A_SECOND) return true;
      counted.set(reason, (counted.get(reason) ?? 0) + 1);
      return false;
    },
    /** The record of what was counted since the last one. To be written every second, and at the end. */
    summary(): RecordFields | undefined {
      if (counted.size === 0) return undefined;
      const reasons = Object.fromEntries(counted);
      const count = [...counted.values()].reduce((sum, n) => sum + n, 0);
      counted = new Map();
      return {
        kind: "event",
        type: "strangers.refused",
        time: parts.clock.now(),
        call: parts.random.id("c_"),
        tenant: "-",
        decision: "deny",
        reason: "summary",
        control: "L6",
        detail: { count, reasons },
      };
    },
  };
}

export type Strangers = ReturnType<typeof createStrangers>;
