import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { IDENTIFIERS } from "../../src/domain/inspection/personal/shapes.ts";
import { RULES } from "../../src/domain/inspection/secrets/index.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/secrets-and-personal-data.md"), "utf8");

test("S1 and S2: the documentation names every kind, and each format with its source", () => {
  for (const { kind } of [...RULES, ...IDENTIFIERS]) assert.ok(page.includes(`\`${kind}\``), kind);
  for (const line of page.split("\n").filter((row) => /^\| [^|]+ \| `/.test(row)))
    assert.match(line, /\| [^|]{2,} \|$/);
});

test("S1: literals of formats are in lower case, and patterns stick to their place", () => {
  for (const { kind, literals, pattern } of RULES) {
    assert.ok(pattern.sticky, kind);
    for (const literal of literals) assert.equal(literal, literal.toLowerCase(), kind);
  }
});
