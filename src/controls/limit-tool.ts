import type { Located } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Principal } from "../kernel/principal.ts";
import { type Taken, usedUp } from "./limit-rate.ts";

/** Takes one call from every window whose pattern names the tool. */
export type TakeTool = (principal: Principal, server: string, tool: string) => Taken;

/** Calls per tool or class of tools, as the operator set them (L4, L5). */
export function limitTool(take: TakeTool): Control<Located> {
  return {
    name: "limit-tool",
    ids: ["L4", "L5"],
    judge(call) {
      if (call.target.kind !== "tool") return pass(call);
      const taken = take(call.principal, call.target.server, call.target.name);
      return taken.ok ? pass(call) : deny(usedUp(taken));
    },
  };
}
