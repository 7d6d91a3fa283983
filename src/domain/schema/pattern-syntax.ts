import { SchemaFault } from "./fault.ts";
import { shown } from "./json-pointer.ts";
import {
  codePoint,
  complement,
  DIGIT,
  LAST,
  LINE_END,
  property,
  type Ranges,
  SPACE,
  WORD,
  written,
} from "./pattern-class.ts";

/** A part of the translation, with what bounds the automaton that the matcher builds as it goes. */
export interface Part {
  readonly text: string;
  /** Instructions, with counted repetitions written out. */
  readonly size: number;
  /** Instructions from the first unbounded repetition on: each set of them may become a state. */
  readonly loop: number;
  /** Instructions that can be active at one time. */
  readonly width: number;
  /** It matches texts of different lengths, so what follows may be active at several places. */
  readonly varies: boolean;
  /** It can match only at the start. */
  readonly anchored: boolean;
}

const SINGLE = { size: 1, loop: 0, width: 1, varies: false, anchored: false };

/** Groups inside each other. */
const MAX_GROUPS = 50;
const MAX_REPEAT = 1_000;

/**
 * Reads a regular expression of ECMA-262 (section 22.2.1, with the `u` flag but lenient where only that flag refuses a
 * needless backslash or a lone brace) and writes it in RE2 syntax.
 */
export class Translation {
  readonly #chars: string[];
  readonly #limit: number;
  readonly #path: string;
  readonly #linear: boolean;
  #at = 0;
  #groups = 0;

  /**
   * @param limit most instructions
   * @param path where the expression stands in the schema
   * @param linear refuses lookaround and backreferences; without it the result tells no more than that the syntax is right
   */
  constructor(source: string, limit: number, path: string, linear: boolean) {
    this.#linear = linear;
    this.#chars = [...source];
    this.#limit = limit;
    this.#path = path;
  }

  /**
   * The whole expression.
   * @throws SchemaFault where it is none, or needs more than the limit
   */
  run(): Part {
    const part = this.#alternatives();
    if (this.#at < this.#chars.length) this.#fault("has a ) without its (");
    return part;
  }

  #fault(message: string): never {
    throw new SchemaFault(this.#path, `the pattern ${message}`);
  }

  #take(text: string): boolean {
    const found = [...text].every((char, index) => this.#chars[this.#at + index] === char);
    if (found) this.#at += text.length;
    return found;
  }

  #alternatives(): Part {
    if (++this.#groups > MAX_GROUPS) this.#fault(`has more than ${MAX_GROUPS} groups inside each other`);
    const parts: Part[] = [];
    do parts.push(this.#sequence());
    while (this.#take("|"));
    this.#groups--;
    const first = parts[0] as Part;
    if (parts.length === 1) return first;
    const sum = (of: (part: Part) => number) => parts.reduce((total, part) => total + of(part), 0);
    return {
      text: parts.map((part) => part.text).join("|"),
      size: sum((part) => part.size + 1),
      loop: sum((part) => part.loop),
      width: sum((part) => part.width),
      varies: true,
      anchored: parts.every((part) => part.anchored),
    };
  }

  #sequence(): Part {
    let all: Part = { ...SINGLE, text: "", size: 0 };
    for (let isFirst = true; ; isFirst = false) {
      const char = this.#chars[this.#at];
      if (char === undefined || char === "|" || char === ")") return all;
      const part = this.#term(char);
      all = {
        text: all.text + part.text,
        size: all.size + part.size,
        loop: all.loop > 0 ? all.loop + part.size : part.loop,
        width: all.varies ? all.width + part.size : Math.max(all.width, part.width),
        varies: all.varies || part.varies,
        anchored: isFirst ? part.anchored : all.anchored,
      };
      if (all.size > this.#limit) {
        this.#fault(`needs more than ${this.#limit} steps when its repetitions are written out`);
      }
    }
  }

  #term(char: string): Part {
    const assertion = this.#assertion(char);
    if (assertion !== undefined) {
      if (this.#quantifier() !== undefined) this.#fault("repeats an assertion");
      return assertion;
    }
    const atom = this.#atom(char);
    const quantifier = this.#quantifier();
    if (quantifier === undefined) return atom;
    const [least, most] = quantifier;
    const unbounded = most === Number.POSITIVE_INFINITY;
    if (least > MAX_REPEAT || (!unbounded && most > MAX_REPEAT)) this.#fault(`repeats more than ${MAX_REPEAT} times`);
    if (least > most) this.#fault("has a repetition whose bounds are out of order");
    const size = Math.max(1, least) * atom.size + (unbounded ? 1 : (most - least) * (atom.size + 1));
    return {
      text: `(?:${atom.text}){${least},${unbounded ? "" : most}}`,
      size,
      loop: unbounded || atom.loop > 0 ? size : 0,
      width: atom.varies ? size : atom.width,
      varies: atom.varies || least !== most,
      anchored: atom.anchored && least > 0,
    };
  }

  #assertion(char: string): Part | undefined {
    const rest = this.#chars[this.#at + 1];
    if (char === "^") this.#at += 1;
    else if (char === "$") this.#at += 1;
    else if (char === "\\" && (rest === "b" || rest === "B")) this.#at += 2;
    else return undefined;
    const text = char === "^" ? "\\A" : char === "$" ? "\\z" : `\\${rest}`;
    return { ...SINGLE, text, anchored: char === "^" };
  }

  /** Least and most repetitions; undefined where there is no quantifier. Whether it is lazy does not matter for a test. */
  #quantifier(): readonly [number, number] | undefined {
    let bounds: readonly [number, number] | undefined;
    if (this.#take("*")) bounds = [0, Number.POSITIVE_INFINITY];
    else if (this.#take("+")) bounds = [1, Number.POSITIVE_INFINITY];
    else if (this.#take("?")) bounds = [0, 1];
    else if (this.#chars[this.#at] === "{") bounds = this.#braces();
    if (bounds !== undefined) this.#take("?");
    return bounds;
  }

  #braces(): readonly [number, number] | undefined {
    const match = /^\{(\d{1,9})(?:(,)(\d{1,9})?)?\}/.exec(this.#chars.slice(this.#at, this.#at + 22).join(""));
    if (match === null) return undefined;
    this.#at += match[0].length;
    const least = Number(match[1]);
    if (match[2] === undefined) return [least, least];
    return [least, match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])];
  }

  #atom(char: string): Part {
    if (char === "(") return this.#group();
    if (char === "[") return this.#class();
    if ("*+?".includes(char)) this.#fault(`has a ${char} with nothing to repeat`);
    if (char === "{" && this.#braces() !== undefined) this.#fault("has a {…} with nothing to repeat");
    this.#at++;
    if (char === ".") return inClass(written(complement(LINE_END)));
    if (char !== "\\") return { ...SINGLE, text: codePoint(char.codePointAt(0) as number) };
    const escape = this.#escape(false);
    return typeof escape === "number" ? { ...SINGLE, text: codePoint(escape) } : inClass(escape);
  }

  #group(): Part {
    this.#at++;
    if (this.#take("?")) {
      if (this.#take("=") || this.#take("!") || this.#take("<=") || this.#take("<!")) {
        if (this.#linear) this.#fault("uses lookaround ((?=, (?!, (?<=, (?<!), which cannot be matched in linear time");
      } else if (this.#take("<")) this.#groupName();
      else if (!this.#take(":")) this.#fault("has a group that starts with (? but is none of (?: and (?<name>");
    }
    const inner = this.#alternatives();
    if (!this.#take(")")) this.#fault("has a ( without its )");
    return { ...inner, text: `(?:${inner.text})` };
  }

  #groupName(): void {
    const end = this.#chars.indexOf(">", this.#at);
    const name = end < 0 ? "" : this.#chars.slice(this.#at, end).join("");
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) this.#fault("has a group without a usable name");
    this.#at = end + 1;
  }

  #class(): Part {
    this.#at++;
    const negated = this.#take("^");
    let inside = "";
    while (!this.#take("]")) {
      const from = this.#member();
      if (typeof from === "number" && this.#chars[this.#at] === "-" && this.#chars[this.#at + 1] !== "]") {
        this.#at++;
        const to = this.#member();
        if (typeof to === "number") {
          if (to < from) this.#fault("has a range whose ends are out of order");
          inside += written([[from, to]]);
        } else inside += written([[from, from]]) + codePoint(0x2d) + to;
      } else inside += typeof from === "number" ? codePoint(from) : from;
    }
    if (inside === "") return inClass(negated ? written([[0, LAST]]) : "", false);
    return inClass(inside, negated);
  }

  /** One member of a class: a code point, or the inside of an RE2 class. */
  #member(): number | string {
    const char = this.#chars[this.#at];
    if (char === undefined) this.#fault("has a [ without its ]");
    this.#at++;
    return char === "\\" ? this.#escape(true) : (char.codePointAt(0) as number);
  }

  /** What follows a backslash: a code point, or the inside of an RE2 class. */
  #escape(inClass: boolean): number | string {
    const char = this.#chars[this.#at++];
    if (char === undefined) this.#fault("ends with a backslash");
    const set = SETS[char];
    if (set !== undefined) return written(set);
    const control = "tnvfr".indexOf(char);
    if (control >= 0) return [9, 10, 11, 12, 13][control] as number;
    if (char === "b" && inClass) return 8;
    if (char === "p" || char === "P") return this.#property(char === "P");
    if (char === "c") {
      const letter = this.#chars[this.#at] ?? "";
      if (!/^[A-Za-z]$/.test(letter)) this.#fault("has a \\c without a letter");
      this.#at++;
      return letter.charCodeAt(0) % 32;
    }
    if (char === "x") return this.#hex(2);
    if (char === "u") return this.#unicode();
    if (char === "0" && !/\d/.test(this.#chars[this.#at] ?? "")) return 0;
    if (/[1-9k]/.test(char)) return this.#backreference(char);
    if (/[A-Za-z]/.test(char)) this.#fault(`has the unknown escape \\${char}`);
    return char.codePointAt(0) as number;
  }

  #backreference(char: string): number {
    if (this.#linear) this.#fault("uses a backreference, which cannot be matched in linear time");
    if (char !== "k") return 0;
    if (!this.#take("<")) this.#fault("has a \\k without a name");
    this.#groupName();
    return 0;
  }

  #hex(digits: number): number {
    const text = this.#chars.slice(this.#at, this.#at + digits).join("");
    if (text.length !== digits || !/^[0-9A-Fa-f]+$/.test(text))
      this.#fault(`has an escape without its ${digits} hexadecimal digits`);
    this.#at += digits;
    return Number.parseInt(text, 16);
  }

  #unicode(): number {
    if (this.#take("{")) {
      const end = this.#chars.indexOf("}", this.#at);
      const text = end < 0 ? "" : this.#chars.slice(this.#at, end).join("");
      const code = /^[0-9A-Fa-f]{1,8}$/.test(text) ? Number.parseInt(text, 16) : LAST + 1;
      if (code > LAST) this.#fault("has a \\u{…} that is no code point");
      this.#at = end + 1;
      return code;
    }
    const high = this.#hex(4);
    if (high >= 0xd800 && high < 0xdc00 && this.#take("\\u")) {
      const low = this.#hex(4);
      if (low >= 0xdc00 && low < 0xe000) return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
      this.#at -= 6;
    }
    return high;
  }

  #property(negated: boolean): string {
    const end = this.#take("{") ? this.#chars.indexOf("}", this.#at) : -1;
    const name = end < 0 ? "" : this.#chars.slice(this.#at, end).join("");
    const found = property(name, negated) ?? (!this.#linear && /^\w+(?:=\w+)?$/.test(name) ? "a" : undefined);
    if (found === undefined) {
      this.#fault(`uses the property ${shown(name, 40)}; accepted are general categories, scripts, Any and ASCII`);
    }
    this.#at = end + 1;
    return found;
  }
}

const SETS: Readonly<Record<string, Ranges | undefined>> = Object.assign(Object.create(null), {
  d: DIGIT,
  D: complement(DIGIT),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
});

function inClass(inside: string, negated = false): Part {
  // RE2 has no empty class: nothing is everything negated.
  if (inside === "") return { ...SINGLE, text: `[^${written([[0, LAST]])}]` };
  return { ...SINGLE, text: `[${negated ? "^" : ""}${inside}]` };
}
