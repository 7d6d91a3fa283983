import type { Config } from "../config/config.ts";
import { createLimits } from "../domain/limits/limits.ts";
import type { Counters } from "../ports/counters.ts";
import type { Clock } from "../ports/world.ts";

/** Requests that reach no upstream have windows of their own, ten times as wide, so that lists take no calls away. */
const LISTS_PER_CALL = 10;

/** Short windows that need no store. */
const volatile: Counters = { load: async () => [], write: async () => {}, close: async () => {} };

/** The windows of calls, which outlive a restart, and those of lists, which do not. */
export async function openLimits(config: Config, counters: Counters, clock: Clock) {
  const wide = (n: number): number => n * LISTS_PER_CALL;
  const { perCredential, plans } = config.limits;
  return {
    calls: await createLimits({ ...config.limits, counters, clock }),
    lists: await createLimits({
      perCredential: { calls: wide(perCredential.calls), perMs: perCredential.perMs },
      plans: Object.fromEntries(
        Object.entries(plans).map(([name, plan]) => [name, { minute: wide(plan.minute), day: wide(plan.day) }]),
      ),
      tools: [],
      counters: volatile,
      clock,
    }),
  };
}
