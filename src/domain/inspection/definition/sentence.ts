import { CONCEPTS, type Concept, NUMBERS, sizeOfLexicon, wordList } from "./concepts.ts";

/** From one token to another, both included. */
export interface Reach {
  readonly from: number;
  readonly to: number;
}

/** Copied for each sentence, which is quicker than making one; as long as the lexicon is once all modules are loaded. */
let empty: (number[] | undefined)[] = [];

function emptyPlaces(): (number[] | undefined)[] {
  if (empty.length < sizeOfLexicon()) empty = Array.from({ length: sizeOfLexicon() });
  return empty.slice();
}

/** A list of words that a sign asks for; see `wordList`. */
export const words = wordList;

/** A sentence as concepts in their order. Offsets count units of the plain text. */
export class Sentence {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly words: string[] = [];
  readonly #pauses: number[] = [];
  readonly #at: (number[] | undefined)[] = emptyPlaces();

  mark(concept: number, token: number): void {
    const places = this.#at[concept];
    if (places === undefined) this.#at[concept] = [token];
    else if ((places.at(-1) as number) < token) places.push(token);
    else if (places.at(-1) !== token) {
      // Phrases are marked where they begin: keep the order.
      let i = places.length;
      while (i > 0 && (places[i - 1] as number) > token) i--;
      if (places[i - 1] !== token) places.splice(i, 0, token);
    }
  }

  has(concept: Concept): boolean {
    return this.#at[NUMBERS[concept]] !== undefined;
  }

  /** The numbers of the concepts that occur. */
  concepts(): number[] {
    const numbers: number[] = [];
    for (let i = 0; i < CONCEPTS.length; i++) if (this.#at[i] !== undefined) numbers.push(i);
    return numbers;
  }

  places(concept: Concept): readonly number[] {
    return this.#at[NUMBERS[concept]] ?? NONE;
  }

  /** Whether a word of a list is in the sentence. */
  any(list: number): boolean {
    return this.#at[list] !== undefined;
  }

  /** Where words of a list stand. */
  listed(list: number): readonly number[] {
    return this.#at[list] ?? NONE;
  }

  /** The first word of a list; -1 where there is none. */
  first(list: number): number {
    return this.#at[list]?.[0] ?? -1;
  }

  /** The first word of a list that passes a test; -1 where there is none. */
  find(list: number, test: (token: number, word: string) => boolean): number {
    for (const token of this.#at[list] ?? NONE) if (test(token, this.words[token] as string)) return token;
    return -1;
  }

  is(token: number, concept: Concept): boolean {
    return this.places(concept).includes(token);
  }

  /** Concepts in this order, each at most `gap` tokens after the one before it. */
  chain(gap: number, ...concepts: readonly Concept[]): Reach | undefined {
    for (const concept of concepts) if (!this.has(concept)) return undefined;
    for (const from of this.places(concepts[0] as Concept)) {
      let to = from;
      let whole = true;
      for (let i = 1; i < concepts.length && whole; i++) {
        const next = this.places(concepts[i] as Concept).find((place) => place > to);
        whole = next !== undefined && next - to <= gap;
        if (whole) to = next as number;
      }
      if (whole) return { from, to };
    }
    return undefined;
  }

  /** Two concepts at most `gap` tokens apart, in any order, at different tokens. */
  near(gap: number, one: Concept, other: Concept): Reach | undefined {
    return this.chain(gap, one, other) ?? this.chain(gap, other, one);
  }

  /** Whether a negation stands at most `gap` tokens before the token. */
  negated(token: number, gap = 4): boolean {
    return this.places("not").some((place) => place < token && token - place <= gap);
  }

  /** Whether a comma or the like stands right after the token. */
  follows(token: number): boolean {
    return this.#pauses.includes(token);
  }

  pause(token: number): void {
    this.#pauses.push(token);
  }
}

const NONE: readonly number[] = [];
