import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openDirectory } from "../../src/adapters/sqlite/directory.ts";
import { createDirectory, grantId } from "../../src/domain/identity/directory.ts";
import { Refused } from "../../src/kernel/errors.ts";
import type { Account, DirectoryStore, Grant } from "../../src/ports/directory.ts";
import { clockAt, folder, ROWS } from "./setting.ts";
import { promisesOfDirectoryStore } from "./directory-store.ts";

promisesOfDirectoryStore("SQLite", () => openDirectory(":memory:"));

const ADA: Account = {
  tenant: "t1",
  owner: "person:ada",
  source: "corp",
  sub: "1",
  roles: ["dev"],
  createdAt: 1,
  checkedAt: 1,
};
const GRANT: Grant = {
  id: grantId("t1", "person:ada", "c1"),
  tenant: "t1",
  owner: "person:ada",
  environment: "dev",
  client: "c1",
  clientName: "One",
  scopes: ["files:read"],
  createdAt: 1,
  expiresAt: 50_000,
};

async function setting(store: DirectoryStore = openDirectory(":memory:")) {
  const clock = clockAt(10_000);
  await store.putAccount(ADA);
  await store.putGrant(GRANT);
  return { store, clock, directory: await createDirectory(store, clock) };
}

test("invariant 9: a grant's id is the same for the same tenant, owner and client, and no other", () => {
  assert.match(GRANT.id, /^g_[0-9a-z]{16}$/);
  assert.equal(grantId("t1", "person:ada", "c1"), GRANT.id);
  const others = [
    grantId("t2", "person:ada", "c1"),
    grantId("t1", "person:ad", "ac1"),
    grantId("t1", "person:ada", "c"),
  ];
  assert.equal(new Set([...others, GRANT.id]).size, 4);
});

test("I4: accounts are found by owner and by source, grants by id and owner, in their tenant alone", async () => {
  const { directory } = await setting();
  assert.deepEqual(directory.account("t1", ADA.owner), ADA);
  assert.deepEqual(directory.bySource("t1", "corp", "1"), ADA);
  assert.deepEqual(directory.accounts("t1"), [ADA]);
  assert.deepEqual(directory.grant(GRANT.id), GRANT);
  assert.deepEqual(directory.grantsOf("t1", ADA.owner), [GRANT]);
  assert.equal(directory.account("t2", ADA.owner), undefined);
  assert.equal(directory.bySource("t2", "corp", "1"), undefined);
  assert.deepEqual([directory.accounts("t2"), directory.grantsOf("t2", ADA.owner)], [[], []]);
});

test("I9: an end counts here at once, and the next poll tells it once, with the grants that were used", async () => {
  const { directory } = await setting();
  directory.touch(GRANT.id, 5_000);
  await directory.end("t1", ADA.owner);
  assert.equal(directory.account("t1", ADA.owner)?.endedAt, 10_000);
  assert.deepEqual(await directory.poll(), {
    endedOwners: [{ tenant: "t1", owner: ADA.owner }],
    endedGrants: [GRANT.id],
  });
  assert.deepEqual(await directory.poll(), { endedOwners: [], endedGrants: [] });
  await directory.save({ ...ADA, roles: ["dev", "lead"] });
  assert.equal(directory.account("t1", ADA.owner)?.endedAt, 10_000);
  await directory.poll();
  assert.equal(directory.account("t1", ADA.owner)?.endedAt, 10_000);
  await assert.rejects(directory.saveGrant(GRANT), /ended/);
});

test("I9: who was let in again can be ended again, and that is told again", async () => {
  const { directory } = await setting();
  await directory.end("t1", ADA.owner);
  await directory.poll();
  await directory.revive("t1", ADA.owner);
  assert.equal(directory.account("t1", ADA.owner)?.endedAt, undefined);
  assert.deepEqual((await directory.poll()).endedOwners, []);
  await directory.end("t1", ADA.owner);
  assert.equal((await directory.poll()).endedOwners.length, 1);
});

test("I9: who was ended before the start is told by no poll", async () => {
  const { store } = await setting();
  await store.endAccount("t1", ADA.owner, 5);
  const again = await createDirectory(store, clockAt(0));
  assert.deepEqual((await again.poll()).endedOwners, []);
  assert.equal(again.account("t1", ADA.owner)?.endedAt, 5);
});

test("P9: a used grant is told as ended when it is revoked, and when its consent is over", async () => {
  const { directory, clock } = await setting();
  directory.touch(GRANT.id, clock.now());
  assert.equal((await directory.revokeGrant("t1", GRANT.id))?.revokedAt, 10_000);
  assert.equal(directory.grant(GRANT.id)?.revokedAt, 10_000);
  assert.deepEqual((await directory.poll()).endedGrants, [GRANT.id]);
  await directory.saveGrant({ ...GRANT, revokedAt: 10_000 });
  assert.equal(directory.grant(GRANT.id)?.revokedAt, undefined);
  directory.touch(GRANT.id, clock.now());
  clock.set(49_999);
  assert.deepEqual((await directory.poll()).endedGrants, []);
  clock.set(50_000);
  assert.deepEqual((await directory.poll()).endedGrants, [GRANT.id]);
});

test("I9: what another process ends is followed at the next poll; what an SQL shell removes too", async () => {
  const path = join(folder(), "cardea.db");
  const { directory, store } = await setting(openDirectory(path, ROWS));
  const program = `
    import { openDirectory } from ${JSON.stringify(new URL("../../src/adapters/sqlite/directory.ts", import.meta.url))};
    const store = openDirectory(${JSON.stringify(path)}, { key: Buffer.alloc(32, 7), tampered: () => {} });
    await store.endAccount("t1", "person:ada", 77);
    await store.close();`;
  const run = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", program], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  assert.equal(directory.account("t1", ADA.owner)?.endedAt, undefined);
  assert.equal((await directory.poll()).endedOwners.length, 1);
  assert.equal(directory.account("t1", ADA.owner)?.endedAt, 77);
  await directory.save({ ...ADA, owner: "person:bo", sub: "2" });
  await directory.poll();
  const { DatabaseSync } = await import("node:sqlite");
  const shell = new DatabaseSync(path);
  shell.exec("DELETE FROM accounts");
  shell.close();
  assert.equal(await store.changes(3), undefined);
  assert.deepEqual((await directory.poll()).endedOwners, [{ tenant: "t1", owner: "person:bo" }]);
  assert.deepEqual((await directory.poll()).endedOwners, []);
  assert.equal(directory.account("t1", ADA.owner), undefined);
  await store.close();
});

test("I1: while the store does not answer nobody is known, and afterwards they are", async () => {
  const real = openDirectory(":memory:");
  let broken = false;
  const version = async () => (broken ? Promise.reject(new Error("disk")) : real.version());
  const { directory } = await setting({ ...real, version });
  broken = true;
  await assert.rejects(directory.poll(), /disk/);
  for (const ask of [() => directory.account("t1", ADA.owner), () => directory.grant(GRANT.id)])
    assert.throws(ask, (error) => error instanceof Refused && error.refusal.code === "control_failed");
  broken = false;
  await directory.poll();
  assert.deepEqual(directory.account("t1", ADA.owner), ADA);
});

test("I1: an answer that was on its way does not take back an end", async () => {
  const real = openDirectory(":memory:");
  let release = (): void => {};
  let slow = false;
  const changes: DirectoryStore["changes"] = async (since) => {
    const read = await real.changes(since);
    if (slow) await new Promise<void>((resolve) => (release = resolve));
    return read;
  };
  const { directory } = await setting({ ...real, changes });
  await real.putAccount({ ...ADA, name: "Ada" });
  slow = true;
  const polled = directory.poll();
  await new Promise((resolve) => setImmediate(resolve));
  const ended = directory.end("t1", ADA.owner);
  slow = false;
  release();
  await Promise.all([polled, ended]);
  assert.equal(directory.account("t1", ADA.owner)?.endedAt, 10_000);
});

test("I4: following one change reads what changed, not everybody", async () => {
  const real = openDirectory(":memory:");
  let whole = 0;
  const all: DirectoryStore["all"] = () => (whole++, real.all());
  const { directory } = await setting({ ...real, all });
  for (let n = 0; n < 20; n++) {
    await real.putAccount({ ...ADA, roles: [`r${n}`] });
    await directory.poll();
    assert.deepEqual(directory.account("t1", ADA.owner)?.roles, [`r${n}`]);
  }
  assert.equal(whole, 1);
});

test("I10: last uses are written in batches; what could not be written is written the next time", async () => {
  const real = openDirectory(":memory:");
  let broken = true;
  const touchGrants: DirectoryStore["touchGrants"] = async (uses) =>
    broken ? Promise.reject(new Error("disk")) : real.touchGrants(uses);
  const { directory, clock } = await setting({ ...real, touchGrants });
  const before = await real.version();
  directory.touch(GRANT.id, clock.now());
  clock.set(12_000);
  directory.touch(GRANT.id, clock.now());
  await assert.rejects(directory.flush(), /disk/);
  broken = false;
  await directory.flush();
  assert.equal((await real.all()).grants[0]?.lastUsedAt, 12_000);
  assert.equal(await real.version(), before);
});

test("A10: the directory's files are for their owner alone", async () => {
  const home = folder();
  const { store } = await setting(openDirectory(join(home, "cardea.db")));
  for (const file of readdirSync(home)) assert.equal(statSync(join(home, file)).mode & 0o077, 0, file);
  await store.close();
});
