import { type Entry, LEXICON, MOST_WORDS, sizeOfLexicon } from "./concepts.ts";

/** FNV-1a, continued with one unit. */
export const hashed = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);
export const HASH_START = 0x811c9dc5 | 0;

/** Slots of the table; several times as many as words. */
const SIZE = MOST_WORDS * 2;
/** The number of the word in each slot; 0 where there is none. */
const slots = new Uint16Array(SIZE);
/** By number: the hash of each word, and where its letters end in the row of all; those of the next begin there. */
const hashes = new Int32Array(MOST_WORDS);
const ends = new Int32Array(MOST_WORDS);
const letters = new Uint16Array(1 << 16);

/** By number: where the concepts of each word end in the row of all. */
export const conceptsTo = new Int32Array(MOST_WORDS);
/** What all words stand for alone, in the order of their numbers. */
export const conceptsOf = new Uint16Array(1 << 14);
/** By number: the phrases that end with each word; undefined where there are none. */
export const phrasesOf: (Entry["phrases"] | undefined)[] = [undefined];

const slotOf = (hash: number): number => (hash ^ (hash >>> 15)) & (SIZE - 1);

function add({ number, word, concepts, phrases }: Entry): void {
  let hash = HASH_START;
  let end = ends[number - 1] as number;
  for (let i = 0; i < word.length; i++) {
    hash = hashed(hash, word.charCodeAt(i));
    letters[end++] = word.charCodeAt(i);
  }
  hashes[number] = hash;
  ends[number] = end;
  let slot = slotOf(hash);
  while (slots[slot] !== 0 && slots[slot] !== number) slot = (slot + 1) & (SIZE - 1);
  slots[slot] = number;
  let to = conceptsTo[number - 1] as number;
  for (const concept of concepts) conceptsOf[to++] = concept;
  conceptsTo[number] = to;
  phrasesOf[number] = phrases.length > 0 ? phrases : undefined;
  if (number >= MOST_WORDS || end > letters.length || to > conceptsOf.length)
    throw new Error(`The lexicon has ${LEXICON.size} words: there is no room for so many.`);
}

/** How many words and lists the table was made of: modules that are loaded later bring more. */
let [words, lists] = [0, 0];

/** Makes the table hold every word that is known by now. */
export function prepareWords(): void {
  if (words === LEXICON.size && lists === sizeOfLexicon()) return;
  [words, lists] = [LEXICON.size, sizeOfLexicon()];
  for (const entry of LEXICON.values()) add(entry);
}

/**
 * The number of a word that stands in a text, without cutting it out; 0 where the lexicon has it not.
 *
 * @param units the text in lower case
 * @param hash `hashed` over the word's units
 */
export function wordAt(units: Uint16Array, start: number, end: number, hash: number): number {
  for (let slot = slotOf(hash); ; slot = (slot + 1) & (SIZE - 1)) {
    const number = slots[slot] as number;
    if (number === 0 || (hashes[number] === hash && stands(number, units, start, end))) return number;
  }
}

function stands(number: number, units: Uint16Array, start: number, end: number): boolean {
  const from = ends[number - 1] as number;
  if ((ends[number] as number) - from !== end - start) return false;
  for (let i = start; i < end; i++) if (letters[from + i - start] !== units[i]) return false;
  return true;
}
