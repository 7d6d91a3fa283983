import { type Cue, cueOf } from "./cues.ts";

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
  readonly cue?: Cue;
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
  { cue, formatted }: { readonly cue?: RegExp; readonly formatted?: RegExp } = {},
): Identifier {
  const pairs = shapes.split(" ").map((shape): [number, number] => {
    const [letters = 0, digits = 0] = shape.split(",").map(Number);
    return [letters, digits];
  });
  return {
    ...{ kind, name, shapes: pairs, pattern, check },
    ...(cue !== undefined && { cue: cueOf(cue) }),
    ...(formatted !== undefined && { formatted }),
  };
}
