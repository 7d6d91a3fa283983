import {
  CONCEPTS,
  type Concept,
  emptyList,
  NUMBERS,
  numbersOf,
  sizeOfLexicon,
  type WordSet,
  wordList,
} from "./concepts.ts";

/** From one token to another, both included. */
export interface Reach {
  readonly from: number;
  readonly to: number;
}

/** Places by concept and list of the sentence that was asked last: one table for all, since a row for each costs more than it. */
const table: { of: Sentence | undefined; at: (number[] | undefined)[] } = { of: undefined, at: [] };

function clear(): void {
  // As long as the lexicon is once all modules are loaded.
  if (table.at.length < sizeOfLexicon()) table.at = Array.from({ length: sizeOfLexicon() });
  const { of: before, at } = table;
  if (before === undefined) return;
  const { concepts } = before;
  for (let i = before.firstMark; i < before.lastMark; i++) at[concepts[i] as number] = undefined;
  table.of = undefined;
}

/** A list of words that a sign asks for; see `wordList`. */
export const words = wordList;

/** Words that a sign compares single words with; see `numbersOf`. */
export const oneOf = numbersOf;

/** Words that may be program code, and figures of nine tenths and more. */
export const LIKE_CODE = emptyList();
export const FIGURES = emptyList();

/** Words before which a comma or the like stands. */
export const PAUSES = emptyList();

/** Rows begin with so much room, and grow to twice as much. */
const ROOM = 512;

type Rows = Int32Array<ArrayBuffer>;

/** Longer rows are not kept from definition to definition. */
const MOST_KEPT = 1 << 16;

const grown = (row: Rows): Rows => {
  const more = new Int32Array(Math.max(ROOM, row.length * 2));
  more.set(row);
  return more;
};

/**
 * Where the words of a definition stand in its texts, and what they mean. The sentences are windows on it: one set of
 * rows for all of them, since most are looked at once.
 */
export class Marks {
  /** How many words there are, and how many marks. */
  words = 0;
  marks = 0;
  /** Offsets of each word in units of its plain text. */
  starts = new Int32Array(ROOM);
  ends = new Int32Array(ROOM);
  /** The number of each word in the lexicon; 0 where it has none. */
  numbers = new Int32Array(ROOM);
  /** Of each mark the number of the concept or list, and of the word in its sentence. */
  concepts = new Int32Array(ROOM);
  tokens = new Int32Array(ROOM);

  /** Empties the rows for the next definition: the sentences of the last one can be asked no more. */
  reset(): void {
    clear();
    this.words = 0;
    this.marks = 0;
    if (this.starts.length > MOST_KEPT) this.starts = this.ends = this.numbers = new Int32Array(0);
    if (this.concepts.length > MOST_KEPT) this.concepts = this.tokens = new Int32Array(0);
  }

  addWord(start: number, end: number, number: number): void {
    if (this.words === this.starts.length) {
      this.starts = grown(this.starts);
      this.ends = grown(this.ends);
      this.numbers = grown(this.numbers);
    }
    this.starts[this.words] = start;
    this.ends[this.words] = end;
    this.numbers[this.words++] = number;
  }

  addMark(concept: number, token: number): void {
    if (this.marks === this.concepts.length) {
      this.concepts = grown(this.concepts);
      this.tokens = grown(this.tokens);
    }
    this.concepts[this.marks] = concept;
    this.tokens[this.marks++] = token;
  }
}

/** Concepts in one integer of bits. */
export const BITS = 30;

/** A sentence as concepts in their order. */
export class Sentence {
  /** How many words it has. */
  readonly length: number;
  readonly #lower: string;
  readonly #marks: Marks;
  readonly #firstToken: number;
  /** Its concepts and lists in `concepts`, each as often as it occurs: from the first mark to before the last. */
  readonly firstMark: number;
  readonly lastMark: number;
  /** The concepts that occur, as bits: the first `BITS`, and the others. */
  readonly low: number;
  readonly high: number;
  #words: readonly string[] | undefined;

  /**
   * The words and marks from these on, to the last.
   *
   * @param lower the text in lower case
   */
  constructor(lower: string, marks: Marks, firstToken: number, firstMark: number) {
    this.#lower = lower;
    this.#marks = marks;
    this.#firstToken = firstToken;
    this.firstMark = firstMark;
    this.length = marks.words - firstToken;
    this.lastMark = marks.marks;
    const { concepts } = marks;
    let low = 0;
    let high = 0;
    for (let i = firstMark; i < this.lastMark; i++) {
      const concept = concepts[i] as number;
      if (concept < BITS) low |= 1 << concept;
      else if (concept < CONCEPTS.length) high |= 1 << (concept - BITS);
    }
    this.low = low;
    this.high = high;
  }

  get concepts(): Int32Array {
    return this.#marks.concepts;
  }

  /** Whether it is a number or mark of one or two units, and says nothing. */
  get isBlank(): boolean {
    if (this.length > 1) return false;
    const start = this.start(0);
    const end = this.end(0);
    if (end - start > 2) return false;
    for (let i = start; i < end; i++) if (this.#lower.charCodeAt(i) > 64) return false;
    return true;
  }

  /** Its words, cut out when they are asked for: most sentences hold nothing that asks. */
  get words(): readonly string[] {
    return (this.#words ??= this.#cutOut());
  }

  /** One word; empty where there is none. */
  word(token: number): string {
    if (token < 0 || token >= this.length) return "";
    return this.#words?.[token] ?? this.#lower.slice(this.start(token), this.end(token));
  }

  #cutOut(): string[] {
    const words: string[] = [];
    for (let i = 0; i < this.length; i++) words.push(this.#lower.slice(this.start(i), this.end(i)));
    return words;
  }

  /** Whether a word is one of these. */
  isOne(token: number, among: WordSet): boolean {
    if (token < 0 || token >= this.length) return false;
    return among[this.#marks.numbers[this.#firstToken + token] as number] === 1;
  }

  /** The first word from one token on, up to before another, that is one of these; -1 where there is none. */
  findOne(among: WordSet, from: number, to: number): number {
    const last = Math.min(to, this.length);
    for (let i = Math.max(0, from); i < last; i++) if (this.isOne(i, among)) return i;
    return -1;
  }

  /** Whether a word from one token on, up to before another, is one of these. */
  anyOne(among: WordSet, from: number, to: number): boolean {
    return this.findOne(among, from, to) >= 0;
  }

  /** Where a word begins, in units of the plain text. */
  start(token: number): number {
    return this.#marks.starts[this.#firstToken + token] as number;
  }

  /** Where a word ends. */
  end(token: number): number {
    return this.#marks.ends[this.#firstToken + token] as number;
  }

  has(concept: Concept): boolean {
    return this.#holds(NUMBERS[concept]);
  }

  #holds(concept: number): boolean {
    return (concept < BITS ? (this.low >>> concept) & 1 : (this.high >>> (concept - BITS)) & 1) === 1;
  }

  /** The numbers of the concepts that occur, without lists. */
  named(): number[] {
    const numbers: number[] = [];
    for (let i = 0; i < CONCEPTS.length; i++) if (this.#holds(i)) numbers.push(i);
    return numbers;
  }

  /** Places by concept and list, entered when they are asked for. */
  #places(): (number[] | undefined)[] {
    if (table.of === this) return table.at;
    clear();
    table.of = this;
    for (let i = this.firstMark; i < this.lastMark; i++)
      enter(table.at, this.#marks.concepts[i] as number, this.#marks.tokens[i] as number);
    return table.at;
  }

  places(concept: Concept): readonly number[] {
    return this.has(concept) ? this.listed(NUMBERS[concept]) : NONE;
  }

  /** Whether a word of a list is in the sentence. */
  any(list: number): boolean {
    return this.#places()[list] !== undefined;
  }

  /** Where words of a list stand. */
  listed(list: number): readonly number[] {
    return this.#places()[list] ?? NONE;
  }

  /** The first word of a list; -1 where there is none. */
  first(list: number): number {
    return this.listed(list)[0] ?? -1;
  }

  /** The first word of a list that passes a test; -1 where there is none. */
  find(list: number, test: (token: number, word: string) => boolean): number {
    for (const token of this.listed(list)) if (test(token, this.word(token))) return token;
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
        const next = nextAfter(this.places(concepts[i] as Concept), to);
        whole = next - to <= gap;
        if (whole) to = next;
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
    return this.listed(PAUSES).includes(token);
  }
}

/** The first of some places behind another; infinite where there is none. */
function nextAfter(places: readonly number[], token: number): number {
  for (let i = 0; i < places.length; i++) if ((places[i] as number) > token) return places[i] as number;
  return Number.POSITIVE_INFINITY;
}

function enter(at: (number[] | undefined)[], concept: number, token: number): void {
  const places = at[concept];
  if (places === undefined) at[concept] = [token];
  else if ((places.at(-1) as number) < token) places.push(token);
  else if (places.at(-1) !== token) {
    // Phrases are marked where they begin: keep the order.
    let i = places.length;
    while (i > 0 && (places[i - 1] as number) > token) i--;
    if (places[i - 1] !== token) places.splice(i, 0, token);
  }
}

const NONE: readonly number[] = [];
