import type { Json } from "../../kernel/json.ts";
import { DEFAULT_LIMITS, JsonFault, type JsonLimits, parseJson } from "../../protocol/json.ts";

/** What a text says that is a JSON object or list; undefined where it is none within the limits, or none that survives being written again. */
export function embedded(text: string, limits: JsonLimits = DEFAULT_LIMITS): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return parseJson(text, limits);
  } catch (error) {
    if (error instanceof JsonFault) return undefined;
    throw error;
  }
}

/** A value in the form of the text that said another one: with its indentation. */
export function written(value: Json, like: string): string {
  const indent = /^[[{]\r?\n([ \t]+)/.exec(like.trimStart())?.[1];
  return JSON.stringify(value, null, indent);
}
