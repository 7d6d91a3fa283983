import type { Located } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import { unknownTarget } from "./locate-target.ts";

/** A definition that is not approved, or changed after it was, is as unknown as one that does not exist (T1, T3). */
export function checkPin(): Control<Located> {
  return {
    name: "check-pin",
    ids: ["T1", "T3"],
    judge(call) {
      const { quarantine } = call.target;
      if (quarantine === undefined) return pass(call);
      return deny(unknownTarget(call, "T3", `quarantined: ${quarantine}`));
    },
  };
}
