import { type Anchors, anchorsOf, type Found, foundAnchors } from "../anchors.ts";

/** Shorter parts stand everywhere. */
const SHORTEST = 3;
/** Characters that anchors are made of, and that are no signs of a pattern. */
const LITERAL = /[a-z0-9 _@/:#=!~;%"'<>,-]/;
/** Letters beyond ASCII: a run of them is looked for by itself. */
const FOREIGN = /[\u0080-\uffff]{2,}|[\u0080-\uffff][a-z\u0080-\uffff]{2,}/;

/** The longest run of literal characters that every match of one alternative holds; empty where there is none. */
function partOf(alternative: string): string {
  let longest = "";
  let run = "";
  let depth = 0;
  const end = () => {
    if (run.length > longest.length) longest = run;
    run = "";
  };
  for (let i = 0; i < alternative.length; i++) {
    const char = alternative[i] as string;
    const next = alternative[i + 1] ?? "";
    if (char === "\\" && next === "." && depth === 0 && !/[?*{]/.test(alternative[i + 2] ?? "")) {
      run += next;
      i++;
      continue;
    }
    if (char === "\\" || char === "(" || char === "[" || char === ")" || char === "]") {
      end();
      if (char === "\\") i++;
      else depth += char === "(" || char === "[" ? 1 : -1;
    } else if (depth > 0 || !LITERAL.test(char) || /[?*{]/.test(next)) end();
    else run += char;
    if (next === "{") i = alternative.indexOf("}", i);
  }
  end();
  return longest.length < SHORTEST ? "" : longest;
}

const foreignPartOf = (alternative: string): string =>
  /[\\()[\]{}?*+.]/.test(alternative) ? "" : (FOREIGN.exec(alternative)?.[0] ?? "");

/** The alternatives of a pattern outside of groups and classes. */
function alternativesOf(source: string): string[] {
  const parts: string[] = [""];
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    const char = source[i] as string;
    if (char === "\\") {
      parts[parts.length - 1] += char + (source[++i] ?? "");
      continue;
    }
    if (char === "(" || char === "[") depth++;
    if (char === ")" || char === "]") depth--;
    if (char === "|" && depth === 0) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return parts;
}

/** Sixty-four cues, or some of them: a bit for each, in two numbers. */
export interface Bits {
  low: number;
  high: number;
}

/** A pattern for words that stand near a number, and which bit says that one of their parts does. */
export interface Cue extends Readonly<Bits> {
  readonly pattern: RegExp;
  /** Whether it has such parts; of another one nothing is known. */
  readonly isKnown: boolean;
}

/** Bits of the cues by the parts of which one stands wherever they match. */
const parts = new Map<string, Bits>();
let cues = 0;
let anchors: { readonly ascii: Anchors; readonly foreign: RegExp; readonly bits: readonly Bits[] } | undefined;

/** Prepares a pattern, so that one pass tells where it can match at all. Called while modules load. */
export function cueOf(pattern: RegExp): Cue {
  const own = alternativesOf(pattern.source).map((one) => partOf(one) || foreignPartOf(one));
  if (own.includes("") || pattern.flags !== "") return { pattern, isKnown: false, low: 0, high: 0 };
  const number = cues++ % 64;
  const bits = number < 32 ? { low: 1 << number, high: 0 } : { low: 0, high: 1 << (number - 32) };
  for (const part of own) parts.set(part, both(bitsOf(part), bits));
  anchors = undefined;
  return { pattern, isKnown: true, ...bits };
}

const both = (one: Bits, other: Bits): Bits => ({ low: one.low | other.low, high: one.high | other.high });
const bitsOf = (part: string): Bits => parts.get(part) ?? { low: 0, high: 0 };

function prepared() {
  const all = Array.from(parts.keys());
  const ascii = all.filter((part) => !FOREIGN.test(part));
  // The longest first: what it begins with is found with it.
  const foreign = all.filter((part) => FOREIGN.test(part)).sort((one, other) => other.length - one.length);
  for (const part of foreign)
    for (const other of foreign) if (part.startsWith(other)) parts.set(part, both(bitsOf(part), bitsOf(other)));
  return { ascii: anchorsOf(ascii), foreign: new RegExp(foreign.join("|"), "g"), bits: ascii.map(bitsOf) };
}

/** The parts that stand in a text (lower case) where a cue may, of ASCII. */
export const cueParts = (): readonly string[] => (anchors ??= prepared()).ascii.literals;

/** A stretch of a text of 2^6 units, for which it is known which cues begin in it: two numbers for each. */
const STRETCH = 6;

function add(held: Int32Array, start: number, { low, high }: Bits): void {
  const at = (start >> STRETCH) << 1;
  held[at] = (held[at] as number) | low;
  held[at + 1] = (held[at + 1] as number) | high;
}

/**
 * For each stretch of a text (lower case) the bits of the cues of which a part begins in it.
 *
 * @param known where `cueParts` stand in it, where that is known
 */
export function cuesIn(lower: string, known?: Found): Int32Array {
  const { ascii, foreign, bits } = (anchors ??= prepared());
  const held = new Int32Array(2 * ((lower.length >> STRETCH) + 1));
  const found = known ?? foundAnchors(lower, ascii);
  for (let i = 0; i < found.length; i += 2) add(held, found[i] as number, bits[found[i + 1] as number] as Bits);
  foreign.lastIndex = 0;
  for (let match = foreign.exec(lower); match !== null; match = foreign.exec(lower)) {
    add(held, match.index, bitsOf(match[0]));
    foreign.lastIndex = match.index + 1;
  }
  return held;
}

/** Writes the bits of all cues that may begin between two places. */
export function heldBetween(held: Int32Array, from: number, to: number, bits: Bits): void {
  bits.low = bits.high = 0;
  const last = Math.min(held.length - 2, (to >> STRETCH) << 1);
  for (let at = (Math.max(0, from) >> STRETCH) << 1; at <= last; at += 2) {
    bits.low |= held[at] as number;
    bits.high |= held[at + 1] as number;
  }
}

/** Whether one of some cues is among others. */
export const share = (one: Readonly<Bits>, other: Readonly<Bits>): boolean =>
  (one.low & other.low) !== 0 || (one.high & other.high) !== 0;
