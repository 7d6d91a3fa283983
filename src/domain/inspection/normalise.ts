import { Buffer } from "node:buffer";
import type { PlainText } from "./finding.ts";
import { SIGNS } from "./hidden/signs.ts";
import { lowered, textOf, unitsOf } from "./letters.ts";
import { LOOK_ALIKES } from "./look-alikes.ts";

/** What becomes of one UTF-16 unit above ASCII; 0 is not looked up yet. */
const COPY = 1;
const LETTER = 2;
const LATIN = 3;
const LOOK_ALIKE = 4;
const INVISIBLE = 5;
const FOLD = 6;
const MARK = 7;
const SURROGATE = 8;

const ESCAPE = 0x1b;

/** Longer compatibility forms (U+FDFA is 18 letters) stay: they disguise nothing, and would let a text grow. */
const LONGEST_FORM = 4;

/** Marks in a row that are tried: no letter of Unicode is made of more. */
const MOST_MARKS = 3;

const PHONETIC = { from: 0x1d00, to: 0x1d22 };

/** Punctuation that has one plain form on a keyboard; NFKC leaves it. */
const PUNCTUATION: readonly (readonly [string, string])[] = [
  ["\u2018\u2019\u201a\u201b\u02bc\u2032\u02b9", "'"],
  ["\u201c\u201d\u201e\u201f\u2033", '"'],
  ["\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"],
  ["\u2028\u2029\u0085", "\n"],
];

const classes = new Uint8Array(0x10000);
const forms = new Map<number, string>(
  PUNCTUATION.flatMap(([from, to]) => Array.from(from, (char): [number, string] => [char.charCodeAt(0), to])),
);
for (const unit of forms.keys()) classes[unit] = FOLD;

function classify(unit: number): number {
  if (unit >= 0xd800 && unit <= 0xdfff) return SURROGATE;
  const char = String.fromCharCode(unit);
  if (/[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u.test(char)) return INVISIBLE;
  if (LOOK_ALIKES.has(unit)) return LOOK_ALIKE;
  // Before the marks: jamo and the like compose with what stands before them.
  if (/[\p{M}\u1161-\u1175\u11a8-\u11c2]/u.test(char)) return MARK;
  const form = char.normalize("NFKC");
  if (form !== char && form.length <= LONGEST_FORM) {
    forms.set(unit, form);
    return FOLD;
  }
  if (/\p{Script=Latin}/u.test(char)) return LATIN;
  return /\p{L}/u.test(char) ? LETTER : COPY;
}

/** The plain form of a code point beyond U+FFFF; undefined where it is its own. */
function formOfAstral(code: number): string | undefined {
  if (code >= 0xe0000 && code <= 0xe0fff) return "";
  // Negative circled and negative squared letters have no compatibility form.
  if (code >= 0x1f150 && code <= 0x1f189) {
    const letter = (code - 0x1f150) % 32;
    return letter < 26 ? String.fromCharCode(65 + letter) : undefined;
  }
  const folds = (code >= 0x1d400 && code <= 0x1d7ff) || (code >= 0x1ee00 && code <= 0x1fbff);
  if (!folds) return /\p{Default_Ignorable_Code_Point}/u.test(String.fromCodePoint(code)) ? "" : undefined;
  const char = String.fromCodePoint(code);
  const form = char.normalize("NFKC");
  return form === char || form.length > LONGEST_FORM ? undefined : form;
}

const isLatin = (unit: number) => unit < 128 && (unit | 32) >= 97 && (unit | 32) <= 122;

/** ASCII that needs no look: no controls but for white space. */
const RUNS = Uint8Array.from({ length: 128 }, (_, unit) =>
  (unit >= 32 && unit < 127) || (unit >= 9 && unit <= 13) ? 1 : 0,
);
const isRun = (unit: number) => unit < 128 && RUNS[unit] === 1;

/** Shorter runs are copied unit by unit. */
const LONG_RUN = 24;

/** Builds the plain text unit by unit; a word that mixes Latin with look-alikes of it is folded when it ends. */
class Builder {
  readonly #source: Uint16Array;
  #units: Uint16Array<ArrayBuffer>;
  /** Where each unit stands in the source; undefined as long as all stand where they stood. */
  #at: Uint32Array<ArrayBuffer> | undefined;
  #length = 0;
  /** Whether a unit is another one than in the source, or stands elsewhere. */
  #changed = false;
  /** Whether a unit is beyond Latin-1. */
  #wide = false;
  /** What the source has of `SIGNS`. */
  signs = 0;
  #latin = false;
  #marks = 0;
  /** Where the first look-alike stands in the word that is being read; -1 where there is none. */
  #disguised = -1;

  constructor(source: Uint16Array) {
    this.#source = source;
    this.#units = new Uint16Array(source.length + 64);
  }

  #room(more: number): void {
    if (this.#length + more < this.#units.length) return;
    const units = new Uint16Array((this.#length + more) * 2);
    units.set(this.#units);
    this.#units = units;
    if (this.#at === undefined) return;
    const at = new Uint32Array(units.length + 1);
    at.set(this.#at);
    this.#at = at;
  }

  /** From here on units stand elsewhere than in the source. */
  #shifted(): Uint32Array<ArrayBuffer> {
    this.#changed = true;
    const at = new Uint32Array(this.#units.length + 1);
    at.set(identityOf(this.#length).subarray(0, this.#length));
    return (this.#at = at);
  }

  push(unit: number, from: number, mark = false): void {
    if (!mark) this.#marks = 0;
    if (this.#length + 1 >= this.#units.length) this.#room(1);
    if (unit > 0xff) this.#wide = true;
    if (this.#at !== undefined) this.#at[this.#length] = from;
    else if (this.#length !== from) this.#shifted()[this.#length] = from;
    this.#units[this.#length++] = unit;
  }

  /** Copies the run of ASCII that starts at `from`; returns where it ends. */
  ascii(from: number): number {
    const source = this.#source;
    const length = source.length;
    let i = from;
    while (i < length && isLatin(source[i] as number)) i++;
    if (i > from) this.#latin = true;
    if (i < length && isRun(source[i] as number)) {
      // A word ends here; of the words after it, the last alone can go on behind this run.
      this.endWord();
      while (i < length && isRun(source[i] as number)) i++;
      this.#latin = isLatin(source[i - 1] as number);
    }
    this.#copy(from, i);
    this.#marks = 0;
    return i;
  }

  #copy(from: number, to: number): void {
    this.#room(to - from);
    const shift = this.#length - from;
    this.#length = to + shift;
    const units = this.#units;
    const source = this.#source;
    if (to - from > LONG_RUN) units.set(source.subarray(from, to), from + shift);
    else for (let i = from; i < to; i++) units[i + shift] = source[i] as number;
    if (shift === 0 && this.#at === undefined) return;
    const at = this.#at ?? this.#shifted();
    for (let i = from; i < to; i++) at[i + shift] = i;
  }

  /** A unit that ends a word, or an ASCII or other Latin letter. */
  plain(unit: number, from: number, latin: boolean): void {
    if (latin) this.#latin = true;
    else this.endWord();
    this.push(unit, from);
  }

  lookAlike(unit: number, from: number): void {
    // Small capitals and the like are Latin themselves: nobody writes words with them but to disguise.
    if (unit >= PHONETIC.from && unit <= PHONETIC.to) this.#latin = true;
    if (this.#disguised < 0) this.#disguised = this.#length;
    this.push(unit, from);
  }

  form(text: string, from: number): void {
    this.#changed = true;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      this.plain(unit, from, isLatin(unit));
    }
  }

  /** A mark composes with the unit before it where Unicode has such a letter (NFC). */
  mark(unit: number, from: number): void {
    const before = this.#length - 1;
    if (before >= 0 && this.#marks++ < MOST_MARKS) {
      const one = String.fromCharCode(this.#units[before] as number, unit).normalize("NFC");
      if (one.length === 1) {
        this.#units[before] = one.charCodeAt(0);
        this.#changed = this.#wide = true;
        return;
      }
    }
    this.push(unit, from, true);
  }

  endWord(latin = this.#latin): void {
    if (latin && this.#disguised >= 0) {
      this.#changed = true;
      for (let i = this.#disguised; i < this.#length; i++) {
        const unit = this.#units[i] as number;
        if (classes[unit] === LOOK_ALIKE) this.#units[i] = LOOK_ALIKES.get(unit) as number;
      }
    }
    this.#disguised = -1;
    this.#latin = false;
  }

  done(original: string): PlainText {
    this.endWord();
    const length = this.#length;
    const units = this.#units.subarray(0, length);
    const same = !this.#changed && length === original.length;
    const text = same ? original : textOf(units, this.#wide);
    if (this.#at !== undefined) this.#at[length] = original.length;
    const at = this.#at?.subarray(0, length + 1) ?? this.#identity(original.length);
    return { original, text, ...lowered(text, units, this.#wide), at, signs: this.signs };
  }

  /** Where units stand if none was left out but at the end. */
  #identity(end: number): Uint32Array {
    const at = identityOf(this.#length + 1);
    return at[this.#length] === end ? at : Uint32Array.from(at.subarray(0, this.#length + 1)).fill(end, this.#length);
  }
}

const LONGEST_SHARED = 1 << 20;
let identity = Uint32Array.from({ length: 4_096 }, (_, i) => i);

/** 0, 1, 2 … : one array that all ASCII texts share, at least so long; nobody writes to it. */
function identityOf(length: number): Uint32Array {
  if (length > LONGEST_SHARED) return Uint32Array.from({ length }, (_, i) => i);
  if (identity.length < length) identity = Uint32Array.from({ length: length * 2 }, (_, i) => i);
  return identity;
}

/** A control sequence (ECMA-48, 5.4): it moves or colours, and says nothing. */
const SEQUENCE = /(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]/y;

/** How many units the control sequence takes that stands here; 0 where none does. */
function sequence(original: string, i: number): number {
  if (original.charCodeAt(i) === ESCAPE && original.charCodeAt(i + 1) !== 91) return 0;
  SEQUENCE.lastIndex = i;
  return SEQUENCE.test(original) ? SEQUENCE.lastIndex - i : 0;
}

function step(builder: Builder, original: string, i: number): number {
  const unit = original.charCodeAt(i);
  builder.signs |= SIGNS[unit] as number;
  if (unit === ESCAPE || unit === 0x9b) {
    const length = sequence(original, i);
    if (length > 0) return length;
    builder.plain(unit, i, false);
    return 1;
  }
  const kind = classes[unit] || (classes[unit] = classify(unit));
  if (kind === COPY) builder.plain(unit, i, false);
  else if (kind === LATIN) builder.plain(unit, i, true);
  else if (kind === LETTER) builder.push(unit, i);
  else if (kind === LOOK_ALIKE) builder.lookAlike(unit, i);
  else if (kind === FOLD) builder.form(forms.get(unit) as string, i);
  else if (kind === MARK) builder.mark(unit, i);
  else if (kind === SURROGATE) return astral(builder, original, i);
  return 1;
}

function astral(builder: Builder, original: string, i: number): number {
  const code = original.codePointAt(i) as number;
  if (code <= 0xffff) {
    builder.plain(code, i, false);
    return 1;
  }
  const form = formOfAstral(code);
  if (form !== undefined) builder.form(form, i);
  else {
    builder.plain(original.charCodeAt(i), i, false);
    builder.plain(original.charCodeAt(i + 1), i + 1, false);
  }
  return 2;
}

/**
 * Makes a text plain for matching, once for all detectors: compatibility forms folded (NFKC), invisible characters
 * (Default_Ignorable_Code_Point) and terminal control sequences left out, typographic quotes, dashes and line ends made
 * ASCII, and look-alikes resolved to Latin letters in words that mix them with Latin (UTS #39, section 5.2); words of one
 * script stay. Takes time in proportion to the length; ASCII is returned as it is.
 *
 * @param text the original, any length; lone surrogates are kept
 */
export function plain(text: string): PlainText {
  if (!/[\0-\u0008\u000e-\u001f\u007f-\uffff]/.test(text)) return plainAscii(text);
  const source = sourceOf(text);
  const builder = new Builder(source);
  for (let i = 0; i < source.length; ) i = isRun(source[i] as number) ? builder.ascii(i) : i + step(builder, text, i);
  const made = builder.done(text);
  source.fill(0);
  return made;
}

let scratch = Buffer.alloc(1 << 14);

/** The units of a text, for as long as it is made plain: new memory for each text would cost more than the copy. */
function sourceOf(text: string): Uint16Array {
  if (text.length > LONGEST_SHARED) return unitsOf(text);
  if (scratch.length < text.length * 2) scratch = Buffer.alloc(text.length * 4);
  scratch.write(text, "utf16le");
  return new Uint16Array(scratch.buffer, scratch.byteOffset, text.length);
}

/** What `plain` makes of a text that is known to be ASCII without controls but for white space. */
export function plainAscii(text: string): PlainText {
  const lower = text.toLowerCase();
  return { original: text, text, lower, bare: lower, units: undefined, at: identityOf(text.length + 1), signs: 0 };
}
