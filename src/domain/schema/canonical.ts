import type { Json } from "../../kernel/json.ts";
import type { Run } from "./evaluate.ts";

/**
 * A text that is the same for values that JSON Schema calls equal, and for no others: names sorted, numbers by value.
 * @param run pays for it by its size; undefined for a value of the schema itself
 */
export function canonical(value: Json, run?: Run): string {
  if (typeof value === "string") {
    run?.spend(1 + (value.length >> 3));
    return JSON.stringify(value);
  }
  run?.spend(1);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "0" : String(value);
  if (Array.isArray(value)) {
    let text = "[";
    for (const item of value) text += `${canonical(item, run)},`;
    return `${text}]`;
  }
  const names = Object.keys(value).sort();
  run?.spend(names.length);
  let text = "{";
  for (const name of names) {
    run?.spend(1 + (name.length >> 3));
    text += `${JSON.stringify(name)}:${canonical(value[name] as Json, run)},`;
  }
  return `${text}}`;
}
