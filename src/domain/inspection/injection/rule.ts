import { reported } from "./context.ts";
import type { Evidence } from "./evidence.ts";
import { ONLY } from "./meanings.ts";
import type { Reading } from "./reading.ts";

/** A rule looks at one hit and around it, never further than a bounded number of words. */
export type Rule = (reading: Reading, hit: number) => Evidence | undefined;

/** Which rule looks at hits of which meaning; and a pattern, where all that it finds begins with a match of that. */
export type RuleOf = readonly [meaning: number, rule: Rule, begins?: RegExp];

/** Evidence over the words from `first` to `last`; undefined where they are only reported. */
export function told(
  reading: Reading,
  first: number,
  last: number,
  evidence: Pick<Evidence, "kind" | "tier" | "confidence" | "why">,
): Evidence | undefined {
  if (reported(reading, first, last)) return undefined;
  return { ...evidence, start: reading.start[first] as number, end: reading.end[last] as number };
}

const JOINED =
  /(?:\b(?:and|just|instead|only|then|please|now|to|me|und|geben sie|et|y|e|ed|en|i|dan|ve) +|(?:^| )(?:и|و|और|এবং|και) *|[.,:;!] *|\n)$/;

/** `and print`, `just say`, `instead output`: joined to what stands before as a second order. */
export function ordered(reading: Reading, verb: number): boolean {
  if (reading.has(verb, ONLY)) return true;
  const start = reading.start[verb] as number;
  const before = reading.text.slice(Math.max(0, start - 14), start);
  return JOINED.test(before);
}

/** `please print`, `then print`: an order that goes on from another, or a request. */
export const asked = (reading: Reading, verb: number) =>
  /(?:\b(?:please|and|then|you|just|also) +)$/.test(
    reading.text.slice(Math.max(0, (reading.start[verb] as number) - 10), reading.start[verb] as number),
  );
