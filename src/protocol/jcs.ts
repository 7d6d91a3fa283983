import type { Json } from "../kernel/json.ts";

/**
 * The canonical text of a JSON value (RFC 8785): members sorted by the UTF-16 code units of their names, numbers and
 * strings as ECMAScript writes them, no white space. Equal values have equal texts, so a digest of it pins the value.
 *
 * @throws TypeError for what is no JSON value: undefined, NaN, an infinity, half a surrogate pair
 */
export function canonical(value: Json): string {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("Only finite numbers have a canonical form (RFC 8785 3.2.2.3)");
    return JSON.stringify(value);
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`No canonical form for ${typeof value} (RFC 8785 3.1)`);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${text(name)}:${canonical(value[name] as Json)}`);
  return `{${members.join(",")}}`;
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError("Half a surrogate pair has no canonical form (RFC 8785 3.2.2.2)");
  return JSON.stringify(value);
}
