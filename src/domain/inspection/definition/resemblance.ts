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

/** The passages of a description: each three sentences, but for the first one, which says what the tool is for. */
export function passagesOf(name: string, sentences: readonly Sentence[]): Passage[] {
  const from = sentences.length > 1 ? 1 : 0;
  const own = new Set(
    [...(from > 0 ? (sentences[0] as Sentence).words : []), ...name.toLowerCase().split(/[^a-z]+/)]
      .map(stem)
      .filter((word) => word.length > 3),
  );
  const read = sentences.slice(from, from + MOST_PASSAGES + LENGTH).map((sentence) => {
    let long = 0;
    let shared = 0;
    for (const word of sentence.words)
      if (word.length > 4) {
        long++;
        if (own.has(stem(word))) shared++;
      }
    return { concepts: sentence.concepts(), long, shared };
  });
  return read.slice(0, MOST_PASSAGES).map((_, i) => {
    const concepts = new Set<number>();
    let long = 0;
    let shared = 0;
    const last = Math.min(i + LENGTH, read.length) - 1;
    for (let k = i; k <= last; k++) {
      const part = read[k] as (typeof read)[number];
      for (const concept of part.concepts) concepts.add(concept);
      long += part.long;
      shared += part.shared;
    }
    const overlap = long === 0 ? 0 : Math.min(1, (2 * shared) / long);
    return { first: from + i, last: from + last, concepts, overlap };
  });
}

const LEARNED_BY_NUMBER: readonly number[] = CONCEPTS.map((concept) => LEARNED[concept] ?? 0);

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
