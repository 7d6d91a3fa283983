import { Buffer } from "node:buffer";

/** Latin letters that NFD does not take apart. */
const SINGLE: Readonly<Record<string, string>> = {
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  ı: "i",
  ß: "s",
  æ: "a",
  œ: "o",
  þ: "t",
};

/** For units up to U+024F and U+1EFF: the letter without its accents. */
const BASE: Uint16Array = Uint16Array.from({ length: 0x1f00 }, (_, unit) => {
  const char = String.fromCharCode(unit);
  if (unit < 0xc0 || (unit > 0x24f && unit < 0x1e00)) return unit;
  return (SINGLE[char] ?? char.normalize("NFD")).charCodeAt(0);
});

/** The letter of one unit as the lexicon has it. */
export const baseOf = (unit: number): number => (unit < 0x1f00 ? (BASE[unit] as number) : unit);

const SIGMA = 0x3a3;
/** First halves of letters beyond U+FFFF that have a lower case: Deseret, Hungarian runes, Warang Citi, Medefaidrin, Adlam and kin. */
const CASED_HALVES = [0xd801, 0xd803, 0xd806, 0xd81b, 0xd83a];

/** Each unit in lower case; 0 for those that tell it only together with others. U+0130 is longer then: it counts as an `i`. */
const LOWER: Uint16Array = (() => {
  const units = Uint16Array.from({ length: 0x10000 }, (_, unit) => (unit === SIGMA ? 0 : unit === 0x130 ? 105 : unit));
  const lower = unitsOf(textOf(units, true).toLowerCase()).slice();
  for (const unit of CASED_HALVES) lower[unit] = 0;
  return lower;
})();

/** The UTF-16 units of a text, which are read faster than its characters. */
export function unitsOf(text: string): Uint16Array {
  const { buffer, byteOffset } = Buffer.from(text, "utf16le");
  return new Uint16Array(buffer, byteOffset, text.length);
}

/**
 * The text of UTF-16 units. Where each fits in a byte, so does the string: everything that reads it is faster then.
 *
 * @param wide whether one of them may not
 */
export function textOf(units: Uint16Array, wide: boolean): string {
  if (wide) return Buffer.from(units.buffer, units.byteOffset, units.byteLength).toString("utf16le");
  return Buffer.from(new Uint8Array(units).buffer).toString("latin1");
}

/** A text in lower case, the same without the accents of Latin letters, and the units of that; all of one length. */
interface Lowered {
  readonly lower: string;
  readonly bare: string;
  readonly units: Uint16Array;
}

/**
 * Makes a text lower case.
 *
 * @param units of the text; written to
 * @param wide whether one of them does not fit in a byte
 */
export function lowered(text: string, units: Uint16Array, wide: boolean): Lowered {
  let accents = 0;
  for (let i = 0; i < units.length; i++) {
    const unit = units[i] as number;
    const small = LOWER[unit] as number;
    if (small >= 0xc0) accents |= small ^ baseOf(small);
    else if (small === 0 && unit !== 0) return loweredWhole(text);
    units[i] = small;
  }
  const lower = textOf(units, wide);
  if (accents === 0) return { lower, bare: lower, units };
  for (let i = 0; i < units.length; i++) units[i] = baseOf(units[i] as number);
  return { lower, bare: textOf(units, wide), units };
}

/** The same where letters tell their lower case together with others. */
function loweredWhole(text: string): Lowered {
  const lower = (text.includes("\u0130") ? text.replaceAll("\u0130", "i") : text).toLowerCase();
  const units = unitsOf(lower).map(baseOf);
  return { lower, bare: textOf(units, true), units };
}
