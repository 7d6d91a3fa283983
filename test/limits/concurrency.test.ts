import assert from "node:assert/strict";
import { test } from "node:test";
import { createConcurrency } from "../../src/domain/limits/concurrency.ts";
import { Refused } from "../../src/kernel/errors.ts";

test("L6: a credential has so many calls at once, a server so many of all, and each that ends makes room for one", () => {
  const { enter } = createConcurrency(2, (server) => (server === "small" ? 3 : 10));
  const code = (tenant: string, credential: string, server: string): string => {
    try {
      enter(tenant, credential, server);
      return "in";
    } catch (error) {
      return error instanceof Refused ? error.refusal.code : String(error);
    }
  };
  const leave = enter("a", "k", "small");
  enter("a", "k", "large");
  assert.equal(code("a", "k", "large"), "rate_limited");
  assert.equal(code("b", "k", "small"), "in", "another tenant's credential of the same name is another one");
  assert.equal(code("a", "l", "small"), "in");
  assert.equal(code("a", "m", "small"), "upstream_busy");
  leave();
  assert.equal(code("a", "m", "small"), "in");
  assert.equal(code("a", "k", "small"), "upstream_busy", "what found no room took none of the credential's");
  assert.equal(code("a", "k", "large"), "in");
  assert.equal(code("a", "k", "large"), "rate_limited");
});
