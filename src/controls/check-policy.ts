import type { Kind, Located } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Principal } from "../kernel/principal.ts";
import { unknownTarget } from "./locate-target.ts";

/** Whether this principal may use this thing. */
export type Decide = (
  principal: Principal,
  server: string,
  kind: Kind,
  name: string,
) => { allow: boolean; reason: string };

/** Deny by default: what no rule names for this principal is neither listed nor callable, and answers as unknown (P1, P2, P8). */
export function checkPolicy(decide: Decide): Control<Located> {
  return {
    name: "check-policy",
    ids: ["P1", "P2", "P8"],
    judge(call) {
      const decision = decide(call.principal, call.target.server, call.target.kind, call.target.name);
      if (decision.allow) return pass(call);
      return deny(unknownTarget(call, "P1", decision.reason));
    },
  };
}
