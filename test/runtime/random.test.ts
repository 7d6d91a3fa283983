import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom } from "../../src/adapters/system/world.ts";

test("ids and trace ids have their form, and none comes twice, from one draw to the next or from another source", () => {
  const sources = [systemRandom(), systemRandom()];
  const seen = new Set<string>();
  for (let at = 0; at < 1000; at++)
    for (const random of sources) {
      const [id, trace] = [random.id("c_"), random.trace()];
      assert.match(id, /^c_[A-Za-z0-9_-]{16}$/);
      assert.match(trace, /^[0-9a-f]{32}$/);
      seen.add(id).add(trace);
    }
  assert.equal(seen.size, 4000);
});
