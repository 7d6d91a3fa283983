import { unitsOf } from "./letters.ts";

/** Bits per character class in a packed trigram: a table of 32 KB stays in the nearest cache. */
const BITS = 5;
const MASK = (1 << (3 * BITS)) - 1;
/** The same for others. An import that is read for each character costs a quarter of the time: they make constants of it. */
export const PACKED = { bits: BITS, mask: MASK };

/** A letter is a class of its own, and 0, which literals begin with; other digits and marks share a few; the rest is in class 0. */
const CLASSES = new Uint8Array(256);
for (const [i, chars] of [
  ..."abcdefghijklmnopqrstuvwxyz",
  "0",
  "123456789",
  "_-.",
  ":/@$=#!~+;*|%",
  " \"'<>,([",
].entries())
  for (const char of chars) CLASSES[char.charCodeAt(0)] = i + 1;

const classOf = (unit: number) => (unit < 256 ? (CLASSES[unit] as number) : 0);
/** The class of a character, for `PACKED`; 0: it begins no literal. */
export const anchorClass = classOf;

/** Literals that are looked for together, found by their first characters in one table look-up per character. */
export interface Anchors {
  readonly literals: readonly string[];
  /** Packed trigram → 1 + index in `buckets`, or 0. */
  readonly table: Uint16Array;
  /** Packed trigram → whether a literal begins with it. */
  readonly begins: Uint8Array;
  /** Indexes of the literals that begin with one trigram, the longest first. */
  readonly buckets: readonly (readonly number[])[];
  /** By number in `table`, the classes that the fourth character of one of them can have, one bit for each. */
  readonly fourth: Uint32Array;
  /** The length of each literal, and its last unit where that is ASCII: accents do not make it differ. */
  readonly lengths: Uint8Array;
  readonly lasts: Uint8Array;
  /** Whether the literal is one character again and again. */
  readonly runs: Uint8Array;
}

/**
 * Prepares literals for `foundAnchors`.
 *
 * @param literals in lower case, three characters or more, of the characters in the table above
 */
export function anchorsOf(literals: readonly string[]): Anchors {
  const table = new Uint16Array(MASK + 1);
  const begins = new Uint8Array(MASK + 1);
  const buckets: number[][] = [];
  for (const [index, literal] of literals.entries()) {
    let key = 0;
    for (const char of literal.slice(0, 3)) {
      const one = classOf(char.charCodeAt(0));
      if (one === 0) throw new Error(`An anchor begins with a character that has no class: "${literal}".`);
      key = (key << BITS) | one;
    }
    if (literal.length < 3) throw new Error(`An anchor has three characters or more, not "${literal}".`);
    if (table[key] === 0) table[key] = buckets.push([]);
    begins[key] = 1;
    (buckets[(table[key] as number) - 1] as number[]).push(index);
  }
  const lengthOf = (index: number) => (literals[index] as string).length;
  for (const bucket of buckets) bucket.sort((a, b) => lengthOf(b) - lengthOf(a));
  const fourths = buckets.map((bucket) =>
    bucket.reduce((bits, index) => bits | fourthOf(literals[index] as string), 0),
  );
  const lasts = literals.map((literal) => literal.charCodeAt(literal.length - 1));
  return {
    ...{ literals, table, begins, buckets, fourth: Uint32Array.from([0, ...fourths]) },
    lengths: Uint8Array.from(literals, ({ length }) => length),
    lasts: Uint8Array.from(lasts, (unit) => (unit < 128 ? unit : 0)),
    runs: Uint8Array.from(literals, (literal) => (literal === literal.charAt(0).repeat(literal.length) ? 1 : 0)),
  };
}

/** A literal that ends before leaves it open; so does one that goes on beyond ASCII, which accents make differ. */
function fourthOf(literal: string): number {
  const unit = literal.charCodeAt(3);
  return unit < 128 ? 1 << classOf(unit) : -1;
}

/** Where the first literal stands from a place on; -1 where none does. */
export function firstAnchor(lower: string, { begins, table, buckets, literals }: Anchors, from = 0): number {
  let key = 0;
  for (let i = from; i < lower.length; i++) {
    key = ((key << BITS) | classOf(lower.charCodeAt(i))) & MASK;
    if (begins[key] === 0) continue;
    const bucket = buckets[(table[key] as number) - 1] as readonly number[];
    for (let j = 0; j < bucket.length; j++)
      if (lower.startsWith(literals[bucket[j] as number] as string, i - 2)) return i - 2;
  }
  return -1;
}

/**
 * Which literal stands at a place of a text in ASCII, in whatever case: the first in the order of the literals; -1: none.
 * @param key the three characters there, packed
 */
export function literalAt(text: string, start: number, key: number, { table, buckets, literals }: Anchors): number {
  const bucket = buckets[(table[key] as number) - 1] as readonly number[];
  let first = -1;
  for (let i = 0; i < bucket.length; i++) {
    const index = bucket[i] as number;
    if ((first < 0 || index < first) && isHere(text, start, literals[index] as string)) first = index;
  }
  return first;
}

function isHere(text: string, start: number, literal: string): boolean {
  for (let i = 0; i < literal.length; i++) {
    const unit = text.charCodeAt(start + i);
    if ((unit >= 65 && unit <= 90 ? unit | 32 : unit) !== literal.charCodeAt(i)) return false;
  }
  return true;
}

/** Where literals stand: the offset and the index of each, in the order of the text. */
export type Found = readonly number[];

/** Of a shorter text it costs more to get its units than to do without. */
const SHORT = 512;

function bucketAt(lower: string, at: number, { table, buckets }: Anchors): readonly number[] {
  let key = 0;
  for (let i = at; i < at + 3; i++) key = (key << BITS) | classOf(lower.charCodeAt(i));
  return buckets[(table[key] as number) - 1] as readonly number[];
}

/**
 * Every place where a literal stands, several at one place and those that overlap included. In a run of one character a
 * literal of it stands everywhere: of a long text such places are left out but for the first few of the run.
 *
 * @param lower text in lower case
 * @param from where the first literal begins, where that is known
 */
export function foundAnchors(lower: string, anchors: Anchors, from = 0): Found {
  const found: number[] = [];
  if (lower.length - from < SHORT) {
    for (let at = firstAnchor(lower, anchors, from); at >= 0; at = firstAnchor(lower, anchors, at + 1))
      for (const literal of bucketAt(lower, at, anchors))
        if (lower.startsWith(anchors.literals[literal] as string, at)) found.push(at, literal);
    return found;
  }
  eachCandidate(unitsOf(lower), anchors, from, (start, literal) => {
    if (lower.startsWith(anchors.literals[literal] as string, start)) found.push(start, literal);
  });
  return found;
}

/**
 * Calls `visit` for each place where a literal may stand, in the order of the text: its first four characters and its last one do, or
 * some that are classed with them. One table look-up per character.
 *
 * @param units of a text in lower case
 */
function eachCandidate(
  units: Uint16Array,
  { begins, table, fourth, buckets, lengths, lasts, runs }: Anchors,
  from: number,
  visit: (start: number, literal: number) => void,
): void {
  const last = units.length - 1;
  let key = 0;
  // A character beyond Latin-1 may be taken for another one here.
  for (let i = from; i <= last; i++) {
    key = ((key << BITS) | (CLASSES[(units[i] as number) & 0xff] as number)) & MASK;
    if (begins[key] === 0) continue;
    const number = table[key] as number;
    const next = i < last ? (CLASSES[(units[i + 1] as number) & 0xff] as number) : 0;
    if ((((fourth[number] as number) >>> next) & 1) === 0) continue;
    const bucket = buckets[number - 1] as readonly number[];
    for (let j = 0; j < bucket.length; j++) {
      const literal = bucket[j] as number;
      const ends = lasts[literal] as number;
      if (ends !== 0 && units[i - 3 + (lengths[literal] as number)] !== ends) continue;
      if (runs[literal] === 0 || !isDeepInRun(units, i - 2)) visit(i - 2, literal);
    }
  }
}

/** Places at the beginning of a run that count: an escape before a token (`%AA`, `\\uAAAA`) may end in its first character. */
const RUN_BEGINS = 4;

function isDeepInRun(units: Uint16Array, start: number): boolean {
  for (let at = start - RUN_BEGINS; at < start; at++) if (units[at] !== units[start]) return false;
  return true;
}
