import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, type TestContext, test } from "node:test";
import fc from "fast-check";
import { verifyRecord } from "../../src/adapters/sqlite/audit-verify.ts";
import { checkpointText, link } from "../../src/adapters/sqlite/chain.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { home, open, record, written } from "./setting.ts";

/** The files of a home. */
const paths = (dir: string) => ({
  db: join(dir, "audit.db"),
  anchor: join(dir, "audit.anchor"),
  publicKey: join(dir, "audit.pub"),
});

const template = mkdtempSync(join(tmpdir(), "cardea-audit-"));
before(() => written(template, 20));
after(() => rmSync(template, { recursive: true }));

/** A record of 20, tampered with, and what `verify` says: fault and position. */
async function tampered(t: TestContext, tamper: (db: DatabaseSync, dir: string) => void): Promise<string> {
  const dir = home(t);
  cpSync(template, dir, { recursive: true });
  const db = new DatabaseSync(join(dir, "audit.db"));
  db.exec("PRAGMA synchronous = OFF");
  tamper(db, dir);
  db.close();
  const found = await verifyRecord(paths(dir));
  return found.ok ? "ok" : `${found.fault} ${found.seq}`;
}

const bytesOf = (db: DatabaseSync, seq: number) =>
  Buffer.from(db.prepare("SELECT bytes FROM records WHERE seq = ?").get(seq)?.bytes as Uint8Array);

/** Changes a record's reason and keeps its length. */
function falsify(db: DatabaseSync, seq: number): void {
  const text = bytesOf(db, seq).toString().replace('"reason":"ok"', '"reason":"no"');
  db.prepare("UPDATE records SET bytes = ? WHERE seq = ?").run(Buffer.from(text), seq);
}

/** Makes the hashes anew from `from` to `to`, as somebody would who knows the format. */
function rehash(db: DatabaseSync, from: number, to: number): void {
  let before = Buffer.from(db.prepare("SELECT hash FROM records WHERE seq = ?").get(from - 1)?.hash as Uint8Array);
  for (let seq = from; seq <= to; seq++) {
    const hash = link(before, bytesOf(db, seq));
    db.prepare("UPDATE records SET prev = ?, hash = ? WHERE seq = ?").run(before, hash, seq);
    before = hash as Buffer<ArrayBuffer>;
  }
}

test("A3: an untouched record verifies, and again after it was continued", async (t) => {
  const dir = home(t);
  assert.equal(await tampered(t, () => {}), "ok");
  await written(dir, 2100);
  await written(dir, 5);
  const found = await verifyRecord(paths(dir));
  assert.ok(found.ok, JSON.stringify(found));
  assert.equal(found.records, 2105);
  assert.equal(found.unanchored, 0);
  assert.ok(found.checkpoints >= 3);
  assert.match(found.key, /^sha256:[0-9a-f]{64}$/);
});

test("A3: any changed byte of any record is named", async (t) => {
  const dir = home(t);
  cpSync(template, dir, { recursive: true });
  const db = new DatabaseSync(join(dir, "audit.db"));
  db.exec("PRAGMA synchronous = OFF");
  const at = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.nat(), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(at, async ([seq, place, flip]) => {
      const bytes = bytesOf(db, seq);
      const changed = Buffer.from(bytes);
      changed[place % bytes.length]! ^= flip;
      const put = db.prepare("UPDATE records SET bytes = ? WHERE seq = ?");
      put.run(changed, seq);
      const found = await verifyRecord(paths(dir));
      put.run(bytes, seq);
      assert.deepEqual(found.ok ? "ok" : [found.fault, found.seq], ["changed", seq]);
    }),
    { numRuns: 60 },
  );
  assert.ok((await verifyRecord(paths(dir))).ok);
  db.close();
});

const cases: [string, string, (db: DatabaseSync, dir: string) => void][] = [
  ["a changed record", "changed 7", (db) => falsify(db, 7)],
  ["a changed record with its own hash made anew", "changed 7", (db) => (falsify(db, 7), rehash(db, 7, 7))],
  ["a chain made anew from a changed record", "changed 1", (db) => (falsify(db, 7), rehash(db, 7, 20))],
  ["a changed hash", "changed 7", (db) => db.exec("UPDATE records SET hash = zeroblob(32) WHERE seq = 7")],
  ["a changed link", "changed 7", (db) => db.exec("UPDATE records SET prev = zeroblob(32) WHERE seq = 7")],
  [
    "a record stored as text",
    "changed 7",
    (db) => db.exec("UPDATE records SET bytes = CAST(bytes AS TEXT) WHERE seq = 7"),
  ],
  ["a deleted record", "missing 7", (db) => db.exec("DELETE FROM records WHERE seq = 7")],
  ["a deleted header", "missing 0", (db) => db.exec("DELETE FROM records WHERE seq = 0")],
  [
    "a deleted record whose gap was closed",
    "missing 7",
    (db) => {
      db.exec("DELETE FROM records WHERE seq = 7");
      for (let seq = 8; seq <= 20; seq++) db.exec(`UPDATE records SET seq = ${seq - 1} WHERE seq = ${seq}`);
    },
  ],
  [
    "two records that changed places",
    "reordered 7",
    (db) =>
      db.exec(
        "UPDATE records SET seq = -1 WHERE seq = 7; UPDATE records SET seq = 7 WHERE seq = 12; UPDATE records SET seq = 12 WHERE seq = -1",
      ),
  ],
  [
    "two records whose bytes changed places",
    "reordered 7",
    (db) => {
      const put = db.prepare("UPDATE records SET bytes = ? WHERE seq = ?");
      const [a, b] = [bytesOf(db, 7), bytesOf(db, 8)];
      put.run(b, 7);
      put.run(a, 8);
    },
  ],
  ["a lost end", "truncated 16", (db) => db.exec("DELETE FROM records WHERE seq > 15")],
  [
    "a lost end with its signatures",
    "truncated 16",
    (db) => db.exec("DELETE FROM records WHERE seq > 15; DELETE FROM checkpoints WHERE seq > 15"),
  ],
  [
    "a lost end with its signatures, and no anchor",
    "signature 15",
    (db, dir) => {
      db.exec("DELETE FROM records WHERE seq > 15; DELETE FROM checkpoints WHERE seq > 15");
      rmSync(join(dir, "audit.anchor"));
    },
  ],
  ["an emptied record", "missing 0", (db) => db.exec("DELETE FROM records")],
  ["a dropped table", "missing 0", (db) => db.exec("DROP TABLE records")],
  ["a changed column beside a record", "index 7", (db) => db.exec("UPDATE records SET subject = 's_9' WHERE seq = 7")],
  ["a column that hides a record", "index 7", (db) => db.exec("UPDATE records SET tenant = NULL WHERE seq = 7")],
  [
    "a number beyond all records",
    "changed 7",
    (db) => db.exec("UPDATE records SET time = 9223372036854775807 WHERE seq = 7"),
  ],
  [
    "a forged position",
    "missing 21",
    (db) =>
      db.exec(
        "INSERT INTO records SELECT 9223372036854775807, bytes, prev, hash, time, tenant, subject, server, target, decision FROM records WHERE seq = 20",
      ),
  ],
  [
    "a record before the header",
    "changed -5",
    (db) =>
      db.exec(
        "INSERT INTO records SELECT -5, bytes, prev, hash, time, tenant, subject, server, target, decision FROM records WHERE seq = 20",
      ),
  ],
  ["a changed signature", "signature 20", (db) => db.exec("UPDATE checkpoints SET signature = zeroblob(64)")],
  ["a checkpoint of another time", "signature 20", (db) => db.exec("UPDATE checkpoints SET time = time + 1")],
  ["an anchor that is none", "signature 20", (_, dir) => writeFileSync(join(dir, "audit.anchor"), "{}")],
  [
    "an anchor moved back",
    "signature 15",
    (_, dir) => {
      const anchor = JSON.parse(readFileSync(join(dir, "audit.anchor"), "utf8"));
      writeFileSync(join(dir, "audit.anchor"), JSON.stringify({ ...anchor, seq: 15 }));
    },
  ],
  [
    "a chain signed anew with another key",
    "signature 20",
    (db, dir) => {
      falsify(db, 7);
      rehash(db, 7, 20);
      const { privateKey } = generateKeyPairSync("ed25519");
      const writer = JSON.parse(bytesOf(db, 0).toString()).writer;
      const hash = Buffer.from(db.prepare("SELECT hash FROM records WHERE seq = 20").get()?.hash as Uint8Array);
      const time = 1_700_000_000_000;
      const signature = sign(null, checkpointText(writer, 20, hash.toString("hex"), time), privateKey);
      db.prepare("UPDATE checkpoints SET hash = ?, time = ?, signature = ?").run(hash, time, signature);
      const anchor = {
        format: "cardea-anchor/1",
        seq: 20,
        hash: hash.toString("hex"),
        time,
        signature: signature.toString("base64"),
      };
      writeFileSync(join(dir, "audit.anchor"), JSON.stringify(anchor));
    },
  ],
];

for (const [what, said, tamper] of cases) {
  test(`A3: ${what} is named: ${said}`, async (t) => {
    assert.equal(await tampered(t, tamper), said);
  });
}

test("A3: a rewritten chain is narrowed down to the records between two signatures", async (t) => {
  const dir = home(t);
  await written(dir, 20);
  await written(dir, 20);
  const db = new DatabaseSync(join(dir, "audit.db"));
  falsify(db, 27);
  rehash(db, 27, 40);
  db.close();
  const found = await verifyRecord(paths(dir));
  assert.ok(!found.ok);
  assert.deepEqual([found.fault, found.seq], ["changed", 21]);
  assert.match(found.message, /21 to 40/);
});

test("A3: a damaged or missing file is named", async (t) => {
  const dir = home(t);
  await written(dir, 200);
  const whole = join(dir, "whole.db");
  copyFileSync(join(dir, "audit.db"), whole);
  const bytes = readFileSync(whole);
  bytes.fill(0xff, 8 * 4096, 12 * 4096);
  writeFileSync(join(dir, "audit.db"), bytes);
  const damaged = await verifyRecord(paths(dir));
  assert.ok(!damaged.ok);
  truncateSync(join(dir, "audit.db"), 0);
  assert.deepEqual(
    { ...(await verifyRecord(paths(dir))), message: "" },
    { ok: false, seq: 0, fault: "missing", message: "" },
  );
  rmSync(join(dir, "audit.db"));
  assert.deepEqual(
    { ...(await verifyRecord(paths(dir))), message: "" },
    { ok: false, seq: 0, fault: "truncated", message: "" },
  );
  rmSync(join(dir, "audit.anchor"));
  await assert.rejects(verifyRecord(paths(dir)), /There is no record/);
  rmSync(join(dir, "audit.pub"));
  await assert.rejects(verifyRecord(paths(dir)), /There is no public key/);
});

test("A3: verifies beside a writer, and says what is not signed yet", async (t) => {
  const dir = home(t);
  const { records } = await open(dir);
  let n = 0;
  let going = true;
  const load = (async () => {
    while (going) await Promise.all(Array.from({ length: 32 }, () => records.append(record(++n))));
  })();
  for (let round = 0; round < 10; round++) {
    const found = await verifyRecord(paths(dir));
    assert.ok(found.ok, JSON.stringify(found));
    assert.ok(found.unanchored <= found.records);
  }
  going = false;
  await load;
  await records.close();
  const found = await verifyRecord(paths(dir));
  assert.ok(found.ok);
  assert.equal(found.records, n);
});

test("A3: a record that lost its end is not continued, because new anchors would hide the loss", async (t) => {
  const dir = home(t);
  await written(dir, 20);
  const db = new DatabaseSync(join(dir, "audit.db"));
  db.exec("DELETE FROM records WHERE seq > 15; DELETE FROM checkpoints");
  db.close();
  await assert.rejects(open(dir), /does not hold record 20/);
  rmSync(join(dir, "audit.db"));
  await assert.rejects(open(dir), /audit\.anchor names record 20/);
  const other = home(t);
  await written(other, 20);
  rmSync(join(other, "audit.anchor"));
  await assert.rejects(open(other), /audit\.anchor is missing/);
});

test("A3: the private key that signs is sealed with the master key", async (t) => {
  const dir = home(t);
  await written(dir, 1);
  const sealed = readFileSync(join(dir, "audit.key"));
  assert.throws(() => createPrivateKey({ key: sealed, format: "der", type: "pkcs8" }));
  const key = createPrivateKey({
    key: openMasterKey(dir).open(sealed, "audit signing key"),
    format: "der",
    type: "pkcs8",
  });
  assert.equal(key.asymmetricKeyType, "ed25519");
});
