import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { canonical } from "../../protocol/jcs.ts";
import { isCommonMediaType } from "../../protocol/media-type.ts";
import { textOfBlob } from "./blob.ts";
import { embedded } from "./embedded.ts";
import { META } from "./frame.ts";
import { BASE64, NO_TEXT, SEALED } from "./screen-result.ts";

/** UTF-16 units of one piece, and how many of them two pieces share: what stands across an end is whole in one of them. */
const [PIECE, SHARED] = [32_768, 1_024];

/**
 * Everything that a result in the neutral model tells, as one text: each string once, names of members that are the server's
 * own included, base64 that is text decoded. Structured content that a text repeats is told once.
 * @param own sentences of the gateway, which are left out
 */
export function toldBy(result: JsonObject, own: ReadonlySet<string>): string {
  const said = new Set<string>();
  const add = (text: string): void => {
    if (text !== "" && !own.has(text)) said.add(text);
  };
  const free = (value: Json): void => {
    if (typeof value === "string") add(value);
    else if (Array.isArray(value)) value.forEach(free);
    else if (isObject(value))
      for (const name of Object.keys(value)) {
        add(name);
        free(value[name] as Json);
      }
  };
  const protocol = (object: JsonObject): void => {
    for (const [name, value] of Object.entries(object)) {
      if (NO_TEXT.has(name) || name === SEALED) continue;
      if (name === "mimeType" && typeof value === "string" && isCommonMediaType(value)) continue;
      if (typeof value === "string")
        add(BASE64.has(name) ? (textOfBlob(value, object["mimeType"])?.text ?? "") : value);
      else if (name === "_meta" && isObject(value)) free(withoutNotes(value));
      else if (FREE.has(name)) free(value);
      else if (isObject(value)) protocol(value);
      else if (Array.isArray(value)) for (const item of value) (isObject(item) ? protocol : free)(item as JsonObject);
    }
  };
  const { structuredContent, ...rest } = result;
  protocol(rest);
  if (structuredContent !== undefined && !isCopied(structuredContent, result)) free(structuredContent);
  return [...said].join("\n");
}

/** Members in which the server's own names and values stand. */
const FREE: ReadonlySet<string> = new Set(["_meta", "inputRequests"]);

function withoutNotes(meta: JsonObject): JsonObject {
  const { [META]: _, ...rest } = meta;
  return rest;
}

function isCopied(value: Json, { content }: JsonObject): boolean {
  const own = canonical(value);
  return (Array.isArray(content) ? content : []).some((block) => {
    const text = isObject(block) ? block["text"] : undefined;
    const copy = typeof text === "string" ? embedded(text) : undefined;
    return copy !== undefined && canonical(copy) === own;
  });
}

/** A text in pieces, the last of them perhaps short. @param most more pieces are not made @returns undefined: it is longer */
export function piecesOf(text: string, most: number): string[] | undefined {
  if (text.length > most * (PIECE - SHARED)) return undefined;
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += PIECE - SHARED) {
    pieces.push(text.slice(at, at + PIECE));
    if (at + PIECE >= text.length) break;
  }
  return pieces;
}
