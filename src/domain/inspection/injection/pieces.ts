import type { Evidence } from "./evidence.ts";
import type { Places } from "./places.ts";

/** Numbered or lettered parts in quotation marks: `part 1 is "…", part 2 is "…"`. */
export const PIECES =
  /(?:(?<!\w)[1\u0661\u0967](?!\w)|(?<![a-z])a(?![a-z]))[^"'\n]{0,14}["'\u00ab][^\n]{2,90}?(?:(?<!\w)[2\u0662\u0968](?!\w)|(?<![a-z])b(?![a-z]))[^"'\n]{0,14}["'\u00ab]/;

export const SPLIT = "The text gives an order in pieces that its reader is to put together.";

/** `z = a + b + c … gpt(z)`: strings that are put together and given to a model. */
const SUM = /\b(\w{1,8}) ?= ?\w{1,8}(?: ?\+ ?\w{1,8}){1,6}(?!\w)[^\n]{0,160}?\b\w{0,12}(?:gpt|llm)\(\1\)/;
const BEFORE_CALL = 240;
export const CALL = "gpt(";
const MOST_CALLS = 50;

/** An order that a model is to assemble from strings, in a text in lower case. */
export function assembled(text: string, places: Places): Evidence[] {
  for (const at of places.get(CALL)?.slice(0, MOST_CALLS) ?? []) {
    const from = Math.max(0, at - BEFORE_CALL);
    const match = SUM.exec(text.slice(from, at + 24));
    if (match === null) continue;
    const start = from + match.index;
    return [{ kind: "split-order", tier: "T2", start, end: start + match[0].length, confidence: 0.6, why: SPLIT }];
  }
  return [];
}
