import assert from "node:assert/strict";
import { test } from "node:test";
import { Parked } from "../../src/adapters/upstream-link/parked.ts";
import type { ParkedCall } from "../../src/adapters/upstream-link/parked.ts";
import { Backoff } from "../../src/adapters/upstream-stdio/backoff.ts";
import { Lines } from "../../src/adapters/upstream-stdio/lines.ts";

test("W3: a call that nobody answers waits five minutes; 256 of one link wait at most", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const expired: ParkedCall[] = [];
  const parked = new Parked((call) => void expired.push(call));
  const call = { exchange: undefined, questions: [], method: "tools/call", target: "x", credential: "k", params: {} };
  for (let at = 0; at < 256; at++) {
    assert.equal(parked.full, false);
    parked.put(`${at}`, call);
  }
  assert.equal(parked.full, true);
  t.mock.timers.tick(299_999);
  assert.equal(expired.length, 0);
  t.mock.timers.tick(1);
  assert.deepEqual([expired.length, parked.size], [256, 0]);
});

test("W2: starts after failures wait 250 ms, doubled up to 30 s, from the start again after a healthy minute", () => {
  const backoff = new Backoff();
  const waits: number[] = [];
  for (let failure = 0; failure < 9; failure++) {
    backoff.failed("a", 10, 0);
    waits.push(backoff.wait("a", 0));
  }
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  assert.equal(backoff.wait("b", 0), 0, "others do not wait");
  backoff.failed("a", 60_000, 0);
  assert.equal(backoff.wait("a", 0), 250);
  assert.equal(backoff.wait("a", 250), 0);
});

test("invariant 11: lines are cut at their end alone, and capped", () => {
  const lines = new Lines(() => 10);
  const heard: string[] = [];
  const push = (text: string, most = 9): string | undefined =>
    lines
      .push(
        Buffer.from(text),
        () => most-- <= 0,
        (line) => void heard.push(line.toString()),
      )
      ?.toString();
  for (const chunk of ["a", "b\nc", "d\n\ne\n", "0123456789\n"]) assert.equal(push(chunk), "");
  assert.deepEqual(heard, ["ab", "cd", "e", "0123456789"]);
  assert.equal(push("f\ng\nh\ni", 2), "h\ni");
  assert.equal(push("h\ni"), "");
  assert.equal(push("\n", 1), "");
  assert.deepEqual(heard.slice(4), ["f", "g", "h", "i"]);
  assert.equal(push("01234567890\n"), undefined);
  assert.equal(
    new Lines(() => 10).push(
      Buffer.from("x".repeat(11)),
      () => false,
      () => {},
    ),
    undefined,
  );
});
