import assert from "node:assert/strict";
import { test } from "node:test";
import { cueOf, mayHold } from "../../src/domain/inspection/personal/cues.ts";
import { IDENTIFIERS } from "../../src/domain/inspection/personal/index.ts";

const holds = (lower: string, cue: RegExp) => mayHold({ lower, held: undefined }, cue);

/** Texts of which each matches the cue, written out of its pattern: one for each way through it. */
function ways(source: string): string[] {
  const plain = source.replaceAll(/\\b/g, "").replaceAll(/\\(.)/g, "$1");
  const open = plain.lastIndexOf("(?:");
  if (open >= 0) {
    const close = plain.indexOf(")", open);
    const inside = plain.slice(open + 3, close).split("|");
    const optional = plain[close + 1] === "?";
    const rest = plain.slice(close + (optional ? 2 : 1));
    return [...inside, ...(optional ? [""] : [])].flatMap((way) => ways(plain.slice(0, open) + way + rest));
  }
  return plain
    .split("|")
    .flatMap((way) => [way.replaceAll(/.\?/g, ""), way.replaceAll("?", "")])
    .map((way) => way.replaceAll(/\[(.)[^\]]*\]/g, "$1"));
}

test("S2: a cue that a text matches is never said to be absent from it", () => {
  let tried = 0;
  for (const { cue } of IDENTIFIERS) {
    if (cue === undefined) continue;
    for (const way of ways(cue.source).filter((text) => cue.test(text))) {
      tried++;
      assert.ok(holds(`x ${way} 12`, cue), `${way}: ${cue.source}`);
    }
  }
  assert.ok(tried > 100, `${tried} texts`);
});

test("S2: a cue is absent from a text that has none of its words", () => {
  const cue = cueOf(/qqpassqq|q(?:a|b)zzword\b|番号/);
  assert.equal(holds("nothing of it", cue), false);
  for (const text of ["a qqpassqq", "qazzword", "番号 12"]) assert.equal(holds(text, cue), true, text);
});

test("S2: a cue without a word that can be looked for is never said to be absent", () => {
  for (const cue of [cueOf(/\bzz\b|longer/), cueOf(/[ab]c|longest/), /never made known/])
    assert.equal(holds("something else", cue), true, cue.source);
});
