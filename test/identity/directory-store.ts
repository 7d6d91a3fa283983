import assert from "node:assert/strict";
import { test } from "node:test";
import type { Account, DirectoryStore, Grant } from "../../src/ports/directory.ts";

const ADA: Account = {
  tenant: "t1",
  owner: "person:ada",
  source: "corp",
  sub: "1",
  name: "Ada",
  roles: ["dev", "admin:auditor"],
  createdAt: 1,
  checkedAt: 2,
};
const GRANT: Grant = {
  id: "g_1",
  tenant: "t1",
  owner: "person:ada",
  environment: "dev",
  client: "https://c.example/id",
  clientName: "One",
  redirectHost: "c.example",
  scopes: ["files:read", "offline_access"],
  createdAt: 1,
  expiresAt: 50_000,
};

/** What the port DirectoryStore promises, for every adapter behind it. */
export function promisesOfDirectoryStore(name: string, open: () => DirectoryStore): void {
  const it = (title: string, work: (store: DirectoryStore) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const store = open();
      await work(store).finally(() => store.close());
    });
  };

  it("accounts and grants come back as they were kept", async (store) => {
    await store.putAccount(ADA);
    await store.putGrant({ ...GRANT, lastUsedAt: 5 });
    const { redirectHost: _, ...service } = { ...GRANT, id: "g_2", client: "c2" };
    await store.putGrant(service);
    assert.deepEqual(await store.all(), { accounts: [ADA], grants: [{ ...GRANT, lastUsedAt: 5 }, service] });
  });

  it("an owner belongs to one source and id; a source's id has one owner", async (store) => {
    await store.putAccount(ADA);
    await assert.rejects(store.putAccount({ ...ADA, source: "other" }), /another source/);
    await assert.rejects(store.putAccount({ ...ADA, sub: "2" }), /another source/);
    await assert.rejects(store.putAccount({ ...ADA, owner: "person:eve" }));
    await store.putAccount({ ...ADA, tenant: "t2", sub: "2" });
    assert.deepEqual((await store.all()).accounts.map((a) => [a.tenant, a.source, a.sub]).sort(), [
      ["t1", "corp", "1"],
      ["t2", "corp", "2"],
    ]);
  });

  it("an end stays with its first time; only reviving lets in again", async (store) => {
    await store.putAccount(ADA);
    assert.equal(await store.endAccount("t2", ADA.owner, 5), undefined);
    assert.equal((await store.endAccount("t1", ADA.owner, 5))?.endedAt, 5);
    assert.equal((await store.endAccount("t1", ADA.owner, 6))?.endedAt, 5);
    await store.putAccount({ ...ADA, roles: [], checkedAt: 9 });
    assert.deepEqual((await store.all()).accounts, [{ ...ADA, roles: [], checkedAt: 9, endedAt: 5 }]);
    assert.equal(await store.reviveAccount("t2", ADA.owner), undefined);
    assert.equal((await store.reviveAccount("t1", ADA.owner))?.endedAt, undefined);
  });

  it("a revoked grant is valid again after a new consent, and its last use stays", async (store) => {
    await store.putAccount(ADA);
    await store.putGrant(GRANT);
    await store.touchGrants([
      { id: GRANT.id, at: 9 },
      { id: GRANT.id, at: 8 },
    ]);
    assert.equal(await store.revokeGrant("t2", GRANT.id, 5), undefined);
    assert.equal((await store.revokeGrant("t1", GRANT.id, 5))?.revokedAt, 5);
    assert.equal((await store.revokeGrant("t1", GRANT.id, 6))?.revokedAt, 5);
    await store.putGrant({ ...GRANT, scopes: ["files:write"], revokedAt: 5 });
    assert.deepEqual((await store.all()).grants, [{ ...GRANT, scopes: ["files:write"], lastUsedAt: 9 }]);
  });

  it("a grant is kept neither for an ended account nor under another's id", async (store) => {
    await store.putAccount(ADA);
    await store.putGrant(GRANT);
    for (const other of [{ tenant: "t2" }, { owner: "person:eve" }, { client: "c9" }])
      await assert.rejects(store.putGrant({ ...GRANT, ...other }), /another/);
    await store.endAccount("t1", ADA.owner, 5);
    await assert.rejects(store.putGrant(GRANT), /ended/);
    assert.deepEqual((await store.all()).grants, [GRANT]);
  });

  it("what changed after a version is told, unless something was removed", async (store) => {
    await store.putAccount(ADA);
    await store.putGrant(GRANT);
    const before = await store.version();
    assert.deepEqual(await store.changes(before), { accounts: [], grants: [] });
    await store.touchGrants([{ id: GRANT.id, at: 9 }]);
    await store.putAccount({ ...ADA, owner: "person:bo", sub: "2" });
    await store.revokeGrant("t1", GRANT.id, 5);
    assert.deepEqual(await store.changes(before), {
      accounts: [{ ...ADA, owner: "person:bo", sub: "2" }],
      grants: [{ ...GRANT, revokedAt: 5, lastUsedAt: 9 }],
    });
    await store.endAccount("t1", ADA.owner, 7);
    assert.deepEqual((await store.changes(before))?.accounts.map((a) => [a.owner, a.endedAt]).sort(), [
      ["person:ada", 7],
      ["person:bo", undefined],
    ]);
    const after = await store.version();
    assert.ok(after > before);
    assert.deepEqual(await store.changes(after), { accounts: [], grants: [] });
  });

  it("the version changes with everything but last uses", async (store) => {
    const seen = new Set<number>([await store.version()]);
    for (const change of [
      () => store.putAccount(ADA),
      () => store.putAccount({ ...ADA, checkedAt: 3 }),
      () => store.putGrant(GRANT),
      () => store.putGrant({ ...GRANT, scopes: [] }),
      () => store.revokeGrant("t1", GRANT.id, 5),
      () => store.endAccount("t1", ADA.owner, 5),
      () => store.reviveAccount("t1", ADA.owner),
    ] as const) {
      await change();
      seen.add(await store.version());
    }
    assert.equal(seen.size, 8);
    await store.touchGrants([{ id: GRANT.id, at: 99 }]);
    assert.ok(seen.has(await store.version()));
  });
}
