import { cueOf } from "./cues.ts";

/** A number that an authority gives to a person or business, or that a scheme checks. */
export interface Identifier {
  /** The stable word of the finding. */
  readonly kind: string;
  /** What it is, for a person. */
  readonly name: string;
  /** How many letters, and then digits, the first word has: `[letters, digits]`. */
  readonly shapes: readonly (readonly [number, number])[];
  /** The whole, sticky; with the separators that people write. */
  readonly pattern: RegExp;
  /** Over letters and digits alone, in upper case. */
  readonly check: (compact: string) => boolean;
  /** Words that have to stand near (lower case); without them the number is found by itself. */
  readonly cue?: RegExp;
  /** Written so, it needs no cue. */
  readonly formatted?: RegExp;
}

/** Writes a row of the tables in few lines. */
export function identifier(
  kind: string,
  name: string,
  shapes: string,
  pattern: RegExp,
  check: (compact: string) => boolean,
  more: Pick<Identifier, "cue" | "formatted"> = {},
): Identifier {
  const pairs = shapes.split(" ").map((shape): [number, number] => {
    const [letters = 0, digits = 0] = shape.split(",").map(Number);
    return [letters, digits];
  });
  if (more.cue !== undefined) cueOf(more.cue);
  return { kind, name, shapes: pairs, pattern, check, ...more };
}
