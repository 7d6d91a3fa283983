import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isMethod, METHODS, ORDER } from "../../src/pipeline/order.ts";
import { LEGACY_METHODS, MODERN_METHODS } from "../../src/protocol/versions.ts";

const ROOT = join(import.meta.dirname, "../..");

test("W3: every method of both revisions is in the table, and the table names no other", () => {
  const known = new Set([...LEGACY_METHODS, ...MODERN_METHODS]);
  assert.deepEqual(
    [...known].filter((method) => !isMethod(method)),
    [],
  );
  assert.deepEqual(
    Object.keys(METHODS).filter((method) => !known.has(method)),
    [],
  );
});

test("W3: what is no method is none, whatever objects inherit", () => {
  for (const name of ["constructor", "__proto__", "toString", "tools/Call", "tools/call ", ""])
    assert.equal(isMethod(name), false, name);
});

test("the table names exactly the files in src/controls, each once", () => {
  const files = readdirSync(join(ROOT, "src/controls")).map((file) => file.replace(/\.ts$/, ""));
  assert.deepEqual(ORDER.map((row) => row.control).sort(), files.sort());
});

test("the file of a control says its own name", () => {
  for (const { control } of ORDER) {
    const text = readFileSync(join(ROOT, `src/controls/${control}.ts`), "utf8");
    assert.ok(text.includes(`name: "${control}"`), control);
  }
});

test("phases stand in their order: nobody is asked before they are known, nothing is sent before it is judged", () => {
  const phases = ["identify", "admit", "locate", "gate", "screen"];
  const places = ORDER.map((row) => phases.indexOf(row.phase));
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
  const gate = ORDER.filter((row) => row.phase === "gate").map((row) => row.control);
  assert.equal(gate[0], "check-pin");
  assert.equal(gate[1], "check-visible");
  assert.equal(gate[2], "check-scope");
  assert.ok(gate.indexOf("check-policy") > gate.indexOf("validate-arguments"));
  assert.equal(gate.at(-1), "ask-person");
});
