import assert from "node:assert/strict";
import { test } from "node:test";
import { covers, neededScope, offered, readScope } from "../../src/domain/identity/scopes.ts";

test("I7: writing includes reading, on its own server alone", () => {
  assert.equal(covers(new Set(["files:read"]), "files:read"), true);
  assert.equal(covers(new Set(["files:write"]), "files:read"), true);
  assert.equal(covers(new Set(["files:read"]), "files:write"), false);
  assert.equal(covers(new Set(["crm:write"]), "files:read"), false);
  assert.equal(covers(new Set(["offline_access", "*", "files:*", "files"]), "files:read"), false);
  assert.equal(covers(new Set(), "files:read"), false);
});

test("I7: a tool that is not known to be read-only needs writing; everything else reading", () => {
  assert.equal(neededScope("files", "read", "tool"), "files:read");
  for (const effect of ["write", "destructive", "outbound", "payment", "access-change", "execute", undefined] as const)
    assert.equal(neededScope("files", effect, "tool"), "files:write");
  for (const kind of ["prompt", "resource", "template", "instructions"] as const)
    assert.equal(neededScope("files", undefined, kind), "files:read");
});

test("I7: there is no scope but <server>:read and <server>:write", () => {
  assert.deepEqual(readScope("files:read"), { server: "files", access: "read" });
  assert.deepEqual(readScope("crm-2:write"), { server: "crm-2", access: "write" });
  for (const text of ["*", "files", "files:*", "*:read", "Files:read", "files:read ", "files:admin", ":read", ""])
    assert.equal(readScope(text), undefined, text);
});

test("I7: consent offers what was asked for on servers that exist for this person, reading where nothing was", () => {
  const servers = ["files", "crm", "secret"];
  const may = (server: string) => server !== "secret";
  assert.deepEqual(offered(servers, may, []), ["files:read", "crm:read"]);
  assert.deepEqual(offered(servers, may, ["offline_access"]), ["files:read", "crm:read", "offline_access"]);
  assert.deepEqual(offered(servers, may, ["crm:write", "secret:read", "gone:read", "crm:write", "crm:*"]), [
    "crm:write",
  ]);
  assert.deepEqual(offered(["files"], may, ["crm:read"]), []);
});
