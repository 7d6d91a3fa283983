import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { isCommonMediaType } from "../../protocol/media-type.ts";
import type { TextScreen } from "./screen-text.ts";
import { type ScreenedValue, Walk } from "./screen-value.ts";

/** Members of the protocol that hold no text of the upstream, by the pass-lists of results: words, numbers, dates. */
export const NO_TEXT: ReadonlySet<string> = new Set([
  "resultType",
  "type",
  "role",
  "annotations",
  "size",
  "ttlMs",
  "cacheScope",
  "method",
]);
export const BASE64: ReadonlySet<string> = new Set(["data", "blob"]);

/** The upstream's own state comes back to it alone. */
export const SEALED = "requestState";

/** A result that was screened, of which `value` goes on. */
export interface ScreenedResult extends ScreenedValue {
  readonly value: JsonObject;
}

/**
 * Screens every string of a result in the neutral model: content, structured content, resource texts, prompt messages,
 * completions, what the client is asked, and what stands in base64 and is text.
 */
export function screenResult(result: JsonObject, screen: TextScreen): ScreenedResult {
  const walk = new Walk(screen);
  return walk.done(members(walk, result, 0));
}

/** Levels of a result that are the protocol's own: content, block, resource, contents. */
const LEVELS = 5;

function members(walk: Walk, object: JsonObject, level: number): JsonObject {
  let changed: JsonObject | undefined;
  for (const name in object) {
    if (NO_TEXT.has(name)) continue;
    const value = object[name] as Json;
    walk.enter(name);
    const said = member(walk, name, value, level, object);
    walk.leave();
    if (said !== value) (changed ??= { ...object })[name] = said;
  }
  return changed ?? object;
}

function member(walk: Walk, name: string, value: Json, level: number, beside: JsonObject): Json {
  if (name === SEALED && level === 0) return value;
  if (typeof value === "string") {
    if (name === "mimeType") return mediaType(walk, value);
    return BASE64.has(name) ? walk.bytes(value, beside["mimeType"]) : walk.text(value);
  }
  // What a server means for its own client, and what a client is asked, may have members of any name.
  if (name === "structuredContent" || name === "_meta" || name === "inputRequests" || level >= LEVELS)
    return walk.value(value);
  if (isObject(value)) return members(walk, value, level + 1);
  return Array.isArray(value) ? items(walk, value, level) : value;
}

/** A sentence can be spelled as a media type: its words are read too. */
function mediaType(walk: Walk, value: string): string {
  if (isCommonMediaType(value)) return value;
  const spelled = value.replaceAll(/[^a-z0-9]+/gi, " ");
  return walk.text(spelled) === spelled ? walk.text(value) : "application/octet-stream";
}

function items(walk: Walk, list: Json[], level: number): Json[] {
  let changed: Json[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const item = list[i] as Json;
    walk.enter(i);
    const said = isObject(item) ? members(walk, item, level + 1) : walk.value(item);
    walk.leave();
    if (said !== item) (changed ??= [...list])[i] = said;
  }
  return changed ?? list;
}
