/** What an ASCII unit is: at the edge of a word, or in it. */
const UNITS = new Uint16Array(128);
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
export const BRACKET = 8192;
/** Marks that a word needs to be a path, an address or several words. */
export const MARKED = BRACKET | DOT | SLASH | DASH | AT | COLON | APOSTROPHE;
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
] as const)
  for (const char of text) UNITS[char.charCodeAt(0)] = (UNITS[char.charCodeAt(0)] as number) | kind;
for (let unit = 0; unit < 128; unit++) if (unit < 97 || unit > 122) UNITS[unit] = (UNITS[unit] as number) | OTHER;

/** The kinds of one unit, as bits. */
export const kindOf = (unit: number): number =>
  unit < 128 ? (UNITS[unit] as number) : unit === 160 ? SPACE | OTHER : OTHER;
export const isSpace = (unit: number) => (kindOf(unit) & SPACE) !== 0;
export const isQuote = (unit: number) => (kindOf(unit) & QUOTE) !== 0;
