import { CONCEPTS, type Concept } from "./concepts.ts";
import { LEARNED, LEARNED_BASE, LEARNED_OVERLAP } from "./learned.ts";
import type { Sentence } from "./sentence.ts";

/** A passage of a description, by what it speaks of. */
export interface Passage {
  /** Numbers of its first and last sentence. */
  readonly first: number;
  readonly last: number;
  /** Numbers of concepts. */
  readonly concepts: ReadonlySet<number>;
  /** 0 to 1: how many of its words are words of the tool's name and first sentence. */
  readonly overlap: number;
}

/** Sentences of a passage, and how many passages of a description are looked at. */
const LENGTH = 3;
const MOST_PASSAGES = 40;

const stem = (word: string): string => word.replace(/(?:s|ed|ing)$/, "");

const LEARNED_BY_NUMBER: readonly number[] = CONCEPTS.map((concept) => LEARNED[concept] ?? 0);

/** How many words of a sentence are long, and how many of these its own tool's. */
interface Shared {
  readonly long: number;
  readonly own: number;
}

function sharedOf(sentence: Sentence, own: ReadonlySet<string>): Shared {
  let long = 0;
  let shared = 0;
  for (const word of sentence.words)
    if (word.length > 4) {
      long++;
      if (own.has(stem(word))) shared++;
    }
  return { long, own: shared };
}

/** Words of the tool's name and first sentence. */
const ownWords = (name: string, first: Sentence | undefined): ReadonlySet<string> =>
  new Set(
    [...(first?.words ?? []), ...name.toLowerCase().split(/[^a-z]+/)].map(stem).filter((word) => word.length > 3),
  );

/**
 * The passages of a description: each three sentences, but for the first one, which says what the tool is for.
 *
 * @param above passages whose resemblance cannot be above this are left out
 */
export function passagesOf(name: string, sentences: readonly Sentence[], above = Number.NEGATIVE_INFINITY): Passage[] {
  const from = sentences.length > 1 ? 1 : 0;
  const read = sentences.slice(from, from + MOST_PASSAGES + LENGTH).map((sentence) => sentence.named());
  const shares: (Shared | undefined)[] = [];
  let own: ReadonlySet<string> | undefined;
  const passages: Passage[] = [];
  for (let i = 0; i < Math.min(read.length, MOST_PASSAGES); i++) {
    const last = Math.min(i + LENGTH, read.length) - 1;
    const concepts = new Set<number>();
    for (let k = i; k <= last; k++) for (const concept of read[k] as number[]) concepts.add(concept);
    if (mostFor(concepts) <= above) continue;
    own ??= ownWords(name, from > 0 ? sentences[0] : undefined);
    let long = 0;
    let shared = 0;
    for (let k = i; k <= last; k++) {
      const part = (shares[k] ??= sharedOf(sentences[from + k] as Sentence, own));
      long += part.long;
      shared += part.own;
    }
    const overlap = long === 0 ? 0 : Math.min(1, (2 * shared) / long);
    passages.push({ first: from + i, last: from + last, concepts, overlap });
  }
  return passages;
}

/** Sums of the same numbers in another order differ by less. */
const ROUNDING = 1e-9;

/** How much a passage of these concepts can resemble poisoned ones at the most, whatever words it shares. */
function mostFor(concepts: ReadonlySet<number>): number {
  let odds = LEARNED_BASE + Math.max(0, LEARNED_OVERLAP) + ROUNDING;
  for (const concept of concepts) odds += LEARNED_BY_NUMBER[concept] as number;
  return odds;
}

/** How much a passage resembles passages of poisoned definitions: above 0, more than not (log odds). */
export function resemblanceOf({ concepts, overlap }: Passage): number {
  let odds = LEARNED_BASE + LEARNED_OVERLAP * overlap;
  for (const concept of concepts) odds += LEARNED_BY_NUMBER[concept] as number;
  return odds;
}

/** The concepts that a judgement rests on most, in words. */
export const reasonsFor = ({ concepts }: Passage): readonly Concept[] =>
  [...concepts]
    .filter((concept) => (LEARNED_BY_NUMBER[concept] as number) > 0.4)
    .sort((one, other) => (LEARNED_BY_NUMBER[other] as number) - (LEARNED_BY_NUMBER[one] as number))
    .slice(0, 4)
    .map((concept) => CONCEPTS[concept] as Concept);
