import assert from "node:assert/strict";
import { test } from "node:test";
import { SIGNS } from "../../src/domain/inspection/hidden/signs.ts";
import { unitsOf } from "../../src/domain/inspection/letters.ts";
import { plain } from "../../src/domain/inspection/normalise.ts";

const folded: readonly (readonly [string, string, string])[] = [
  ["look-alikes in a word that mixes scripts", "\u0406gn\u043er\u0435 all", "Ignore all"],
  ["fullwidth letters", "\uff49\uff47\uff4e\uff4f\uff52\uff45", "ignore"],
  ["mathematical letters", "\u{1d5f6}\u{1d5f4}", "ig"],
  ["negative squared letters", "\u{1f178}\u{1f176}", "IG"],
  ["small capitals", "\u026a\u0262\u0274\u1d0f\u0280\u1d07", "ignore"],
  ["invisible characters", "ig\u200bno\u00adre\u2060\ufeff", "ignore"],
  ["tag characters", "a\u{e0069}\u{e0067}b", "ab"],
  ["bidi controls", "a\u202eb\u202cc", "abc"],
  ["terminal control sequences", "a\u001b[8mIgnore\u001b[0m \u009b1mall", "aIgnore all"],
  ["typographic quotes and dashes", "\u201cx\u201d \u2014 don\u2019t", '"x" - don\'t'],
  ["marks that compose", "e\u0301te\u0301", "\u00e9t\u00e9"],
];

for (const [what, original, expected] of folded)
  test(`S4: for matching, ${what} are made plain`, () => assert.equal(plain(original).text, expected));

test("S4: words of one script stay what they are", () => {
  for (const text of ["Привет, рост и сор", "αβγ και νους", "सभी मनुष्यों", "한국어 문장", "你好,世界", "שלום"])
    assert.equal(plain(text).text, text.normalize("NFKC"), text);
});

test("offsets lead back to the original from every unit, and `lower` has the same length", () => {
  const original = "a\u200bb \u{1d5f6}x \u00bd \u0130 e\u0301 \u{1f468}\u200d\u{1f469} \ud800 Z";
  const { text, lower, at } = plain(original);
  assert.equal(lower.length, text.length);
  assert.equal(at.length, text.length + 1);
  assert.equal(at[text.length], original.length);
  for (let i = 0; i < text.length; i++) assert.ok((at[i] as number) <= (at[i + 1] as number));
  assert.equal(original[at[text.indexOf("Z")] as number], "Z");
  assert.equal(original[at[text.indexOf("b")] as number], "b");
});

test("a text of 200,000 units of any kind is made plain in linear time", () => {
  for (const unit of ["a", "\u0301", "\u0430", "\u200b", "\u33ff", "\u{1d5f6}", "\u{e0041}", "\ufdfa", "a\u0430 "]) {
    const text = unit.repeat(200_000 / unit.length);
    plain(text);
    const from = performance.now();
    plain(text);
    assert.ok(performance.now() - from < 150, JSON.stringify(unit));
  }
});

test("S4: what is known of a text beside its letters is what its units say", () => {
  const parts = [
    "abc ",
    "\u201cx\u201d",
    "\u200b",
    "\u0430b",
    "\u00e9",
    "e\u0301",
    "\u001b[0m",
    "\u0007",
    "\u{1d5f6}",
    "\u2026",
    "Z\n",
  ];
  for (let seed = 1; seed < 2_000; seed++) {
    let text = "";
    for (let rest = seed; rest > 0; rest = Math.floor(rest / 11)) text += parts[rest % 11];
    const made = plain(text);
    const signs = Array.from(unitsOf(text)).reduce((all, unit) => all | (SIGNS[unit] as number), 0);
    // Of a control sequence its first unit alone counts: the rest is ASCII.
    assert.equal(made.signs, signs, JSON.stringify(text));
    assert.deepEqual(
      Array.from(made.units ?? unitsOf(made.bare)),
      Array.from(unitsOf(made.bare)),
      JSON.stringify(text),
    );
    assert.equal(made.at[made.text.length], text.length);
    for (let i = 0; i < made.text.length; i++)
      assert.ok(
        (made.at[i] as number) < text.length && (made.at[i] as number) >= (made.at[i - 1] ?? 0),
        JSON.stringify(text),
      );
  }
});
