import type { PlainText } from "../finding.ts";
import type { Names } from "./names.ts";
import { type Marks, oneOf, PAUSES, Sentence } from "./sentence.ts";
import {
  CAPITALS,
  CLOSING,
  DOT,
  DOTTED,
  ENDING,
  isQuote,
  isSpace,
  kindOf,
  OPENING,
  PAUSING,
  SPACE,
  type Units,
  unitsOf,
} from "./units.ts";
import { Meanings } from "./meanings.ts";
import { HASH_START, hashed, prepareWords } from "./words.ts";

/** A sentence ends here at the latest, so that the work per sentence is bounded. */
const MOST_TOKENS = 72;

/** What a line begins with that is no rest of the one before: a capital, a digit, a mark of a list. */
const beginsAnew = (unit: number): boolean =>
  (unit >= 65 && unit <= 91) || (unit >= 48 && unit <= 57) || LIST.has(unit) || unit === 60 || unit === 35;
const LIST: ReadonlySet<number> = new Set([0x2d, 0x2a, 0x2022]);

/** A text that was cut. */
export interface Cut {
  readonly sentences: readonly Sentence[];
  /** The kinds of all its units, with `CAPITALS` and `DOTTED` where they are in it. */
  readonly holds: number;
  /** Its units in lower case, up to the next text that is cut; undefined where it was not. */
  readonly lower: Uint16Array | undefined;
}

/** Cuts a text into sentences and their words into concepts, in one pass. */
class Cutter {
  readonly sentences: Sentence[] = [];
  /** Blanks are taken for granted. */
  holds = SPACE;
  readonly #text: PlainText;
  readonly #units: Units;
  readonly #marks: Marks;
  readonly #meanings: Meanings;
  /** With which mark a quotation began that is open, and at which word; 0 where none is. */
  #quote = 0;
  #quoted = 0;

  constructor(text: PlainText, names: Names, marks: Marks) {
    this.#text = text;
    this.#units = unitsOf(text);
    this.#marks = marks;
    this.#meanings = new Meanings(text, this.#units, names, marks);
  }

  get lower(): Uint16Array {
    return this.#units.lower;
  }

  cut(): void {
    const { lower } = this.#units;
    const { length } = this.#text.lower;
    for (let i = 0; i < length; ) {
      const unit = lower[i] as number;
      // A blank ends nothing.
      if (unit === 32) i++;
      else if (isSpace(unit)) i = this.#space(i, length);
      else i = this.#chunk(i, Math.min(length, i + LONGEST_TOKEN));
    }
    this.#end();
  }

  #end(): void {
    const { firstToken, firstMark } = this.#meanings;
    if (this.#marks.words > firstToken)
      this.sentences.push(new Sentence(this.#text.lower, this.#marks, firstToken, firstMark));
    this.#meanings.begin();
    this.#quote = 0;
  }

  /** Wrapped lines go on; empty lines, lists, headings and lines that begin anew end a sentence. */
  #space(from: number, length: number): number {
    const { lower, cased } = this.#units;
    let i = from;
    let lines = 0;
    for (; i < length; i++) {
      const unit = lower[i] as number;
      const kind = kindOf(unit);
      if ((kind & SPACE) === 0) break;
      this.holds |= kind;
      if (unit === 10) lines++;
    }
    if (lines > 1 || (lines === 1 && i < length && beginsAnew(cased[i] as number))) this.#end();
    return i;
  }

  /** Reads up to the next space; answers where that is. */
  #chunk(from: number, most: number): number {
    const { lower, cased } = this.#units;
    const first = lower[from] as number;
    let unit = first;
    let kind = kindOf(unit);
    let last = kind;
    let kinds = 0;
    let hash = HASH_START;
    let to = from;
    let capital = false;
    let camel = false;
    do {
      hash = hashed(hash, unit);
      kinds |= last = kind;
      if (cased[to] === unit) capital = false;
      else {
        if (capital) this.holds |= CAPITALS;
        else if (to > from) camel = true;
        capital = true;
      }
      if (++to === most) break;
      unit = lower[to] as number;
      kind = kindOf(unit);
    } while ((kind & SPACE) === 0);
    this.holds |= kinds;
    if ((kinds & DOT) !== 0 && (this.holds & DOTTED) === 0) this.#dots(from, to);
    if (to - from === 1 && BULLETS.has(first)) {
      this.#end();
      return to;
    }
    // Most words have nothing at their edges.
    if (to - from < LONGEST_TOKEN && ((kindOf(first) & OPENING) | (last & CLOSING)) === 0)
      this.#meanings.add(from, to, false, hash, kinds, camel);
    else this.#edged(from, to);
    if (this.#meanings.count >= MOST_TOKENS) this.#end();
    return to;
  }

  #dots(from: number, to: number): void {
    const { lower } = this.#units;
    // Up to the unit behind it: a long word is cut anywhere.
    for (let i = from + 1; i <= to; i++)
      if (lower[i - 1] === 46 && (lower[i] as number) >= 97 && (lower[i] as number) <= 122) this.holds |= DOTTED;
  }

  /** A word with marks before or after it. */
  #edged(from: number, to: number): void {
    const { lower } = this.#units;
    let start = from;
    let end = to;
    while (start < end && (kindOf(lower[start] as number) & OPENING) !== 0) start++;
    while (end > start && (kindOf(lower[end - 1] as number) & CLOSING) !== 0) end--;
    this.#quoteOpens(from, start);
    if (start < end) this.#token(start, end, this.#isQuote(start - 1) && this.#isQuote(end));
    this.#quoteCloses(end, to);
    if (end < to) this.#pauseOrEnd(start, end, to);
  }

  /** What stands after a word: a comma, or the end of the sentence. */
  #pauseOrEnd(start: number, end: number, to: number): void {
    const { lower } = this.#units;
    let edges = 0;
    for (let i = end; i < to; i++) edges |= kindOf(lower[i] as number);
    if (edges & PAUSING) this.#marks.addMark(PAUSES, this.#meanings.count - 1);
    if (edges & ENDING) {
      if (start === end || ABBREVIATIONS[this.#marks.numbers[this.#marks.words - 1] as number] === 0) this.#end();
    } else if (edges & PAUSING && lower[to - 1] === 58 && this.#text.lower.charCodeAt(to) === 10) this.#end();
  }

  #isQuote(i: number): boolean {
    return i >= 0 && i < this.#text.lower.length && isQuote(this.#units.lower[i] as number);
  }

  #quoteOpens(from: number, start: number): void {
    if (start === from || this.#quote !== 0) return;
    const mark = this.#units.lower[start - 1] as number;
    if (!isQuote(mark)) return;
    this.#quote = mark;
    this.#quoted = this.#meanings.count;
  }

  #quoteCloses(end: number, to: number): void {
    if (this.#quote === 0) return;
    const { lower } = this.#units;
    for (let i = end; i < to; i++)
      if (lower[i] === this.#quote) {
        if (this.#meanings.count > this.#quoted) this.#meanings.quote(this.#quoted);
        this.#quote = 0;
        return;
      }
  }

  #token(start: number, end: number, quoted: boolean): void {
    const { lower, cased } = this.#units;
    let hash = HASH_START;
    let kinds = 0;
    let camel = false;
    for (let i = start; i < end; i++) {
      const unit = lower[i] as number;
      hash = hashed(hash, unit);
      kinds |= kindOf(unit);
      if (cased[i] !== unit && i > start && cased[i - 1] === lower[i - 1]) camel = true;
    }
    this.#meanings.add(start, end, quoted, hash, kinds, camel);
  }
}

const ABBREVIATIONS = oneOf("e.g i.e etc vs approx");

/** `-`, `*`, `•`, `|`, `·` between spaces. */
const BULLETS = new Set([0x2d, 0x2a, 0x2022, 0x7c, 0xb7]);
const LONGEST_TOKEN = 256;

/** The sentences of a text, and what it holds. Linear in its length. @param marks what is known of the definition's words; written to */
export function cut(text: PlainText, names: Names, marks: Marks): Cut {
  prepareWords();
  const cutter = new Cutter(text, names, marks);
  cutter.cut();
  return cutter;
}

/** The sentences of a text; see `cut`. */
export const sentencesOf = (text: PlainText, names: Names, marks: Marks): readonly Sentence[] =>
  cut(text, names, marks).sentences;
