import assert from "node:assert/strict";
import { test } from "node:test";
import { createStrangers } from "../../src/pipeline/strangers.ts";

test("A1 L6: 50 refusals of nobody are recorded in a second, the others are told in one record", () => {
  let now = 5_000;
  const strangers = createStrangers({
    clock: { now: () => now, monotonic: () => now },
    random: { id: (prefix) => `${prefix}1`, bytes: (n) => new Uint8Array(n) },
  });
  const own = Array.from({ length: 80 }, (_, at) => strangers.has(at % 2 ? "unknown_path" : "unauthenticated"));
  assert.equal(own.filter(Boolean).length, 50);
  const summary = strangers.summary();
  assert.equal(summary?.tenant, "-");
  assert.deepEqual(summary?.detail, { count: 30, reasons: { unauthenticated: 15, unknown_path: 15 } });
  assert.equal(strangers.summary(), undefined);
  assert.equal(strangers.has("unauthenticated"), false);
  now += 1_000;
  assert.equal(strangers.has("unauthenticated"), true);
});
