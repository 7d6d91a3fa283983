import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LEXICON } from "../../src/domain/inspection/definition/concepts.ts";
import { SIGNS } from "../../src/domain/inspection/definition/evidence.ts";
import { Signs } from "../../src/domain/inspection/definition/needed.ts";
import { Marks, type Sentence } from "../../src/domain/inspection/definition/sentence.ts";
import { sentencesOf } from "../../src/domain/inspection/definition/sentences.ts";
import type { Place } from "../../src/domain/inspection/definition/sign.ts";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { fresh } from "./definition-cases-fresh.ts";
import { aside, guiding, orders } from "./definition-cases-more.ts";
import { honest, marked, plain as inPlainWords } from "./definition-cases.ts";

const names = {
  own: "adder",
  nouns: new Set<string>(),
  parameters: new Set(["query", "to"]),
  others: new Set(["send_mail", "search"]),
};
const sentencesIn = (text: string) => sentencesOf(plain(text), names, new Marks());

const PLACES: readonly Place[] = (["name", "description", "parameter", "value"] as const).flatMap((role) =>
  [undefined, "notes"].flatMap((parameter) =>
    [true, false].map((readOnly) => ({ role, first: readOnly, parameter, readOnly, about: new Set() })),
  ),
);

const all = new Signs(SIGNS);

/** Ids of the signs that a sentence shows although it was not looked for them. */
function missed(sentence: Sentence): string[] {
  const looked = new Set<string>();
  all.each(sentence, ({ id }) => {
    looked.add(id);
    return false;
  });
  return SIGNS.filter(
    ({ id, see }) => !looked.has(id) && PLACES.some((place) => see(sentence, place) !== undefined),
  ).map(({ id }) => id);
}

test("T4: a sign that is left out for want of words is in none of the cases", () => {
  for (const { 1: text } of [...marked, ...inPlainWords, ...aside, ...orders, ...guiding, ...honest, ...fresh])
    for (const sentence of sentencesIn(text)) assert.deepEqual(missed(sentence), [], text);
});

const words = [...LEXICON].flatMap(([word, { phrases }]) => [
  word,
  ...phrases.map(({ before }) => [...before, word].join(" ")),
]);
const glue =
  "the a to of and it is that `x` `send_mail` adder query https://a.example, ~/.ssh/id_rsa 99% eval(x)".split(" ");

test("T4: a sign that is left out for want of words is in no sentence of the lexicon's words", () => {
  const text = fc
    .array(fc.oneof(fc.constantFrom(...words), fc.constantFrom(...glue)), { minLength: 2, maxLength: 16 })
    .map((parts) => parts.join(" "));
  fc.assert(
    fc.property(text, (said) => sentencesIn(said).every((sentence) => missed(sentence).length === 0)),
    { numRuns: 1_500, seed: 5 },
  );
});
