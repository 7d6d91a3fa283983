/** Bits per character class in a packed trigram: a table of 32 KB stays in the nearest cache. */
const BITS = 5;
const MASK = (1 << (3 * BITS)) - 1;
/** The same for others. An import that is read for each character costs a quarter of the time: they make constants of it. */
export const PACKED = { bits: BITS, mask: MASK };

/** A letter is a class of its own, and 0, which literals begin with; other digits and marks share a few; the rest is in class 0. */
const CLASSES = new Uint8Array(128);
for (const [i, chars] of [
  ..."abcdefghijklmnopqrstuvwxyz",
  "0",
  "123456789",
  "_-.",
  ":/@$=#!~+;*|%",
  " \"'<>,(",
].entries())
  for (const char of chars) CLASSES[char.charCodeAt(0)] = i + 1;

const classOf = (unit: number) => (unit < 128 ? (CLASSES[unit] as number) : 0);
/** The class of a character, for `PACKED`; 0: it begins no literal. */
export const anchorClass = classOf;

/** Literals that are looked for together, found by their first three characters in one table look-up per character. */
export interface Anchors {
  readonly literals: readonly string[];
  /** Packed trigram → 1 + index in `buckets`, or 0. */
  readonly table: Uint16Array;
  /** Packed trigram → whether a literal begins with it. */
  readonly begins: Uint8Array;
  /** Indexes of the literals that begin with one trigram, the longest first. */
  readonly buckets: readonly (readonly number[])[];
}

/**
 * Prepares literals for `eachAnchor`.
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
  return { literals, table, begins, buckets };
}

/** Where the first literal stands; -1 where none does. */
export function firstAnchor(lower: string, { begins, table, buckets, literals }: Anchors): number {
  let key = 0;
  for (let i = 0; i < lower.length; i++) {
    const unit = lower.charCodeAt(i);
    key = ((key << BITS) | (unit < 128 ? (CLASSES[unit] as number) : 0)) & MASK;
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

/** Gets the offset and the index of a literal; answers where to go on, or 0 to go on behind the place. */
type Visit = (start: number, literal: number) => number;

/**
 * Calls `visit` for each place where a literal stands, in the order of the text, several literals at one place included.
 * One table look-up per character.
 *
 * @param lower text in lower case
 * @param visit gets the offset and the index of the literal; answers the offset from which to go on (or less, to go on
 *   where it is)
 * @param from where the first literal begins, where that is known
 */
export function eachAnchor(lower: string, anchors: Anchors, visit: Visit, from = 0): void {
  const { begins } = anchors;
  let key = 0;
  for (let i = from; i < lower.length; i++) {
    const unit = lower.charCodeAt(i);
    key = ((key << BITS) | (unit < 128 ? (CLASSES[unit] as number) : 0)) & MASK;
    if (begins[key] === 0) continue;
    const next = visitAll(lower, anchors, key, i - 2, visit);
    if (next > i + 1) {
      i = next - 1;
      key = 0;
    }
  }
}

function visitAll(lower: string, anchors: Anchors, key: number, start: number, visit: Visit): number {
  const { table, buckets, literals } = anchors;
  const bucket = buckets[(table[key] as number) - 1] as readonly number[];
  let next = 0;
  for (let i = 0; i < bucket.length; i++) {
    const index = bucket[i] as number;
    if (lower.startsWith(literals[index] as string, start)) next = Math.max(next, visit(start, index));
  }
  return next;
}
