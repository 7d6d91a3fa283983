/** Who gives, who is somebody else, and for how long what they gave counts. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { isPlainOwner, mayBeSame } from "../../src/kernel/principal.ts";
import type { Located } from "../../src/kernel/call.ts";
import type { Verdict } from "../../src/kernel/control.ts";
import { callOf, OWNER, type Stage, stage, TERMS } from "./setting.ts";

const BOSS = "person:boss@example.com";
const OTHER = { obligations: { approval: { ...TERMS, by: "other" as const } } };

const idOf = (verdict: Verdict<Located>): string =>
  verdict.kind === "hold" ? String(verdict.refusal.data?.["approval"]) : assert.fail(`${verdict.kind}, not held`);
const decide = (of: Stage, id: string, verdict: "allow" | "always", by: string) =>
  of.approvals.decide({ tenant: "default", id, verdict, by, channel: "page" });

test("H3: a name that is only written differently is no second person", async () => {
  for (const alike of [
    "person:ADA@example.com",
    "person:\u0430da@example.com",
    "person:ada@example.com\u200b",
    "person:ａda@example.com",
  ]) {
    assert.ok(mayBeSame(OWNER, alike), alike);
    assert.ok(!isPlainOwner(alike), alike);
    const here = stage();
    const call = callOf({ path: "/a" }, OTHER);
    const of = { ...call, principal: { ...call.principal, owner: alike } };
    const id = idOf(await here.judge(of));
    await assert.rejects(decide(here, id, "allow", OWNER), /second person/);
    await decide(here, id, "allow", BOSS);
    assert.equal((await here.judge(of)).kind, "pass");
  }
  assert.ok(!mayBeSame(OWNER, BOSS));
  for (const plain of [OWNER, "person:josé", "person:владимир"]) assert.ok(isPlainOwner(plain), plain);
});

test("H4 I9: offboarding ends what somebody allowed for others, and reviving does not bring it back", async () => {
  const here = stage();
  const call = callOf({ path: "/a" });
  await decide(here, idOf(await here.judge(call)), "always", BOSS);
  await here.judge(call);
  await here.approvals.poll();
  assert.equal((await here.judge(call)).kind, "pass");
  here.ended.add(BOSS);
  assert.deepEqual(await here.approvals.endOwner("default", BOSS), { pending: 0, standing: 1, given: 0 });
  assert.deepEqual(await here.approvals.standing("default"), []);
  here.ended.delete(BOSS);
  await here.approvals.poll();
  assert.equal((await here.judge(call)).kind, "hold");
});

test("H4: an approver who lost the duty allows nothing any more, also once they have it again", async () => {
  for (const how of ["a call", "the sweep"]) {
    const here = stage();
    const call = callOf({ path: "/a" }, OTHER);
    await decide(here, idOf(await here.judge(call)), "always", BOSS);
    await here.judge(call);
    await here.approvals.poll();
    assert.equal((await here.judge(call)).kind, "pass");
    here.undutied.add(BOSS);
    if (how === "a call") assert.equal((await here.judge(call)).kind, "hold");
    else await here.approvals.sweep();
    assert.deepEqual(await here.approvals.standing("default"), []);
    const revoked = here.events.find(({ type }) => type === "standing.revoked");
    assert.equal(revoked?.reason, "giver_lost");
    here.undutied.delete(BOSS);
    await here.approvals.poll();
    assert.equal((await here.judge(call)).kind, "hold");
  }
});

test("H2: what an approver allowed once does not count after they lost the duty", async () => {
  const here = stage();
  const call = callOf({ path: "/a" }, OTHER);
  await decide(here, idOf(await here.judge(call)), "allow", BOSS);
  here.undutied.add(BOSS);
  assert.equal((await here.judge(call)).kind, "hold");
});

test("H4: the record says that a call ran under a standing allow, and which; its server may ask back", async () => {
  const here = stage();
  const call = callOf({ path: "/a" });
  await decide(here, idOf(await here.judge(call)), "always", OWNER);
  await here.judge(call);
  await here.approvals.poll();
  const [one] = await here.approvals.standing("default");
  const passed = await here.judge(call);
  assert.equal(passed.kind === "pass" && passed.fact.standing, one?.id);
  const last = here.events.at(-1);
  assert.deepEqual([last?.type, last?.credential, last?.detail?.["standing"]], ["standing.used", "k_1", one?.id]);
  assert.ok(!JSON.stringify(last).includes("/a"), "and no argument");
  const answer = { inputResponses: { city: { action: "decline" } }, requestState: "the server's own" };
  const next = { ...call, sent: { ...call.sent, ...answer }, standing: one?.id ?? "" };
  assert.equal((await here.asking.judge(next)).kind, "pass");
  await here.approvals.revoke("default", one?.id ?? "", OWNER, "page");
  assert.equal((await here.asking.judge(next)).kind, "deny", "what it rested on is gone");
});

test("H2: a row that is put back as it was before its use is not used again by the gateway that used it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cardea-approvals-"));
  try {
    const path = join(folder, "cardea.db");
    const here = stage({ path });
    const call = callOf({ path: "/a" });
    const id = idOf(await here.judge(call));
    await decide(here, id, "allow", OWNER);
    const other = new DatabaseSync(path);
    other.exec("CREATE TEMP TABLE kept AS SELECT * FROM approvals");
    assert.equal((await here.judge(call)).kind, "pass");
    other.exec("DELETE FROM approvals; INSERT INTO approvals SELECT * FROM kept");
    other.close();
    assert.notEqual(idOf(await here.judge(call)), id);
    await here.store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
