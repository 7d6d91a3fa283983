import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openCounters } from "../../src/adapters/sqlite/counters.ts";
import { openKeys } from "../../src/adapters/sqlite/keys.ts";
import { createKey, revokeKey, type KeyEvent } from "../../src/domain/identity/key-admin.ts";
import { mintKey } from "../../src/domain/identity/key-format.ts";
import { createKeyring } from "../../src/domain/identity/keyring.ts";
import { Refused } from "../../src/kernel/errors.ts";
import type { KeyRecord, KeyStore } from "../../src/ports/keys.ts";
import { ADA, clockAt, folder, random, ROWS } from "./setting.ts";

async function withKey(more: Partial<KeyRecord> = {}, store: KeyStore = openKeys(":memory:")) {
  const clock = clockAt(10_000);
  const { key, id, hash } = mintKey(random, "dev");
  await store.create("t1", { record: { ...ADA, id, ...more }, hash });
  const ring = await createKeyring(store, clock);
  const why = (bearer = key, environment = "dev") => {
    const answer = ring.authenticate(bearer, environment);
    return answer.ok ? "ok" : answer.reason;
  };
  return { store, clock, key, id, ring, why };
}

test("I1: a key names its owner, roles, scope and tenant", async () => {
  const { ring, key, id } = await withKey({ scope: ["files.read_*"], expiresAt: 20_000 });
  assert.deepEqual(ring.authenticate(key, "dev"), {
    ok: true,
    key: { ...ADA, id, scope: ["files.read_*"], expiresAt: 20_000 },
  });
});

test("I1: what is not a key, not known, or another key's secret is refused", async () => {
  const { why, key } = await withKey();
  assert.equal(why(""), "malformed");
  assert.equal(why(key.slice(0, -1)), "malformed");
  assert.equal(why(mintKey(random, "dev").key), "unknown");
  const id = key.slice(7, 19);
  const forged = mintKey({ ...random, bytes: (n) => (n === 12 ? idBytes(id) : random.bytes(n)) }, "dev").key;
  assert.equal(forged.slice(7, 19), id);
  assert.equal(why(forged), "unknown");
});

const idBytes = (id: string) => Uint8Array.from(id, (letter) => "0123456789abcdefghjkmnpqrstvwxyz".indexOf(letter));

test("I5: an expired key is refused from its last moment on", async () => {
  const { why, clock } = await withKey({ expiresAt: 20_000 });
  clock.set(19_999);
  assert.equal(why(), "ok");
  clock.set(20_000);
  assert.equal(why(), "expired");
});

test("P5: a key counts in its own environment alone", async () => {
  const { why, key } = await withKey();
  assert.equal(why(key, "prod"), "environment");
  // A key text whose environment was rewritten, with a checksum that fits.
  const secret = Buffer.from(key.slice(-50, -7), "base64url");
  const prod = mintKey({ ...random, bytes: (n) => (n === 12 ? idBytes(key.slice(7, 19)) : secret) }, "prod").key;
  assert.equal(why(prod, "prod"), "environment");
  assert.equal(why(prod, "dev"), "environment");
});

test("I5: a revocation by another process bites at the next poll", async () => {
  const path = join(folder(), "cardea.db");
  const { ring, why, id, store } = await withKey({}, openKeys(path, ROWS));
  assert.equal(why(), "ok");
  const program = `
    import { openKeys } from ${JSON.stringify(new URL("../../src/adapters/sqlite/keys.ts", import.meta.url))};
    const store = openKeys(${JSON.stringify(path)}, { key: Buffer.alloc(32, 7), tampered: () => {} });
    const key = await store.revoke("t1", ${JSON.stringify(id)}, 5000);
    await store.close();
    if (key?.revokedAt !== 5000) process.exit(3);`;
  const run = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", program], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  assert.equal(why(), "ok");
  await ring.poll();
  assert.equal(why(), "revoked");
  await store.close();
});

test("I5: keys and counters share a file that other processes open and close, and nothing written is lost", async () => {
  const path = join(folder(), "cardea.db");
  const { store, ring, id } = await withKey({}, openKeys(path));
  const counters = openCounters(path);
  const count = () => {
    const program = `
      import { DatabaseSync } from "node:sqlite";
      const db = new DatabaseSync(${JSON.stringify(path)});
      const keys = db.prepare("SELECT count(*) AS n FROM keys WHERE revoked_at IS NOT NULL").get().n;
      const rows = db.prepare("SELECT count(*) AS n FROM counters").get().n;
      console.log(keys, rows);
      db.close();`;
    return spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }).stdout.trim();
  };
  assert.equal(count(), "0 0");
  await store.revoke("t1", id, 1);
  await counters.write([{ tenant: "t1", holder: "s_ada", window: "plan 1", head: 1, counts: [1], endsAt: 9 }], 0);
  assert.equal(count(), "1 1");
  await counters.close();
  await store.revoke("t1", id, 2);
  await ring.flush();
  assert.equal(count(), "1 1");
  await store.close();
});

test("I5: a key that an SQL shell removes is gone at the next poll", async () => {
  const path = join(folder(), "cardea.db");
  const { ring, why, store } = await withKey({}, openKeys(path));
  const { DatabaseSync } = await import("node:sqlite");
  const shell = new DatabaseSync(path);
  shell.exec("DELETE FROM keys");
  shell.close();
  await ring.poll();
  assert.equal(why(), "unknown");
  await store.close();
});

test("I5: while the store does not answer nobody is let in, and afterwards they are", async () => {
  const real = openKeys(":memory:");
  let broken = false;
  const version = async () => (broken ? Promise.reject(new Error("disk")) : real.version());
  const { ring, why } = await withKey({}, { ...real, version });
  broken = true;
  await assert.rejects(ring.poll(), /disk/);
  assert.throws(
    () => why(),
    (error) => error instanceof Refused && error.refusal.code === "control_failed",
  );
  broken = false;
  await ring.poll();
  assert.equal(why(), "ok");
});

test("I5: without its store a keyring does not start", async () => {
  const store = openKeys(":memory:");
  await store.close();
  await assert.rejects(createKeyring(store, clockAt(0)));
});

test("I5: no secret is in the store's files, which only the owner may read", async () => {
  const home = folder();
  const { key, store } = await withKey({}, openKeys(join(home, "cardea.db")));
  const files = readdirSync(home);
  assert.ok(files.includes("cardea.db"));
  for (const file of files) {
    assert.equal(statSync(join(home, file)).mode & 0o077, 0, file);
    const bytes = readFileSync(join(home, file));
    assert.equal(bytes.includes(key), false);
    assert.equal(bytes.includes(key.slice(-50, -7)), false);
    assert.equal(bytes.includes(Buffer.from(key.slice(-50, -7), "base64url")), false);
  }
  await store.close();
});

test("I5: last uses are written in batches and change no version", async () => {
  const { ring, why, store, clock, id } = await withKey();
  const before = await store.version();
  why();
  clock.set(12_345);
  why();
  assert.equal((await store.list("t1"))[0]?.lastUsedAt, undefined);
  await ring.flush();
  assert.deepEqual(
    (await store.list("t1")).map((key) => [key.id, key.lastUsedAt]),
    [[id, 12_345]],
  );
  assert.equal(await store.version(), before);
});

test("I5: a last use that could not be written is written the next time", async () => {
  const real = openKeys(":memory:");
  let broken = true;
  const touch: KeyStore["touch"] = async (...of) => (broken ? Promise.reject(new Error("disk")) : real.touch(...of));
  const { ring, why } = await withKey({}, { ...real, touch });
  why();
  await assert.rejects(ring.flush());
  broken = false;
  await ring.flush();
  assert.equal((await real.list("t1"))[0]?.lastUsedAt, 10_000);
});

test("G6: a tenant lists and revokes its own keys alone", async () => {
  const { store, id, why, ring } = await withKey();
  assert.deepEqual(await store.list("t2"), []);
  assert.equal(await store.revoke("t2", id, 1), undefined);
  await assert.rejects(store.create("t2", { record: { ...ADA, id: "k_x" }, hash: "0".repeat(64) }), /own tenant/);
  await store.touch("t2", [{ id, at: 99 }]);
  await ring.refresh();
  assert.equal(why(), "ok");
  assert.equal((await store.list("t1"))[0]?.lastUsedAt, undefined);
});

test("A1: a key's creation and revocation are recorded; one that cannot be recorded is not handed out", async () => {
  const store = openKeys(":memory:");
  const events: KeyEvent[] = [];
  const parts = { store, clock: clockAt(5), random, tenant: "t1", environment: "dev" as const };
  const asked = { owner: ADA.owner, roles: ["dev"], plan: "default" };
  const record = async (event: KeyEvent) => void events.push(event);
  const made = await createKey({ ...parts, record }, asked);
  await revokeKey({ ...parts, record }, made.record.id);
  assert.deepEqual(
    events.map((event) => [event.type, event.key.id]),
    [
      ["key.created", made.record.id],
      ["key.revoked", made.record.id],
    ],
  );
  assert.equal(JSON.stringify(events).includes(made.key.slice(-50, -7)), false);
  assert.equal(await revokeKey({ ...parts, record }, "k_nobody"), undefined);
  await assert.rejects(createKey({ ...parts, record: () => Promise.reject(new Error("full")) }, asked), /full/);
  assert.ok((await store.list("t1")).every((key) => key.revokedAt !== undefined));
  assert.equal((await store.list("t1")).length, 2);
});

test("I5: a second revocation keeps the first time", async () => {
  const { store, id } = await withKey();
  assert.equal((await store.revoke("t1", id, 100))?.revokedAt, 100);
  assert.equal((await store.revoke("t1", id, 200))?.revokedAt, 100);
});
