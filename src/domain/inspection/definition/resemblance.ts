import { CONCEPTS, type Concept } from "./concepts.ts";
import { LEARNED, LEARNED_BASE, LEARNED_OVERLAP } from "./learned.ts";
import { BITS, type Sentence } from "./sentence.ts";

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

function stem(word: string): string {
  const ending = word.endsWith("s") ? 1 : word.endsWith("ed") ? 2 : word.endsWith("ing") ? 3 : 0;
  return ending === 0 ? word : word.slice(0, -ending);
}

const LEARNED_BY_NUMBER: readonly number[] = CONCEPTS.map((concept) => LEARNED[concept] ?? 0);

/** How many words of a sentence are long, and how many of these its own tool's. */
interface Shared {
  readonly long: number;
  readonly own: number;
}

function sharedOf(sentence: Sentence, own: ReadonlySet<string>): Shared {
  let long = 0;
  let shared = 0;
  for (let i = 0; i < sentence.length; i++)
    if (sentence.end(i) - sentence.start(i) > 4) {
      long++;
      if (own.has(stem(sentence.word(i)))) shared++;
    }
  return { long, own: shared };
}

/** Words of the tool's name and first sentence. */
const ownWords = (name: string, first: Sentence | undefined): ReadonlySet<string> =>
  new Set(
    [...(first?.words ?? []), ...name.toLowerCase().split(/[^a-z]+/)].map(stem).filter((word) => word.length > 3),
  );

/**
 * Goes through the passages of a description: each three sentences, but for the first one, which says what the tool is for.
 *
 * @param least passages whose resemblance cannot be above this are left out
 * @param judge gets each passage; answers what the resemblance of the next ones has to be above
 */
export function eachPassage(
  name: string,
  sentences: readonly Sentence[],
  least: number,
  judge: (passage: Passage) => number,
): void {
  let above = least;
  const from = sentences.length > 1 ? 1 : 0;
  const end = Math.min(sentences.length, from + MOST_PASSAGES + LENGTH);
  const shares: (Shared | undefined)[] = [];
  let own: ReadonlySet<string> | undefined;
  for (let first = from; first < Math.min(end, from + MOST_PASSAGES); first++) {
    const last = Math.min(first + LENGTH, end) - 1;
    const most = mostFor(sentences, first, last);
    if (most + Math.max(0, LEARNED_OVERLAP) <= above) continue;
    own ??= ownWords(name, from > 0 ? sentences[0] : undefined);
    let long = 0;
    let shared = 0;
    for (let k = first; k <= last; k++) {
      const part = (shares[k] ??= sharedOf(sentences[k] as Sentence, own));
      long += part.long;
      shared += part.own;
    }
    const overlap = long === 0 ? 0 : Math.min(1, (2 * shared) / long);
    if (most + LEARNED_OVERLAP * overlap > above)
      above = judge({ first, last, concepts: conceptsOf(sentences, first, last), overlap });
  }
}

/** All passages of a description. */
export function passagesOf(name: string, sentences: readonly Sentence[]): Passage[] {
  const passages: Passage[] = [];
  eachPassage(name, sentences, Number.NEGATIVE_INFINITY, (passage) => {
    passages.push(passage);
    return Number.NEGATIVE_INFINITY;
  });
  return passages;
}

function conceptsOf(sentences: readonly Sentence[], first: number, last: number): ReadonlySet<number> {
  const concepts = new Set<number>();
  for (let k = first; k <= last; k++) for (const concept of (sentences[k] as Sentence).named()) concepts.add(concept);
  return concepts;
}

/** Sums of the same numbers in another order differ by less. */
const ROUNDING = 1e-9;

/** How much the passage of these sentences can resemble poisoned ones at the most, but for the words that it shares. */
function mostFor(sentences: readonly Sentence[], first: number, last: number): number {
  let low = 0;
  let high = 0;
  for (let k = first; k <= last; k++) {
    const sentence = sentences[k] as Sentence;
    low |= sentence.low;
    high |= sentence.high;
  }
  return LEARNED_BASE + ROUNDING + learnedFor(low, 0) + learnedFor(high, BITS);
}

/** What the concepts weigh that are set in some bits, of which the lowest stands for this one. */
function learnedFor(bits: number, concept: number): number {
  let odds = 0;
  for (let left = bits; left !== 0; left &= left - 1)
    odds += LEARNED_BY_NUMBER[concept + 31 - Math.clz32(left & -left)] as number;
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
