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
