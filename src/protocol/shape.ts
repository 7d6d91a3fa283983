import { isObject } from "../kernel/json.ts";
import type { Json, JsonObject } from "../kernel/json.ts";
import { isMediaType } from "./media-type.ts";

/** What is wrong with a definition or a result of an upstream, and where. Quotes nothing of it. */
export class ShapeFault extends Error {
  /** Where, e.g. `content[3].text`; empty for the value itself. */
  readonly path: string;
  readonly #reason: string;
  constructor(path: string, reason: string) {
    super(path === "" ? reason : `${path} ${reason}`);
    this.name = "ShapeFault";
    this.path = path;
    this.#reason = reason;
  }
  /** The same fault seen from a container. */
  within(container: string): ShapeFault {
    const path = this.path === "" || this.path.startsWith("[") ? container + this.path : `${container}.${this.path}`;
    return new ShapeFault(path, this.#reason);
  }
}

/** Runs `read` on a member and says in its faults where that is. Paths are made only for faults: this is the hot path. */
export function inside<T>(container: string, value: Json | undefined, read: (value: Json | undefined) => T): T {
  try {
    return read(value);
  } catch (fault) {
    throw fault instanceof ShapeFault ? fault.within(container) : fault;
  }
}

/** Reads every item of an array. */
export function each(container: string, value: Json | undefined, read: (item: Json) => JsonObject): JsonObject[] {
  if (!Array.isArray(value)) throw new ShapeFault(container, "must be an array");
  const items: JsonObject[] = [];
  for (let i = 0; i < value.length; i++) {
    try {
      items.push(read(value[i] as Json));
    } catch (fault) {
      throw fault instanceof ShapeFault ? fault.within(`${container}[${i}]`) : fault;
    }
  }
  return items;
}

export function asObject(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw new ShapeFault("", "must be an object");
  return value;
}

export function stringAt(from: JsonObject, name: string): string {
  const value = from[name];
  if (typeof value !== "string") throw new ShapeFault(name, "must be a string");
  return value;
}

/** A name of a definition or argument: 1 to 128 characters (MCP 2026-07-28, tools, tool names). */
export function nameAt(from: JsonObject): string {
  const value = stringAt(from, "name");
  if (value.length < 1 || value.length > 128) throw new ShapeFault("name", "must have 1 to 128 characters");
  return value;
}

/** Copies string members where they are present. */
export function keepStrings(from: JsonObject, to: JsonObject, names: readonly string[]): void {
  for (const name of names) if (from[name] !== undefined) to[name] = stringAt(from, name);
}

/** Copies `mimeType` where it is one (RFC 6838); what is none says nothing of the content and is left out. */
export function keepMediaType(from: JsonObject, to: JsonObject): void {
  if (from["mimeType"] === undefined) return;
  const type = stringAt(from, "mimeType");
  if (isMediaType(type)) to["mimeType"] = type;
}

/** Copies boolean members where they are present. */
export function keepBooleans(from: JsonObject, to: JsonObject, names: readonly string[]): void {
  for (const name of names) {
    const value = from[name];
    if (value === undefined) continue;
    if (typeof value !== "boolean") throw new ShapeFault(name, "must be true or false");
    to[name] = value;
  }
}

/** Copies a member that counts something, where it is present. */
export function keepCount(from: JsonObject, to: JsonObject, name: string): void {
  const value = from[name];
  if (value === undefined) return;
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new ShapeFault(name, "must be a whole number from 0");
  to[name] = value;
}

/**
 * Copies of `_meta` what upstream and client have between themselves: not the protocol's own keys (any prefix with a
 * label `modelcontextprotocol` or `mcp`, as the oldest revision reserves them), not MCP Apps, not the upstream's progress
 * token.
 */
export function keepMeta(from: JsonObject, to: JsonObject): void {
  const meta = from["_meta"];
  if (meta === undefined) return;
  if (!isObject(meta)) throw new ShapeFault("_meta", "must be an object");
  const kept = Object.entries(meta).filter(([key, value]) => isPassable(key) && !isApp(value));
  // Object.fromEntries defines own properties, `__proto__` included.
  if (kept.length > 0) to["_meta"] = Object.fromEntries(kept);
}

function isPassable(key: string): boolean {
  if (key.startsWith("io.modelcontextprotocol/")) return false;
  const lower = key.toLowerCase();
  if (lower === "ui" || lower === "progresstoken" || lower.startsWith("ui/") || lower.includes("/ui")) return false;
  const slash = lower.indexOf("/");
  if (slash < 0) return true;
  return !lower
    .slice(0, slash)
    .split(".")
    .some((label) => label === "mcp" || label === "modelcontextprotocol");
}

/** Whether a value is the address of an MCP App. */
export function isApp(uri: Json | undefined): boolean {
  return typeof uri === "string" && uri.slice(0, 64).trimStart().slice(0, 5).toLowerCase() === "ui://";
}

/** Copies the annotations of resources and content: audience, priority, lastModified. */
export function keepAnnotations(from: JsonObject, to: JsonObject): void {
  if (from["annotations"] !== undefined) to["annotations"] = inside("annotations", from["annotations"], annotations);
}

function annotations(value: Json | undefined): JsonObject {
  const raw = asObject(value);
  const kept: JsonObject = {};
  const { audience, priority } = raw;
  if (audience !== undefined) {
    if (!Array.isArray(audience) || !audience.every((who) => who === "user" || who === "assistant")) {
      throw new ShapeFault("audience", 'must be an array of "user" and "assistant"');
    }
    kept["audience"] = audience;
  }
  if (priority !== undefined) {
    if (typeof priority !== "number" || priority < 0 || priority > 1) {
      throw new ShapeFault("priority", "must be a number from 0 to 1");
    }
    kept["priority"] = priority;
  }
  if (raw["lastModified"] !== undefined) {
    const date = stringAt(raw, "lastModified");
    if (DATE.test(date)) kept["lastModified"] = date;
  }
  return kept;
}

/** A date, or a date and time (ISO 8601). What is none is left out: no control would read it. */
const DATE = /^\d{4}-\d\d(?:-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?)?$/i;
