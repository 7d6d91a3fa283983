import type { Asked } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Principal } from "../kernel/principal.ts";

/** Takes one call from every window that applies, or says which one is used up. Time in seconds. */
export type Take = (
  principal: Principal,
  method: string,
) => { ok: true } | { ok: false; limit: string; retryAfter: number; control: string };

/** Calls per leaf credential and per owner, minute and day (L1, L2); the answer says which limit and until when (L5). */
export function limitRate(take: Take): Control<Asked> {
  return {
    name: "limit-rate",
    ids: ["L1", "L2", "L5"],
    judge(call) {
      const answer = take(call.principal, call.method);
      if (answer.ok) return pass(call);
      return deny({
        code: "rate_limited",
        message: `The limit of ${answer.limit} is used up. Try again in ${answer.retryAfter} s.`,
        rule: answer.limit,
        control: answer.control,
        retryAfter: answer.retryAfter,
        executed: "no",
      });
    },
  };
}
