import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cue, cueOf, cuesIn, heldBetween, share } from "../../src/domain/inspection/personal/cues.ts";
import { IDENTIFIERS } from "../../src/domain/inspection/personal/shapes.ts";

function holds(lower: string, cue: Cue, from = 0, to = lower.length): boolean {
  const near = { low: 0, high: 0 };
  heldBetween(cuesIn(lower), from, to, near);
  return !cue.isKnown || share(near, cue);
}

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
    for (const way of ways(cue.pattern.source).filter((text) => cue.pattern.test(text))) {
      tried++;
      assert.ok(holds(`x ${way} 12`, cue), `${way}: ${cue.pattern.source}`);
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
  for (const cue of [cueOf(/\bzz\b|longer/), cueOf(/[ab]c|longest/)])
    assert.equal(holds("something else", cue), true, cue.pattern.source);
});

test("S2: a cue is present near the place where it stands, and absent far from it", () => {
  const cue = cueOf(/qqnearqq|t[eé]qqph|téqqéph|番目/);
  for (const word of ["qqnearqq", "téqqph", "téqqéph", "番目"]) {
    const text = `${"x".repeat(1_000)} ${word} ${"y".repeat(1_000)}`;
    for (let from = 950; from <= 1_001; from++) assert.ok(holds(text, cue, from, from + 60), `${word} from ${from}`);
    assert.equal(holds(text, cue, 0, 800), false, word);
    assert.equal(holds(text, cue, 1_200, 2_000), false, word);
  }
});

test("S2: cues that begin alike or overlap are both present", () => {
  const [short, long, other] = [cueOf(/番号字/), cueOf(/番号字体/), cueOf(/字体番/)];
  for (const cue of [short, long, other]) assert.ok(holds("a 番号字体番 b", cue), cue.pattern.source);
});
