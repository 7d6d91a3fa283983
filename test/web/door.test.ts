import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Hono } from "hono";
import { html } from "hono/html";
import type { WebEnv } from "../../src/doors/web/door.ts";
import { writeCookie } from "../../src/doors/web/cookies.ts";
import { csrfField, openForm, readForm } from "../../src/doors/web/form.ts";
import { onward, page } from "../../src/doors/web/page.ts";
import { fieldsOf, HOUR, type Stage, stage } from "./setting.ts";

const routes = ({ sessions }: Stage): readonly Hono<WebEnv>[] => [
  new Hono<WebEnv>()
    .get("/me", (c) => {
      const { session } = c.var;
      return c.html(page("Me", html`<h1>${session?.owner ?? "nobody"}</h1>${session ? csrfField(session) : ""}`));
    })
    .get("/sign-in", (c) => c.html(page("In", html`<form>${openForm(c)}</form>`)))
    .post("/sign-in", async (c) => {
      const form = await readForm(c, undefined);
      return c.text(form.get("login") ?? "");
    })
    .post("/me", async (c) => c.text(`${(await readForm(c, c.var.session)).get("name")}`))
    .get("/me/enter", async (c) => {
      const at = { tenant: "default", authAt: 1 };
      writeCookie(c, "cardea", (await sessions.begin({ ...at, owner: "person:ada@example.com" })).cookie);
      return c.text("in");
    })
    .get("/me/broken", () => {
      throw new Error("secret of the inside");
    })
    .get("/me/on", (c) => onward(c, String(c.req.query("to")), "the app"))
    .get("/api/thing", () => {
      throw new Error("secret of the inside");
    }),
];

describe("The web door", () => {
  let set: Stage;
  let failing = false;
  before(async () => {
    set = await stage(routes, { fail: () => failing });
  });
  after(() => set.close());

  it("sends the security headers with every answer: page, refusal, asset, JSON", async () => {
    for (const path of [
      "/me",
      "/me/none",
      "/me/broken",
      "/assets/style.css",
      "/assets/none",
      "/api/thing",
      "/api/no",
    ]) {
      const { headers } = await set.browser().get(path);
      const csp = String(headers.get("content-security-policy"));
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"])
        assert.ok(csp.includes(part), `${path}: ${csp}`);
      assert.ok(!csp.includes("unsafe"), csp);
      assert.equal(headers.get("x-frame-options"), "DENY", path);
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
      assert.equal(headers.get("referrer-policy"), "same-origin", path);
      if (path !== "/assets/style.css") assert.equal(headers.get("cache-control"), "no-store", path);
    }
  });

  it("records what it refuses, tells it as a page and as JSON below /api, without the inside", async () => {
    set.refused.length = 0;
    const none = await set.browser().get("/me/none");
    assert.equal(none.status, 404);
    assert.match(await none.text(), /There is no such page here/);
    const broken = await set.browser().get("/me/broken");
    assert.equal(broken.status, 500);
    assert.doesNotMatch(await broken.text(), /secret/);
    const api = await set.browser().get("/api/thing");
    const { error } = (await api.json()) as { error: { code: string; message: string; call: string } };
    assert.deepEqual([api.status, error.code, error.call], [500, "control_failed", api.headers.get("cardea-call")]);
    assert.deepEqual(
      set.refused.map(({ code }) => code),
      ["unknown_path", "control_failed", "control_failed"],
    );
  });

  it("says so where a refusal could not be recorded", async () => {
    failing = true;
    const answer = await set.browser().get("/me/none");
    failing = false;
    assert.equal(answer.status, 503);
  });

  it("refuses another Host and another Origin before anything runs (W4)", async () => {
    assert.equal((await set.browser().get("/me", { origin: "https://evil.example" })).status, 403);
    assert.equal((await set.browser().get("/api/thing", { origin: "https://evil.example" })).status, 403);
  });

  it("knows the session by its cookie, until it ends or its account does (I6, I9)", async () => {
    const browser = set.browser();
    assert.match(await (await browser.get("/me")).text(), /nobody/);
    const entered = await browser.get("/me/enter");
    const [line = ""] = entered.headers.getSetCookie();
    assert.match(line, /^cardea=b_[\w-]{16}\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    assert.match(await (await browser.get("/me")).text(), /person:ada/);
    await set.directory.end("default", "person:ada@example.com");
    assert.match(await (await browser.get("/me")).text(), /nobody/);
    await set.directory.revive("default", "person:ada@example.com");
    assert.match(await (await browser.get("/me")).text(), /person:ada/);
    const value = String(browser.cookies.get("cardea"));
    browser.cookies.set("cardea", `${value.slice(0, -1)}${value.endsWith("A") ? "B" : "A"}`);
    assert.match(await (await browser.get("/me")).text(), /nobody/);
    browser.cookies.set("cardea", value);
    const [session] = await set.sessions.ofOwner("default", "person:ada@example.com");
    await set.sessions.end(String(session?.id));
    assert.match(await (await browser.get("/me")).text(), /nobody/);
  });

  it("ends a session 24 hours after the sign-in", async () => {
    const browser = set.browser();
    await browser.get("/me/enter");
    set.clock.time += 24 * HOUR - 1;
    assert.match(await (await browser.get("/me")).text(), /person:ada/);
    set.clock.time += 1;
    assert.match(await (await browser.get("/me")).text(), /nobody/);
  });

  it("keeps neither the cookie nor its secret", async () => {
    const { cookie, session } = await set.sessions.begin({
      tenant: "default",
      owner: "person:ada@example.com",
      authAt: 1,
    });
    const kept = JSON.stringify(await set.artifacts.find("browser", session.id));
    assert.ok(!kept.includes(String(cookie.split(".")[1])));
  });

  it("reads a form with its token alone, from its own origin alone (P9)", async () => {
    const browser = set.browser();
    await browser.get("/me/enter");
    const { fields } = await browser.form("/me");
    const good = { ...fields, name: "x" };
    assert.equal(await (await browser.post("/me", good)).text(), "x");
    assert.equal(
      await (await browser.post("/me", good, {})).text(),
      "x",
      "a browser without Origin and Fetch Metadata",
    );
    set.refused.length = 0;
    const bad = [
      browser.post("/me", { name: "x" }),
      browser.post("/me", { ...good, csrf: "0" }),
      browser.post("/me", good, { origin: "null" }),
      browser.post("/me", good, { origin: "https://evil.example" }),
      browser.post("/me", good, { origin: set.base, "sec-fetch-site": "same-site" }),
      browser.post("/me", good, { "sec-fetch-site": "cross-site" }),
    ];
    for (const answer of await Promise.all(bad)) assert.equal(answer.status, 403);
    assert.deepEqual(new Set(set.refused.map(({ code }) => code)), new Set(["forbidden_origin"]));
  });

  it("does not take the token of one session in another", async () => {
    const [ada, eve] = [set.browser(), set.browser()];
    await ada.get("/me/enter");
    await eve.get("/me/enter");
    const { fields } = await eve.form("/me");
    assert.equal((await ada.post("/me", { ...fields, name: "x" })).status, 403);
  });

  it("refuses forms of another type, larger than 32 KiB, or with NUL", async () => {
    const browser = set.browser();
    const { fields } = await browser.form("/sign-in");
    assert.equal(await (await browser.post("/sign-in", { ...fields, login: "ada" })).text(), "ada");
    assert.equal((await browser.post("/sign-in", { ...fields, login: "a".repeat(33_000) })).status, 413);
    assert.equal((await browser.post("/sign-in", { ...fields, login: "a\0" })).status, 400);
    const json = { origin: set.base, "content-type": "application/json" };
    assert.equal((await browser.post("/sign-in", fields, json)).status, 415);
    const other = set.browser();
    assert.equal((await other.post("/sign-in", { ...fields, login: "ada" })).status, 403, "without the form's cookie");
  });

  it("goes on after a form by a page of its own, and never to a script", async () => {
    const text = await (await set.browser().get("/me/on?to=https%3A%2F%2Fapp.example%2F%3Fa%3D%22%3E")).text();
    assert.match(text, /http-equiv="refresh" content="0;url=https:\/\/app\.example\/\?a=%22%3E"/);
    for (const url of ["javascript:alert(1)", "data:text/html,x", " javascript:alert(1)", "java\tscript:alert(1)"])
      assert.equal((await set.browser().get(`/me/on?to=${encodeURIComponent(url)}`)).status, 400, url);
  });
});

describe("The web door over TLS", () => {
  it("binds its cookies to the host: __Host-, Secure", async () => {
    const set = await stage(routes, { secure: true });
    const entered = await set.browser().get("/me/enter");
    assert.match(
      String(entered.headers.getSetCookie()),
      /^__Host-cardea=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    assert.equal(entered.headers.get("strict-transport-security"), "max-age=31536000");
    assert.deepEqual(Object.keys(fieldsOf(await (await set.browser().get("/sign-in")).text())), ["csrf"]);
    await set.close();
  });
});
