import { Buffer } from "node:buffer";
import type { PlainText } from "../finding.ts";

/** What a unit is: at the edge of a word, or in it. */
const UNITS = new Int32Array(0x10000);
export const OPENING = 1;
export const CLOSING = 2;
export const ENDING = 4;
export const PAUSING = 8;
export const SPACE = 16;
const QUOTE = 32;
/** In a word. */
export const OTHER = 64;
export const DOT = 128;
export const SLASH = 256;
export const DASH = 512;
export const AT = 1024;
export const COLON = 2048;
export const APOSTROPHE = 4096;
/** Of a link in Markdown, or of a call. */
export const BRACKET = 8192;
/** Marks that a word needs to be a path, an address or several words. */
export const MARKED = BRACKET | DOT | SLASH | DASH | AT | COLON | APOSTROPHE;
export const ANGLE = 1 << 14;
export const SQUARE = 1 << 15;
const PIPE = 1 << 16;
const HASH = 1 << 17;
export const EQUALS = 1 << 18;
export const BACKSLASH = 1 << 19;
export const UNDERSCORE = 1 << 20;
/** A control character, or one beyond ASCII. */
export const ODD = 1 << 21;
/** Kinds of texts alone: two capitals in a row, a dot before a small letter. */
export const CAPITALS = 1 << 22;
export const DOTTED = 1 << 23;
for (const [text, kind] of [
  ["([{<\"'`*|", OPENING],
  [")]}>\"'`*|,;:.!?", CLOSING],
  [".!?;", ENDING],
  [",:", PAUSING],
  ["\t\n\v\f\r ", SPACE],
  ["\"'`", QUOTE],
  [".", DOT],
  ["/", SLASH],
  ["-", DASH],
  ["@", AT],
  [":", COLON],
  ["'", APOSTROPHE],
  ["(]", BRACKET],
  ["<", ANGLE],
  ["[]", SQUARE],
  ["|", PIPE],
  ["#", HASH],
  ["=", EQUALS],
  ["\\", BACKSLASH],
  ["_", UNDERSCORE],
] as const)
  for (const char of text) UNITS[char.charCodeAt(0)] = (UNITS[char.charCodeAt(0)] as number) | kind;
for (let unit = 0; unit < 128; unit++) {
  if (unit < 97 || unit > 122) UNITS[unit] = (UNITS[unit] as number) | OTHER;
  if (unit === 127 || (unit < 32 && (unit < 9 || unit > 13))) UNITS[unit] = (UNITS[unit] as number) | ODD;
}

UNITS.fill(OTHER | ODD, 128);
UNITS[160] = SPACE | OTHER | ODD;

/** The kinds of one unit, as bits. */
export const kindOf = (unit: number): number => UNITS[unit] as number;
export const isSpace = (unit: number) => (kindOf(unit) & SPACE) !== 0;
export const isQuote = (unit: number) => (kindOf(unit) & QUOTE) !== 0;

/** What stands in a text, as the kinds of its units: what is not there need not be looked for. */
export function kindsIn(text: string): number {
  let all = 0;
  for (let i = 0; i < text.length; i++) all |= kindOf(text.charCodeAt(i));
  return all;
}

/** Units of a text, one after the other: reading them is several times quicker than `charCodeAt`. */
class Row {
  readonly units: Uint16Array;
  readonly #bytes: Buffer;

  constructor(room: number) {
    this.#bytes = Buffer.alloc(room * 2);
    this.units = new Uint16Array(this.#bytes.buffer, this.#bytes.byteOffset, room);
  }

  write(text: string): void {
    if (text.length > SHORT) this.#bytes.write(text, "utf16le");
    else for (let i = 0; i < text.length; i++) this.units[i] = text.charCodeAt(i);
  }
}

/** A text of so many units or less is copied one by one: that costs less than to call for it. */
const SHORT = 48;
/** Room that is kept from text to text, in units. */
const KEPT = 65_536;

/** A text as units, in lower case and as it is written. */
export interface Units {
  readonly lower: Uint16Array;
  readonly cased: Uint16Array;
}

const kept = { lower: new Row(KEPT), cased: new Row(KEPT) };

/** The units of a text, up to the next call. */
export function unitsOf({ lower, text }: PlainText): Units {
  const { length } = lower;
  const rows = length <= KEPT ? kept : { lower: new Row(length), cased: new Row(length) };
  rows.lower.write(lower);
  rows.cased.write(text);
  return { lower: rows.lower.units, cased: rows.cased.units };
}
