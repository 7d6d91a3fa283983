/** What a match can begin with: letters, and whether it may be empty so that what follows counts as well. */
interface Firsts {
  readonly letters: string;
  readonly maybeEmpty: boolean;
}

/** Patterns that are read here: `^`, letters, and groups of alternatives that may be absent; with all else, anything. */
class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#source.length;
  }

  #peek(): string {
    return this.#source[this.#at] ?? "";
  }

  /** Alternatives up to the end of their group; undefined where anything can begin them. */
  #alternatives(): Firsts | undefined {
    let letters = "";
    let maybeEmpty = false;
    let known = true;
    for (;;) {
      const one = this.sequence();
      if (one === undefined) known = false;
      else {
        letters += one.letters;
        maybeEmpty ||= one.maybeEmpty;
      }
      if (this.#peek() !== "|") break;
      this.#at++;
    }
    return known ? { letters, maybeEmpty } : undefined;
  }

  sequence(): Firsts | undefined {
    let letters = "";
    for (;;) {
      const one = this.#item();
      if (one === undefined) {
        this.#skip();
        return undefined;
      }
      letters += one.letters;
      if (!one.maybeEmpty || this.#peek() === "" || this.#peek() === "|" || this.#peek() === ")") {
        this.#skip();
        return { letters, maybeEmpty: one.maybeEmpty };
      }
    }
  }

  #item(): Firsts | undefined {
    let one: Firsts | undefined;
    if (/[a-z\u0080-\uffff]/.test(this.#peek()))
      one = { letters: this.#source[this.#at++] as string, maybeEmpty: false };
    else if (this.#source.startsWith("(?:", this.#at)) {
      this.#at += 3;
      one = this.#alternatives();
      this.#at++;
    }
    if (one === undefined) return undefined;
    const optional = /^(?:[?*]|\{0)/.test(this.#source.slice(this.#at, this.#at + 2));
    this.#at += /^(?:[?*+]|\{\d+(?:,\d*)?\})?/.exec(this.#source.slice(this.#at))?.[0].length ?? 0;
    return optional ? { ...one, maybeEmpty: true } : one;
  }

  /** Goes to the end of the alternative. */
  #skip(): void {
    for (let depth = 0; this.#at < this.#source.length; this.#at++) {
      const char = this.#peek();
      if (char === "\\") this.#at++;
      else if (char === "[") this.#at = this.#source.indexOf("]", this.#at + 2);
      else if (char === "(") depth++;
      else if (depth === 0 && (char === "|" || char === ")")) return;
      else if (char === ")") depth--;
    }
  }
}

/**
 * The letters of which one begins whatever a pattern matches, which is a `^` and what follows it.
 *
 * @returns undefined: not known; anything may
 */
export function firstLetters({ source, flags }: RegExp): ReadonlySet<string> | undefined {
  if (!source.startsWith("^") || flags.includes("i") || flags.includes("m")) return undefined;
  const reader = new Reader(source.slice(1));
  const firsts = reader.sequence();
  return firsts === undefined || firsts.maybeEmpty || !reader.isAtEnd ? undefined : new Set(firsts.letters);
}
