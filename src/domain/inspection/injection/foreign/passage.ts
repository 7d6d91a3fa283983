import { FOREIGN, HEAD, INSTRUCTION, MUST, NOT, PRIOR, RULE } from "../meanings.ts";
import type { Evidence } from "../evidence.ts";
import { isUnspaced } from "../lexicon.ts";
import type { Reading } from "../reading.ts";
import { ordered } from "../rule.ts";

/** How far a passage reaches around a word: in words, and in units between two words that are known. */
export const WORDS_AROUND = 14;
const UNITS_BETWEEN = 90;

/** Where a sentence ends: full stops of several scripts, tags, lines. */
const ENDS = new Set(Array.from("!?;\u3002\u0964\u061f\n<>", (char) => char.charCodeAt(0)));
const STOP = 46;

/** Three words or more after a colon. */
const STATEMENT =
  /^[^\n.!?]{0,160}[^\d\s]\s?:\s?["'\u00ab\u300c]?\s?(?:\p{L}[\p{L}\p{M}']*(?:[ ,]+\p{L}[\p{L}\p{M}']*){2}|[\u0e00-\u0e7f\u3040-\u9fff]{6})/u;

/** Whether a sentence ends between two places. A point inside a name or a number ends none. */
function parted(text: string, from: number, to: number): boolean {
  if (to - from > UNITS_BETWEEN) return true;
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    if (ENDS.has(unit)) return true;
    if (unit === STOP && !/[\p{L}\p{N}.]/u.test(text[i + 1] ?? " ")) return true;
  }
  return false;
}

/** The known words of one sentence around one of them, in whatever order its language puts them. */
export class Passage {
  readonly reading: Reading;
  /** The word that it was made for. */
  readonly hit: number;
  readonly first: number;
  readonly last: number;
  /** Everything that its words mean. */
  readonly meaning: number = 0;
  readonly sense: number = 0;
  /** Words that are no English ones. */
  readonly foreign: number = 0;

  constructor(reading: Reading, hit: number) {
    this.reading = reading;
    this.hit = hit;
    let first = hit;
    let last = hit;
    const at = reading.word[hit] as number;
    while (first > 0 && at - (reading.word[first - 1] as number) <= WORDS_AROUND && !this.#apart(first - 1, first))
      first--;
    while (
      last + 1 < reading.word.length &&
      (reading.word[last + 1] as number) - at <= WORDS_AROUND &&
      !this.#apart(last, last + 1)
    )
      last++;
    this.first = first;
    this.last = last;
    for (let i = first; i <= last; i++) {
      this.meaning |= reading.entry[i]?.anywhere ?? 0;
      this.sense |= (reading.entry[i]?.sense ?? 0) & ~HEAD;
      if (reading.means(i, FOREIGN)) this.foreign++;
    }
  }

  /** Whether a colon near the end of the sentence brings what is to be said. */
  get dictates(): boolean {
    const from = this.reading.start[this.hit] as number;
    const to = (this.reading.end[this.last] as number) + 24;
    return STATEMENT.test(this.reading.text.slice(from, to + 60));
  }

  /** Whether it stands in brackets: `<entering a mode>`. */
  get isFramed(): boolean {
    const { text, start, end } = this.reading;
    const from = start[this.first] as number;
    const to = end[this.last] as number;
    return (
      /[<[]\W?[^<>[\]\n]{0,30}$/.test(text.slice(Math.max(0, from - 34), from)) &&
      /^[^<>[\]\n]{0,30}[>\]]/.test(text.slice(to, to + 34))
    );
  }

  /** Whether it is in another language: two words of such, or one where hardly any word is English. */
  get isForeign(): boolean {
    return this.foreign >= 2 || (this.foreign === 1 && this.last - this.first < 4);
  }

  #apart(one: number, other: number): boolean {
    const { text, end, start } = this.reading;
    const from = end[one] as number;
    const to = start[other] as number;
    return to > from && parted(text, from, to);
  }

  has(meaning: number): boolean {
    return (this.meaning & meaning) !== 0;
  }

  means(sense: number): boolean {
    return (this.sense & sense) !== 0;
  }

  /** The first word of a meaning, but for the one that the passage was made for; -1 where there is none. */
  find(meaning: number, from = this.first): number {
    for (let i = from; i <= this.last; i++) if (i !== this.hit && this.reading.says(i, meaning)) return i;
    return -1;
  }

  /** The same for the second set. */
  findSense(sense: number, from = this.first): number {
    for (let i = from; i <= this.last; i++) if (i !== this.hit && this.reading.means(i, sense)) return i;
    return -1;
  }

  /** How many words lie between two hits. */
  distance(one: number, other: number): number {
    return Math.abs((this.reading.word[one] as number) - (this.reading.word[other] as number));
  }

  /** Whether the sentence ends with a mark of question. */
  get asks(): boolean {
    const from = this.reading.end[this.last] as number;
    const end = /[?\u061f.!\u3002\u0964\n<>]/.exec(this.reading.text.slice(from, from + UNITS_BETWEEN))?.[0];
    return end === "?" || end === "\u061f";
  }
}

/** What a rule found: evidence between the word that it looked at and another one. */
export type Judged = Omit<Evidence, "start" | "end"> & { readonly last: number };

/** What the word means that a rule looks at, of the first set or of the second, and the rule. */
export type ForeignRule = readonly [meaning: number, sense: number, rule: (passage: Passage) => Judged | undefined];

/** A verb that begins nothing is hardly an order, unless the reader is told that it must. */
export function opens(passage: Passage): boolean {
  const { reading, hit, first } = passage;
  if (saysNotItself(passage, hit)) return true;
  if (reading.begins(hit) || ordered(reading, hit) || standsAlone(reading, hit)) return true;
  for (let i = hit - 1; i >= first && (reading.word[hit] as number) - (reading.word[i] as number) <= 4; i--)
    if (reading.means(i, MUST)) return true;
  return false;
}

/** In scripts without spaces one ends what was said before. */
const standsAlone = ({ text, start }: Reading, hit: number): boolean =>
  isUnspaced(text.charCodeAt(start[hit] as number)) && text[(start[hit] as number) - 1] === " ";

/** "Do not ignore": what forbids stands right before the verb, or after it where the language has it so. */
export function forbidden(passage: Passage, verb: number): boolean {
  if (saysNotItself(passage, verb)) return false;
  for (let i = passage.first; i <= passage.last; i++) {
    if (i === verb || !passage.reading.says(i, NOT)) continue;
    if (
      passage.distance(i, verb) <= 2 &&
      (i < verb || passage.find(INSTRUCTION | RULE | PRIOR, verb) > i || i - verb === 1)
    )
      return true;
  }
  return false;
}

/** "No sigas": the negation is a part of what was found. */
const saysNotItself = ({ reading }: Passage, verb: number): boolean =>
  (verb > 0 && reading.start[verb - 1] === reading.start[verb] && reading.says(verb - 1, NOT)) ||
  /^(?:不要|别)/.test(reading.letters(verb));
