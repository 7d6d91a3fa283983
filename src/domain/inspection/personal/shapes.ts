import type { Bits } from "./cues.ts";
import type { Identifier } from "./identifier.ts";
import { EUROPE } from "./identifiers-europe.ts";
import { WORLD } from "./identifiers-world.ts";

/** Every number of an authority, in the order in which they are tried. */
export const IDENTIFIERS: readonly Identifier[] = [...WORLD, ...EUROPE];

/** A first word has less letters and digits than these. */
export const LETTERS = 8;
export const DIGITS = 32;

/** The numbers whose first word has so many letters and then so many digits. */
interface Shape {
  readonly identifiers: readonly Identifier[];
  /** Patterns of which one matches wherever one of these numbers does: one look for all that have the same flags. */
  readonly any: readonly RegExp[];
  /** The same for a place near which no cue of theirs stands: those that need none, and those in a form that needs none. */
  readonly alone: readonly RegExp[];
  /** Whether one of them may have a colon in it. */
  readonly hasColon: boolean;
  /** The cues of all of them. */
  readonly cues: Bits;
}

/** What may stand before the mark that a form is known by. */
const BEFORE_MARK = String.raw`[\w.]{0,24}`;

const byShape: readonly Shape[] = Array.from({ length: LETTERS * DIGITS }, (_, index) => {
  const identifiers = IDENTIFIERS.filter(({ shapes }) =>
    shapes.some(([letters, digits]) => letters * DIGITS + digits === index),
  );
  const cued = identifiers.filter(({ cue }) => cue?.isKnown === true);
  const alone = identifiers.filter(({ cue, formatted }) => cue?.isKnown !== true || formatted !== undefined);
  return {
    identifiers,
    hasColon: identifiers.some(({ pattern }) => pattern.source.replaceAll("(?:", "").includes(":")),
    any: joined(identifiers.map(({ pattern }) => pattern)),
    alone: joined(alone.map(aloneOf)),
    cues: cued.reduce(({ low, high }, { cue }) => ({ low: low | (cue?.low ?? 0), high: high | (cue?.high ?? 0) }), {
      low: 0,
      high: 0,
    }),
  };
});

/** A pattern that matches where a number is found without a word near it: what needs a form of its own is looked at for that. */
function aloneOf({ pattern, cue, formatted }: Identifier): RegExp {
  if (cue?.isKnown !== true || formatted === undefined || /\\[1-9k]/.test(pattern.source)) return pattern;
  // A mark that stands twice may be another one the second time: the pattern itself is tried again.
  const mark = /\((\[[^[\]]{1,8}\])\)/.exec(formatted.source)?.[1] ?? "";
  const form = formatted.source.replace(`(${mark})`, mark).replaceAll("\\1", mark);
  const ahead = form.startsWith("^") ? form.slice(1).replace(/\$$/, "") : `${BEFORE_MARK}(?:${form})`;
  return new RegExp(`(?=${ahead})(?:${pattern.source})`, pattern.flags);
}

/** What can begin with so many letters and then so many digits. */
export const shapeOf = (letters: number, digits: number): Shape => byShape[letters * DIGITS + digits] as Shape;

/** Patterns that refer to a group of their own stay alone. */
function joined(patterns: readonly RegExp[]): RegExp[] {
  const alone = patterns.filter(({ source }) => /\\[1-9k]/.test(source));
  const others = patterns.filter((pattern) => !alone.includes(pattern));
  const flags = new Set(others.map((pattern) => pattern.flags));
  return [
    ...alone,
    ...Array.from(flags, (flag) => {
      const sources = others.filter((pattern) => pattern.flags === flag).map(({ source }) => `(?:${source})`);
      return new RegExp(sources.join("|"), flag);
    }),
  ];
}

/** Whether one of some sticky patterns matches at a place. */
export function anyAt(patterns: readonly RegExp[], text: string, start: number): boolean {
  for (const pattern of patterns) {
    pattern.lastIndex = start;
    if (pattern.test(text)) return true;
  }
  return false;
}
