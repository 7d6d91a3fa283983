import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { destination } from "../../src/doors/web/destination.ts";
import { maker } from "../identity/setting.ts";
import { codeOf, PASSWORD, type PeopleStage, peopleStage } from "./people-stage.ts";
import { type Browser, fieldsOf } from "./setting.ts";

describe("Local users at the pages (I4)", () => {
  let set: PeopleStage;
  before(async () => {
    set = await peopleStage();
  });
  after(() => set.close());

  /** Sends the sign-in form. */
  const enter = async (browser: Browser, login: string, password: string, to = "/me") => {
    const { fields } = await browser.form(`/sign-in?to=${encodeURIComponent(to)}`);
    return browser.post("/sign-in/local", { ...fields, login, password });
  };
  let made: Promise<unknown> | undefined;
  const bob = async () => {
    const user = { login: "Bob@Example.com", password: PASSWORD, roles: ["engineer"], reason: "test" };
    made ??= maker().then((by) => set.local.create(user, by));
    await made;
  };

  it("signs in, goes where it was asked to, and out again", async () => {
    await bob();
    const browser = set.browser();
    const me = await browser.get("/me");
    assert.deepEqual([me.status, me.headers.get("location")], [303, "/sign-in?to=/me"]);
    const answer = await enter(browser, "bob@example.com", PASSWORD, "/interaction/abc?x=1");
    assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/interaction/abc?x=1"]);
    const page = await browser.form("/me");
    assert.match(page.text, /bob@example\.com/);
    assert.deepEqual(set.events.at(-1)?.type, "signin.succeeded");
    const out = await browser.post("/sign-out", { csrf: String(page.fields["csrf"]) });
    assert.equal(out.status, 303);
    assert.equal((await browser.get("/me")).status, 303);
    assert.equal(set.events.at(-1)?.reason, "signed_out");
  });

  it("ends the session that a browser had before (no session is fixed for somebody else)", async () => {
    await bob();
    const browser = set.browser();
    await enter(browser, "bob@example.com", PASSWORD);
    const stolen = String(browser.cookies.get("cardea"));
    await enter(browser, "bob@example.com", PASSWORD);
    assert.notEqual(browser.cookies.get("cardea"), stolen);
    browser.cookies.set("cardea", stolen);
    assert.equal((await browser.get("/me")).status, 303);
  });

  it("works by another name of the gateway too, but goes to the public address before it leaves for a provider", async () => {
    await bob();
    const browser = set.browser("localhost");
    assert.equal((await enter(browser, "bob@example.com", PASSWORD)).status, 303);
    assert.equal((await browser.get("/me")).status, 200);
    const other = set.browser("localhost");
    const { fields } = await other.form("/sign-in?to=/me/x");
    const text = await (await other.post("/sign-in/with/corp", fields)).text();
    assert.ok(text.includes(`0;url=${set.base}/sign-in?to=%2Fme%2Fx`), text);
  });

  it("signs nobody out and in by GET, nor by a form of another site", async () => {
    await bob();
    const browser = set.browser();
    await enter(browser, "bob@example.com", PASSWORD);
    for (const path of ["/sign-out", "/sign-in/local", "/sign-in/with/corp", "/me/sign-out-everywhere"])
      assert.equal((await browser.get(path)).status, 404, path);
    assert.equal((await browser.post("/sign-out", {}, { origin: "https://evil.example" })).status, 403);
    assert.equal((await browser.get("/me")).status, 200);
    const other = set.browser();
    const body = { login: "bob@example.com", password: PASSWORD };
    assert.equal((await other.post("/sign-in/local", body)).status, 403, "login CSRF");
  });

  it("says the same for a login that does not exist as for a wrong password, and records both", async () => {
    await bob();
    const wrong = await enter(set.browser(), "bob@example.com", "wrong wrong wrong");
    const none = await enter(set.browser(), "eve@example.com", "wrong wrong wrong");
    assert.deepEqual([wrong.status, none.status], [401, 401]);
    const bare = async (answer: Response) => (await answer.text()).replaceAll(/value="[^"]*"/g, "");
    assert.equal(await bare(wrong), await bare(none));
    const failures = set.events.filter(({ type }) => type === "signin.failed").slice(-2);
    assert.deepEqual(
      failures.map(({ owner, reason }) => [owner, reason]),
      [
        ["person:bob@example.com", "password_wrong"],
        [undefined, "password_wrong"],
      ],
    );
  });

  it("asks for the code of a second factor, takes it once, and only in the browser that knew the password", async () => {
    await set.local.create({ login: "cleo", password: PASSWORD, roles: [], reason: "test" }, await maker());
    await set.local.beginSecondFactor("cleo", "b_1");
    const secret = String((await set.local.pendingSecondFactor("cleo", "b_1"))?.secret);
    assert.equal(await set.local.confirmSecondFactor("cleo", "b_1", codeOf(secret, set.clock.time)), true);
    set.clock.time += 60_000;
    const browser = set.browser();
    const first = await enter(browser, "cleo", PASSWORD, "/me/x");
    const text = await first.text();
    assert.match(text, /One-time code/);
    assert.equal((await browser.get("/me")).status, 303, "the password alone does not sign in");
    const fields = fieldsOf(text);
    const code = codeOf(secret, set.clock.time);
    const other = set.browser();
    const theirs = (await other.form("/sign-in")).fields;
    assert.equal((await other.post("/sign-in/code", { ...theirs, code })).status, 401, "another browser");
    assert.equal((await browser.post("/sign-in/code", { ...fields, code: "000000" })).status, 401);
    const done = await browser.post("/sign-in/code", { ...fields, code });
    assert.deepEqual([done.status, done.headers.get("location")], [303, "/me/x"]);
    const [session] = await set.sessions.ofOwner("default", "person:cleo");
    assert.equal(session?.secondFactorAt, set.clock.time);
    const again = set.browser();
    const page = fieldsOf(await (await enter(again, "cleo", PASSWORD)).text());
    assert.equal((await again.post("/sign-in/code", { ...page, code })).status, 401, "a code counts once");
  });

  it("lets an ended account in no more", async () => {
    await set.local.create({ login: "dan", password: PASSWORD, roles: [], reason: "test" }, await maker());
    await set.directory.end("default", "person:dan");
    assert.equal((await enter(set.browser(), "dan", PASSWORD)).status, 401);
  });

  it("slows down who guesses, and says when the next try counts", async () => {
    await set.local.create({ login: "finn", password: PASSWORD, roles: [], reason: "test" }, await maker());
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await enter(set.browser(), "finn", "wrong wrong wrong")).status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
    const right = await enter(set.browser(), "finn", PASSWORD);
    assert.deepEqual([right.status, right.headers.get("retry-after")], [429, "1"]);
  });
});

describe("Where a sign-in may lead (open redirect)", () => {
  it("is a path of this gateway alone", () => {
    for (const good of ["/me", "/me?done=key", "/me/second-factor", "/interaction/abc", "/api/people?x=1"])
      assert.equal(destination(good), good);
    const bad = [
      undefined,
      "",
      "//evil.example",
      "/\\evil.example",
      "/me\\..\\x",
      "https://evil.example/me",
      "/%2f/evil.example",
      "/me/../../evil",
      "/me/..//evil.example",
      "/interaction/..%2f..",
      "/sign-out",
      "/oauth/authorize",
      "/meadow",
      "/interactions",
      "me",
      "javascript:alert(1)",
      "/me\n",
      "/me\tx",
      " /me",
      "/interaction/%2e%2e/sign-out",
      `/me?${"a".repeat(3000)}`,
    ];
    for (const text of bad) {
      const to = destination(text);
      assert.ok(to === "/me" || /^\/interaction\/\.\.%2f\.\.$/.test(to), `${text} → ${to}`);
    }
  });
});
