import type { Json } from "../../kernel/json.ts";
import { shown } from "./json-pointer.ts";

/** What a value is, without any of it. */
export function describe(value: Json): string {
  if (value === null) return "null";
  if (typeof value === "string") return `a string of ${count(value.length, "character")}`;
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a number that is not an integer";
  if (typeof value === "boolean") return "a boolean";
  if (Array.isArray(value)) return `an array of ${count(value.length, "item")}`;
  return `an object of ${count(Object.keys(value).length, "property", "properties")}`;
}

/** A number with its noun. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Values of a schema, as far as they fit into a message. */
export function listed(values: readonly Json[]): string {
  const texts: string[] = [];
  let length = 0;
  for (const value of values) {
    const text = shown(typeof value === "object" && value !== null ? describe(value) : JSON.stringify(value), 64);
    length += text.length;
    if (texts.length === 20 || length > 400) return `${texts.join(", ")} and ${values.length - texts.length} others`;
    texts.push(text);
  }
  return texts.join(", ");
}

/** Longest name that is compared, and most candidates: bounds the comparison to about a millisecond. */
const MAX_NAME = 40;
const MAX_CANDIDATES = 200;

/**
 * The candidate that `name` was probably meant to be; undefined where none is near.
 * @param candidates accepted names
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > MAX_NAME) return undefined;
  const wanted = plain(name);
  const limit = Math.max(1, Math.ceil(wanted.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of candidates.slice(0, MAX_CANDIDATES)) {
    if (candidate.length > MAX_NAME || Math.abs(candidate.length - name.length) > limit + 2) continue;
    const distance = edits(wanted, plain(candidate));
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** `userId`, `user_id` and `user-id` are the same name to somebody who mistypes. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[_\-. ]/g, "");
}

/** Levenshtein distance. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
