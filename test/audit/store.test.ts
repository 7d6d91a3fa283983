import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { openAuditReader } from "../../src/adapters/sqlite/audit-reader.ts";
import { Refused } from "../../src/kernel/errors.ts";
import { home, open, record, written } from "./setting.ts";

const CHILD = new URL("./append-until-killed.ts", import.meta.url).pathname;

/** How many records the child knows to be acknowledged. */
function acknowledged(dir: string): number {
  const file = join(dir, "acknowledged");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
}

const refusedRecord = (error: unknown) => error instanceof Refused && error.refusal.code === "record_failed";

test("invariant 6: kill -9 under load loses no acknowledged record, and the chain verifies", async (t) => {
  const dir = home(t);
  let there = 0;
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [CHILD, dir, String(there)], { stdio: "inherit" });
    const ended = once(child, "exit");
    while (!(acknowledged(dir) > there + 300)) await setTimeout(10);
    child.kill("SIGKILL");
    assert.deepEqual(await ended, [null, "SIGKILL"]);
    const reader = await openAuditReader(dir);
    const found = await reader.verify();
    const kept = reader.head();
    reader.close();
    assert.ok(found.ok, JSON.stringify(found));
    assert.ok(kept >= acknowledged(dir), `${acknowledged(dir)} acknowledged, ${kept} kept`);
    there = kept;
  }
});

for (const durability of ["group", "strict"] as const) {
  test(`A1, A5: durability ${durability}: what was appended can be queried and survives a restart`, async (t) => {
    const dir = home(t);
    const first = await open(dir, { durability });
    const appended = [
      record(1, { subject: "s_a" }),
      record(2, { subject: "s_b", decision: "deny", reason: "rate_limited", control: "L1" }),
      record(3, { subject: "s_a", server: "crm", target: "find_contact" }),
      record(4, { kind: "event", type: "key.created", subject: undefined, server: undefined, target: undefined }),
      record(5, { tenant: "other", subject: "s_a" }),
    ];
    for (const one of appended) await first.records.append(one);
    const ask = async (query: object) => {
      const { records } = await open(dir, { durability });
      try {
        return (await records.query({ tenant: "default", limit: 100, ...query })).map(({ call }) => call);
      } finally {
        await records.close();
      }
    };
    assert.equal((await first.records.query({ tenant: "default", limit: 100 })).length, 4);
    await first.records.close();
    assert.deepEqual(await ask({}), ["c_4", "c_3", "c_2", "c_1"]);
    assert.deepEqual(await ask({ subject: "s_a" }), ["c_3", "c_1"]);
    assert.deepEqual(await ask({ server: "crm" }), ["c_3"]);
    assert.deepEqual(await ask({ server: "files", target: "read_text_file" }), ["c_2", "c_1"]);
    assert.deepEqual(await ask({ decision: "deny" }), ["c_2"]);
    assert.deepEqual(await ask({ decision: "allow", limit: 1 }), ["c_4"]);
    assert.deepEqual(await ask({ since: 1_700_000_000_002, until: 1_700_000_000_003 }), ["c_3", "c_2"]);
    assert.deepEqual(await ask({ tenant: "other" }), ["c_5"]);
    await assert.rejects(ask({ limit: 0 }), RangeError);
    assert.deepEqual(first.faults, []);
  });
}

test("A1: a record comes back as it was appended, with its place in the chain", async (t) => {
  const dir = home(t);
  const { records } = await open(dir);
  const full = record(1, {
    args: { unknown: 0, all: "h:x", names: { b: "h:1", a: "h:2" } },
    detail: { z: [{ y: 1, x: 2 }] },
  });
  await records.append(full);
  const [kept] = await records.query({ tenant: "default", limit: 1 });
  await records.close();
  assert.match(kept?.hash ?? "", /^[0-9a-f]{64}$/);
  assert.deepEqual(kept, { ...full, seq: 1, hash: kept?.hash });
});

test("A2: identifiers are cut, made well-formed, and only known fields are kept", async (t) => {
  const dir = home(t);
  const { records } = await open(dir);
  const stray = { password: "hunter2" };
  await records.append({ ...record(1, { target: `${"x".repeat(5000)}`, client: "a\ud800\0b" }), ...stray });
  const [kept] = await records.query({ tenant: "default", limit: 1 });
  await records.close();
  assert.equal(kept?.target?.length, 1001);
  assert.equal(kept?.client, "a\ufffd\0b");
  assert.ok(!JSON.stringify(kept).includes("hunter2"));
  const reader = await openAuditReader(dir);
  const found = await reader.verify();
  reader.close();
  assert.ok(found.ok, JSON.stringify(found));
});

test("invariant 6: a write that fails rejects what waits and everything after it, until the record is opened again", async (t) => {
  const dir = home(t);
  const { records, faults } = await open(dir);
  await records.append(record(1));
  const intruder = new DatabaseSync(join(dir, "audit.db"));
  intruder.exec("ALTER TABLE checkpoints RENAME TO away; ALTER TABLE records RENAME TO gone");
  await assert.rejects(records.append(record(2)), refusedRecord);
  await assert.rejects(records.append(record(3)), refusedRecord);
  assert.equal(faults.length, 1);
  await records.close();
  intruder.exec("ALTER TABLE gone RENAME TO records; ALTER TABLE away RENAME TO checkpoints");
  intruder.close();
  const again = await open(dir);
  await again.records.append(record(4));
  assert.deepEqual(
    (await again.records.query({ tenant: "default", limit: 9 })).map(({ call }) => call),
    ["c_4", "c_1"],
  );
  await again.records.close();
});

test("invariant 6: a full disk rejects", async (t) => {
  const dir = home(t);
  const command = `ulimit -f 256; exec "$0" "$1" "$2" 0`;
  const { stdout } = spawnSync("sh", ["-c", command, process.execPath, CHILD, dir], { encoding: "utf8" });
  assert.match(stdout, /^refused record_failed, fault: ./);
  const reader = await openAuditReader(dir);
  assert.ok(acknowledged(dir) > 0 && reader.head() >= acknowledged(dir));
  reader.close();
});

test("invariant 6: the end of the writer's thread rejects", async (t) => {
  const started: Worker[] = [];
  const watch = (message: unknown) => void started.push((message as { worker: Worker }).worker);
  diagnostics.subscribe("worker_threads", watch);
  t.after(() => diagnostics.unsubscribe("worker_threads", watch));
  const { records, faults } = await open(home(t));
  await records.append(record(1));
  const waiting = assert.rejects(records.append(record(2)), refusedRecord);
  void started[0]?.terminate();
  await waiting;
  await assert.rejects(records.append(record(3)), refusedRecord);
  assert.equal(faults.length, 1);
  await records.close();
});

test("invariant 3: a store that does not answer rejects after the given patience", async (t) => {
  const dir = home(t);
  const { records, faults } = await open(dir, { patience: 100 });
  const intruder = new DatabaseSync(join(dir, "audit.db"));
  intruder.exec("BEGIN IMMEDIATE");
  await assert.rejects(records.append(record(1)), refusedRecord);
  assert.match(faults[0]?.message ?? "", /did not answer for 100 ms/);
  intruder.close();
  await records.close();
});

test("invariant 6: one writer per home; closing refuses what comes later", async (t) => {
  const dir = home(t);
  const { records } = await open(dir);
  await assert.rejects(open(dir), /Another process writes the record/);
  const last = records.append(record(1));
  const closed = records.close();
  await last;
  await closed;
  await assert.rejects(
    records.append(record(2)),
    (error) => error instanceof Refused && error.refusal.code === "shutting_down",
  );
  await written(dir, 1);
});

test("A3: what is acknowledged is signed and anchored soon, while the record stays open", async (t) => {
  const dir = home(t);
  const { records } = await open(dir);
  const anchored = () => JSON.parse(readFileSync(join(dir, "audit.anchor"), "utf8")).seq;
  assert.equal(anchored(), 0);
  await Promise.all([1, 2, 3].map((n) => records.append(record(n))));
  const until = performance.now() + 4000;
  while (anchored() < 3 && performance.now() < until) await setTimeout(20);
  assert.equal(anchored(), 3);
  await records.close();
});

test("A2: the files of the record are for their owner alone, but the public key", async (t) => {
  const dir = home(t);
  const { records } = await open(dir);
  await records.append(record(1));
  const open_ = readdirSync(dir).filter((name) => (statSync(join(dir, name)).mode & 0o077) !== 0);
  await records.close();
  assert.deepEqual(open_, ["audit.pub"]);
  assert.match(readFileSync(join(dir, "audit.pub"), "utf8"), /^-----BEGIN PUBLIC KEY-----/);
});
