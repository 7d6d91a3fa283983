import assert from "node:assert/strict";
import { test } from "node:test";
import { lowered, textOf, unitsOf } from "../../src/domain/inspection/letters.ts";
import { plain } from "../../src/domain/inspection/normalise.ts";

const isWide = (text: string) => /[^\0-\xff]/.test(text);
const both = (text: string) => {
  const { lower, bare, units } = lowered(text, unitsOf(text), isWide(text));
  assert.deepEqual(units.slice(), unitsOf(bare).slice());
  return { lower, bare };
};

test("S3: each unit becomes lower case as Unicode has it, whatever stands around it", () => {
  for (let code = 0; code <= 0x2ffff; code += 1) {
    const text = `A${String.fromCodePoint(code)}B ${String.fromCodePoint(code)}`;
    const lower = text.replaceAll("\u0130", "i").toLowerCase();
    assert.equal(both(text).lower, lower, code.toString(16));
  }
  assert.equal(
    both("\u039f\u0394\u039f\u03a3 \u03a3\u0391\u03a3.").lower,
    "\u03bf\u03b4\u03bf\u03c2 \u03c3\u03b1\u03c2.",
  );
});

test("S3: Latin letters stand without their accents, unit for unit, and all else stays", () => {
  assert.deepEqual(both("\u00c9T\u00c9 \u0141\u00f3d\u017a \u1ea4 \u00df \u0418\u0306 \u03a3\u00c9"), {
    lower: "\u00e9t\u00e9 \u0142\u00f3d\u017a \u1ea5 \u00df \u0438\u0306 \u03c3\u00e9",
    bare: "ete lodz a s \u0438\u0306 \u03c3e",
  });
  const ascii = plain("IGNORE This");
  assert.equal(ascii.bare, "ignore this");
  assert.equal(plain("\u00dcber \u0130stanbul").bare, "uber istanbul");
});

test("S3: units become the text that they were made of", () => {
  for (const text of ["", "abc", "\u00ff\u00e9", "a\u0100", "\ud83d\ude00\ud83d", "\u6587"])
    assert.equal(textOf(unitsOf(text), isWide(text)), text);
});
