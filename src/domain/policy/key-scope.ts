import type { Kind } from "../../kernel/call.ts";
import { matches, type Pattern, readPattern } from "../../kernel/pattern.ts";

/** Whether the scope of a key names this thing. A scope that cannot be read names nothing. */
export function inKeyScope(scope: readonly string[], server: string, kind: Kind, name: string): boolean {
  const patterns = read(scope);
  return patterns.length === scope.length && patterns.some((pattern) => matches(pattern, server, kind, name));
}

/** Whether the scope of a key names anything on this server. */
export const keyReaches = (scope: readonly string[], server: string): boolean =>
  read(scope).some((pattern) => pattern.server === server);

const read = (scope: readonly string[]): Pattern[] =>
  scope.map((text) => readPattern(text)).filter((one): one is Pattern => typeof one !== "string");
