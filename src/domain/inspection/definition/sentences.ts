import type { PlainText } from "../finding.ts";
import { type Concept, type Entry, LEXICON, numberOf } from "./concepts.ts";
import { Sentence } from "./sentence.ts";

/** Names that the definition itself has, and names of tools that are not this one; all in lower case. */
export interface Names {
  readonly own: string;
  readonly parameters: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
}

/** A sentence ends here at the latest, so that the work per sentence is bounded. */
const MOST_TOKENS = 72;

const DOMAIN =
  /^(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|ai|co|app|info|xyz|ru|cn|me|sh|site|online|example|test|cloud)$/;
const LOCAL = /^(?:https?:\/\/)?(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)\b/;
const PATH_OF_SECRETS =
  /^\/etc\/(?:passwd|shadow|sudoers|ssh)$|\.(?:pem|key|p12|pfx|keystore|ppk)$|^\/proc\/self|^\/root\//;

const isSpace = (unit: number) => unit === 32 || (unit >= 9 && unit <= 13) || unit === 160;
/** What an ASCII unit is at the edge of a word. */
const EDGES = new Uint8Array(128);
const OPENING = 1;
const CLOSING = 2;
const ENDING = 4;
const PAUSING = 8;
for (const [text, edge] of [
  ["([{<\"'`*|", OPENING],
  [")]}>\"'`*|,;:.!?", CLOSING],
  [".!?;", ENDING],
  [",:", PAUSING],
] as const)
  for (const char of text) EDGES[char.charCodeAt(0)] = (EDGES[char.charCodeAt(0)] as number) | edge;

const isOpening = (unit: number) => unit < 128 && ((EDGES[unit] as number) & OPENING) !== 0;
const isClosing = (unit: number) => unit < 128 && ((EDGES[unit] as number) & CLOSING) !== 0;
const isQuote = (unit: number) => unit === 34 || unit === 39 || unit === 96;

/** Cuts a text into sentences and their words into concepts, in one pass. */
class Cutter {
  readonly sentences: Sentence[] = [];
  #sentence = new Sentence();
  readonly #text: PlainText;
  readonly #names: Names;
  /** Where a quotation that is open began, and with which mark. */
  #quote: { readonly mark: number; readonly token: number } | undefined;

  constructor(text: PlainText, names: Names) {
    this.#text = text;
    this.#names = names;
  }

  cut(): Sentence[] {
    const { lower } = this.#text;
    for (let i = 0; i < lower.length; ) {
      if (isSpace(lower.charCodeAt(i))) {
        i = this.#space(i);
        continue;
      }
      let end = i;
      while (end < lower.length && !isSpace(lower.charCodeAt(end)) && end - i < LONGEST_TOKEN) end++;
      this.#chunk(i, end);
      i = end;
    }
    this.#end();
    return this.sentences;
  }

  #end(): void {
    if (this.#sentence.words.length > 0) this.sentences.push(this.#sentence);
    this.#sentence = new Sentence();
    this.#quote = undefined;
  }

  /** Wrapped lines go on; empty lines, lists, headings and lines that begin anew end a sentence. */
  #space(from: number): number {
    const { lower, text } = this.#text;
    let i = from;
    let lines = 0;
    for (; i < lower.length && isSpace(lower.charCodeAt(i)); i++) if (lower.charCodeAt(i) === 10) lines++;
    if (lines > 1 || (lines === 1 && /[A-Z\-*•<[#\d]/.test(text[i] ?? ""))) this.#end();
    return i;
  }

  #chunk(from: number, to: number): void {
    const { lower } = this.#text;
    if (to - from === 1 && BULLETS.has(lower.charCodeAt(from))) {
      this.#end();
      return;
    }
    let start = from;
    let end = to;
    while (start < end && isOpening(lower.charCodeAt(start))) start++;
    while (end > start && isClosing(lower.charCodeAt(end - 1))) end--;
    this.#quoteOpens(from, start);
    if (start < end) this.#token(start, end, isQuote(lower.charCodeAt(start - 1)) && isQuote(lower.charCodeAt(end)));
    this.#quoteCloses(end, to);
    if (end < to) this.#pauseOrEnd(start, end, to);
    if (this.#sentence.words.length >= MOST_TOKENS) this.#end();
  }

  /** What stands after a word: a comma, or the end of the sentence. */
  #pauseOrEnd(start: number, end: number, to: number): void {
    const { lower } = this.#text;
    let edges = 0;
    for (let i = end; i < to; i++) edges |= EDGES[lower.charCodeAt(i)] ?? 0;
    if (edges & PAUSING) this.#sentence.pause(this.#sentence.words.length - 1);
    if (edges & ENDING) {
      if (!ABBREVIATION.test(lower.slice(start, end))) this.#end();
    } else if (edges & PAUSING && lower.charCodeAt(to) === 10 && lower.charCodeAt(to - 1) === 58) this.#end();
  }

  #quoteOpens(from: number, start: number): void {
    if (start > from && this.#quote === undefined && isQuote(this.#text.lower.charCodeAt(start - 1)))
      this.#quote = { mark: this.#text.lower.charCodeAt(start - 1), token: this.#sentence.words.length };
  }

  #quoteCloses(end: number, to: number): void {
    const open = this.#quote;
    if (open === undefined) return;
    for (let i = end; i < to; i++)
      if (this.#text.lower.charCodeAt(i) === open.mark) {
        if (this.#sentence.words.length > open.token) this.#sentence.mark(numberOf("quoted"), open.token);
        this.#quote = undefined;
        return;
      }
  }

  #token(start: number, end: number, quoted: boolean): void {
    const { lower } = this.#text;
    const word = lower.slice(start, end);
    const sentence = this.#sentence;
    const token = sentence.words.length;
    sentence.words.push(word);
    sentence.starts.push(start);
    sentence.ends.push(end);
    const entry = LEXICON.get(word);
    const harmless = isHarmless(sentence.words[token - 1] ?? "", word);
    if (entry !== undefined && !harmless) {
      this.#enter(entry, token);
      if (entry.phrases.length > 0) this.#phrases(entry, token);
    }
    const letters = this.#lettersOnly(start, end);
    if (letters === MIXED) this.#special(word, token);
    if (letters !== LETTERS || quoted || this.#names.others.has(word)) this.#identifier(word, token, quoted);
    if (TOOLWORDS.has(word)) this.#toolNamedBefore(token);
  }

  /** Whether a word is of letters alone, in camel case, or of other characters too. */
  #lettersOnly(start: number, end: number): number {
    const { lower, text } = this.#text;
    let camel = false;
    for (let i = start; i < end; i++) {
      const unit = lower.charCodeAt(i);
      if (unit < 97 || unit > 122) return MIXED;
      if (i > start && text.charCodeAt(i) !== unit && text.charCodeAt(i - 1) === lower.charCodeAt(i - 1)) camel = true;
    }
    return camel ? CAMEL : LETTERS;
  }

  #enter(entry: Entry, token: number): void {
    for (const concept of entry.concepts) this.#sentence.mark(concept, token);
  }

  /** Phrases that end at this token; they are marked where they begin. */
  #phrases({ phrases }: Entry, token: number): void {
    const { words } = this.#sentence;
    for (const { before, concept } of phrases) {
      const first = token - before.length;
      if (first >= 0 && before.every((word, i) => words[first + i] === word)) this.#sentence.mark(concept, first);
    }
  }

  #special(word: string, token: number): void {
    const sentence = this.#sentence;
    const mark = (concept: Concept) => sentence.mark(numberOf(concept), token);
    if (word.includes("](") || LOCAL.test(word)) return;
    if (
      word.includes("://") ||
      /^0x[0-9a-f]{6,}/.test(word) ||
      DOMAIN.test(word.split("/", 1)[0] as string) ||
      /^[^@\s]+@[^@\s]+\.[a-z]+$/.test(word) ||
      /^\+\d{1,14}$/.test(word)
    )
      mark("address");
    else if (/^[.~/*]|\//.test(word)) {
      const parts = word.split("/");
      const known = parts.some((part) => LEXICON.get(part)?.concepts.includes(SENSITIVE));
      if (known || PATH_OF_SECRETS.test(word)) mark("sensitive");
      else if (/^[~/]/.test(word) && word.length > 2) mark("file");
      if (!known && !/^[~/.]/.test(word)) for (const part of parts) this.#part(part, token);
    } else if (word.includes("-") && !word.startsWith("-")) this.#joined(word.split("-"), token);
    else if (/'s?$/.test(word)) this.#part(word.replace(/'s?$/, ""), token);
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
    const sentence = this.#sentence;
    const { own, parameters, others } = this.#names;
    const name = word.replace(/\(.*$/, "");
    if (parameters.has(name)) sentence.mark(numberOf("argument"), token);
    else if (name === own) sentence.mark(numberOf("self"), token);
    else if (others.has(name)) sentence.mark(numberOf("foreign"), token);
    else if (/^[A-Z0-9_]+$/.test(this.#text.text.slice(sentence.starts[token], sentence.ends[token]))) return;
    else if (NAME.test(name) && !related(name, own) && this.#isToolHere(name, token, quoted))
      sentence.mark(numberOf("foreign"), token);
  }

  /** Right after a word for using (`call`, `before`, `use the`), or where a tool is spoken of. */
  #isToolHere(name: string, token: number, quoted: boolean): boolean {
    if (ARGUMENT.test(name)) return false;
    const sentence = this.#sentence;
    if (
      !quoted &&
      !/_/.test(name) &&
      !/^[a-z]+[A-Z]/.test(this.#text.text.slice(sentence.starts[token], sentence.ends[token]))
    )
      return false;
    for (let back = 1; back <= 3 && token - back >= 0; back++) {
      const before = sentence.words[token - back] as string;
      if (SWAPS.test(before) || sentence.is(token - back, "toolword")) return true;
      // A bare word in quotation marks may be anything that is used; only what is called is a tool.
      if (sentence.is(token - back, "use") && (/[_-]/.test(name) || !before.startsWith("us"))) return true;
      if (!/^(?:the|a|via|by|of|to)$/.test(before)) break;
    }
    // `send_mail is called`, `after get_token`: what follows decides with the first word after it.
    return (
      /_/.test(name) && (/^(?:before|after|then|prior)$/.test(sentence.words[token - 1] ?? "") || this.#isCalled(token))
    );
  }

  /** `… is called`, `… must`, `… now`: the words after the token are not cut yet, so the text is asked. */
  #isCalled(token: number): boolean {
    const end = this.#sentence.ends[token] as number;
    return CALLED.test(this.#text.lower.slice(end, end + 40));
  }

  /** `the search tool`: what stands before the word names it, unless it is this one or only a kind. */
  #toolNamedBefore(token: number): void {
    const sentence = this.#sentence;
    const named = sentence.words[token - 1];
    if (named === undefined || named === this.#names.own || this.#names.parameters.has(named)) return;
    if (related(named, this.#names.own)) return;
    const quotedOrId = /_/.test(named) || sentence.is(token - 1, "quoted");
    const article = sentence.words[token - 2] ?? "";
    if (quotedOrId || (/^(?:the|original|regular|builtin|built-in|default)$/.test(article) && !KINDS.has(named)))
      sentence.mark(numberOf("foreign"), token - 1);
  }
}

const VERBS = new Set(
  "get list search create update delete find fetch read write add remove set run send check call query open make use show view put post the for and all new by with from data info tool mcp api web map server".split(
    " ",
  ),
);

/** Tools of one server share the word for what they deal with: `list_items` and `get_item`. */
function related(one: string, other: string): boolean {
  if (other === "") return false;
  const words = new Set(nounsOf(other));
  return nounsOf(one).some((word) => words.has(word));
}

const nounsOf = (name: string): string[] =>
  name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/s$/, ""))
    .filter((word) => word.length > 2 && !VERBS.has(word));

/** What may happen silently without hiding anything. */
const QUIET = /^(?:succeeds?|fails?|failed|ignored|skipped|dropped)$/;
/** Whose tokens say how far a reader or a job has come, or count text: they open nothing. */
const OPENS_NOTHING =
  /^(?:progress|continuation|cursor|next|previous|(?:next-|previous-)?page|paging|pagination|resume|resumption|sync|max|maximum|total|input|output|prompt|completion|stop)$/;

/** Whether a word means nothing bad because of the one before it. */
const isHarmless = (before: string, word: string): boolean =>
  word === "token" || word === "tokens" ? OPENS_NOTHING.test(before) : word === "silently" && QUIET.test(before);

const LETTERS = 0;
const CAMEL = 1;
const MIXED = 2;
const ABBREVIATION = /^(?:e\.g|i\.e|etc|vs|approx)$/;

const SENSITIVE = numberOf("sensitive");
/** `-`, `*`, `•`, `|`, `·` between spaces. */
const BULLETS = new Set([0x2d, 0x2a, 0x2022, 0x7c, 0xb7]);
const LONGEST_TOKEN = 256;
const NAME = /^[a-z][a-z0-9]*(?:[_.-][a-z0-9]+)*$/i;
/** Names that end like this are of arguments. */
const ARGUMENT = /[_-](?:ids?|keys?|urls?|uris?|paths?|names?|tokens?|type|slug|date|time|list)$/;
const SWAPS = /^(?:replaces|replacing|supersedes|replace|supersede)$/;
const CALLED =
  /^[`'"]? (?:is|was|has been|gets|must|shall|should|now|will)(?: \w+)? (?:called|invoked|run|used|executed|triggered|be|send|use|include|first)\b/;
const TOOLWORDS = new Set(["tool", "tools", "function"]);
const KINDS = new Set(
  "this that these those same other following first previous next best right current above below mcp only available whole given appropriate such particular specific new old more most and or of said correct primary main given provided actual".split(
    " ",
  ),
);

/** The sentences of a text. Linear in its length. */
export function sentencesOf(text: PlainText, names: Names): Sentence[] {
  return new Cutter(text, names).cut();
}
