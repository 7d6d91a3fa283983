import { isObject, type Json } from "../../kernel/json.ts";
import type { Lock } from "./lock.ts";

/** The text of `cardea.lock`: members sorted by name, two spaces, so that a review shows what changed and no more. */
export function serializeLock(lock: Lock): string {
  return `${JSON.stringify(sorted(lock as unknown as Json), undefined, 2)}\n`;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name] as Json)]));
}
