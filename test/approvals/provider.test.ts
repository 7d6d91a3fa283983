import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { approvalRoutes } from "../../src/doors/web/approvals.ts";
import { HOUR, type Stage as Web, stage as web } from "../web/setting.ts";
import { callOf, type Stage, stage, TERMS } from "./setting.ts";

let set: Web;
let here: Stage;

before(async () => {
  here = stage();
  set = await web(({ directory, record }) => [
    approvalRoutes({
      approvals: here.approvals,
      proof: { tenant: "default", account: (owner) => directory.account("default", owner), secondFactor: true, record },
      verify: async () => ({ fault: "There are no local users here." }),
      local: { hasSecondFactor: async () => false },
      secondFactorMs: HOUR,
      standingMs: 30 * 24 * HOUR,
      secrets: () => [],
      clock: { now: () => set.clock.now(), monotonic: () => 0 },
    }),
  ]);
  here.time.now = set.clock.now();
});
after(() => set.close());

/** Somebody of a provider, who signed in so long ago. */
async function person(login: string, roles: readonly string[], ago: number, second = false) {
  const [owner, at] = [`person:${login}`, set.clock.now()];
  if (set.directory.account("default", owner) === undefined)
    await set.directory.save({
      ...{ tenant: "default", owner, source: "corp", sub: login, roles, createdAt: at, checkedAt: at },
    });
  const more = second ? { secondFactorAt: at - ago } : {};
  const { cookie, session } = await set.sessions.begin({ tenant: "default", owner, authAt: at - ago, ...more });
  const headers = { cookie: `cardea=${cookie}` };
  return {
    get: async (path: string) => (await fetch(`${set.base}${path}`, { headers })).text(),
    allow: async (id: string) => {
      const answer = await fetch(`${set.base}/api/approvals/${id}/allow`, {
        method: "POST",
        headers: { ...headers, "x-csrf": session.csrf, "content-type": "application/json" },
        body: "{}",
      });
      return [answer.status, await answer.text()] as const;
    },
  };
}

let calls = 0;
async function held(by: "self" | "other", login = "eve"): Promise<string> {
  const call = callOf({ n: ++calls }, { obligations: { approval: { ...TERMS, by } } });
  const verdict = await here.judge({ ...call, principal: { ...call.principal, owner: `person:${login}` } });
  assert.equal(verdict.kind, "hold");
  return verdict.kind === "hold" ? String(verdict.refusal.data?.["approval"]) : "";
}

test("H3: people of a provider decide with a sign-in of the last five minutes, and with none that is older", async () => {
  const id = await held("self");
  const old = await person("eve", ["engineer"], 300_001);
  assert.match((await old.allow(id))[1], /sign-in of the last five minutes/);
  assert.match(await old.get(`/approvals/${id}`), /Sign in again/);
  assert.doesNotMatch(await old.get(`/approvals/${id}`), /Allow once/);
  const fresh = await person("eve", ["engineer"], 299_000);
  assert.match(await fresh.get(`/approvals/${id}`), /Allow once/);
  assert.equal((await fresh.allow(id))[0], 200, "no duty and no second factor is needed for one's own call");
});

test("H3 I11: a second person needs the duty approver, with the second factor that administration needs", async () => {
  const id = await held("other");
  assert.equal((await (await person("mallory", ["engineer", "admin:operator"], 0, true)).allow(id))[0], 404);
  assert.equal((await (await person("auditor", ["admin:auditor"], 0, true)).allow(id))[0], 403);
  assert.match((await (await person("boss", ["admin:approver"], 0)).allow(id))[1], /second factor/);
  assert.equal((await (await person("eve", [], 0, true)).allow(id))[0], 403, "the one who asks");
  assert.equal((await (await person("boss", [], 0, true)).allow(id))[0], 200);
});

test("H3: an approver who asks themself is no second person", async () => {
  const id = await held("other", "boss");
  assert.match((await (await person("boss", [], 0, true)).allow(id))[1], /second person decides/);
});
