import assert from "node:assert/strict";
import { test } from "node:test";
import { Roster } from "../../src/kernel/roster.ts";

test("a roster keeps the order of arrival, whoever leaves", () => {
  const roster = new Roster<{ name: string }>();
  const [a, b, c] = ["a", "b", "c"].map((name) => ({ name })) as [{ name: string }, { name: string }, { name: string }];
  for (const one of [a, b, c]) roster.add(one);
  roster.delete(a);
  assert.deepEqual(roster.all(), [b, c]);
  roster.add(a);
  roster.delete(c);
  assert.deepEqual(roster.all(), [b, a]);
  assert.equal(
    roster.find(({ name }) => name === "c"),
    undefined,
  );
  roster.delete(c);
  assert.equal(roster.size, 2);
});

test("a copy of a roster stays as it was", () => {
  const roster = new Roster<number>();
  roster.add(1);
  const before = roster.all();
  roster.delete(1);
  assert.deepEqual(before, [1]);
  assert.equal(roster.size, 0);
});
