/** A JSON value that was parsed strictly at a door and is serialised again when it leaves (invariant 4). */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object. Keys are own properties only; never assign a caller's key with `o[k] = v` (use `Object.defineProperty` or spread). */
export interface JsonObject {
  [key: string]: Json;
}

/** Adds a member as an own property, `__proto__` too. */
export function addMember(object: JsonObject, name: string, value: Json): void {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Whether a value is a JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
