import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Located } from "../../src/kernel/call.ts";
import type { Verdict } from "../../src/kernel/control.ts";
import { isObject, type JsonObject } from "../../src/kernel/json.ts";
import { callOf, OWNER, type Stage, stage, TERMS } from "./setting.ts";

const LINK = { elicitationForm: true, elicitationUrl: true, sampling: false, samplingTools: false, roots: false };
const FORM = { ...LINK, elicitationUrl: false };

const codeOf = (verdict: Verdict<Located>): string => (verdict.kind === "pass" ? "pass" : verdict.refusal.code);
const idOf = (verdict: Verdict<Located>): string =>
  verdict.kind === "hold" ? String(verdict.refusal.data?.["approval"]) : assert.fail(`${verdict.kind}, not held`);
const decide = (of: Stage, id: string, verdict: "allow" | "deny" | "always", by = OWNER) =>
  of.approvals.decide({ tenant: "default", id, verdict, by, channel: "page" });

/** The same call with what the client got and answers. */
function answering(call: Located, verdict: Verdict<Located>, responses: JsonObject): Located {
  const question = verdict.kind === "hold" ? verdict.pending?.question : undefined;
  const more = { requestState: question?.["requestState"] ?? null, inputResponses: responses };
  return { ...call, params: { ...call.params, ...more }, sent: { ...call.sent, ...more } };
}

describe("H1 H2: one person, one call, once", () => {
  test("H1: without an obligation nothing is asked, and nothing waits", () => {
    const { obligations: _none, ...free } = callOf({ a: 1 });
    const said = stage().asking.judge(free);
    assert.ok(!(said instanceof Promise) && said.kind === "pass");
  });

  test("H1: held, allowed, sent once; a second use is a new question", async () => {
    const here = stage();
    const call = callOf({ path: "/a" });
    const id = idOf(await here.judge(call));
    await decide(here, id, "allow");
    const passed = await here.judge(call);
    assert.equal(passed.kind, "pass");
    assert.deepEqual(passed.kind === "pass" && passed.fact.resumed, { approval: id, leg: 1 });
    const again = await here.judge(call);
    assert.notEqual(idOf(again), id);
    assert.deepEqual(
      here.events.map(({ type }) => type),
      ["approval.asked", "approval.allowed", "approval.used", "approval.asked"],
    );
  });

  test("H1: changing argument, definition, credential, effect or tool makes another call", async () => {
    const here = stage();
    const call = callOf({ path: "/a" });
    await decide(here, idOf(await here.judge(call)), "allow");
    const others: Located[] = [
      callOf({ path: "/b" }),
      callOf({ path: "/a", more: null }),
      { ...call, principal: { ...call.principal, credential: "k_2" } },
      { ...call, principal: { ...call.principal, owner: "person:bob@example.com" } },
      { ...call, target: { ...call.target, digest: "sha256:2" } },
      { ...call, target: { ...call.target, published: { definition: {}, digest: "sha256:p2" } } },
      { ...call, target: { ...call.target, effect: "destructive" } },
      { ...call, target: { ...call.target, name: "u" } },
      { ...call, obligations: { approval: { ...TERMS, by: "other" } } },
    ];
    for (const other of others) assert.equal((await here.judge(other)).kind, "hold");
    assert.equal((await here.judge(call)).kind, "pass");
  });

  test("H2: it expires, by the wall clock and by one that nobody sets back", async () => {
    const here = stage();
    const call = callOf({ path: "/a" });
    const first = idOf(await here.judge(call));
    await decide(here, first, "allow");
    here.time.now += TERMS.expiresMs;
    const second = idOf(await here.judge(call));
    assert.notEqual(second, first);
    await decide(here, second, "allow");
    here.time.now -= 10;
    here.time.monotonic += TERMS.expiresMs;
    assert.equal((await here.judge(call)).kind, "hold", "the wall clock went back, the other did not");
    here.time.now += TERMS.expiresMs;
    await here.approvals.sweep();
    assert.equal(here.events.at(-1)?.type, "approval.expired");
    await assert.rejects(decide(here, first, "allow"), /decided already, or the time/);
  });

  test("H2: a rule that now wants it fresher than it is does not take it", async () => {
    const here = stage();
    const call = callOf({ path: "/a" });
    await decide(here, idOf(await here.judge(call)), "allow");
    here.time.now += 61_000;
    const strict = { ...call, obligations: { approval: { ...TERMS, expiresMs: 60_000 } } };
    assert.equal((await here.judge(strict)).kind, "hold");
  });

  test("H2: an approval of somebody whose account ended meanwhile does not count", async () => {
    const here = stage();
    const call = callOf({ path: "/a" });
    await decide(here, idOf(await here.judge(call)), "allow", "person:boss@example.com");
    here.ended.add("person:boss@example.com");
    assert.equal((await here.judge(call)).kind, "hold");
  });

  test("H3: who said no stays asked: the same call is refused until it expires", async () => {
    const here = stage();
    const call = callOf({ path: "/a" });
    await decide(here, idOf(await here.judge(call)), "deny");
    assert.equal(codeOf(await here.judge(call)), "denied_by_person");
    assert.equal(codeOf(await here.judge(call)), "denied_by_person");
    assert.equal((await here.judge(callOf({ path: "/b" }))).kind, "hold");
  });

  test("H3: where a second person is wanted the one who asks cannot decide", async () => {
    const here = stage();
    const call = callOf({ path: "/a" }, { obligations: { approval: { ...TERMS, by: "other" } } });
    const id = idOf(await here.judge(call));
    await assert.rejects(decide(here, id, "allow"), /second person/);
    await assert.rejects(decide(here, id, "always"), /second person/);
    await decide(here, id, "allow", "person:boss@example.com");
    assert.equal((await here.judge(call)).kind, "pass");
  });
});

describe("H3: where and how", () => {
  test("H3: the same call that waits is one approval; too many of them are refused", async () => {
    const here = stage({ caps: { perCredential: 2, perTenant: 3 } });
    const id = idOf(await here.judge(callOf({ n: 1 })));
    assert.equal(idOf(await here.judge(callOf({ n: 1 }))), id);
    idOf(await here.judge(callOf({ n: 2 })));
    await assert.rejects(here.judge(callOf({ n: 3 })), /credential has as many calls waiting/);
    const other = callOf({ n: 3 });
    idOf(await here.judge({ ...other, principal: { ...other.principal, credential: "k_2" } }));
    await assert.rejects(
      here.judge({ ...other, principal: { ...other.principal, credential: "k_3" } }),
      /As many calls wait/,
    );
  });

  test("H3: a client with links is asked under the gateway's own name, and its accept decides nothing", async () => {
    const here = stage();
    const call = callOf({ path: "/a" }, { profile: LINK });
    const held = await here.judge(call);
    const question = held.kind === "hold" ? held.pending?.question : undefined;
    assert.ok(isObject(question?.["inputRequests"]));
    const { method, params } = question["inputRequests"]["cardea.approval"] as { method: string; params: JsonObject };
    assert.equal(method, "elicitation/create");
    assert.equal(params["mode"], "url");
    assert.equal(params["url"], `https://gateway.example.com/approvals/${idOf(held)}`);
    const accepted = answering(call, held, { "cardea.approval": { action: "accept", content: { decision: "allow" } } });
    const after = await here.judge(accepted);
    assert.equal(after.kind, "hold");
    assert.ok(after.kind === "hold" && after.pending?.wait && after.pending.question, "it waits, then asks again");
    const declined = await here.judge(answering(call, held, { "cardea.approval": { action: "decline" } }));
    assert.match(
      declined.kind === "hold" ? declined.refusal.message : "",
      /did not open the page, which decides nothing/,
    );
    assert.ok(declined.kind === "hold" && !declined.pending?.wait && !declined.pending?.question);
    await decide(here, idOf(held), "allow");
    const passed = await here.judge(accepted);
    assert.ok(passed.kind === "pass");
    assert.equal(passed.fact.sent["inputResponses"], undefined, "our answer goes to no server");
    assert.equal(passed.fact.sent["requestState"], undefined);
  });

  test("H3: an answer without our state counts for nothing and is not passed on", async () => {
    const here = stage({ trusts: () => true });
    const forged = callOf({ path: "/a" }, { profile: FORM });
    const more = { inputResponses: { "cardea.approval": { action: "accept", content: { decision: "allow" } } } };
    const call = { ...forged, params: { ...forged.params, ...more }, sent: { ...forged.sent, ...more } };
    assert.equal((await here.judge(call)).kind, "hold");
    const { obligations: _none, ...free } = call;
    const passed = await here.judge(free as Located);
    assert.ok(passed.kind === "pass");
    assert.deepEqual(passed.fact.sent["inputResponses"], {});
  });

  test("H3: a state of another caller or another call is refused", async () => {
    const here = stage({ trusts: () => true });
    const call = callOf({ path: "/a" }, { profile: FORM });
    const yes = { "cardea.approval": { action: "accept", content: { decision: "allow" } } };
    const answer = answering(call, await here.judge(call), yes);
    const other = { ...answer, principal: { ...answer.principal, credential: "k_2" } };
    assert.equal(codeOf(await here.judge(other)), "invalid_params");
    const args = { arguments: { path: "/b" } };
    const changed = { ...answer, params: { ...answer.params, ...args }, sent: { ...answer.sent, ...args } };
    assert.equal(codeOf(await here.judge(changed)), "invalid_params");
    assert.equal((await here.judge(answer)).kind, "pass");
  });

  test("H3: a form counts only for trusted clients, and never for a second person", async () => {
    const yes = { "cardea.approval": { action: "accept", content: { decision: "allow" } } };
    const call = callOf({ path: "/a" }, { profile: FORM });
    const untrusted = await stage().judge(call);
    assert.ok(untrusted.kind === "hold" && untrusted.pending?.wait && !untrusted.pending.question);
    const here = stage({ trusts: (id) => id === "k_1" });
    const denied = callOf({ path: "/no" }, { profile: FORM });
    const no = { "cardea.approval": { action: "accept", content: { decision: "deny" } } };
    assert.equal(codeOf(await here.judge(answering(denied, await here.judge(denied), no))), "denied_by_person");
    assert.equal((await here.judge(answering(call, await here.judge(call), yes))).kind, "pass");
    assert.deepEqual(here.events.at(-2)?.detail?.["channel"], "client");
    const second = { ...call, obligations: { approval: { ...TERMS, by: "other" as const } } };
    const held = await here.judge(second);
    assert.ok(held.kind === "hold" && !held.pending?.question);
  });

  test("H3: a form's yes to a call whose definition changed meanwhile does not count", async () => {
    const here = stage({ trusts: () => true });
    const call = callOf({ path: "/a" }, { profile: FORM });
    const answer = answering(call, await here.judge(call), {
      "cardea.approval": { action: "accept", content: { decision: "allow" } },
    });
    const changed = { ...answer, target: { ...answer.target, digest: "sha256:2" } };
    assert.equal((await here.judge(changed)).kind, "hold");
  });

  test("H5: where nobody can be asked it is refused, and only a standing allow of an approver lets it pass", async () => {
    const here = stage();
    const call = callOf({ path: "/a" });
    const service = { ...call, principal: { ...call.principal, owner: "service:nightly" } };
    const refused = await here.judge(service);
    assert.ok(refused.kind === "deny" && refused.refusal.control === "H5");
    const [row] = await here.approvals.list("default");
    assert.ok(row?.unattended);
    await assert.rejects(decide(here, row.id, "allow", "person:boss@example.com"), /Nobody waits/);
    await decide(here, row.id, "always", "person:boss@example.com");
    await here.approvals.poll();
    assert.equal((await here.judge(service)).kind, "pass");
    const other = callOf({ path: "/b" });
    assert.equal((await here.judge({ ...other, principal: service.principal })).kind, "deny");
  });
});

describe("H1: legs of one call", () => {
  const leg = (call: Located, approval: string, number: number): Located => ({
    ...call,
    resumed: { approval, leg: number },
  });

  test("H1: one approval covers the legs, each of them once and in order", async () => {
    const here = stage();
    const call = callOf({ path: "/a" });
    const id = idOf(await here.judge(call));
    await decide(here, id, "allow");
    assert.equal((await here.judge(call)).kind, "pass");
    assert.equal((await here.judge(leg(call, id, 2))).kind, "pass");
    assert.equal(codeOf(await here.judge(leg(call, id, 2))), "invalid_params");
    assert.equal(codeOf(await here.judge(leg(call, id, 4))), "invalid_params");
    assert.equal((await here.judge(leg(call, id, 3))).kind, "pass");
  });

  test("H1: a definition that changed between legs is another call, which starts anew and needs a person again", async () => {
    const here = stage();
    const call = callOf({ path: "/a" }, { profile: LINK });
    const id = idOf(await here.judge(call));
    await decide(here, id, "allow");
    await here.judge(call);
    const target = { ...call.target, digest: "sha256:2" };
    const later = { ...leg(call, id, 2), target, sent: { ...call.sent, requestState: "the server's own" } };
    assert.equal(codeOf(await here.judge(later)), "invalid_params");
    assert.notEqual(idOf(await here.judge({ ...call, target })), id);
  });
});

describe("H4: always", () => {
  test("H4: within its limits, until its date, for this definition and owner, and no longer than it is wanted", async () => {
    const here = stage({ caps: { perCredential: 100, perTenant: 100 } });
    const call = callOf({ folder: "/reports/may", text: "hello", mode: "add" });
    const id = idOf(await here.judge(call));
    const until = here.time.now + 3_600_000;
    const limits = { free: ["text"], prefix: { folder: "/reports/" } };
    await here.approvals.decide({
      tenant: "default",
      id,
      verdict: "always",
      by: OWNER,
      channel: "page",
      limits,
      until,
    });
    await here.judge(call);
    await here.approvals.poll();
    const inside: JsonObject[] = [
      { folder: "/reports/june", text: "bye", mode: "add" },
      { folder: "/reports/", mode: "add" },
    ];
    const outside: JsonObject[] = [
      { folder: "/other", text: "hello", mode: "add" },
      { folder: "/reports/../other", text: "", mode: "add" },
      { folder: "/reports/%2e%2e/other", text: "", mode: "add" },
      { folder: "/reports/june", text: "x", mode: "replace" },
      { folder: "/reports/june", text: "x" },
      { folder: "/reports/june", text: "x", mode: "add", extra: true },
    ];
    for (const args of inside) assert.equal((await here.judge(callOf(args))).kind, "pass", JSON.stringify(args));
    for (const args of outside) assert.equal((await here.judge(callOf(args))).kind, "hold", JSON.stringify(args));
    const near = callOf(inside[0] as JsonObject);
    const others: Located[] = [
      { ...near, target: { ...near.target, digest: "sha256:2" } },
      { ...near, target: { ...near.target, published: { definition: {}, digest: "sha256:x" } } },
      { ...near, target: { ...near.target, effect: "destructive" } },
      { ...near, obligations: { approval: { ...TERMS, always: false } } },
      { ...near, obligations: { approval: { ...TERMS, by: "other" } } },
      { ...near, principal: { ...near.principal, owner: "person:bob@example.com" } },
    ];
    for (const other of others) assert.equal((await here.judge(other)).kind, "hold");
    const [standing] = await here.approvals.standing("default", OWNER);
    assert.equal(standing?.lastUsedAt, here.time.now);
    here.time.now = until;
    assert.equal((await here.judge(near)).kind, "hold", "it is over, whatever memory says");
  });

  test("H4: a revoked one does not count, not even before memory has noticed", async () => {
    const here = stage();
    const call = callOf({ path: "/a" });
    await decide(here, idOf(await here.judge(call)), "always");
    await here.judge(call);
    await here.approvals.poll();
    const [one] = await here.approvals.standing("default");
    assert.equal((await here.judge(call)).kind, "pass");
    await here.store.revokeStanding("default", one?.id ?? "", here.time.now);
    assert.equal((await here.judge(call)).kind, "hold");
  });

  test("H4: none for what is more than a write, and none that outlasts the operator's limit", async () => {
    const here = stage();
    const call = callOf({ path: "/a" });
    for (const effect of ["destructive", "outbound", "payment", "access-change", "execute"] as const) {
      const id = idOf(await here.judge({ ...call, target: { ...call.target, effect } }));
      await assert.rejects(decide(here, id, "always"), /cannot be allowed beforehand/);
    }
    const id = idOf(await here.judge(call));
    const until = here.time.now + 31 * 86_400_000;
    const asked = { tenant: "default", id, verdict: "always", by: OWNER, channel: "page", until } as const;
    await assert.rejects(here.approvals.decide(asked), /at most 30 days/);
    await assert.rejects(
      here.approvals.decide({ ...asked, until: here.time.now + 1000, limits: { free: ["nothing"], prefix: {} } }),
      /no argument of this call/,
    );
  });

  test("I9 H4: offboarding ends what waits, what stands, and what was given and not used", async () => {
    const here = stage();
    await decide(here, idOf(await here.judge(callOf({ n: 1 }))), "always");
    await here.judge(callOf({ n: 1 }));
    idOf(await here.judge(callOf({ n: 2 })));
    const bob = callOf({ n: 3 });
    const bobs = { ...bob, principal: { ...bob.principal, owner: "person:bob@example.com" } };
    await decide(here, idOf(await here.judge(bobs)), "allow", OWNER);
    assert.deepEqual(await here.approvals.endOwner("default", OWNER), { pending: 1, standing: 1, given: 1 });
    await here.approvals.poll();
    assert.equal((await here.judge(bobs)).kind, "hold");
    assert.equal((await here.judge(callOf({ n: 1 }))).kind, "hold");
  });
});

describe("A10: what is held", () => {
  test("A10: arguments are sealed in the store, and a row that somebody else wrote counts for nothing", async () => {
    const { mkdtempSync, rmSync, readFileSync } = await import("node:fs");
    const { join } = await import("node:path");
    const { tmpdir } = await import("node:os");
    const { DatabaseSync } = await import("node:sqlite");
    const folder = mkdtempSync(join(tmpdir(), "cardea-approvals-"));
    try {
      const path = join(folder, "cardea.db");
      const here = stage({ path });
      const call = callOf({ path: "/very/secret/place" });
      const id = idOf(await here.judge(call));
      const files = ["cardea.db", "cardea.db-wal"].map((name) => readFileSync(join(folder, name)).toString("latin1"));
      assert.ok(!files.join("").includes("very/secret/place"));
      const other = new DatabaseSync(path);
      other.exec("DROP TRIGGER approvals_changed");
      other.exec(
        `UPDATE approvals SET state = 'allowed', decided_at = asked_at, decided_by = '${OWNER}' WHERE id = '${id}'`,
      );
      other.close();
      const after = await here.judge(call);
      assert.notEqual(idOf(after), id);
      await here.store.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("H1: nothing is allowed that cannot be recorded, and a lost store refuses", async () => {
    let broken = false;
    const here = stage({ broken: () => broken });
    const call = callOf({ path: "/a" });
    const id = idOf(await here.judge(call));
    broken = true;
    await assert.rejects(decide(here, id, "allow"), /disk is full/);
    broken = false;
    const anew = idOf(await here.judge(call));
    assert.notEqual(anew, id);
    await decide(here, anew, "allow");
    broken = true;
    await assert.rejects(here.judge(call), /disk is full/);
    broken = false;
    assert.notEqual(idOf(await here.judge(call)), anew, "it is spent, although nothing was sent");
    await here.store.close();
    await assert.rejects(here.judge(call));
  });
});
