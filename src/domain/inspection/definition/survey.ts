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
/** Three capitals in a row. */
export const CAPITALS = 512;
/** A run of letters, digits and signs of base64 as long as what is decoded. */
export const LONG = 1024;

const SHORTEST_LONG = 24;
const IN_RUN = 1 << 14;
const CAPITAL = 1 << 15;

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
  const capital = /[A-Z]/.test(char) ? CAPITAL : 0;
  const odd = /[^\t\n\v\f\r -~]/.test(char) ? ODD : 0;
  UNITS[unit] = (UNITS[unit] as number) | run | capital | odd;
}

/** What stands in a text, in one pass. */
export function survey(text: string): number {
  let all = 0;
  let run = 0;
  let capitals = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const kind = unit < 128 ? (UNITS[unit] as number) : ODD;
    all |= kind;
    run = (kind & IN_RUN) === 0 ? 0 : run + 1;
    if (run === SHORTEST_LONG) all |= LONG;
    capitals = (kind & CAPITAL) === 0 ? 0 : capitals + 1;
    if (capitals === 3) all |= CAPITALS;
  }
  return all;
}

/** What a text has to hold at least if a literal stands in it. */
export function surveyed(literal: string): number {
  let all = 0;
  for (const char of literal) all |= (UNITS[char.charCodeAt(0)] as number) & (IN_RUN - 1);
  return all;
}
