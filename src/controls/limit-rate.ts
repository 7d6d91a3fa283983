import type { Asked } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Refusal } from "../kernel/errors.ts";
import type { Principal } from "../kernel/principal.ts";

/** Whether a window had room; else which one is used up, and for how many seconds. */
export type Taken =
  | { readonly ok: true }
  | { readonly ok: false; readonly limit: string; readonly retryAfter: number; readonly control: string };

/** Takes one call of this method from every window of the caller. */
export type Take = (principal: Principal, method: string) => Taken;

/** The refusal of a call that found a window used up: which limit, and until when (L5). */
export function usedUp(taken: Exclude<Taken, { ok: true }>): Refusal {
  return {
    code: "rate_limited",
    message: `The limit of ${taken.limit} is used up. Try again in ${taken.retryAfter} s.`,
    rule: taken.limit,
    control: taken.control,
    retryAfter: taken.retryAfter,
    executed: "no",
  };
}

/** Calls per leaf credential and per owner, minute and day (L1, L2); the answer says which limit and until when (L5). */
export function limitRate(take: Take): Control<Asked> {
  return {
    name: "limit-rate",
    ids: ["L1", "L2", "L5"],
    judge(call) {
      const taken = take(call.principal, call.method);
      return taken.ok ? pass(call) : deny(usedUp(taken));
    },
  };
}
