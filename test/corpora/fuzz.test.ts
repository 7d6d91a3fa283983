import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzGateway } from "../../bench/fuzz-gateway.ts";

test("W4 W7: hostile requests are refused, none goes upstream, and good ones in between are served", async () => {
  const { tried, crashes, findings, unexpected, served, verified } = await fuzzGateway({
    count: 1_500,
    seed: 42,
    say() {},
  });
  assert.deepEqual(findings, []);
  assert.deepEqual(
    { tried, crashes, unexpected, verified },
    { tried: 1_500, crashes: 0, unexpected: 0, verified: true },
  );
  assert.ok(served > 300, `${served} were served`);
});
