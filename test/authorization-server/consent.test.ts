import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { authorize, request, type Stage, stage, tokens, WEB } from "./setting.ts";

const NATIVE = { id: "cli", name: "Command line", redirects: ["http://127.0.0.1/callback"], assertions: false };
const TWO = {
  id: "two",
  name: "Two hosts",
  redirects: ["https://one.example.com/cb", "https://two.example.com/cb"],
  assertions: false,
};
const ODD = {
  id: "odd",
  name: `<script>alert(1)</script>\u202e"evil\u0000`,
  redirects: ["com.example.app:/cb"],
  assertions: false,
};

describe("consent (I3, P9; MCP security best practices 1, 9, 11)", () => {
  let set: Stage;
  before(async () => {
    set = await stage({ clients: [WEB, NATIVE, TWO, ODD] });
  });
  after(() => set.close());

  const person = async (login: string) => {
    await set.save(`${login}@example.com`);
    return set.signedIn(`person:${login}@example.com`);
  };
  const asked = async (browser: Awaited<ReturnType<typeof person>>, flow: Parameters<typeof request>[1]) =>
    (await browser.open(request(set, flow).url)).form !== undefined;

  it("names the program, where its answer goes, servers, tools, reading and writing, and an end", async () => {
    const page = await (await person("a")).open(request(set, { scope: "files:read" }).url);
    assert.equal(page.status, 200);
    for (const said of [
      "Reporting",
      "app.example.com",
      "a@example.com",
      "read_files",
      "write_file",
      "read_crm",
      "until 20",
    ])
      assert.ok(page.text.includes(said), said);
    assert.ok(!page.text.includes("vault"), "what the person may not touch is not named");
    assert.deepEqual(page.form?.boxes, [
      { value: "files:read", checked: true },
      { value: "files:write", checked: false },
      { value: "crm:read", checked: false },
    ]);
    assert.equal(page.headers.get("x-frame-options"), "DENY");
    assert.match(String(page.headers.get("content-security-policy")), /frame-ancestors 'none'/);
    assert.equal(page.headers.get("cache-control"), "no-store");
  });

  it("offers reading where the program names no scope, and ticks writing where it asks for it", async () => {
    const boxes = async (scope?: string) =>
      (await (await person("b")).open(request(set, { scope }).url)).form?.boxes
        .filter((box) => box.checked)
        .map((box) => box.value);
    assert.deepEqual(await boxes(), ["files:read", "crm:read"]);
    assert.deepEqual(await boxes("files:write openid offline_access"), ["files:read", "files:write"]);
    assert.deepEqual(await boxes("vault:read"), []);
  });

  it("shows what a program claims as text, without direction marks and controls, and warns of programs on the computer", async () => {
    const page = await (await person("c")).open(request(set, { client: "odd", redirect: "com.example.app:/cb" }).url);
    assert.ok(!page.text.includes("<script") && !page.text.includes("\u202e") && !page.text.includes("\u0000"));
    assert.ok(page.text.includes("&lt;script&gt;alert(1)&lt;/script&gt; &quot;evil"));
    assert.match(page.text, /class="warning">[^<]*claims such links/);
    const local = await (await person("c")).open(
      request(set, { client: "cli", redirect: "http://127.0.0.1:99/callback" }).url,
    );
    assert.match(local.text, /class="warning">[^<]*program on this computer/);
  });

  it("gives what was ticked, be it less or more than asked", async () => {
    const browser = await person("d");
    const less = await tokens(set, browser, { scope: "files:read crm:read", tick: ["crm:read"] });
    assert.equal(less.body["scope"], "crm:read");
    const more = await tokens(set, browser, { scope: "files:read", tick: ["crm:read", "files:read", "files:write"] });
    assert.deepEqual(String(more.body["scope"]).split(" ").sort(), ["files:read", "files:write"]);
    const [grant] = set.people.grantsOf("default", "person:d@example.com");
    assert.deepEqual(grant?.scopes, ["crm:read", "files:read", "files:write"]);
  });

  it("refuses what the page did not offer, nothing at all, and an end of one's own", async () => {
    const browser = await person("e");
    for (const tick of [["vault:read"], ["crm:write"], ["nothing:read"], ["*"], []]) {
      const page = await browser.open(request(set, { scope: "files:read" }).url);
      const answer = await browser.allow(page, tick);
      assert.equal(answer.left, undefined, String(tick));
      assert.equal(answer.status, 400);
    }
    const page = await browser.open(request(set, { scope: "files:read" }).url);
    assert.ok(page.form !== undefined);
    const longer = { ...page, form: { ...page.form, spans: [String(1000 * 366 * 24 * 3_600_000)] } };
    assert.equal((await browser.allow(longer)).status, 400);
    assert.deepEqual(set.people.grantsOf("default", "person:e@example.com"), []);
  });

  it("is one person's in one browser: others cannot answer, nor can another site (CSRF)", async () => {
    const browser = await person("f");
    const page = await browser.open(request(set, { scope: "files:read" }).url);
    assert.ok(page.form !== undefined);
    const thief = await person("g");
    const read = await thief.open(page.form.action);
    assert.equal(read.status, 400);
    const sent = await thief.allow(page, ["files:read"]);
    assert.equal(sent.left, undefined);
    const body = new URLSearchParams([
      ...page.form.hidden,
      ["scope", "files:read"],
      ["decision", "allow"],
      ["span", page.form.spans[0] ?? ""],
    ] as [string, string][]);
    const foreign = await browser.open(page.form.action, {
      method: "POST",
      body,
      headers: { origin: "https://evil.example" },
    });
    assert.equal(foreign.status, 403);
    const without = new URLSearchParams(body);
    without.delete("csrf");
    assert.equal(
      (await browser.open(page.form.action, { method: "POST", body: without, headers: { origin: set.base } })).status,
      403,
    );
    assert.ok((await browser.allow(page)).left?.searchParams.get("code"), "the person's own answer still counts");
  });

  it("cannot be answered by whoever signs in afterwards in the same browser", async () => {
    const browser = await person("h");
    const page = await browser.open(request(set, { scope: "files:read" }).url);
    const next = await person("i");
    browser.cookies.set("cardea", next.cookies.get("cardea") ?? { value: "", path: "/" });
    const answer = await browser.open(page.at);
    assert.equal(answer.form, undefined);
    assert.equal((await browser.allow(page)).left, undefined);
    assert.deepEqual(set.people.grantsOf("default", "person:i@example.com"), []);
  });

  it("is not asked again for the same program, host, resource and scopes, and is for any other", async () => {
    const browser = await person("j");
    const flow = { client: "two", redirect: "https://one.example.com/cb", scope: "files:write" };
    await tokens(set, browser, flow);
    assert.equal(await asked(browser, flow), false);
    assert.equal(await asked(browser, { ...flow, scope: "files:read" }), false, "writing includes reading");
    assert.equal(await asked(browser, { ...flow, scope: "files:read crm:read" }), true);
    assert.equal(await asked(browser, { ...flow, redirect: "https://two.example.com/cb" }), true);
    assert.equal(await asked(browser, { ...flow, resource: `${set.base}/mcp/files` }), true);
    assert.equal(await asked(browser, { ...flow, client: "web", redirect: WEB.redirects[0] }), true);
    assert.equal(await asked(browser, { ...flow, more: { prompt: "consent" } }), true);
    assert.equal(await asked(await person("k"), flow), true, "another person");
    const [grant] = set.people.grantsOf("default", "person:j@example.com");
    await set.people.revokeGrant("default", grant?.id ?? "");
    assert.equal(await asked(browser, flow), true, "revoked");
  });

  it("is asked each time for programs on the computer, which anybody can pose as (RFC 8252, 8.6)", async () => {
    const browser = await person("l");
    const flow = { client: "cli", redirect: "http://127.0.0.1:4/callback", scope: "files:read" };
    await tokens(set, browser, flow);
    assert.equal(await asked(browser, flow), true);
  });

  it("grows step by step in one grant, and each step is recorded (I7)", async () => {
    const browser = await person("m");
    const first = await tokens(set, browser, { scope: "files:read" });
    const found = await set.authorization.find(String(first.body["access_token"]));
    const second = await tokens(set, browser, { scope: "files:write" });
    const event = set.events.findLast((one) => one.type === "scope.elevated");
    assert.equal(event?.owner, "person:m@example.com");
    assert.deepEqual(event?.detail?.["added"], ["files:write"]);
    const again = await set.authorization.find(String(second.body["access_token"]));
    assert.equal(again?.grant, found?.grant);
    assert.deepEqual(again?.scopes, ["files:read", "files:write"]);
    const down = await tokens(set, browser, { scope: "files:read", more: { prompt: "consent" } });
    assert.equal(down.body["scope"], "files:read", "a client that asks for less gets less");
  });

  it("can be taken back in part, and then older tokens end", async () => {
    const browser = await person("n");
    const before = await tokens(set, browser, { scope: "files:write" });
    await tokens(set, browser, { scope: "files:read crm:read", tick: ["files:read"] });
    assert.equal(await set.authorization.find(String(before.body["access_token"])), undefined);
    assert.deepEqual(set.people.grantsOf("default", "person:n@example.com")[0]?.scopes, ["files:read"]);
  });

  it("needs a sign-in, leads there and back, and asks again with prompt=login", async () => {
    const page = await set.browser().open(request(set).url);
    const to = new URL(page.at, set.base);
    assert.equal(to.pathname, "/sign-in");
    assert.match(String(to.searchParams.get("to")), /^\/interaction\/[\w-]+$/);
    const browser = await person("o");
    browser.cookies.delete("cardea");
    const led = await browser.open(request(set, { scope: "files:read" }).url);
    const signed = await person("o");
    browser.cookies.set("cardea", signed.cookies.get("cardea") ?? { value: "", path: "/" });
    const back = await browser.open(new URL(led.at, set.base).searchParams.get("to") ?? "");
    assert.ok((await browser.allow(back)).left?.searchParams.get("code"));
    await set.save("p@example.com");
    const old = await set.signedIn("person:p@example.com", { authAt: set.clock.now() - 60_000 });
    const login = await old.open(request(set, { more: { prompt: "login" } }).url);
    assert.equal(new URL(login.at, set.base).pathname, "/sign-in");
    const newer = await set.signedIn("person:p@example.com", { authAt: set.clock.now() + 1_000 });
    old.cookies.set("cardea", newer.cookies.get("cardea") ?? { value: "", path: "/" });
    assert.ok((await old.open(new URL(login.at, set.base).searchParams.get("to") ?? "")).form !== undefined);
  });

  it("does not outlive the browser's session: who signs out is out here too", async () => {
    const browser = await person("q");
    await tokens(set, browser, { scope: "files:read" });
    const [session] = await set.sessions.ofOwner("default", "person:q@example.com");
    await set.sessions.end(session?.id ?? "");
    const page = await browser.open(request(set, { scope: "files:read", more: { prompt: "none" } }).url);
    assert.equal(page.left?.searchParams.get("error"), "login_required");
  });

  it("has nothing for an account that is ended", async () => {
    const browser = await person("r");
    const page = await browser.open(request(set, { scope: "files:read" }).url);
    await set.people.end("default", "person:r@example.com");
    assert.equal((await browser.allow(page)).left, undefined);
    const again = await browser.open(request(set, { scope: "files:read" }).url);
    assert.equal(new URL(again.at, set.base).pathname, "/sign-in");
  });

  it("offers only deny to a person who may touch nothing", async () => {
    await set.save("s@example.com", { roles: [] });
    const page = await (await set.signedIn("person:s@example.com")).open(request(set, { scope: "files:read" }).url);
    assert.deepEqual(page.form?.boxes, []);
    assert.ok(!page.text.includes('value="allow"') && page.text.includes('value="deny"'));
  });

  it("lets several requests wait side by side in one browser", async () => {
    const browser = await person("t");
    const one = await browser.open(request(set, { scope: "files:read", more: { state: "1" } }).url);
    const two = await browser.open(request(set, { scope: "crm:read", more: { state: "2" } }).url);
    assert.equal((await browser.allow(one)).left?.searchParams.get("state"), "1");
    const late = await browser.allow(two);
    assert.ok(late.left === undefined || late.left.searchParams.get("state") === "2");
  });

  it("is used once", async () => {
    const browser = await person("u");
    const page = await browser.open(request(set, { scope: "files:read" }).url);
    assert.ok((await browser.allow(page)).left?.searchParams.get("code"));
    assert.equal((await browser.allow(page)).left, undefined);
  });

  it("needs a fresh second factor where the person's roles do", async () => {
    const strict = await stage({ clients: [WEB], secondFactorMs: 60_000 });
    const ask = async (secondFactorAt?: number) => {
      const browser = await strict.signedIn(undefined, secondFactorAt === undefined ? {} : { secondFactorAt });
      return { browser, page: await browser.open(request(strict, { scope: "files:read" }).url) };
    };
    assert.ok((await ask(strict.clock.now())).page.form !== undefined);
    for (const at of [undefined, strict.clock.now() - 61_000]) {
      const { browser, page } = await ask(at);
      const to = new URL(page.at, strict.base);
      assert.equal(to.pathname, "/sign-in");
      const back = await browser.open(to.searchParams.get("to") ?? "");
      assert.match(back.text, /second factor is needed/);
      assert.equal(back.form, undefined);
    }
    await strict.close();
  });

  it("happens only when it is recorded", async () => {
    let fail = false;
    const lost = await stage({ clients: [WEB], recording: () => assert.ok(!fail, "the disk is full") });
    const browser = await lost.signedIn();
    const page = await browser.open(request(lost, { scope: "files:read" }).url);
    fail = true;
    assert.equal((await browser.allow(page)).left, undefined);
    assert.deepEqual(lost.people.grantsOf("default", "person:ada@example.com"), []);
    fail = false;
    assert.ok((await authorize(lost, browser, { scope: "files:read" })).code);
    await lost.close();
  });
});
