import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { grantId } from "../../src/domain/identity/directory.ts";
import type { Grant } from "../../src/ports/directory.ts";
import { maker } from "../identity/setting.ts";
import { codeOf, PASSWORD, type PeopleStage, peopleStage } from "./people-stage.ts";
import { type Browser, HOUR } from "./setting.ts";

const BOB = "person:bob@example.com";

describe("The page of one's own (I10)", () => {
  let set: PeopleStage;
  let browser: Browser;
  const grantOf = (owner: string, client: string): Grant => ({
    id: grantId("default", owner, client),
    tenant: "default",
    owner,
    environment: "dev",
    client,
    clientName: `<b>${client}</b>`,
    redirectHost: "app.example",
    scopes: ["files:read", "files:write"],
    createdAt: set.clock.time,
    expiresAt: set.clock.time + 90 * 24 * HOUR,
  });
  const keyOf = (owner: string, id: string) => ({
    id,
    tenant: "default",
    owner,
    roles: [],
    environment: "dev",
    plan: "default",
    createdAt: set.clock.time,
    label: `the ${id}`,
  });

  before(async () => {
    set = await peopleStage({
      activity: async ({ owner }) => [
        { time: set.clock.time, server: "files", what: `read ${owner}`, decision: "allow" },
        { time: set.clock.time, server: "files", what: "delete_file", decision: "deny" },
      ],
    });
    await set.local.create(
      { login: "bob@example.com", password: PASSWORD, roles: ["engineer"], reason: "test" },
      await maker(),
    );
    for (const owner of [BOB, "person:ada@example.com"]) await set.directory.saveGrant(grantOf(owner, "inspector"));
    set.keys.push(keyOf(BOB, "k_mine"), keyOf("person:ada@example.com", "k_theirs"));
    browser = set.browser();
    const { fields } = await browser.form("/sign-in");
    await browser.post("/sign-in/local", { ...fields, login: "bob@example.com", password: PASSWORD });
  });
  after(() => set.close());

  it("shows clients, sessions, keys, accounts and activity of nobody else, as text", async () => {
    const { text } = await browser.form("/me");
    for (const part of ["app.example", "files:write", "the k_mine", "this browser", "read person:bob", "refused"])
      assert.ok(text.includes(part), part);
    assert.ok(text.includes("&lt;b&gt;inspector"), "a client's name is text");
    assert.ok(!text.includes("k_theirs"));
  });

  it("ends what is mine, and nothing of others", async () => {
    const { fields } = await browser.form("/me");
    const csrf = { csrf: String(fields["csrf"]) };
    const theirs = grantId("default", "person:ada@example.com", "inspector");
    for (const path of [`clients/${theirs}/revoke`, "keys/k_theirs/revoke", "sessions/b_aaaaaaaaaaaaaaaa/end"])
      assert.equal((await browser.post(`/me/${path}`, csrf)).status, 404, path);
    assert.deepEqual(set.ended, []);
    const mine = grantId("default", BOB, "inspector");
    for (const path of [`clients/${mine}/revoke`, "keys/k_mine/revoke"]) {
      assert.equal((await browser.post(`/me/${path}`, {})).status, 403, "without its token");
      assert.equal((await browser.post(`/me/${path}`, csrf)).status, 303, path);
    }
    assert.deepEqual(set.ended, [`grant ${mine}`, "key k_mine"]);
    assert.match((await browser.form("/me")).text, /No program may act for you/);
    assert.equal((await set.browser().post(`/me/clients/${mine}/revoke`, csrf)).status, 401, "signed out");
  });

  it("ends another session of mine, and all at once", async () => {
    const other = set.browser();
    const { fields } = await other.form("/sign-in");
    await other.post("/sign-in/local", { ...fields, login: "bob@example.com", password: PASSWORD });
    const page = await browser.form("/me");
    const csrf = { csrf: String(page.fields["csrf"]) };
    const ends = [...page.text.matchAll(/\/me\/sessions\/(b_[\w-]+)\/end/g)].map(([, id]) => String(id));
    assert.equal(ends.length, 1);
    await browser.post(`/me/sessions/${ends[0]}/end`, csrf);
    assert.equal((await other.get("/me")).status, 303);
    assert.equal((await browser.get("/me")).status, 200);
    await browser.post("/me/sign-out-everywhere", csrf);
    assert.equal((await browser.get("/me")).status, 303);
    assert.equal(set.ended.at(-1), `access ${BOB} owner`);
  });

  it("enrols a second factor only with the password, and renews it only with the present code too", async () => {
    const mine = set.browser();
    const { fields } = await mine.form("/sign-in");
    await mine.post("/sign-in/local", { ...fields, login: "bob@example.com", password: PASSWORD });
    const csrf = { csrf: String((await mine.form("/me/second-factor")).fields["csrf"]) };
    const begin = "/me/second-factor/begin";
    assert.equal((await mine.post(begin, { ...csrf, password: "wrong wrong wrong" })).status, 401);
    assert.equal((await mine.post(begin, { ...csrf, password: PASSWORD })).status, 303);
    const secret = /class="secret">([A-Z2-7 ]+)</.exec((await mine.form("/me/second-factor")).text)?.[1] ?? "";
    const other = set.browser();
    const { fields: again } = await other.form("/sign-in");
    await other.post("/sign-in/local", { ...again, login: "bob@example.com", password: PASSWORD });
    assert.doesNotMatch((await other.form("/me/second-factor")).text, /class="secret"/, "another session of mine");
    const wrong = { ...csrf, code: "x" };
    for (let i = 0; i < 4; i++) assert.equal((await mine.post("/me/second-factor/confirm", wrong)).status, 400);
    const code = codeOf(secret, set.clock.time);
    assert.equal((await mine.post("/me/second-factor/confirm", { ...csrf, code })).status, 303);
    assert.equal((await mine.post(begin, { ...csrf, password: PASSWORD })).status, 401, "without the code");
    set.clock.time += 60_000;
    const later = codeOf(secret, set.clock.time);
    assert.equal((await mine.post(begin, { ...csrf, password: PASSWORD, code: later })).status, 303);
    for (let i = 0; i < 4; i++) await mine.post("/me/second-factor/confirm", wrong);
    const over = await mine.post("/me/second-factor/confirm", wrong);
    assert.equal(over.status, 429);
    assert.match(await over.text(), /too many wrong codes/);
    assert.equal((await mine.post("/me/second-factor/confirm", wrong)).headers.get("location"), "/me/second-factor");
  });
});
