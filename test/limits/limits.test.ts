import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openCounters } from "../../src/adapters/sqlite/counters.ts";
import { createLimits, type LimitsInput, type Taken } from "../../src/domain/limits/limits.ts";
import { Refused } from "../../src/kernel/errors.ts";
import type { Principal } from "../../src/kernel/principal.ts";
import type { Counters } from "../../src/ports/counters.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

const ADA: Principal = {
  tenant: "t1",
  subject: "s_ada",
  owner: "person:ada@example.com",
  credential: "k_1",
  roles: [],
  environment: "dev",
  plan: "default",
};

async function limits(more: Partial<LimitsInput> = {}, start = START) {
  let now = start;
  const counters = more.counters ?? openCounters(":memory:");
  const made = await createLimits({
    perCredential: { calls: 5, perMs: MINUTE },
    plans: { default: { minute: 8, day: 20 }, gold: { minute: 100, day: 1000 } },
    tools: [],
    clock: { now: () => now, monotonic: () => now - start + 500 },
    ...more,
    counters,
  });
  const advance = (ms: number) => void (now += ms);
  const times = (n: number, more: Partial<Principal> = {}): Taken[] =>
    Array.from({ length: n }, () => made.take({ ...ADA, ...more }));
  return { ...made, advance, times, counters };
}

const passed = (taken: Taken[]) => taken.filter((one) => one.ok).length;

test("L1: a credential has its calls per minute, and the refusal says which limit and until when (L5)", async () => {
  const { times, advance } = await limits();
  assert.equal(passed(times(5)), 5);
  const [refused] = times(1);
  assert.deepEqual(refused, { ok: false, limit: "5 calls per 1m for this credential", retryAfter: 63, control: "L1" });
  advance(62_000);
  assert.equal(passed(times(1)), 0);
  advance(1_000);
  assert.equal(passed(times(5)), 5);
});

test("L2: an owner's credentials share a minute and a day", async () => {
  const { times, advance } = await limits();
  assert.equal(passed(times(5, { credential: "k_1" })), 5);
  const second = times(5, { credential: "k_2" });
  assert.equal(passed(second), 3);
  assert.deepEqual(second[4], {
    ok: false,
    limit: "8 calls per 1m for all credentials of this owner",
    retryAfter: 63,
    control: "L2",
  });
  advance(2 * MINUTE);
  assert.equal(passed(times(8, { credential: "k_3" })), 5);
  advance(2 * MINUTE);
  assert.equal(passed(times(5, { credential: "k_4" })), 5);
  advance(2 * MINUTE);
  const last = times(5, { credential: "k_5" });
  assert.equal(passed(last), 2);
  const [refused] = last.slice(-1);
  assert.ok(refused && !refused.ok && refused.limit === "20 calls per 1d for all credentials of this owner");
  assert.ok(refused.retryAfter > 86_000 && refused.retryAfter < 91_000);
});

test("L2: a plan has its own limits; one that is not configured is refused", async () => {
  const { times } = await limits({ perCredential: { calls: 1000, perMs: MINUTE } });
  assert.equal(passed(times(150, { plan: "gold" })), 100);
  assert.throws(
    () => times(1, { plan: "silver" }),
    (error) => error instanceof Refused && error.refusal.code === "control_failed",
  );
});

test("G6: neither tenants nor owners share a window", async () => {
  const { times } = await limits();
  assert.equal(passed(times(9)), 5);
  assert.equal(passed(times(9, { tenant: "t2" })), 5);
  assert.equal(passed(times(9, { subject: "s_bob", credential: "k_9" })), 5);
  assert.equal(passed(times(9, { tenant: "k_1\nt1", credential: "" })), 5);
});

test("L1: a refused call takes nothing from the other windows", async () => {
  const { times } = await limits();
  assert.equal(passed(times(50)), 5);
  assert.equal(passed(times(5, { credential: "k_2" })), 3);
});

test("L4: a class of tools has a window of its own, per owner", async () => {
  const { takeTool, advance } = await limits({
    tools: [
      { match: "db.*", calls: 3, perMs: MINUTE },
      { match: "db.drop_*", calls: 1, perMs: DAY },
      { match: "*.send_mail", calls: 1, perMs: DAY },
    ],
  });
  const ask = (tool: string, more: Partial<Principal> = {}) => takeTool({ ...ADA, ...more }, "db", tool);
  assert.ok(ask("drop_a").ok);
  assert.deepEqual(ask("drop_b"), {
    ok: false,
    limit: "1 call per 1d to db.drop_*",
    retryAfter: 90_720,
    control: "L4",
  });
  assert.ok(ask("query").ok);
  assert.ok(ask("query", { credential: "k_2" }).ok);
  assert.equal(ask("query").ok, false);
  assert.ok(ask("query", { subject: "s_bob" }).ok);
  assert.ok(takeTool(ADA, "files", "query").ok);
  assert.ok(takeTool(ADA, "crm", "send_mail").ok);
  assert.equal(takeTool(ADA, "office", "send_mail").ok, false);
  advance(2 * MINUTE);
  assert.ok(ask("query").ok);
  assert.equal(ask("drop_c").ok, false);
});

test("L5: where several limits are used up, the answer names the one that lasts longest", async () => {
  const { times } = await limits({ plans: { default: { minute: 100, day: 5 } } });
  const refused = times(6)[5];
  assert.ok(refused && !refused.ok && refused.control === "L2" && refused.retryAfter > 86_000);
});

test("L4: a pattern that cannot be read stops the start", async () => {
  await assert.rejects(limits({ tools: [{ match: "drop_table", calls: 1, perMs: DAY }] }), /names no server/);
});

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

test("L2: the day survives a restart, the time in between counts", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cardea-limits-"));
  folders.push(folder);
  const path = join(folder, "cardea.db");
  const perCredential = { calls: 1000, perMs: MINUTE };
  const plans = { default: { minute: 1000, day: 20 } };
  const first = await limits({ perCredential, plans, counters: openCounters(path) });
  assert.equal(passed(first.times(15)), 15);
  await first.flush();
  await first.counters.close();
  const second = await limits({ perCredential, plans, counters: openCounters(path) }, START + DAY / 2);
  assert.equal(passed(second.times(15)), 5);
  await second.flush();
  await second.counters.close();
  const third = await limits({ perCredential, plans, counters: openCounters(path) }, START + 1.1 * DAY);
  assert.equal(passed(third.times(30)), 15);
  await third.counters.close();
});

test("L2: what has ended is removed from the store", async () => {
  const { times, flush, advance, counters } = await limits();
  times(1);
  await flush();
  assert.equal((await counters.load(START)).length, 1);
  advance(2 * DAY);
  times(1, { subject: "s_bob" });
  await flush();
  assert.deepEqual(
    (await counters.load(START)).map((row) => row.holder),
    ["s_bob"],
  );
});

test("L2: while counts cannot be written calls are refused, and none was forgotten afterwards (invariant 3)", async () => {
  const real = openCounters(":memory:");
  let broken = true;
  const write: Counters["write"] = async (...rows) =>
    broken ? Promise.reject(new Error("disk full")) : real.write(...rows);
  const { times, flush, takeTool } = await limits({ counters: { ...real, write } });
  assert.equal(passed(times(3)), 3);
  await assert.rejects(flush(), /disk full/);
  const refused = (error: unknown) => error instanceof Refused && error.refusal.code === "control_failed";
  assert.throws(() => times(1), refused);
  assert.throws(() => takeTool(ADA, "db", "x"), refused);
  await assert.rejects(flush(), /disk full/);
  broken = false;
  await flush();
  assert.equal(passed(times(5)), 2);
  assert.deepEqual(
    (await real.load(START)).map((row) => row.counts[0]),
    [3],
  );
});

test("L2: without its store counting does not start", async () => {
  const counters = openCounters(":memory:");
  await counters.close();
  await assert.rejects(limits({ counters }));
});

test("L2: a flush while another one runs still writes what was counted meanwhile", async () => {
  const real = openCounters(":memory:");
  const slow: Counters["write"] = async (...rows) => {
    await new Promise((done) => setTimeout(done, 10));
    await real.write(...rows);
  };
  const { times, flush } = await limits({ counters: { ...real, write: slow } });
  times(1);
  const running = flush();
  await Promise.resolve();
  times(2);
  await flush();
  await running;
  assert.deepEqual(
    (await real.load(START)).map((row) => row.counts[0]),
    [3],
  );
});
