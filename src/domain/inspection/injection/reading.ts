import { type Entry, HASH_START, hashed, isUnspaced, KNOWN, LEXICON, Lexicon, paired } from "./lexicon.ts";
import { unitsOf } from "../letters.ts";
import { FOREIGN, HEAD, ROTATED } from "./meanings.ts";

/** Letters for digits that look like them; `i` and `l` are one, since `1` stands for both. */
const LEET: Readonly<Record<string, string>> = {
  0: "o",
  1: "l",
  3: "e",
  4: "a",
  5: "s",
  7: "t",
  i: "l",
  "@": "a",
  $: "s",
};
export const skeleton = (text: string): string => text.replace(/[013457i@$]/g, (char) => LEET[char] as string);
let skeletons: Lexicon | undefined;
/** Made when the first disguised text comes. */
const skeletonLexicon = (): Lexicon => (skeletons ??= new Lexicon(skeleton, false));

/** Words that are kept of one text; what comes after is not read, and the reading says so. */
const MOST_HITS = 60_000;
export const SHORTEST_SPELLED = 14;
/** From here on one unit is a syllable. */
const HANGUL = 0xac00;
/** Of scripts without spaces, where nothing is known. */
const UNITS_OF_A_WORD = 3;
/** Longer runs of letters are no words; they are listed for the look at encoded text. */
const LONGEST_WORD = 30;
const MOST_LONG = 20_000;

/** What one text is made of for the rules: the words of the lexicon with their places, in order. */
export class Reading {
  readonly text: string;
  /** The same as numbers, which are read faster. */
  readonly #units: Uint16Array;
  /** Which word of the text each hit is. */
  readonly word: number[] = [];
  readonly start: number[] = [];
  readonly end: number[] = [];
  readonly meaning: number[] = [];
  /** What the lexicon has of each hit. */
  readonly entry: Entry[] = [];
  /** Which words of the text are no English ones. */
  readonly foreign: number[] = [];
  /** The last word that means something with the next one: which word of the text it is, its hash and where it stands. */
  #headWord = -2;
  #headHash = 0;
  #headStart = 0;
  /** Runs of letters and digits that are longer than words: start and end of each. */
  readonly long: [number, number][] = [];
  /** Where words stand that were moved through the alphabet. */
  readonly rotated: number[] = [];
  /** Words of one letter, and words that mix letters with digits: what spelled-out and disguised text is made of. */
  single = 0;
  /** Runs of words of one letter; the last may be short. */
  readonly spelled: { start: number; end: number; letters: number }[] = [];
  mixed = 0;
  words = 0;
  cut = false;

  /** @param text in lower case, and Latin letters without their accents */
  constructor(text: string, leet = false, units = unitsOf(text)) {
    this.text = text;
    this.#units = units;
    this.#read(leet ? skeletonLexicon() : LEXICON);
  }

  #read(lexicon: Lexicon): void {
    const units = this.#units;
    const { open: openings, mayOpen, mayKnow } = lexicon;
    const length = units.length;
    let i = 0;
    while (i < length && !this.cut) {
      let unit = units[i] as number;
      let kind = KINDS[unit] as number;
      if ((kind & LETTER) === 0) {
        i = kind === UNSPACED ? this.#unspaced(lexicon, i) : i + 1;
        continue;
      }
      // Text in JSON: the letter of an escaped line end belongs to no word.
      if (i > 0 && units[i - 1] === 92 && (unit === 110 || unit === 114 || unit === 116)) {
        i++;
        continue;
      }
      const start = i;
      let hash = HASH_START;
      let open = 0;
      let digits = 0;
      for (;;) {
        do {
          digits += kind >> DIGIT;
          hash = hashed(hash, unit);
          const place = hash & (Lexicon.SIZE - 1);
          if (mayOpen[place] === 1 && (openings[place] === hash || openings[place ^ 1] === hash)) open = hash;
          unit = ++i < length ? (units[i] as number) : 32;
          kind = KINDS[unit] as number;
        } while ((kind & LETTER) !== 0);
        // An apostrophe is a part of the word where more of it follows.
        if (unit !== 39 || i + 1 >= length || i <= start + 1) break;
        kind = KINDS[units[i + 1] as number] as number;
        if ((kind & LETTER) === 0) break;
        unit = units[++i] as number;
      }
      const size = i - start;
      const number = this.words++;
      if (digits > 0 && digits < size) this.mixed++;
      // Most words are in no list.
      const known = ((mayKnow[hash >>> KNOWN.byte] as number) >> ((hash >>> KNOWN.bit) & 7)) & 1;
      if (known === 0 && open === 0 && size > 1 && size <= LONGEST_WORD && this.#headWord !== number - 1) continue;
      if (size === 1 && (units[start] as number) < HANGUL) this.#spell(start, i);
      if (size > LONGEST_WORD) this.#long(start, i);
      else this.#word(lexicon, number, start, i, hash, open);
    }
  }

  #long(start: number, end: number): void {
    if (this.long.length < MOST_LONG) this.long.push([start, end]);
    else this.cut = true;
  }

  #word(lexicon: Lexicon, number: number, start: number, end: number, hash: number, open: number): void {
    if (this.#headWord === number - 1) {
      const pair = lexicon.find(paired(this.#headHash, hash));
      if (pair !== undefined) this.#keep(pair, number, this.#headStart, end);
    }
    const entry = lexicon.find(hash) ?? (open === 0 ? undefined : lexicon.find(open));
    if (entry === undefined) return;
    if ((entry.sense & HEAD) !== 0) {
      this.#headWord = number;
      this.#headHash = hash;
      this.#headStart = start;
    }
    if ((entry.anywhere | (entry.sense & ~HEAD)) !== 0) this.#keep(entry, number, start, end);
  }

  #keep(entry: Entry, number: number, start: number, end: number): void {
    const { meaning, sense } = entry;
    if ((meaning & ROTATED) !== 0 && this.rotated.length < MOST_LONG) this.rotated.push(start);
    if (this.word.length === MOST_HITS) {
      this.cut = true;
      return;
    }
    if ((sense & FOREIGN) !== 0) this.foreign.push(number);
    this.word.push(number);
    this.start.push(start);
    this.end.push(end);
    this.meaning.push(meaning);
    this.entry.push(entry);
  }

  /** Words that follow one another without a space: each is looked for at every place, the longest first. */
  #unspaced(lexicon: Lexicon, from: number): number {
    const { text } = this;
    let between = 0;
    let i = from;
    for (; i < text.length && !this.cut; ) {
      const unit = text.charCodeAt(i);
      if (!isUnspaced(unit)) break;
      const entry = lexicon.unspaced.get(unit)?.find(({ letters }) => text.startsWith(letters, i));
      if (entry === undefined) {
        i++;
        if (++between % UNITS_OF_A_WORD === 0) this.words++;
        continue;
      }
      this.#keep(entry, this.words++, i, i + entry.letters.length);
      i += entry.letters.length;
    }
    this.#headWord = -2;
    return i;
  }

  /** Words of one letter that stand close together make a run. */
  #spell(start: number, end: number): void {
    this.single++;
    const last = this.spelled.at(-1);
    if (last !== undefined && start - last.end <= 4) {
      last.end = end;
      last.letters++;
    } else if (last !== undefined && last.letters < SHORTEST_SPELLED) {
      last.start = start;
      last.end = end;
      last.letters = 1;
    } else if (this.spelled.length < MOST_LONG) this.spelled.push({ start, end, letters: 1 });
  }

  /** The letters of a hit. */
  letters(hit: number): string {
    return this.text.slice(this.start[hit], this.end[hit]);
  }

  has(hit: number, meaning: number): boolean {
    return ((this.meaning[hit] ?? 0) & meaning) !== 0;
  }

  /** Where the sentence is in another language than English. */
  says(hit: number, meaning: number): boolean {
    return ((this.entry[hit]?.anywhere ?? 0) & meaning) !== 0;
  }

  /** Of the second set. */
  means(hit: number, sense: number): boolean {
    return ((this.entry[hit]?.sense ?? 0) & sense) !== 0;
  }

  /** The first hit of a meaning at most `words` words after this one; -1 where there is none. */
  after(hit: number, meaning: number, words: number): number {
    const last = (this.word[hit] as number) + words;
    for (let j = hit + 1; j < this.word.length && (this.word[j] as number) <= last; j++)
      if (((this.meaning[j] as number) & meaning) !== 0) return j;
    return -1;
  }

  /** The last hit of a meaning at most `words` words before this one; -1 where there is none. */
  before(hit: number, meaning: number, words: number): number {
    const first = (this.word[hit] as number) - words;
    for (let j = hit - 1; j >= 0 && (this.word[j] as number) >= first; j--)
      if (((this.meaning[j] as number) & meaning) !== 0) return j;
    return -1;
  }

  /** Whether a sentence ends between two hits. */
  apart(first: number, second: number): boolean {
    const between = this.text.slice(
      this.end[first],
      Math.min(this.start[second] as number, (this.end[first] as number) + 200),
    );
    return /[.!?;。।][\s"')\]\\]|\n\s*\n|\\n\s*\\+n/.test(between);
  }

  /** Whether the hit is a part of a name in a program or of an option: `ignore_rules`, `--ignore-case`, `discard(`, `'ignore'`. */
  isName(hit: number): boolean {
    const { text } = this;
    const from = this.start[hit] as number;
    const before = text[from - 1];
    if (before === "_" || before === ".") return /\w/.test(text[from - 2] ?? " ");
    if (before === "-" && /[\w-]/.test(text[from - 2] ?? " ")) return true;
    const after = text[this.end[hit] as number];
    return after === "_" || after === "(" || (after === before && (after === "'" || after === '"'));
  }

  /** Whether the hit begins a sentence, a line, an item or a quotation. */
  begins(hit: number): boolean {
    const { text } = this;
    let i = (this.start[hit] as number) - 1;
    while (i >= 0 && (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9)) i--;
    if (i > 0 && text[i] === "n" && text[i - 1] === "\\") return true;
    return i < 0 || ".!?:;\n>\"'`-*#(){}[]/,|।=".includes(text[i] as string);
  }
}

const ASCII_LETTERS = Uint8Array.from({ length: 128 }, (_, unit) =>
  /[a-z0-9]/i.test(String.fromCharCode(unit)) ? 1 : 0,
);

/** ASCII letters and digits, and what is above Latin-1's signs but for general punctuation, scripts without spaces and surrogates. */
function isLetter(unit: number): boolean {
  if (unit < 128) return ASCII_LETTERS[unit] === 1;
  return (
    unit >= 0xc0 &&
    unit !== 0x964 &&
    unit !== 0x965 &&
    unit !== 0x60c &&
    unit !== 0x61f &&
    !(unit >= 0x2000 && unit <= 0x303f) &&
    !(unit >= 0xe00 && unit <= 0xe7f) &&
    (unit < 0x3040 || (unit >= HANGUL && unit <= 0xd7a3))
  );
}

const LETTER = 1;
const UNSPACED = 2;
/** The bit of a digit, which is a letter besides. */
const DIGIT = 2;
/** What each unit is: a letter or digit, one of a script without spaces, or neither. */
const KINDS = Uint8Array.from({ length: 0x10000 }, (_, unit) => {
  if (!isLetter(unit)) return isUnspaced(unit) ? UNSPACED : 0;
  return unit < 58 ? LETTER | (1 << DIGIT) : LETTER;
});
