import {
  AGENT,
  ALL,
  ASK,
  AUTHORITY,
  CONTACT,
  DATA,
  DISGUISE,
  ENTER,
  FOREIGN,
  FORM,
  FRAME,
  FREE,
  GENERATE,
  HARM,
  HARMFUL,
  HEAD,
  INSTRUCTION,
  INTIMATE,
  ME,
  MODE,
  MUST,
  NOT,
  OBEY,
  OVERRIDE,
  PARTS,
  PASSING,
  PRIOR,
  RESULT,
  REVEAL,
  ROTATED,
  RULE,
  SAYS,
  SECRET,
  SEND,
  SENDS,
  SENSITIVE,
  SOURCE,
  TELLS,
  USER,
  WHAT,
  YOU,
} from "./meanings.ts";
import { baseOf } from "../letters.ts";
import { TONGUES } from "./tongues/index.ts";
import type { Tongue } from "./tongues/tongue.ts";
import { COMMON, WORDS } from "./words.ts";

/** What the words of each member of a tongue mean: of the first set, and of the second. */
const MEANT: Readonly<Record<keyof Tongue, readonly [number, number]>> = {
  override: [OVERRIDE, 0],
  instruction: [INSTRUCTION, 0],
  rule: [RULE, 0],
  prior: [PRIOR, 0],
  all: [PRIOR, ALL],
  source: [SOURCE, 0],
  you: [YOU, 0],
  me: [ME, 0],
  reveal: [REVEAL, 0],
  write: [GENERATE, 0],
  secret: [SECRET, 0],
  what: [WHAT, 0],
  not: [NOT, 0],
  must: [ASK, MUST],
  user: [0, USER],
  intimate: [0, INTIMATE],
  contact: [0, CONTACT],
  frame: [0, FRAME],
  says: [0, SAYS],
  disguise: [0, DISGUISE],
  form: [0, FORM],
  authority: [AUTHORITY, 0],
  mode: [MODE, 0],
  enter: [0, ENTER],
  obey: [OBEY, 0],
  free: [0, FREE],
  agent: [AGENT, 0],
  result: [0, RESULT],
  parts: [0, PARTS],
  send: [SEND, SENDS],
  data: [SENSITIVE, DATA],
  tell: [0, TELLS],
  harm: [HARMFUL, HARM],
  passing: [0, PASSING],
};
/** One entry: its letters, what it means, and whether other letters may follow. */
export interface Entry {
  readonly letters: string;
  readonly meaning: number;
  /** What it means where the sentence is in any language: "no" is an English word, and Spanish for "not". */
  readonly anywhere: number;
  /** Of the second set. */
  readonly sense: number;
  readonly open: boolean;
}

/** Letters moved through the alphabet: by 13 (rot13), or by 23 back from a shift of 3 (Caesar). */
export const rotate = (text: string, by: number): string =>
  text.replace(/[a-z]/gi, (char) => {
    const unit = char.charCodeAt(0);
    return String.fromCharCode((((unit & 31) - 1 + by) % 26) + 1 + (unit & 96));
  });

/** How far the rotations are that are turned back. */
export const ROTATIONS: readonly number[] = [13, 23];

const TELLING =
  "instructions instruction previous prompt ignore disregard reveal password secret document assistant forget";

/** What Arabic writes before a noun without a space: the article, and, with, for. */
const PARTICLES = [
  "",
  "\u0627\u0644",
  "\u0644\u0644",
  "\u0628\u0627\u0644",
  "\u0648",
  "\u0648\u0627\u0644",
  "\u0628",
  "\u0644",
];

const ASCII = /^[\0-\x7f]*$/;

/** One unit for each, as a text is read. */
function folded(word: string): string {
  if (ASCII.test(word)) return word;
  let letters = "";
  for (const char of word.normalize("NFKC")) letters += String.fromCharCode(baseOf(char.charCodeAt(0)));
  return letters;
}

type Word = readonly [meaning: number, sense: number, word: string];

function foreignWords(): Word[] {
  const found: Word[] = [];
  for (const tongue of TONGUES)
    for (const [member, words] of Object.entries(tongue) as [keyof Tongue, string][]) {
      const [meaning, sense] = MEANT[member];
      for (const word of words.split(" ")) {
        const spellings = word.startsWith("+") ? PARTICLES.map((particle) => particle + word.slice(1)) : [word];
        for (const spelling of spellings) found.push([meaning, sense, spelling]);
      }
    }
  return found;
}

const englishWords = (): Word[] => [
  ...WORDS.flatMap(([meaning, words]) => words.split(" ").map((word): Word => [meaning, 0, word])),
  ...ROTATIONS.flatMap((by) => TELLING.split(" ").map((word): Word => [ROTATED, 0, rotate(word, 26 - by)])),
];

/** Entries by their letters: words, and pairs of words with an underscore between. */
function build(fold: (letters: string) => string, tongues: boolean): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const add = (letters: string, meaning: number, sense: number, open: boolean, elsewhere = 0) => {
    const before = entries.get(letters);
    entries.set(letters, {
      letters,
      meaning: meaning | (before?.meaning ?? 0),
      anywhere: meaning | elsewhere | (before?.anywhere ?? 0),
      sense: sense | (before?.sense ?? 0),
      open: open || before?.open === true,
    });
  };
  const spelling = (word: string) => fold(folded(word.replace("*", "")));
  const english = englishWords();
  for (const [meaning, sense, word] of english) add(spelling(word), meaning, sense, word.endsWith("*"));
  if (!tongues) return entries;
  const common = new Set([...COMMON.split(" "), ...english.map(([, , word]) => word)]);
  for (const [meaning, sense, word] of foreignWords()) {
    const letters = spelling(word);
    if (common.has(letters)) add(letters, 0, sense, word.endsWith("*"), meaning);
    else add(letters, meaning, sense | FOREIGN, word.endsWith("*"));
    const joint = letters.indexOf("_");
    if (joint > 0) add(letters.slice(0, joint), 0, HEAD, false);
  }
  const stems = [...entries.values()].filter(({ open }) => open);
  const lengths = [...new Set(stems.map(({ letters }) => letters.length))];
  const byLetters = new Map(stems.map((stem) => [stem.letters, stem]));
  for (const { letters } of entries.values())
    for (const length of lengths) {
      const stem = length < letters.length ? byLetters.get(letters.slice(0, length)) : undefined;
      if (stem === undefined) continue;
      if (common.has(letters)) add(letters, 0, stem.sense & ~FOREIGN, false, stem.anywhere);
      else add(letters, stem.meaning, stem.sense, false, stem.anywhere);
    }
  return entries;
}

/** FNV-1a, continued with one unit. */
export const hashed = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);
export const HASH_START = 0x811c9dc5 | 0;
/** Of two words that mean something together. */
export const paired = (first: number, second: number): number => Math.imul(first, 31) ^ second;

function hashOf(letters: string): number {
  const joint = letters.indexOf("_");
  if (joint > 0) return paired(hashOf(letters.slice(0, joint)), hashOf(letters.slice(joint + 1)));
  let hash = HASH_START;
  for (let i = 0; i < letters.length; i++) hash = hashed(hash, letters.charCodeAt(i));
  return hash;
}

/** Thai, kana and ideographs: words follow one another without a space. */
export const isUnspaced = (unit: number): boolean =>
  unit >= 0xe00 && (unit <= 0xe7f || (unit >= 0x3040 && unit <= 0x30ff) || (unit >= 0x3400 && unit <= 0x9fff));

/** How far a hash is moved for its byte and its bit in `mayKnow`. */
export const KNOWN = { byte: 18, bit: 15 };

/** A table of entries by hash: open addressing in two flat arrays, so that reading costs one load per letter. */
export class Lexicon {
  static readonly SIZE = 1 << 14;
  readonly hashes = new Int32Array(Lexicon.SIZE);
  /** Hashes of the entries that other letters may follow, two for each place: few, so that a look costs little. */
  readonly open = new Int32Array(Lexicon.SIZE);
  /** 1 at the places of both, so that most letters need no look at them. */
  readonly mayOpen = new Uint8Array(Lexicon.SIZE);
  /** One bit for each of the bits with which a hash can begin: most words are in no list, and need no look at the table. */
  readonly mayKnow = new Uint8Array(1 << (32 - KNOWN.byte));
  readonly entries: (Entry | undefined)[] = Array.from({ length: Lexicon.SIZE });
  /** Words of scripts without spaces by their first unit, the longest first. */
  readonly unspaced = new Map<number, Entry[]>();

  constructor(fold: (letters: string) => string = (letters) => letters, tongues = true) {
    for (const entry of build(fold, tongues).values()) {
      const first = entry.letters.charCodeAt(0);
      if (isUnspaced(first)) this.unspaced.set(first, [...(this.unspaced.get(first) ?? []), entry]);
      else this.#add(entry);
    }
    for (const list of this.unspaced.values()) list.sort((one, other) => other.letters.length - one.letters.length);
  }

  #add(entry: Entry): void {
    const hash = hashOf(entry.letters);
    const byte = hash >>> KNOWN.byte;
    this.mayKnow[byte] = (this.mayKnow[byte] as number) | (1 << ((hash >>> KNOWN.bit) & 7));
    let slot = hash & (Lexicon.SIZE - 1);
    while (this.hashes[slot] !== 0) slot = (slot + 1) & (Lexicon.SIZE - 1);
    this.hashes[slot] = hash;
    this.entries[slot] = entry;
    if (!entry.open) return;
    let place = hash & (Lexicon.SIZE - 1);
    for (let tries = 0; tries < 2 && this.open[place] !== 0; tries++) place ^= 1;
    this.open[place] = hash;
    this.mayOpen[place] = this.mayOpen[place ^ 1] = 1;
  }

  /** The entry with this hash. */
  find(hash: number): Entry | undefined {
    if ((((this.mayKnow[hash >>> KNOWN.byte] as number) >> ((hash >>> KNOWN.bit) & 7)) & 1) === 0) return undefined;
    for (let slot = hash & (Lexicon.SIZE - 1); this.hashes[slot] !== 0; slot = (slot + 1) & (Lexicon.SIZE - 1))
      if (this.hashes[slot] === hash) return this.entries[slot];
    return undefined;
  }
}

/** The words of all languages. */
export const LEXICON = new Lexicon();
