/** Bits of what a text holds somewhere: what is not there need not be looked for. */
export const ANGLE = 1;
export const BRACKET = 2;
const PIPE = 4;
const HASH = 8;
const COLON = 16;
const EQUALS = 32;
const SLASH = 64;
export const BACKSLASH = 128;
/** A control character, or one beyond ASCII. */
export const ODD = 256;
/** A run of letters, digits and signs of base64 as long as what is decoded. */
export const LONG = 512;

const SHORTEST_LONG = 24;
const IN_RUN = 1 << 14;

const UNITS = new Uint16Array(128);
for (const [chars, kind] of [
  ["<", ANGLE],
  ["[]", BRACKET],
  ["|", PIPE],
  ["#", HASH],
  [":", COLON],
  ["=", EQUALS],
  ["/", SLASH],
  ["\\", BACKSLASH],
] as const)
  for (const char of chars) UNITS[char.charCodeAt(0)] = kind;
for (let unit = 0; unit < 128; unit++) {
  const char = String.fromCharCode(unit);
  const run = /[\w+/-]/.test(char) ? IN_RUN : 0;
  const odd = /[^\t\n\v\f\r -~]/.test(char) ? ODD : 0;
  UNITS[unit] = (UNITS[unit] as number) | run | odd;
}

/** What stands in a text, in one pass. */
export function survey(text: string): number {
  let all = 0;
  /** The last unit that is in no run. */
  let outside = -1;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const kind = unit < 128 ? (UNITS[unit] as number) : ODD;
    all |= kind;
    if ((kind & IN_RUN) !== 0) continue;
    if (i - outside > SHORTEST_LONG) all |= LONG;
    outside = i;
  }
  return text.length - outside > SHORTEST_LONG ? all | LONG : all;
}

/** What a text has to hold at least if a literal stands in it. */
export function surveyed(literal: string): number {
  let all = 0;
  for (const char of literal) all |= (UNITS[char.charCodeAt(0)] as number) & (IN_RUN - 1);
  return all;
}
