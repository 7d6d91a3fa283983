import assert from "node:assert/strict";
import { test } from "node:test";
import { Places } from "../../src/domain/flow/places.ts";

test("S8: a place keeps the number that it was first read with, until as many others came after it as may be kept", () => {
  const places = new Places(3);
  for (const [at, name] of ["a", "b", "a", "c"].entries()) places.add(name, at);
  assert.deepEqual(
    ["a", "b", "c"].map((name) => places.get(name)),
    [0, 1, 3],
  );
  for (const [at, name] of ["d", "e", "a"].entries()) places.add(name, 10 + at);
  assert.deepEqual(
    ["a", "b", "c", "d", "e"].map((name) => places.get(name)),
    [12, undefined, undefined, 10, 11],
  );
  places.clear();
  places.add("f", 20);
  assert.deepEqual(
    ["a", "f"].map((name) => places.get(name)),
    [undefined, 20],
  );
});
