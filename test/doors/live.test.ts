import assert from "node:assert/strict";
import { test } from "node:test";
import { Ending } from "../../src/kernel/ending.ts";
import { createLive } from "../../src/doors/mcp/live.ts";
import { Refused } from "../../src/kernel/errors.ts";
import { clockAt } from "../identity/setting.ts";
import { CALL } from "../pipeline/setting.ts";

test("I9: the end of a credential ends its calls and those that have arrived; a consent that is given again counts", () => {
  const clock = clockAt(100);
  const live = createLive(clock);
  const [mine, late, again] = [new Ending(), new Ending(), new Ending()];
  live.enter(mine, { ...CALL, started: 90 });
  live.end(CALL.principal.credential);
  assert.ok(mine.reason instanceof Refused && mine.reason.refusal.code === "unauthenticated");
  assert.throws(() => live.enter(late, { ...CALL, started: 100 }), Refused);
  live.enter(again, { ...CALL, started: 101 });
  assert.equal(again.aborted, false);
});
