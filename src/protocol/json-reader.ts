import { addMember, type Json, type JsonObject } from "../kernel/json.ts";
import { JsonFault, shownPointer } from "./json-fault.ts";
import type { JsonFaultCode } from "./json-fault.ts";
import { numberSurvives } from "./json-number.ts";

/** Bounds of one JSON text. */
export interface JsonLimits {
  /** Containers within each other; `[]` is 1. */
  readonly maxDepth: number;
  /** Members and items in the whole text. */
  readonly maxNodes: number;
  /** Length of one string or key, in UTF-16 code units. */
  readonly maxString: number;
  /** Different names of members in the whole text: each takes far longer than one that was seen. Undefined: as many as members. */
  readonly maxNames?: number;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const HEX = /[0-9a-fA-F]{4}/y;

/**
 * The slow strict reader behind `parseJson`: same language, own code but for the unescaping of strings, and every
 * refusal with its place. It recurses no deeper than `maxDepth`.
 *
 * @throws JsonFault
 */
export function readStrictly(text: string, limits: JsonLimits): Json {
  const steps = strictSteps(text, limits);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same in steps of a millisecond or so. */
export const strictSteps = (text: string, limits: JsonLimits): Generator<void, Json> =>
  new Reader(text, limits).whole();

/** Members and items of one step. */
const STEP = 1_000;

class Reader {
  readonly #text: string;
  readonly #limits: JsonLimits;
  readonly #path: (string | number)[] = [];
  #at = 0;
  #nodes = 0;
  #pause = STEP;
  readonly #names = new Set<string>();

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  *whole(): Generator<void, Json> {
    this.#space();
    const value = this.#opens() ? yield* this.#container(1) : this.#plain();
    this.#space();
    if (this.#at < this.#text.length)
      this.#fail("syntax", this.#at, "Text after the value", "one JSON value and white space");
    return value;
  }

  #opens(): boolean {
    const c = this.#text[this.#at];
    return c === "{" || c === "[";
  }

  *#container(depth: number): Generator<void, Json> {
    return this.#text[this.#at] === "{" ? yield* this.#object(depth) : yield* this.#array(depth);
  }

  /** A value that holds no other. */
  #plain(): Json {
    switch (this.#text[this.#at]) {
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  *#object(depth: number): Generator<void, JsonObject> {
    this.#deeper(depth);
    const members: JsonObject = {};
    this.#at++;
    this.#space();
    if (this.#take("}")) return {};
    for (;;) {
      const start = this.#at;
      if (this.#text[start] !== '"') this.#fail("syntax", start, "No member name", 'a string in double quotes, or "}"');
      const key = this.#string();
      this.#name(key, start);
      this.#path.push(key);
      if (Object.hasOwn(members, key))
        this.#fail("duplicate", start, "A member stands twice", "each name once in its object");
      if (this.#node()) yield;
      this.#space();
      if (!this.#take(":")) this.#fail("syntax", this.#at, "No colon after a member name", '":"');
      this.#space();
      addMember(members, key, this.#opens() ? yield* this.#container(depth + 1) : this.#plain());
      this.#path.pop();
      this.#space();
      if (this.#take("}")) break;
      if (!this.#take(",")) this.#fail("syntax", this.#at, "The object goes on wrongly", '"," or "}"');
      this.#space();
    }
    return members;
  }

  *#array(depth: number): Generator<void, Json[]> {
    this.#deeper(depth);
    const items: Json[] = [];
    this.#at++;
    this.#space();
    if (this.#take("]")) return items;
    for (;;) {
      this.#path.push(items.length);
      if (this.#node()) yield;
      items.push(this.#opens() ? yield* this.#container(depth + 1) : this.#plain());
      this.#path.pop();
      this.#space();
      if (this.#take("]")) return items;
      if (!this.#take(",")) this.#fail("syntax", this.#at, "The array goes on wrongly", '"," or "]"');
      this.#space();
    }
  }

  #string(): string {
    const text = this.#text;
    const opening = this.#at;
    const end = closingQuote(text, opening + 1);
    if (end < 0) this.#fail("syntax", text.length, "The text ends within a string", "a closing quote");
    const escaped = this.#checkCharacters(opening + 1, end - 1);
    this.#at = end;
    const value = escaped ? (JSON.parse(text.slice(opening, end)) as string) : text.slice(opening + 1, end - 1);
    const { maxString } = this.#limits;
    if (value.length > maxString)
      this.#fail("size", opening, "A string is too long", `at most ${maxString} characters`);
    if (value.includes("\0")) this.#fail("nul", opening, "A string holds U+0000", "strings without it");
    if (!value.isWellFormed())
      this.#fail("surrogate", opening, "A string holds half a surrogate pair", "whole Unicode characters");
    return value;
  }

  /** Whether there are escapes in it. */
  #checkCharacters(from: number, to: number): boolean {
    const text = this.#text;
    let escaped = false;
    for (let i = from; i < to; i++) {
      const c = text.charCodeAt(i);
      if (c < 32) this.#fail("syntax", i, "A raw control character in a string", "control characters escaped");
      if (c !== 92) continue;
      escaped = true;
      i++;
      if (this.#text[i] === "u") {
        HEX.lastIndex = i + 1;
        if (!HEX.test(this.#text)) this.#fail("syntax", i, "An incomplete \\u escape", "four hexadecimal digits");
        i += 4;
      } else if (!'"\\/bfnrt'.includes(this.#text[i] as string)) {
        this.#fail("syntax", i, "An unknown escape", '\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\uXXXX');
      }
    }
    return escaped;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const token = NUMBER.exec(this.#text)?.[0];
    if (token === undefined) {
      const end = this.#at >= this.#text.length;
      this.#fail(
        "syntax",
        this.#at,
        end ? "The text ends where a value should stand" : "No JSON value",
        "an object, array, string, number, true, false or null",
      );
    }
    if (!numberSurvives(token)) {
      this.#fail(
        "number",
        this.#at,
        "A number does not survive as a 64-bit float",
        "at most 15 significant digits within 1e±307; send longer numbers as strings",
      );
    }
    this.#at += token.length;
    // Adding 0 turns -0, which no JSON text written here can carry, into 0.
    return Number(token) + 0;
  }

  #word<T extends Json>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at))
      this.#fail("syntax", this.#at, "No JSON value", "true, false or null in full and in lower case");
    this.#at += word.length;
    return value;
  }

  #deeper(depth: number): void {
    const { maxDepth } = this.#limits;
    if (depth > maxDepth) this.#fail("depth", this.#at, "Nested too deeply", `at most ${maxDepth} levels`);
  }

  /** @returns whether it is time for others */
  #node(): boolean {
    const { maxNodes } = this.#limits;
    if (++this.#nodes > maxNodes)
      this.#fail("size", this.#at, "Too many members and items", `at most ${maxNodes} in all`);
    if (this.#nodes < this.#pause) return false;
    this.#pause = this.#nodes + STEP;
    return true;
  }

  #name(key: string, at: number): void {
    const { maxNames } = this.#limits;
    if (maxNames === undefined || this.#names.add(key).size <= maxNames) return;
    this.#fail("size", at, "Too many different names of members", `at most ${maxNames} in all`);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return;
      this.#at++;
    }
  }

  #fail(code: JsonFaultCode, offset: number, what: string, accepted: string): never {
    let line = 1;
    let start = 0;
    for (let i = 0; i < offset; i++) {
      if (this.#text.charCodeAt(i) !== 10) continue;
      line++;
      start = i + 1;
    }
    const column = offset - start + 1;
    const pointer = shownPointer(this.#path);
    const place = `line ${line}, column ${column}${pointer === "" ? "" : `, at ${pointer}`}`;
    throw new JsonFault(code, offset, `${what} (${place}); accepted: ${accepted}`);
  }
}

/** Index after the quote that ends the string whose rest begins at `from` (no escape begins before it), or -1. */
export function closingQuote(text: string, from: number): number {
  let search = from;
  for (;;) {
    const quote = text.indexOf('"', search);
    if (quote < 0) return -1;
    let backslashes = 0;
    while (quote - backslashes > search && text.charCodeAt(quote - backslashes - 1) === 92) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    search = quote + 1;
  }
}
