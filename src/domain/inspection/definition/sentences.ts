import type { PlainText } from "../finding.ts";
import { type Entry, LEXICON, numberOf } from "./concepts.ts";
import { isAddress, isLocal, PATH_OF_SECRETS } from "./addresses.ts";
import { ARGUMENT, CALLED, isHarmless, KINDS, NAME, type Names, related, SWAPS } from "./names.ts";
import { type Marks, MIXED_WORDS, PAUSES, Sentence } from "./sentence.ts";
import {
  APOSTROPHE,
  BRACKET,
  CLOSING,
  DASH,
  ENDING,
  isQuote,
  isSpace,
  kindOf,
  MARKED,
  OPENING,
  OTHER,
  PAUSING,
  SLASH,
  SPACE,
} from "./units.ts";
import { entryAt, HASH_START, hashed, prepareWords } from "./words.ts";

/** A sentence ends here at the latest, so that the work per sentence is bounded. */
const MOST_TOKENS = 72;

/** What a line begins with that is no rest of the one before: a capital, a digit, a mark of a list. */
const beginsAnew = (unit: number): boolean =>
  (unit >= 65 && unit <= 91) || (unit >= 48 && unit <= 57) || LIST.has(unit) || unit === 60 || unit === 35;
const LIST: ReadonlySet<number> = new Set([0x2d, 0x2a, 0x2022]);

/** Cuts a text into sentences and their words into concepts, in one pass. */
class Cutter {
  readonly sentences: Sentence[] = [];
  readonly #text: PlainText;
  readonly #names: Names;
  readonly #marks: Marks;
  /** Where the words and the marks of the present sentence begin. */
  #firstToken: number;
  #firstMark: number;
  /** Where a quotation that is open began, and with which mark. */
  #quote: { readonly mark: number; readonly token: number } | undefined;

  constructor(text: PlainText, names: Names, marks: Marks) {
    this.#text = text;
    this.#names = names;
    this.#marks = marks;
    this.#firstToken = marks.starts.length;
    this.#firstMark = marks.concepts.length;
  }

  /** How many words the sentence has by now. */
  #count(): number {
    return this.#marks.starts.length - this.#firstToken;
  }

  #mark(concept: number, token: number): void {
    this.#marks.concepts.push(concept);
    this.#marks.tokens.push(token);
  }

  /** One word of the present sentence; empty beyond its first. */
  #said(token: number): string {
    const { starts, ends } = this.#marks;
    if (token < 0) return "";
    return this.#text.lower.slice(starts[this.#firstToken + token], ends[this.#firstToken + token]);
  }

  /** Whether one of the last words has a concept. */
  #is(token: number, concept: number): boolean {
    const { concepts, tokens } = this.#marks;
    for (let i = concepts.length - 1; i >= this.#firstMark; i--) {
      const marked = tokens[i] as number;
      if (marked === token && concepts[i] === concept) return true;
      // What was marked before came with words before; only quotations and phrases are marked where they began.
      if (marked < token - LONGEST_PHRASE && concepts[i] !== QUOTED) return false;
    }
    return false;
  }

  cut(): Sentence[] {
    const { lower } = this.#text;
    const { length } = lower;
    for (let i = 0; i < length; ) {
      if (isSpace(lower.charCodeAt(i))) {
        i = this.#space(i);
        continue;
      }
      i = this.#chunk(i, Math.min(length, i + LONGEST_TOKEN));
    }
    this.#end();
    return this.sentences;
  }

  #end(): void {
    if (this.#count() > 0)
      this.sentences.push(new Sentence(this.#text.lower, this.#marks, this.#firstToken, this.#firstMark));
    this.#firstToken = this.#marks.starts.length;
    this.#firstMark = this.#marks.concepts.length;
    this.#quote = undefined;
  }

  /** Wrapped lines go on; empty lines, lists, headings and lines that begin anew end a sentence. */
  #space(from: number): number {
    const { lower, text } = this.#text;
    let i = from;
    let lines = 0;
    for (; i < lower.length && isSpace(lower.charCodeAt(i)); i++) if (lower.charCodeAt(i) === 10) lines++;
    if (lines > 1 || (lines === 1 && beginsAnew(text.charCodeAt(i)))) this.#end();
    return i;
  }

  /** Reads up to the next space; answers where that is. */
  #chunk(from: number, most: number): number {
    const { lower } = this.#text;
    const first = lower.charCodeAt(from);
    let unit = first;
    let kind = kindOf(unit);
    let last = kind;
    let kinds = 0;
    let hash = HASH_START;
    let to = from;
    do {
      hash = hashed(hash, unit);
      kinds |= last = kind;
      if (++to === most) break;
      unit = lower.charCodeAt(to);
      kind = kindOf(unit);
    } while ((kind & SPACE) === 0);
    if (to - from === 1 && BULLETS.has(first)) {
      this.#end();
      return to;
    }
    // Most words have nothing at their edges.
    if (to - from < LONGEST_TOKEN && ((kindOf(first) & OPENING) | (last & CLOSING)) === 0)
      this.#word(from, to, false, hash, kinds);
    else this.#edged(from, to);
    if (this.#count() >= MOST_TOKENS) this.#end();
    return to;
  }

  /** A word with marks before or after it. */
  #edged(from: number, to: number): void {
    const { lower } = this.#text;
    let start = from;
    let end = to;
    while (start < end && (kindOf(lower.charCodeAt(start)) & OPENING) !== 0) start++;
    while (end > start && (kindOf(lower.charCodeAt(end - 1)) & CLOSING) !== 0) end--;
    this.#quoteOpens(from, start);
    if (start < end) this.#token(start, end, isQuote(lower.charCodeAt(start - 1)) && isQuote(lower.charCodeAt(end)));
    this.#quoteCloses(end, to);
    if (end < to) this.#pauseOrEnd(start, end, to);
  }

  /** What stands after a word: a comma, or the end of the sentence. */
  #pauseOrEnd(start: number, end: number, to: number): void {
    const { lower } = this.#text;
    let edges = 0;
    for (let i = end; i < to; i++) edges |= kindOf(lower.charCodeAt(i));
    if (edges & PAUSING) this.#mark(PAUSES, this.#count() - 1);
    if (edges & ENDING) {
      if (end - start > LONGEST_ABBREVIATION || !ABBREVIATION.test(lower.slice(start, end))) this.#end();
    } else if (edges & PAUSING && lower.charCodeAt(to) === 10 && lower.charCodeAt(to - 1) === 58) this.#end();
  }

  #quoteOpens(from: number, start: number): void {
    if (start > from && this.#quote === undefined && isQuote(this.#text.lower.charCodeAt(start - 1)))
      this.#quote = { mark: this.#text.lower.charCodeAt(start - 1), token: this.#count() };
  }

  #quoteCloses(end: number, to: number): void {
    const open = this.#quote;
    if (open === undefined) return;
    for (let i = end; i < to; i++)
      if (this.#text.lower.charCodeAt(i) === open.mark) {
        if (this.#count() > open.token) this.#mark(QUOTED, open.token);
        this.#quote = undefined;
        return;
      }
  }

  #token(start: number, end: number, quoted: boolean): void {
    const { lower } = this.#text;
    let hash = HASH_START;
    let kinds = 0;
    for (let i = start; i < end; i++) {
      hash = hashed(hash, lower.charCodeAt(i));
      kinds |= kindOf(lower.charCodeAt(i));
    }
    this.#word(start, end, quoted, hash, kinds);
  }

  /** @param hash `hashed` over its units, and `kinds` of all of them */
  #word(start: number, end: number, quoted: boolean, hash: number, kinds: number): void {
    const { lower } = this.#text;
    const { others } = this.#names;
    const token = this.#count();
    this.#marks.starts.push(start);
    this.#marks.ends.push(end);
    const entry = entryAt(lower, start, end, hash);
    if (entry !== undefined && !(CAREFUL.has(entry) && isHarmless(this.#said(token - 1), entry.word))) {
      this.#enter(entry, token);
      if (entry.phrases.length > 0) this.#phrases(entry, token);
    }
    if (kinds & OTHER) {
      const word = lower.slice(start, end);
      this.#mark(MIXED_WORDS, token);
      this.#special(word, kinds, token);
      this.#identifier(word, token, quoted);
    } else if (quoted || this.#isCamel(start, end) || (others.size > 0 && others.has(lower.slice(start, end))))
      this.#identifier(lower.slice(start, end), token, quoted);
    if (entry !== undefined && TOOLWORDS.has(entry)) this.#toolNamedBefore(token);
  }

  /** Whether a word of letters has a capital behind a small letter. */
  #isCamel(start: number, end: number): boolean {
    const { lower, text } = this.#text;
    let small = text.charCodeAt(start) === lower.charCodeAt(start);
    for (let i = start + 1; i < end; i++) {
      const same = text.charCodeAt(i) === lower.charCodeAt(i);
      if (small && !same) return true;
      small = same;
    }
    return false;
  }

  #enter({ concepts }: Entry, token: number): void {
    for (let i = 0; i < concepts.length; i++) this.#mark(concepts[i] as number, token);
  }

  /** Phrases that end at this token; they are marked where they begin. */
  #phrases({ phrases }: Entry, token: number): void {
    for (const { before, concept } of phrases) {
      const first = token - before.length;
      if (first >= 0 && before.every((word, i) => this.#stands(word, first + i))) this.#mark(concept, first);
    }
  }

  /** Whether this word is that token. */
  #stands(word: string, token: number): boolean {
    const { starts, ends } = this.#marks;
    const start = starts[this.#firstToken + token] as number;
    return (
      (ends[this.#firstToken + token] as number) - start === word.length && this.#text.lower.startsWith(word, start)
    );
  }

  #special(word: string, kinds: number, token: number): void {
    if ((kinds & MARKED) === 0 && !/^[0+~*]/.test(word)) return;
    if (((kinds & BRACKET) !== 0 && word.includes("](")) || isLocal(word)) return;
    if (isAddress(word, kinds)) this.#mark(ADDRESS, token);
    else if (kinds & SLASH || /^[.~*]/.test(word)) this.#path(word, token);
    else if (kinds & DASH && !word.startsWith("-")) this.#joined(word.split("-"), token);
    else if (kinds & APOSTROPHE && /'s?$/.test(word)) this.#part(word.replace(/'s?$/, ""), token);
  }

  #path(word: string, token: number): void {
    const parts = word.split("/");
    const known = parts.some((part) => LEXICON.get(part)?.concepts.includes(SENSITIVE));
    if (known || PATH_OF_SECRETS.test(word)) this.#mark(SENSITIVE, token);
    else if (/^[~/]/.test(word) && word.length > 2) this.#mark(FILE, token);
    if (!known && !/^[~/.]/.test(word)) for (const part of parts) this.#part(part, token);
  }

  #joined(parts: readonly string[], token: number): void {
    for (const [i, part] of parts.entries()) if (!isHarmless(parts[i - 1] ?? "", part)) this.#part(part, token);
  }

  #part(part: string, token: number): void {
    const entry = LEXICON.get(part);
    if (entry !== undefined) this.#enter(entry, token);
  }

  /** A name in quotation marks, with underscores or in camel case: a parameter, this tool, or another tool. */
  #identifier(word: string, token: number, quoted: boolean): void {
    const { own, nouns, parameters, others } = this.#names;
    const call = word.indexOf("(");
    const name = call < 0 ? word : word.slice(0, call);
    if (parameters.has(name)) this.#mark(ARGUMENT_NAME, token);
    else if (name === own) this.#mark(SELF, token);
    else if (others.has(name)) this.#mark(FOREIGN, token);
    else if (this.#isToolHere(name, token, quoted) && NAME.test(name) && !related(name, nouns)) {
      if (!/^[A-Z0-9_]+$/.test(this.#original(token))) this.#mark(FOREIGN, token);
    }
  }

  #original(token: number): string {
    const { starts, ends } = this.#marks;
    return this.#text.text.slice(starts[this.#firstToken + token], ends[this.#firstToken + token]);
  }

  /** Right after a word for using (`call`, `before`, `use the`), or where a tool is spoken of. */
  #isToolHere(name: string, token: number, quoted: boolean): boolean {
    const underscored = name.includes("_");
    if (!quoted && !underscored && !/^[a-z]+[A-Z]/.test(this.#original(token))) return false;
    if (ARGUMENT.test(name)) return false;
    for (let back = 1; back <= 3 && token - back >= 0; back++) {
      const before = this.#said(token - back);
      if (SWAPS.test(before) || this.#is(token - back, TOOLWORD)) return true;
      // A bare word in quotation marks may be anything that is used; only what is called is a tool.
      if (this.#is(token - back, USE) && (/[_-]/.test(name) || !before.startsWith("us"))) return true;
      if (!/^(?:the|a|via|by|of|to)$/.test(before)) break;
    }
    // `send_mail is called`, `after get_token`: what follows decides with the first word after it.
    return underscored && (/^(?:before|after|then|prior)$/.test(this.#said(token - 1)) || this.#isCalled(token));
  }

  /** `… is called`, `… must`, `… now`: the words after the token are not cut yet, so the text is asked. */
  #isCalled(token: number): boolean {
    const end = this.#marks.ends[this.#firstToken + token] as number;
    return CALLED.test(this.#text.lower.slice(end, end + 40));
  }

  /** `the search tool`: what stands before the word names it, unless it is this one or only a kind. */
  #toolNamedBefore(token: number): void {
    if (token === 0) return;
    const named = this.#said(token - 1);
    const article = this.#said(token - 2);
    const { own, nouns, parameters } = this.#names;
    if (named === own || parameters.has(named)) return;
    const quotedOrId = named.includes("_") || this.#is(token - 1, QUOTED);
    if (!quotedOrId && (!/^(?:the|original|regular|builtin|built-in|default)$/.test(article) || KINDS.has(named)))
      return;
    if (!related(named, nouns)) this.#mark(FOREIGN, token - 1);
  }
}

/** The words of the lexicon that mean a tool, and those that the word before them can make harmless. */
const entriesOf = (text: string): ReadonlySet<Entry> =>
  new Set(text.split(" ").map((word) => LEXICON.get(word) as Entry));
const TOOLWORDS = entriesOf("tool tools function");
const CAREFUL = entriesOf("token tokens silently");

const ADDRESS = numberOf("address");
const SENSITIVE = numberOf("sensitive");
const FILE = numberOf("file");
const USE = numberOf("use");
const TOOLWORD = numberOf("toolword");
const QUOTED = numberOf("quoted");
const FOREIGN = numberOf("foreign");
const SELF = numberOf("self");
const ARGUMENT_NAME = numberOf("argument");

const ABBREVIATION = /^(?:e\.g|i\.e|etc|vs|approx)$/;
const LONGEST_ABBREVIATION = 6;
/** Words before the last one of a phrase, at the most. */
const LONGEST_PHRASE = 8;

/** `-`, `*`, `•`, `|`, `·` between spaces. */
const BULLETS = new Set([0x2d, 0x2a, 0x2022, 0x7c, 0xb7]);
const LONGEST_TOKEN = 256;
/** The sentences of a text. Linear in its length. @param marks what is known of the definition's words; written to */
export function sentencesOf(text: PlainText, names: Names, marks: Marks): Sentence[] {
  prepareWords();
  return new Cutter(text, names, marks).cut();
}
