import type { PlainText } from "../finding.ts";
import { isAddress, isLocal, mayBeAddress, PATH_OF_SECRETS } from "./addresses.ts";
import { type Entry, LEXICON, MOST_WORDS, numberOf } from "./concepts.ts";
import { ARGUMENT, CALLED, isHarmless, NAME, type Names, related } from "./names.ts";
import { FIGURES, LIKE_CODE, type Marks, oneOf } from "./sentence.ts";
import { APOSTROPHE, BRACKET, DASH, DOT, EQUALS, MARKED, OTHER, SLASH, UNDERSCORE, type Units } from "./units.ts";
import { conceptsOf, conceptsTo, HASH_START, hashed, phrasesOf, wordAt } from "./words.ts";

const ADDRESS = numberOf("address");
const SENSITIVE = numberOf("sensitive");
const FILE = numberOf("file");
const USE = numberOf("use");
const TOOLWORD = numberOf("toolword");
const QUOTED = numberOf("quoted");
const FOREIGN = numberOf("foreign");
const SELF = numberOf("self");
const ARGUMENT_NAME = numberOf("argument");

/** The words of the lexicon that mean a tool, and those that the word before them can make harmless. */
const TOOLWORDS = oneOf("tool tools function");
const CAREFUL = oneOf("token tokens silently");
const OF_SECRETS = new Uint8Array(MOST_WORDS);
for (const { number, concepts } of LEXICON.values()) if (concepts.includes(SENSITIVE)) OF_SECRETS[number] = 1;

/** Verbs that put one tool in the place of another. */
const SWAPS = oneOf("replaces replacing supersedes replace supersede");
/** What stands between a verb and the name of a tool. */
const BETWEEN = oneOf("the a via by of to");
const ORDERS = oneOf("before after then prior");
const ARTICLES = oneOf("the original regular builtin built-in default");
/** What stands before `tool` and names none. */
const KINDS = oneOf(
  "this that these those same other following first previous next best right current above below mcp only available whole given appropriate such particular specific new old more most and or of said correct primary main given provided actual",
);

/** Words before the last one of a phrase, at the most. */
const LONGEST_PHRASE = 8;

const [ASTERISK, PLUS, HYPHEN, STOP, STROKE, ZERO, TILDE, LOW_LINE] = [42, 43, 45, 46, 47, 48, 126, 95];
const [NINE, PERCENT] = [57, 37];
/** What words of code hold and begin with: `os.`, `subprocess.`, `__import__`, `eval(`, `exec(`, `popen(`, `shell=`. */
const OF_CODE = DOT | UNDERSCORE | BRACKET | EQUALS;
const BEGINS_CODE: ReadonlySet<number> = new Set(Array.from("os_cep", (char) => char.charCodeAt(0)));
const isSmall = (unit: number) => unit >= 97 && unit <= 122;

/** Enters the words of a text, one after the other, and what they mean. */
export class Meanings {
  /** Where the words and the marks of the present sentence begin. */
  firstToken = 0;
  firstMark = 0;
  readonly #text: PlainText;
  readonly #units: Units;
  readonly #names: Names;
  readonly #marks: Marks;
  /** Whether a word for tools or their use was entered in the present sentence. */
  #ofTools = false;

  constructor(text: PlainText, units: Units, names: Names, marks: Marks) {
    this.#text = text;
    this.#units = units;
    this.#names = names;
    this.#marks = marks;
    this.begin();
  }

  /** Begins a sentence. */
  begin(): void {
    this.firstToken = this.#marks.words;
    this.firstMark = this.#marks.marks;
    this.#ofTools = false;
  }

  /** How many words the sentence has by now. */
  get count(): number {
    return this.#marks.words - this.firstToken;
  }

  /** A quotation that is closed begins at this word. */
  quote(token: number): void {
    this.#marks.addMark(QUOTED, token);
  }

  /**
   * The next word.
   *
   * @param quoted whether quotation marks stand around it
   * @param hash `hashed` over its units in lower case
   * @param kinds of all its units
   * @param camel whether a capital stands behind a small letter
   */
  add(start: number, end: number, quoted: boolean, hash: number, kinds: number, camel: boolean): void {
    const token = this.count;
    const number = wordAt(this.#units.lower, start, end, hash);
    this.#marks.addWord(start, end, number);
    if (number > 0 && (CAREFUL[number] === 0 || !isHarmless(this.#said(token - 1), this.#said(token)))) {
      this.#enter(number, token);
      const phrases = phrasesOf[number];
      if (phrases !== undefined) this.#phrases(phrases, token);
    }
    if ((kinds & OTHER) !== 0) {
      this.#special(start, end, kinds, token);
      this.#identifier(start, end, kinds, token, quoted);
    } else if (quoted || camel || this.#isOther(start, end)) this.#identifier(start, end, kinds, token, quoted);
    if (TOOLWORDS[number] === 1) this.#toolNamedBefore(token);
  }

  /** Whether it is the name of another server's tool. */
  #isOther(start: number, end: number): boolean {
    const { others } = this.#names;
    return others.size > 0 && others.has(this.#text.lower.slice(start, end));
  }

  /** Enters what a word stands for alone. */
  #enter(number: number, token: number): void {
    const to = conceptsTo[number] as number;
    for (let i = conceptsTo[number - 1] as number; i < to; i++) this.#mark(conceptsOf[i] as number, token);
  }

  #mark(concept: number, token: number): void {
    if (concept === USE || concept === TOOLWORD) this.#ofTools = true;
    this.#marks.addMark(concept, token);
  }

  /** The number of a word of the present sentence; 0 where there is none. */
  #number(token: number): number {
    return token < 0 ? 0 : (this.#marks.numbers[this.firstToken + token] as number);
  }

  /** One word of the present sentence; empty beyond its first. */
  #said(token: number): string {
    const { starts, ends } = this.#marks;
    if (token < 0) return "";
    return this.#text.lower.slice(starts[this.firstToken + token], ends[this.firstToken + token]);
  }

  /** Whether one of the last words has a concept. */
  #is(token: number, concept: number): boolean {
    const { concepts, tokens, marks } = this.#marks;
    for (let i = marks - 1; i >= this.firstMark; i--) {
      const marked = tokens[i] as number;
      if (marked === token && concepts[i] === concept) return true;
      // What was marked before came with words before; only quotations and phrases are marked where they began.
      if (marked < token - LONGEST_PHRASE && concepts[i] !== QUOTED) return false;
    }
    return false;
  }

  /** Phrases that end at this token; they are marked where they begin. */
  #phrases(phrases: Entry["phrases"], token: number): void {
    const last = this.#number(token - 1);
    if (last === 0) return;
    for (let i = 0; i < phrases.length; i++) {
      const { before, concept } = phrases[i] as Entry["phrases"][number];
      const first = token - before.length;
      if (before[before.length - 1] === last && first >= 0 && this.#stand(before, first)) this.#mark(concept, first);
    }
  }

  #stand(words: readonly number[], first: number): boolean {
    const { numbers } = this.#marks;
    for (let i = 0; i < words.length; i++) if (numbers[this.firstToken + first + i] !== words[i]) return false;
    return true;
  }

  /** Paths, addresses, several words in one. */
  #special(start: number, end: number, kinds: number, token: number): void {
    const first = this.#units.lower[start] as number;
    if ((kinds & OF_CODE) !== 0 && BEGINS_CODE.has(first)) this.#marks.addMark(LIKE_CODE, token);
    if (first === NINE && this.#units.lower[end - 1] === PERCENT) this.#marks.addMark(FIGURES, token);
    if ((kinds & MARKED) === 0 && first !== ZERO && first !== PLUS && first !== TILDE && first !== ASTERISK) return;
    if (mayBeAddress(first, kinds)) {
      const word = this.#text.lower.slice(start, end);
      if (((kinds & BRACKET) !== 0 && word.includes("](")) || isLocal(word)) return;
      if (isAddress(word, kinds)) {
        this.#mark(ADDRESS, token);
        return;
      }
    }
    if ((kinds & SLASH) !== 0 || first === STOP || first === TILDE || first === ASTERISK)
      this.#path(start, end, kinds, token);
    else if ((kinds & DASH) !== 0 && first !== HYPHEN) this.#parts(start, end, HYPHEN, token);
    else if ((kinds & APOSTROPHE) !== 0) this.#possessive(start, end, token);
  }

  #path(start: number, end: number, kinds: number, token: number): void {
    const first = this.#units.lower[start] as number;
    const { marks } = this.#marks;
    const ofSecrets = this.#parts(start, end, STROKE, token);
    // Their names say something where they are no place in the file system.
    if (ofSecrets || first === TILDE || first === STROKE || first === STOP) this.#marks.marks = marks;
    const telling = first === STROKE || (kinds & DOT) !== 0;
    if (ofSecrets || (telling && PATH_OF_SECRETS.test(this.#text.lower.slice(start, end))))
      this.#mark(SENSITIVE, token);
    else if ((first === TILDE || first === STROKE) && end - start > 2) this.#mark(FILE, token);
  }

  /** Enters what the parts of a word mean; answers whether one of them is a file of secrets. */
  #parts(start: number, end: number, mark: number, token: number): boolean {
    const { lower } = this.#units;
    let ofSecrets = false;
    let before = start;
    let from = start;
    let hash = HASH_START;
    for (let i = start; i <= end; i++) {
      const unit = lower[i] as number;
      if (i < end && unit !== mark) {
        hash = hashed(hash, unit);
        continue;
      }
      const number = wordAt(lower, from, i, hash);
      if (number > 0) {
        if (OF_SECRETS[number] === 1) ofSecrets = true;
        if (mark !== HYPHEN || CAREFUL[number] === 0 || !this.#isHarmlessPart(before, from, i))
          this.#enter(number, token);
      }
      before = from;
      from = i + 1;
      hash = HASH_START;
    }
    return ofSecrets;
  }

  /** @param before where the part before it begins */
  #isHarmlessPart(before: number, from: number, to: number): boolean {
    const { lower } = this.#text;
    return isHarmless(lower.slice(before, Math.max(before, from - 1)), lower.slice(from, to));
  }

  #possessive(start: number, end: number, token: number): void {
    const { lower } = this.#units;
    const back = lower[end - 1] === 39 ? 1 : lower[end - 1] === 115 && lower[end - 2] === 39 ? 2 : 0;
    if (back === 0) return;
    let hash = HASH_START;
    for (let i = start; i < end - back; i++) hash = hashed(hash, lower[i] as number);
    const number = wordAt(lower, start, end - back, hash);
    if (number > 0) this.#enter(number, token);
  }

  /** A name in quotation marks, with underscores or in camel case: a parameter, this tool, or another tool. */
  #identifier(start: number, end: number, kinds: number, token: number, quoted: boolean): void {
    const { own, nouns, parameters, others } = this.#names;
    const to = (kinds & BRACKET) === 0 ? end : this.#call(start, end);
    const name = this.#text.lower.slice(start, to);
    if (parameters.has(name)) this.#mark(ARGUMENT_NAME, token);
    else if (name === own) this.#mark(SELF, token);
    else if (others.has(name)) this.#mark(FOREIGN, token);
    else if (this.#isToolHere(start, to, kinds, token, quoted) && !ARGUMENT.test(name))
      if (NAME.test(name) && !related(name, nouns) && !/^[A-Z0-9_]+$/.test(this.#text.text.slice(start, end)))
        this.#mark(FOREIGN, token);
  }

  /** Where the name of a function ends that is called. */
  #call(start: number, end: number): number {
    const call = this.#text.lower.slice(start, end).indexOf("(");
    return call < 0 ? end : start + call;
  }

  /** Right after a word for using (`call`, `before`, `use the`), or where a tool is spoken of. */
  #isToolHere(start: number, end: number, kinds: number, token: number, quoted: boolean): boolean {
    const { lower } = this.#units;
    const underscored = (kinds & UNDERSCORE) !== 0 && this.#holds(LOW_LINE, start, end);
    if (!quoted && !underscored && !this.#isCamel(token)) return false;
    for (let back = 1; back <= 3 && token - back >= 0; back++) {
      const before = this.#number(token - back);
      if (SWAPS[before] === 1) return true;
      if (this.#ofTools && this.#is(token - back, TOOLWORD)) return true;
      // A bare word in quotation marks may be anything that is used; only what is called is a tool.
      if (this.#ofTools && this.#is(token - back, USE)) {
        if (underscored || this.#holds(HYPHEN, start, end)) return true;
        const from = this.#marks.starts[this.firstToken + token - back] as number;
        if (lower[from] !== 117 || lower[from + 1] !== 115) return true;
      }
      if (BETWEEN[before] === 0) break;
    }
    // `send_mail is called`, `after get_token`: what follows decides with the first word after it.
    return underscored && (ORDERS[this.#number(token - 1)] === 1 || this.#isCalled(token));
  }

  #holds(mark: number, start: number, end: number): boolean {
    const { lower } = this.#units;
    for (let i = start; i < end; i++) if (lower[i] === mark) return true;
    return false;
  }

  /** Whether the word, as it is written, begins with small letters and goes on with a capital. */
  #isCamel(token: number): boolean {
    const { cased } = this.#units;
    const start = this.#marks.starts[this.firstToken + token] as number;
    const end = this.#marks.ends[this.firstToken + token] as number;
    let i = start;
    while (i < end && isSmall(cased[i] as number)) i++;
    return i > start && i < end && (cased[i] as number) >= 65 && (cased[i] as number) <= 90;
  }

  /** `… is called`, `… must`, `… now`: the words after the token are not cut yet, so the text is asked. */
  #isCalled(token: number): boolean {
    const end = this.#marks.ends[this.firstToken + token] as number;
    return CALLED.test(this.#text.lower.slice(end, end + 40));
  }

  /** `the search tool`: what stands before the word names it, unless it is this one or only a kind. */
  #toolNamedBefore(token: number): void {
    if (token === 0) return;
    const isNamed = ARTICLES[this.#number(token - 2)] === 1 && KINDS[this.#number(token - 1)] === 0;
    const named = this.#said(token - 1);
    if (!isNamed && !named.includes("_") && !this.#is(token - 1, QUOTED)) return;
    const { own, nouns, parameters } = this.#names;
    if (named === own || parameters.has(named)) return;
    if (!related(named, nouns)) this.#mark(FOREIGN, token - 1);
  }
}
