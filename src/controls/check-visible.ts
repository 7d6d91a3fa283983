import type { Effect, Kind, Located } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Principal } from "../kernel/principal.ts";
import { unknownTarget } from "./locate-target.ts";

/** Whether this principal could be permitted this thing for some arguments and scopes; the same filters lists. */
export type Decide = (
  principal: Principal,
  server: string,
  kind: Kind,
  name: string,
  effect?: Effect,
) => { readonly allow: boolean; readonly reason: string; readonly policies: readonly string[] };

/** Deny by default: what could not be permitted with any arguments does not exist, and answers like what does not (P1, P8). */
export function checkVisible(decide: Decide): Control<Located> {
  return {
    name: "check-visible",
    ids: ["P1", "P8"],
    judge(call) {
      const { server, kind, name, effect } = call.target;
      const decision = decide(call.principal, server, kind, name, effect);
      if (decision.allow) return pass(call);
      return deny({ ...unknownTarget(call, "P1", decision.reason), rules: decision.policies });
    },
  };
}
