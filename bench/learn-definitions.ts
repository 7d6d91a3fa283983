/**
 * Learns how the concepts of a passage weigh, for src/domain/inspection/definition/learned.ts: a logistic regression on
 * which concepts occur in the passage of a definition that speaks most for poisoning, with a penalty on large weights.
 * Learns from the work part of the corpora (60 % of the poisoned, 90 % of the real definitions) and from the cases of the
 * tests. Prints the file.
 *
 *     node bench/learn-definitions.ts > src/domain/inspection/definition/learned.ts
 */
import { CONCEPTS } from "../src/domain/inspection/definition/concepts.ts";
import { readDefinition } from "../src/domain/inspection/definition/evidence.ts";
import { type Passage, passagesOf } from "../src/domain/inspection/definition/resemblance.ts";
import type { JsonObject } from "../src/kernel/json.ts";
import { definition, honest, marked, plain } from "../test/inspection/definition-cases.ts";
import { fresh } from "../test/inspection/definition-cases-fresh.ts";
import { aside, guiding, orders } from "../test/inspection/definition-cases-more.ts";
import { partOfDefinition, SOURCES } from "./detect/definitions.ts";
import { corporaFolder, readRows } from "./detect/section.ts";

/** How often a row counts: there are far more real definitions than poisoned ones. */
const COUNTS = { real: 1, poisoned: 6, own: 4 };
const PENALTY = 2;
const ROUNDS = 500;
const STEP = 6;

interface Example {
  readonly passages: readonly Passage[];
  readonly poisoned: boolean;
  readonly counts: number;
}

function exampleOf(tool: JsonObject, poisoned: boolean, counts: number): Example {
  const { name, sentences } = readDefinition(tool);
  return { passages: passagesOf(name, sentences), poisoned, counts };
}

const examples: Example[] = [
  ...[...marked, ...plain, ...aside, ...orders, ...fresh].map((one) => exampleOf(definition(one), true, COUNTS.own)),
  ...[...honest, ...guiding].map((one) => exampleOf(definition(one), false, COUNTS.own)),
];
for (const source of SOURCES)
  for (const row of readRows(corporaFolder(), source, "tools.jsonl") ?? []) {
    if (row.label < 0 || partOfDefinition(source, row.id) !== "work") continue;
    const poisoned = row.label === 1;
    examples.push(exampleOf(row["tool"] as JsonObject, poisoned, poisoned ? COUNTS.poisoned : COUNTS.real));
  }

/** The overlap comes after the concepts. */
const weights = new Float64Array(CONCEPTS.length + 1);
let base = -3;
const valuesOf = ({ concepts, overlap }: Passage) => [...CONCEPTS.map((_, i) => (concepts.has(i) ? 1 : 0)), overlap];
const valued = examples
  .filter(({ passages }) => passages.length > 0)
  .map((example) => ({ ...example, values: example.passages.map(valuesOf) }));
const odds = (values: readonly number[]) =>
  values.reduce((all, value, i) => all + value * (weights[i] as number), base);

for (let round = 0; round < ROUNDS; round++) {
  const slope = new Float64Array(weights.length);
  let slopeOfBase = 0;
  let total = 0;
  for (const { values, poisoned, counts } of valued) {
    const worst = values.reduce((one, other) => (odds(other) > odds(one) ? other : one));
    const error = (1 / (1 + Math.exp(-odds(worst))) - (poisoned ? 1 : 0)) * counts;
    total += counts;
    slopeOfBase += error;
    for (const [i, value] of worst.entries()) slope[i] = (slope[i] as number) + error * value;
  }
  for (const [i, weight] of weights.entries())
    weights[i] = weight - (STEP * ((slope[i] as number) + PENALTY * weight)) / total;
  base -= (STEP * slopeOfBase) / total;
}

const digit = (value: number) => (Math.round(value * 10) / 10).toString();
const lines = CONCEPTS.flatMap((concept, i) => {
  const weight = digit(weights[i] as number);
  return weight === "0" || weight === "-0"
    ? []
    : [`  ${/^[a-z]+$/.test(concept) ? concept : `"${concept}"`}: ${weight},`];
});
console.log(`import type { Concept } from "./concepts.ts";

// Written by bench/learn-definitions.ts.
export const LEARNED_BASE = ${digit(base)};
export const LEARNED_OVERLAP = ${digit(weights[CONCEPTS.length] as number)};
export const LEARNED: Readonly<Partial<Record<Concept, number>>> = {
${lines.join("\n")}
};`);
