import assert from "node:assert/strict";
import { test } from "node:test";
import { firstLetters } from "../../src/domain/inspection/injection/first-letters.ts";

const letters = (pattern: RegExp) => {
  const found = firstLetters(pattern);
  return found === undefined ? undefined : [...found].sort().join("");
};

test("S3: the letters that begin what a pattern finds are those of all its ways", () => {
  assert.equal(letters(/^use (?:x)/), "u");
  assert.equal(letters(/^(?:tell|inform)\b(?:[^.]{0,30}\bto)? the/), "it");
  assert.equal(letters(/^(?:all|any|(?:b|c)?d)x/), "abcd");
  assert.equal(letters(/^(?:(?:all|every) (?:of )?)?(?:your|(?:the )?prior) x/), "aepty");
  assert.equal(letters(/^(?:a[)|]b|c)/), "ac");
  assert.equal(letters(/^a{0,2}b?c/), "abc");
});

test("S3: of other patterns nothing is known", () => {
  for (const pattern of [
    /a/,
    /^[a-z]/,
    /^(?:a|\w)b/,
    /^print|say/,
    /^a?/,
    /^(?:a|b)?/,
    /^A/,
    /^a/i,
    /^(?:a|)b/,
    /^(?:|a)b/,
  ])
    assert.equal(letters(pattern), undefined, pattern.source);
});
