import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SlidingWindow } from "../../src/domain/limits/window.ts";

test("L1: no stretch of the window's length holds more calls than the limit, and waiting as told is enough", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom(20, 1000, 60_000, 777),
      fc.array(fc.nat(30_000), { minLength: 1, maxLength: 200 }),
      (calls, perMs, gaps) => {
        const window = new SlidingWindow(perMs);
        const taken: number[] = [];
        let now = 1_000_000;
        for (const gap of gaps) {
          now += gap % perMs;
          const wait = window.wait(now, calls);
          const exact = taken.filter((at) => at > now - perMs).length;
          if (wait > 0) {
            // Strict by at most a twentieth of the window.
            const wide = taken.filter((at) => at > now - perMs - perMs / 20 - 1).length;
            assert.ok(wide >= calls, "refused although it had room");
            assert.ok(window.wait(now + wait - 1.001, calls) > 0 || wait <= 1.001);
            assert.equal(window.wait(now + wait, calls), 0);
            now += wait;
          } else {
            assert.ok(exact < calls, "let one call too many through");
          }
          window.total(now);
          window.add();
          taken.push(now);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("L1: the border of a window lets nothing extra through", () => {
  const window = new SlidingWindow(60_000);
  let passed = 0;
  for (let now = 59_000; now < 61_000; now += 10) {
    if (window.wait(now, 60) > 0) continue;
    window.add();
    passed++;
  }
  assert.equal(passed, 60);
});

test("L2: a clock that is set back forgets nothing and nothing counts for ever", () => {
  const window = new SlidingWindow(1000);
  window.total(5_000_000);
  for (let i = 0; i < 3; i++) window.add();
  assert.equal(window.total(1_000_000), 3);
  assert.equal(window.total(1_000_999), 3);
  assert.equal(window.total(1_001_100), 0);
});

test("L1: a limit of none never fits", () => {
  assert.ok(new SlidingWindow(1000).wait(5000, 0) > 0);
});

test("L2: a saved window continues where it was", () => {
  const one = new SlidingWindow(1000);
  for (let now = 10_000; now < 10_700; now += 100) {
    one.total(now);
    one.add();
  }
  const { head, counts, endsAt } = one.save();
  const two = new SlidingWindow(1000);
  two.restore(head, counts);
  for (const now of [10_700, 10_999, 11_050, 11_300, 11_600, 11_700])
    assert.equal(two.total(now), one.total(now), `${now}`);
  assert.equal(two.total(endsAt), 0);
});
