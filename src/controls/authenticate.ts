import type { Arrived, Identified } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Principal } from "../kernel/principal.ts";

/** Who a bearer credential belongs to, or why it counts for nothing. */
export type Authenticate = (bearer: string) => { ok: true; principal: Principal } | { ok: false; reason: string };

/** Every request names its principal by a bearer credential in the Authorization header; there is no anonymous mode (I1, I5, P5). */
export function authenticate(check: Authenticate): Control<Arrived, Identified> {
  return {
    name: "authenticate",
    ids: ["I1", "I5", "P5"],
    judge(call) {
      if (call.bearer === undefined)
        return deny({
          code: "unauthenticated",
          message: "This endpoint needs a key. Send it as the header `Authorization: Bearer ck_…`.",
          control: "I1",
          secretReason: "none",
        });
      const answer = check(call.bearer);
      if (!answer.ok)
        return deny({
          code: "unauthenticated",
          message:
            "The key is not valid here. Create one with `cardea keys create`, or check that it was copied whole.",
          control: "I5",
          secretReason: answer.reason,
        });
      return pass({ ...call, principal: answer.principal });
    },
  };
}
