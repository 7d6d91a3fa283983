import assert from "node:assert/strict";
import { test } from "node:test";
import { checkScope } from "../../src/controls/check-scope.ts";
import type { Effect, Kind, Located } from "../../src/kernel/call.ts";
import { CALL } from "../pipeline/setting.ts";

function located(scopes: readonly string[] | undefined, effect: Effect, kind: Kind = "tool"): Located {
  const principal = scopes === undefined ? CALL.principal : { ...CALL.principal, oauthScopes: new Set(scopes) };
  const target = {
    server: "files",
    kind,
    name: "x",
    sentName: "x",
    digest: undefined,
    definition: undefined,
    published: undefined,
    quarantine: undefined,
    effect,
  };
  return { ...CALL, principal, target, sent: {} };
}

const judge = async (...of: Parameters<typeof located>) => {
  const verdict = await checkScope().judge(located(...of));
  return verdict.kind === "deny" ? verdict.refusal : verdict.kind;
};

test("I7: reading passes with reading or writing; what changes something needs writing", async () => {
  assert.equal(await judge(["files:read"], "read"), "pass");
  assert.equal(await judge(["files:write"], "read"), "pass");
  assert.equal(await judge(["files:write"], "destructive"), "pass");
  for (const kind of ["prompt", "resource", "template"] as const)
    assert.equal(await judge(["files:read"], "read", kind), "pass");
});

test("I7: a refusal names exactly the missing scope, and says that nothing was done", async () => {
  const write = await judge(["files:read", "crm:write"], "write");
  assert.ok(typeof write === "object");
  assert.deepEqual(
    [write.code, write.scopes, write.control, write.executed],
    ["insufficient_scope", ["files:write"], "I7", "no"],
  );
  const read = await judge([], "read", "resource");
  assert.ok(typeof read === "object");
  assert.deepEqual(read.scopes, ["files:read"]);
});

test("I7: no OAuth scope narrows an API key", async () => {
  assert.equal(await judge(undefined, "destructive"), "pass");
});
