import type { Effect } from "../../kernel/call.ts";
import { isObject, type JsonObject } from "../../kernel/json.ts";

/**
 * What running a tool may do (P3): what the operator says, else a write. The server's own annotations count only where they
 * make it more dangerous: `destructiveHint: true` of a read or write, `readOnlyHint: false` of a read.
 */
export function effectOf(said: Effect | undefined, definition: JsonObject): Effect {
  const effect = said ?? "write";
  if (effect !== "read" && effect !== "write") return effect;
  const hints = isObject(definition["annotations"]) ? definition["annotations"] : {};
  if (hints["destructiveHint"] === true) return "destructive";
  return hints["readOnlyHint"] === false ? "write" : effect;
}

/**
 * The definition with hints that agree with what a tool may do (P3): the server's own word makes nothing look safer than the operator
 * says it is. Hints that it does not give are left to the defaults, which are the dangerous ones.
 */
export function hintsAgree(definition: JsonObject, effect: Effect): JsonObject {
  const hints = definition["annotations"];
  if (!isObject(hints)) return definition;
  const changed: JsonObject = { ...hints };
  const danger = effect !== "read" && effect !== "write";
  if (hints["readOnlyHint"] !== undefined) changed["readOnlyHint"] = effect === "read";
  if (danger && hints["destructiveHint"] !== undefined) changed["destructiveHint"] = true;
  if (effect === "outbound" && hints["openWorldHint"] !== undefined) changed["openWorldHint"] = true;
  return { ...definition, annotations: changed };
}
