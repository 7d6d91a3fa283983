import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { openQuarantine } from "../../src/adapters/sqlite/quarantine.ts";
import type { MasterKey } from "../../src/adapters/vault/master-key.ts";
import { open, seal } from "../../src/adapters/vault/seal.ts";
import { createQuarantine } from "../../src/domain/quarantine/quarantine.ts";
import type { Answered } from "../../src/kernel/call.ts";
import type { LifecycleEvent } from "../../src/ports/records.ts";
import { callOf } from "../approvals/setting.ts";
import { bytesIn, sealedIn } from "./stage.ts";

const KEY = randomBytes(32);
const MASTER: MasterKey = {
  seal: (plain, aad) => seal(KEY, plain, aad),
  open: (sealed, aad) => open(KEY, sealed, aad),
  derive: () => KEY,
};
const WHY = { why: { kind: "override", tier: "T1" }, findings: { override: 1 } };
const ROWS = { key: KEY, tampered: () => {} };
const DAY = 86_400_000;

/** A quarantine in a folder of its own, with a clock that a test sets. */
function setting(
  t: { after(end: () => unknown): void },
  more: { items?: number; bytes?: number; secondPerson?: boolean } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "cardea-quarantine-"));
  const time = { now: 1_000_000 };
  const clock = { now: () => time.now, monotonic: () => time.now };
  const path = join(folder, "quarantine.db");
  const store = openQuarantine(path, MASTER, clock, ROWS);
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const events: LifecycleEvent[] = [];
  const broken = { now: false };
  let ids = 0;
  const quarantine = createQuarantine({
    ...{ store, clock, random: { bytes: (n: number) => randomBytes(n), id: (prefix: string) => `${prefix}${++ids}` } },
    record: async (event) => {
      if (broken.now) throw new Error("the disk is full");
      events.push(event);
    },
    named: (_tenant, owner) => `s_${owner}`,
    ...{ keepMs: 7 * DAY, room: { items: more.items ?? 100, bytes: more.bytes ?? 1e7 }, digestKey: KEY },
    secondPerson: more.secondPerson ?? false,
  });
  const call = (owner = "person:ada"): Answered => {
    const made = callOf({});
    return { ...made, principal: { ...made.principal, owner, credential: `k_${owner}` }, result: {} };
  };
  const keep = (text: string, owner?: string) => quarantine.keep(call(owner), { text }, WHY);
  const kept = async (text: string, owner?: string): Promise<string> => {
    const said = await keep(text, owner);
    return "item" in said ? said.item.id : assert.fail("It was not kept");
  };
  return { folder, path, time, store, events, broken, quarantine, keep, kept, tenant: call().principal.tenant };
}

const by = (name: string) => ({ by: `person:${name}`, channel: "api" }) as const;
test("A9 S5: what is discarded, over or of somebody who left is overwritten: no file holds its sealed bytes any more", async (t) => {
  const { folder, path, quarantine, kept, time, events, tenant } = setting(t);
  const ends = {
    discarded: async (id: string) => {
      // A release writes the row anew.
      await quarantine.release(tenant, id, by("eve"));
      await quarantine.discard(tenant, id, by("ada"));
    },
    offboarded: async () => void (await quarantine.endOwner(tenant, "person:ada")),
    expired: async () => {
      time.now += 7 * DAY;
      await quarantine.sweep();
    },
  };
  for (const [how, end] of Object.entries(ends)) {
    // Larger than a page, so that most of it lies on overflow pages.
    const text = `${how} ${randomBytes(60_000).toString("base64")}`;
    const id = await kept(text);
    const sealed = sealedIn(path, id);
    const samples = [20, 5_000, 40_000, 79_000].map((at) => sealed.subarray(at, at + 48));
    const before = bytesIn(folder);
    for (const sample of samples) assert.ok(before.includes(sample), "the test knows where it looks");
    assert.ok(!before.includes(Buffer.from(text.slice(20, 60))), "nothing of it stands there in clear");
    await end(id);
    const after = bytesIn(folder);
    for (const sample of samples) assert.ok(!after.includes(sample), how);
    assert.equal(await quarantine.get(tenant, id), undefined);
  }
  assert.deepEqual(
    events.filter(({ type }) => type !== "result.quarantined").map(({ type }) => type),
    ["result.released", "result.discarded", "result.expired"],
  );
});

test("S5: it is found until its time is over, and neither read nor released afterwards", async (t) => {
  const { quarantine, kept, time, tenant } = setting(t);
  const id = await kept("a");
  time.now += 7 * DAY - 1;
  assert.equal((await quarantine.get(tenant, id))?.state, "held");
  time.now += 1;
  assert.deepEqual([await quarantine.get(tenant, id), await quarantine.list(tenant)], [undefined, []]);
  await assert.rejects(quarantine.release(tenant, id, by("eve")), /no such withheld result/);
});

test("S5: it is bounded in number and bytes, and one owner takes a quarter of it at most", async (t) => {
  const few = setting(t, { items: 8 });
  for (const text of ["a", "b"]) await few.kept(text);
  assert.deepEqual(await few.keep("c"), { full: true });
  for (const name of ["bob", "cy", "dan"]) for (const text of ["a", "b"]) await few.kept(text, `person:${name}`);
  assert.deepEqual(await few.keep("a", "person:eve"), { full: true });
  assert.equal((await few.quarantine.list(few.tenant)).length, 8);
  assert.equal(await few.kept("a"), await few.kept("a"), "the same answer waits once, full or not");
  const small = setting(t, { bytes: 4_000 });
  assert.deepEqual(await small.keep("x".repeat(1_000)), { full: true });
  await small.kept("x".repeat(900));
  assert.deepEqual(await small.keep("y".repeat(900)), { full: true });
});

test("S5: two processes release or discard one result: exactly one of them does", async (t) => {
  const { path, store, kept, tenant, time } = setting(t);
  const clock = { now: () => time.now, monotonic: () => time.now };
  const other = openQuarantine(path, MASTER, clock, ROWS);
  t.after(() => other.close());
  const id = await kept("a");
  const released = await Promise.all([store, other].map((one) => one.release(tenant, id, "person:eve", 2, undefined)));
  assert.deepEqual(released.sort(), [false, true]);
  const removed = await Promise.all([store, other].map((one) => one.remove(tenant, id)));
  assert.deepEqual(removed.sort(), [false, true]);
  assert.equal(await other.content(tenant, id), undefined);
});

test("S5 I11: where a second person is configured, two administrators release, within an hour, whoever they look like", async (t) => {
  const { quarantine, kept, time, tenant, events } = setting(t, { secondPerson: true });
  const id = await kept("a");
  assert.equal(await quarantine.release(tenant, id, by("eve")), false);
  for (const same of ["eve", "\u0435v\u0435"]) {
    const again = await quarantine.release(tenant, id, by(same)).catch(() => false);
    assert.equal(again, false, same);
  }
  time.now += 3_600_001;
  assert.equal(await quarantine.release(tenant, id, by("bob")), false, "the first word is too old");
  assert.equal((await quarantine.get(tenant, id))?.state, "held");
  assert.equal(await quarantine.release(tenant, id, by("eve")), true);
  assert.equal(events.at(-1)?.type, "result.released");
});

test("S5: what cannot be recorded is neither kept nor released", async (t) => {
  const { quarantine, keep, kept, broken, tenant } = setting(t);
  const id = await kept("a");
  broken.now = true;
  await assert.rejects(keep("b"), /disk is full/);
  assert.equal((await quarantine.list(tenant)).length, 1);
  await assert.rejects(quarantine.release(tenant, id, by("eve")), /disk is full/);
  assert.equal((await quarantine.get(tenant, id))?.state, "held");
});

test("S5: a row that somebody wrote without the master key counts for nothing, and a moved content does not open", async (t) => {
  const { path, store, quarantine, kept, tenant } = setting(t);
  const [one, two] = [await kept("a"), await kept("b")];
  const db = new DatabaseSync(path);
  db.exec(`UPDATE quarantine SET state = 'released' WHERE id = '${one}'`);
  db.exec(`UPDATE quarantine SET content = (SELECT content FROM quarantine WHERE id = '${one}') WHERE id = '${two}'`);
  db.close();
  assert.equal(await quarantine.get(tenant, one), undefined);
  await assert.rejects(store.content(tenant, two), /does not open/);
});
