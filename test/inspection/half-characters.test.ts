import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "../../src/domain/inspection/inspect.ts";
import { screenText, type Treatments } from "../../src/domain/inspection/screen-text.ts";

const TREATMENTS: Treatments = {
  secret: "mask",
  card: "mask",
  personal: "mask",
  hidden: "show",
  T1: "block",
  T2: "mark",
};
const ADDRESS = "@gmail.com";

test("S2: an address whose search begins inside a character is looked at as any other", () => {
  for (let letters = 1; letters < 130; letters++) {
    const { findings } = inspect(`${"\u{1f600}".repeat(40)}${"a".repeat(letters)}${ADDRESS}`, { surface: "result" });
    if (letters === 63 || letters === 64) assert.equal(findings.length, 1, String(letters));
  }
  for (const half of ["\ud83d", "\ude00"])
    for (const text of [`${half}x${ADDRESS}`, `x${half}${ADDRESS}`]) assert.ok(inspect(text, { surface: "result" }));
});

test("S2: a long text is cut between characters, and what stands at the cut is looked at", () => {
  for (let at = 57_330; at < 57_350; at++) {
    const text = `${" ".repeat(at)}\u{1f600}user${ADDRESS}${" ".repeat(40_000)}`;
    const said = screenText(text, { surface: "result", treatments: TREATMENTS, hashKey: new Uint8Array(32) });
    assert.ok(said.text.isWellFormed());
  }
});
