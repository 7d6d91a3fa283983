import { type Entry, LEXICON, MOST_WORDS } from "./concepts.ts";

/** FNV-1a, continued with one unit. */
export const hashed = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);
export const HASH_START = 0x811c9dc5 | 0;

/** Slots of the table; several times as many as words. */
const SIZE = MOST_WORDS * 4;
const hashes = new Int32Array(SIZE);
const entries: (Entry | undefined)[] = Array.from({ length: SIZE });
/** The letters of all words, and where those of the word in each slot begin and end. */
let letters = new Uint16Array(1 << 15);
const begins = new Int32Array(SIZE);
const ends = new Int32Array(SIZE);
let written = 0;
/** How many words the table holds: modules that are loaded later bring more. */
let filled = 0;

const slotOf = (hash: number): number => (hash ^ (hash >>> 15)) & (SIZE - 1);

function add(entry: Entry): void {
  const { word } = entry;
  let hash = HASH_START;
  for (let i = 0; i < word.length; i++) hash = hashed(hash, word.charCodeAt(i));
  let slot = slotOf(hash);
  while (entries[slot] !== undefined) slot = (slot + 1) & (SIZE - 1);
  hashes[slot] = hash;
  entries[slot] = entry;
  if (written + word.length > letters.length) {
    const more = new Uint16Array(letters.length * 2);
    more.set(letters);
    letters = more;
  }
  begins[slot] = written;
  for (let i = 0; i < word.length; i++) letters[written++] = word.charCodeAt(i);
  ends[slot] = written;
}

/** Makes the table hold every word that is known by now. */
export function prepareWords(): void {
  if (filled === LEXICON.size) return;
  if (LEXICON.size >= MOST_WORDS) throw new Error(`The lexicon has ${LEXICON.size} words, and room for ${MOST_WORDS}.`);
  for (const entry of LEXICON.values()) if (entry.number > filled) add(entry);
  filled = LEXICON.size;
}

/**
 * The entry of a word that stands in a text, without cutting it out.
 *
 * @param units the text in lower case
 * @param hash `hashed` over the word's units
 */
export function entryAt(units: Uint16Array, start: number, end: number, hash: number): Entry | undefined {
  for (let slot = slotOf(hash); ; slot = (slot + 1) & (SIZE - 1)) {
    const entry = entries[slot];
    if (entry === undefined) return undefined;
    if (hashes[slot] === hash && stands(slot, units, start, end)) return entry;
  }
}

function stands(slot: number, units: Uint16Array, start: number, end: number): boolean {
  const from = begins[slot] as number;
  if ((ends[slot] as number) - from !== end - start) return false;
  for (let i = start; i < end; i++) if (letters[from + i - start] !== units[i]) return false;
  return true;
}
