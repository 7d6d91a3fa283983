import type { Found } from "../anchors.ts";

/** By each literal where it stands in a text, in order; without those that stand nowhere. */
export type Places = ReadonlyMap<string, readonly number[]>;

/** Sorts what was found of some literals. */
export function placesOf(literals: readonly string[], found: Found): Places {
  const places = new Map<string, number[]>();
  for (let i = 0; i < found.length; i += 2) {
    const literal = literals[found[i + 1] as number] as string;
    const known = places.get(literal);
    if (known === undefined) places.set(literal, [found[i] as number]);
    else known.push(found[i] as number);
  }
  return places;
}
