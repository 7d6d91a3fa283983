import { type Entry, LEXICON } from "./concepts.ts";

/** FNV-1a, continued with one unit. */
export const hashed = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);
export const HASH_START = 0x811c9dc5 | 0;

/** Slots of the table; several times as many as words. */
const SIZE = 1 << 14;
const hashes = new Int32Array(SIZE);
const entries: (Entry | undefined)[] = Array.from({ length: SIZE });
/** How many words the table holds: modules that are loaded later bring more. */
let filled = 0;

const slotOf = (hash: number): number => (hash ^ (hash >>> 15)) & (SIZE - 1);

function fill(): void {
  for (const entry of LEXICON.values()) {
    let hash = HASH_START;
    for (let i = 0; i < entry.word.length; i++) hash = hashed(hash, entry.word.charCodeAt(i));
    let slot = slotOf(hash);
    while (entries[slot] !== undefined && entries[slot] !== entry) slot = (slot + 1) & (SIZE - 1);
    hashes[slot] = hash;
    entries[slot] = entry;
  }
  filled = LEXICON.size;
}

/** Makes the table hold every word that is known by now. */
export function prepareWords(): void {
  if (filled !== LEXICON.size) fill();
}

/**
 * The entry of a word that stands in a text, without cutting it out.
 *
 * @param hash `hashed` over the word's units
 */
export function entryAt(lower: string, start: number, end: number, hash: number): Entry | undefined {
  for (let slot = slotOf(hash); ; slot = (slot + 1) & (SIZE - 1)) {
    const entry = entries[slot];
    if (entry === undefined) return undefined;
    if (hashes[slot] === hash && entry.word.length === end - start && stands(entry.word, lower, start)) return entry;
  }
}

/** Quicker than `startsWith` for words. */
function stands(word: string, lower: string, start: number): boolean {
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) !== lower.charCodeAt(start + i)) return false;
  return true;
}
