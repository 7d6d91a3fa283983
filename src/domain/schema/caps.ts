import type { Json } from "../../kernel/json.ts";
import type { Run } from "./evaluate.ts";
import { count } from "./message.ts";

/** The default caps on a value where the schema sets no limit of its own (V1). */
export interface Caps {
  /** UTF-16 code units of a string, and of a property name. */
  readonly maxString: number;
  readonly maxItems: number;
  readonly maxProperties: number;
}

export const DEFAULT_CAPS: Caps = { maxString: 262_144, maxItems: 10_000, maxProperties: 1_000 };

/** Levels of JSON in a value; keeps every walk over it within the stack. */
const MAX_LEVELS = 256;

/**
 * Walks a whole value, also where no schema looks: notes in the run what exceeds the caps, and reports at once what no
 * schema can allow (too many levels, numbers that JSON cannot write).
 * @returns whether the value may be judged further
 */
export function walk(value: Json, caps: Caps | undefined, run: Run): boolean {
  run.spend(1);
  if (typeof value === "string") {
    if (caps !== undefined && value.length > caps.maxString)
      over("maxLength", caps.maxString, count(value.length, "character"), run);
    return true;
  }
  if (typeof value === "number") {
    return Number.isFinite(value) || run.fail("", "number", () => "found a number too large for a double");
  }
  if (typeof value !== "object" || value === null) return true;
  if (run.path.length >= MAX_LEVELS) {
    return run.fail("", `depth ${MAX_LEVELS}`, () => `found more than ${MAX_LEVELS} levels of arrays and objects`);
  }
  return Array.isArray(value) ? items(value, caps, run) : members(value, caps, run);
}

function items(array: Json[], caps: Caps | undefined, run: Run): boolean {
  if (caps !== undefined && array.length > caps.maxItems)
    over("maxItems", caps.maxItems, count(array.length, "item"), run);
  for (let index = 0; index < array.length; index++) {
    run.path.push(index);
    if (!walk(array[index] as Json, caps, run)) return false;
    run.path.pop();
  }
  return true;
}

function members(object: { [name: string]: Json }, caps: Caps | undefined, run: Run): boolean {
  const names = Object.keys(object);
  if (caps !== undefined && names.length > caps.maxProperties) {
    over("maxProperties", caps.maxProperties, count(names.length, "property", "properties"), run);
  }
  for (const name of names) {
    run.path.push(name);
    if (caps !== undefined && name.length > caps.maxString) {
      return run.fail("", `maxLength ${caps.maxString}`, () => `found a property name of ${name.length} characters`);
    }
    if (!walk(object[name] as Json, caps, run)) return false;
    run.path.pop();
  }
  return true;
}

function over(keyword: string, limit: number, found: string, run: Run): void {
  const path = run.pointer();
  const message = `found ${found}, accepted are at most ${limit} where the schema sets no ${keyword}`;
  run.oversized ??= new Map();
  run.oversized.set(path, { path, rule: `${keyword} ${limit}`, message, schemaPath: "" });
}
