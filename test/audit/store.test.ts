import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs, { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { openAuditReader } from "../../src/adapters/audit-log/reader.ts";
import { Refused } from "../../src/kernel/errors.ts";
import type { RecordFields, RecordQuery, StoredRecord } from "../../src/ports/records.ts";
import { firsts, home, open, record, segmentPath, written } from "./setting.ts";

const CHILD = new URL("./append-until-killed.ts", import.meta.url).pathname;

/** How many records the child knows to be acknowledged. */
function acknowledged(dir: string): number {
  const file = join(dir, "acknowledged");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
}

/** What the record in `dir` says to a query. */
async function ask(dir: string, query: Partial<RecordQuery> = {}): Promise<StoredRecord[]> {
  const reader = await openAuditReader(dir);
  const found = await reader.query({ tenant: "default", limit: 100, ...query });
  reader.close();
  return found;
}

const calls = async (dir: string, query: Partial<RecordQuery> = {}) => (await ask(dir, query)).map(({ call }) => call);

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
    assert.equal((await ask(dir)).length, 4);
    await first.records.close();
    await written(dir, 0, { durability });
    assert.deepEqual(await calls(dir), ["c_4", "c_3", "c_2", "c_1"]);
    assert.deepEqual(await calls(dir, { subject: "s_a" }), ["c_3", "c_1"]);
    assert.deepEqual(await calls(dir, { server: "crm" }), ["c_3"]);
    assert.deepEqual(await calls(dir, { server: "files", target: "read_text_file" }), ["c_2", "c_1"]);
    assert.deepEqual(await calls(dir, { decision: "deny" }), ["c_2"]);
    assert.deepEqual(await calls(dir, { decision: "allow", limit: 1 }), ["c_4"]);
    assert.deepEqual(await calls(dir, { since: 1_700_000_000_002, until: 1_700_000_000_003 }), ["c_3", "c_2"]);
    assert.deepEqual(await calls(dir, { tenant: "other" }), ["c_5"]);
    await assert.rejects(ask(dir, { limit: 0 }), RangeError);
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
  const [kept] = await ask(dir);
  await records.close();
  assert.match(kept?.hash ?? "", /^[0-9a-f]{64}$/);
  assert.deepEqual(kept, { ...full, seq: 1, hash: kept?.hash });
});

test("A2: identifiers are cut, made well-formed, and only known fields are kept", async (t) => {
  const dir = home(t);
  const { records } = await open(dir);
  const stray = { password: "hunter2" };
  await records.append({ ...record(1, { target: `${"x".repeat(5000)}`, client: "a\ud800\0b" }), ...stray });
  const [kept] = await ask(dir);
  await records.close();
  assert.equal(kept?.target?.length, 1001);
  assert.equal(kept?.client, "a\ufffd\0b");
  assert.ok(!JSON.stringify(kept).includes("hunter2"));
  const reader = await openAuditReader(dir);
  const found = await reader.verify();
  reader.close();
  assert.ok(found.ok, JSON.stringify(found));
});

test("A5: queries and `after` over several files and blocks find what reading all would find", async (t) => {
  const dir = home(t);
  const { records } = await open(dir, { segment: 400_000 });
  const all: RecordFields[] = [];
  for (let n = 1; n <= 6000; n++) {
    const rare = n % 997 === 0 ? { subject: "s_rare", detail: { tenant: "x", subject: "s_1" } } : {};
    // A few lines are longer than a block is read at a time.
    const long = n % 2500 === 0 ? { detail: { long: "x".repeat(1_200_000) } } : {};
    all.push(record(n, { decision: n % 5 === 0 ? "deny" : "allow", ...rare, ...long }));
  }
  for (let n = 0; n < all.length; n += 250) await Promise.all(all.slice(n, n + 250).map((one) => records.append(one)));
  assert.ok(firsts(dir).length > 5);
  const reader = await openAuditReader(dir);
  const begin = 1_700_000_000_000;
  const queries: Partial<RecordQuery>[] = [
    {},
    { subject: "s_rare" },
    { subject: "s_1", decision: "deny" },
    { since: begin + 2400, until: begin + 2600 },
    { subject: "s_none" },
    { target: "read_text_file", server: "files", limit: 7 },
  ];
  for (const query of queries) {
    const { since = 0, until = begin * 2, limit = 10_000, ...same } = query;
    const expected = all
      .filter(({ time }) => time >= since && time <= until)
      .filter((one) => Object.entries(same).every(([name, value]) => one[name as keyof RecordFields] === value))
      .map(({ call }) => call);
    const full = { tenant: "default", limit, ...query };
    const newest = expected.toReversed().slice(0, limit);
    assert.deepEqual(
      (await reader.query(full)).map(({ call }) => call),
      newest,
      JSON.stringify(query),
    );
    for (const seq of [0, 1, 2499, 2500, 5999, 6000]) {
      const later = expected.filter((call) => Number(call.slice(2)) > seq).slice(0, limit);
      assert.deepEqual(
        (await reader.after(seq, full)).map(({ call }) => call),
        later,
        `${seq} ${JSON.stringify(query)}`,
      );
    }
  }
  assert.equal(reader.head(), 6000);
  assert.ok((await reader.verify()).ok);
  reader.close();
  await records.close();
});

test("A5: a query of the last minutes stops where a signature tells that all is older", async (t) => {
  const dir = home(t);
  await written(dir, 10);
  const path = segmentPath(dir);
  const lines = readFileSync(path, "utf8").split("\n");
  assert.equal((await ask(dir, { since: 1 })).length, 10);
  // Were it read, the record of the future before the old signature would be found.
  const { time } = JSON.parse(lines.at(-2)?.slice("sign ".length) ?? "");
  assert.deepEqual(await calls(dir, { since: time + 3_600_000 }), []);
  await written(dir, 1);
  const { records } = await open(dir);
  await records.append(record(99, { time: Date.now() }));
  assert.deepEqual(await calls(dir, { since: Date.now() - 10_000 }), ["c_99"]);
  await records.close();
});

test("invariant 6: a write that fails rejects what waits and everything after it, until the record is opened again", async (t) => {
  const dir = home(t);
  const { records, faults } = await open(dir, { segment: 600 });
  await records.append(record(1));
  // In the place where the log would go on.
  mkdirSync(segmentPath(dir, 2));
  await assert.rejects(records.append(record(2)), refusedRecord);
  await assert.rejects(records.append(record(3)), refusedRecord);
  assert.equal(faults.length, 1);
  await records.close();
  rmdirSync(segmentPath(dir, 2));
  const again = await open(dir);
  await again.records.append(record(4));
  assert.deepEqual(await calls(dir), ["c_4", "c_1"]);
  await again.records.close();
});

test("invariant 6: an anchor that cannot be written is a fault", async (t) => {
  const dir = home(t);
  const { records, faults } = await open(dir);
  mkdirSync(join(dir, "audit.anchor.new"));
  await records.append(record(1));
  for (const until = performance.now() + 4000; faults.length === 0 && performance.now() < until; ) await setTimeout(20);
  assert.match(faults[0]?.message ?? "", /EISDIR/);
  await assert.rejects(records.append(record(2)), refusedRecord);
  await records.close();
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

/**
 * A disk that is stuck: writes begin and their ends are held back until `go`. It is the one fault that no file system
 * here can be made to have.
 */
function stuckDisk(t: TestContext): { go(): void } {
  const held: (() => void)[] = [];
  const real = fs.write;
  const stuck = (...given: unknown[]): void => void held.push(() => Reflect.apply(real, fs, given));
  t.mock.method(fs, "write", stuck as typeof fs.write);
  syncBuiltinESMExports();
  const go = (): void => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
    for (const one of held.splice(0)) one();
  };
  t.after(go);
  return { go };
}

test("invariant 3: a disk that does not answer rejects after the given patience; the lock stays until it does", async (t) => {
  const dir = home(t);
  const { records, faults } = await open(dir, { patience: 100 });
  await records.append(record(1));
  const disk = stuckDisk(t);
  await assert.rejects(records.append(record(2)), refusedRecord);
  assert.match(faults[0]?.message ?? "", /was not written for 100 ms/);
  await assert.rejects(records.append(record(3)), refusedRecord);
  assert.equal(faults.length, 1);
  // What is under way could still write into the chain of another writer.
  await assert.rejects(open(dir), /Another process writes the record/);
  disk.go();
  await records.close();
  await written(dir, 1);
  const reader = await openAuditReader(dir);
  assert.ok((await reader.verify()).ok);
  reader.close();
});

test("invariant 6: an answer waits for a slow disk, and the event loop does not", async (t) => {
  const { records, faults } = await open(home(t));
  await records.append(record(1));
  const disk = stuckDisk(t);
  let safe = false;
  const waiting = records.append(record(2)).then(() => {
    safe = true;
  });
  const behind = records.append(record(3));
  for (let turn = 0; turn < 5; turn++) await setTimeout(10);
  assert.equal(safe, false);
  disk.go();
  await Promise.all([waiting, behind]);
  await records.close();
  assert.deepEqual(faults, []);
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
  const names = readdirSync(dir, { recursive: true, encoding: "utf8" });
  assert.ok(names.includes("audit/000000000001.log"));
  const open_ = names.filter((name) => (statSync(join(dir, name)).mode & 0o077) !== 0);
  await records.close();
  assert.deepEqual(open_, ["audit.pub"]);
  assert.match(readFileSync(join(dir, "audit.pub"), "utf8"), /^-----BEGIN PUBLIC KEY-----/);
});
