import assert from "node:assert/strict";
import { test } from "node:test";
import { anchorsOf } from "../../src/domain/inspection/anchors.ts";
import { eachCandidate, tableOf } from "../../src/domain/inspection/candidates.ts";
import { unitsOf } from "../../src/domain/inspection/letters.ts";

const LITERALS = ["key", "keys", "password", "pass", "://", "aaaa", "senha", "contraseña", "-----begin ", "token"];
const table = tableOf(anchorsOf(LITERALS));

/** Places of each literal as one would look for them by hand: its accents do not count. */
function byHand(text: string): string[] {
  const found: string[] = [];
  for (let start = 0; start < text.length; start++)
    for (const literal of LITERALS)
      if (text.startsWith(literal.replace("ñ", "n"), start)) found.push(`${start} ${literal}`);
  return found.sort();
}

function visited(text: string): string[] {
  const found: string[] = [];
  eachCandidate(unitsOf(text), text.length, table, (start, literal) => found.push(`${start} ${LITERALS[literal]}`));
  return found.sort();
}

test("S1: every literal is found wherever it stands, at the edges of stretches and at the end of a text too", () => {
  for (const literal of LITERALS.map((one) => one.replace("ñ", "n")).filter((one) => one !== "aaaa"))
    for (const before of [0, 1, 2, 3, 2_044, 2_045, 2_046, 2_047, 2_048, 2_049, 4_095, 4_096])
      for (const after of ["", "s", "\u4e00", "xyz".repeat(900)]) {
        const text = "-".repeat(before) + literal + after;
        assert.deepEqual(visited(text), byHand(text), `${before} ${literal}`);
      }
  for (const text of ["", "k", "ke", "ke\u017f", "\u016bey", "keyskeypasspassword://"])
    assert.deepEqual(visited(text), byHand(text), text);
});

test("S1: in a run of one character a literal of it stands at the first places alone", () => {
  assert.deepEqual(
    visited(`x${"a".repeat(50)}`),
    [1, 2, 3, 4].map((start) => `${start} aaaa`),
  );
});

test("S1: units behind the end of a text are not read", () => {
  const found: number[] = [];
  eachCandidate(unitsOf("a token and a key"), 4, table, (start) => found.push(start));
  assert.deepEqual(found, []);
});
