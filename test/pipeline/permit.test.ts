import assert from "node:assert/strict";
import { test } from "node:test";
import { grant, Permit, type Permitted } from "../../src/kernel/permit.ts";

const request = { id: "c_1", server: "s", params: "{}" } as Permitted;

test("invariant 1: a permit opens, and cannot be changed", () => {
  const permit = grant(request);
  assert.equal(Permit.open(permit).server, "s");
  assert.ok(Object.isFrozen(permit) && Object.isFrozen(Permit.open(permit)));
  assert.throws(() => Object.assign(permit, { extra: 1 }), TypeError);
});

test("invariant 1: a granted permit keeps the request as it was", () => {
  const mine = { ...request };
  const permit = grant(mine);
  assert.throws(() => Object.assign(mine, { server: "other" }), TypeError);
  assert.equal(Permit.open(permit).server, "s");
});

for (const [how, forge] of [
  ["a cast", () => ({ ...request })],
  ["a spread of a permit", () => ({ ...grant(request) })],
  ["structuredClone", () => structuredClone(grant(request))],
  ["JSON", () => JSON.parse(JSON.stringify(grant(request)))],
  ["its prototype", () => Object.create(Permit.prototype)],
  ["a proxy", () => new Proxy(grant(request), {})],
  ["a subclass of nothing", () => Object.setPrototypeOf({ request }, Permit.prototype)],
] as const)
  test(`invariant 1: ${how} makes no permit`, () => {
    assert.throws(() => Permit.open(forge() as Permit), TypeError);
  });

test("invariant 1: only the engine's key constructs one", () => {
  for (const key of [Symbol("engine"), Symbol.for("engine"), undefined, "engine"])
    assert.throws(() => new Permit(key as never, request), /Only the engine/);
  const { constructor } = grant(request);
  assert.throws(() => Reflect.construct(constructor, [undefined, request]), /Only the engine/);
});
