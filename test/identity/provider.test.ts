import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createSignInProvider } from "../../src/adapters/oidc-client/provider.ts";
import { systemClock } from "../../src/adapters/system/world.ts";
import type { ProviderRules } from "../../src/domain/identity/provider-rules.ts";
import { type IdentityProvider, startIdentityProvider } from "../fixtures/identity-provider.ts";
import { type PeopleStage, peopleStage } from "../web/people-stage.ts";
import type { Browser } from "../web/setting.ts";

const RULES: ProviderRules = {
  roles: { engineering: ["engineer", "reader"], sales: ["reader"] },
  administration: { secops: ["security", "auditor"] },
  checkMs: 900_000,
  secondFactor: { acr: [], amr: ["mfa", "otp"] },
};
const SECRET = "pass of this person";

/** What a person does at the provider, at its own interfaces: sign in, allow the client, go back. */
async function signInThere(url: string, name: string): Promise<string> {
  const { origin } = new URL(url);
  const json = { "content-type": "application/json" };
  const credentials = JSON.stringify({ username: name, password: SECRET });
  const entered = await fetch(`${origin}/api/auth/`, { method: "POST", headers: json, body: credentials });
  assert.equal(entered.status, 200);
  const cookie = entered.headers
    .getSetCookie()
    .map((line) => String(line.split(";")[0]))
    .join("; ");
  const scope = JSON.stringify({ scope: "openid profile email groups" });
  await fetch(`${origin}/api/auth/grant/cardea`, { method: "PUT", headers: { ...json, cookie }, body: scope });
  const back = await fetch(`${url}&g_continue`, { headers: { cookie }, redirect: "manual" });
  return String(back.headers.get("location"));
}

describe("Signing in at a real OpenID provider (I4)", () => {
  let provider: IdentityProvider;
  let set: PeopleStage;

  before(async () => {
    provider = await startIdentityProvider();
    const { issuer, metadata, clientId, clientSecret } = provider;
    const client = createSignInProvider(
      {
        name: "corp",
        issuer,
        metadata,
        client: { id: clientId, secret: "env:CORP_SECRET" },
        scopes: ["openid", "profile", "email", "groups"],
        login: "email",
        groups: "groups",
        secondFactor: RULES.secondFactor,
        private: [],
      },
      { secrets: { resolve: () => clientSecret }, clock: systemClock, log: { info() {}, warn() {}, error() {} } },
    );
    set = await peopleStage({ providers: new Map([["corp", { provider: client, rules: RULES }]]) });
    await provider.addRedirect(`${set.base}/sign-in/callback/corp`);
  });
  after(async () => {
    await set.close();
    await provider.stop();
  });

  /** Presses the button, and answers where the browser is sent. */
  async function leave(browser: Browser, to = "/me"): Promise<string> {
    const { fields } = await browser.form(`/sign-in?to=${encodeURIComponent(to)}`);
    const text = await (await browser.post("/sign-in/with/corp", fields)).text();
    return String(/content="0;url=([^"]+)"/.exec(text)?.[1]).replaceAll("&amp;", "&");
  }
  async function enter(name: string, to?: string): Promise<{ browser: Browser; answer: Response }> {
    const browser = set.browser();
    const back = await signInThere(await leave(browser, to), name);
    return { browser, answer: await browser.get(back) };
  }

  it("groups become roles and duties; the browser has a session and goes where it was asked to", async () => {
    await provider.addUser("ada", SECRET, "Ada@Corp.example", ["engineering", "secops", "chess"]);
    const { browser, answer } = await enter("ada", "/interaction/x1");
    assert.deepEqual([answer.status, answer.headers.get("location")], [303, "/interaction/x1"]);
    const account = set.directory.account("default", "person:ada@corp.example");
    assert.deepEqual(account?.roles, ["engineer", "reader", "admin:security", "admin:auditor"]);
    assert.equal(account?.source, "corp");
    const { text } = await browser.form("/me");
    assert.match(text, /Signed in by Corp/);
    assert.ok(!text.includes("one-time codes"));
    assert.deepEqual(
      set.events.map(({ type, owner }) => `${type} ${owner}`),
      ["account.created person:ada@corp.example", "signin.succeeded person:ada@corp.example"],
    );
  });

  it("the way back counts once, and only in the browser that left", async () => {
    await provider.addUser("ben", SECRET, "ben@corp.example", []);
    const browser = set.browser();
    const back = await signInThere(await leave(browser), "ben");
    const other = set.browser();
    assert.equal((await other.get(back)).status, 401, "another browser");
    await leave(other);
    assert.equal((await other.get(back)).status, 401, "another browser with a sign-in of its own");
    const ticket = String(browser.cookies.get("cardea-signin"));
    assert.equal((await browser.get(back)).status, 303);
    browser.cookies.set("cardea-signin", ticket);
    assert.equal((await browser.get(back)).status, 401, "again");
    assert.equal(set.events.at(-1)?.reason, "no_sign_in");
  });

  it("RFC 9207 and OIDC: another issuer, another state, a changed code and a stale ticket are refused", async () => {
    await provider.addUser("cas", SECRET, "cas@corp.example", []);
    const change = (url: string, name: string, value: string): string => {
      const changed = new URL(url);
      changed.searchParams.set(name, value);
      return changed.href;
    };
    for (const [name, value] of [
      ["iss", "https://evil.example"],
      ["state", "x"],
      ["code", "y"],
    ] as const) {
      const browser = set.browser();
      const back = await signInThere(await leave(browser), "cas");
      assert.equal((await browser.get(change(back, name, value))).status, 401, name);
      assert.equal((await browser.get("/me")).status, 303);
    }
    const browser = set.browser();
    const back = await signInThere(await leave(browser), "cas");
    set.clock.time += 600_000;
    assert.equal((await browser.get(back)).status, 401, "after ten minutes");
    assert.equal(set.directory.account("default", "person:cas@corp.example"), undefined);
  });

  it("a person who says no there is told so here", async () => {
    const browser = set.browser();
    const { searchParams } = new URL(await leave(browser));
    const said = new URLSearchParams({
      error: "access_denied",
      state: String(searchParams.get("state")),
      iss: provider.issuer,
    });
    const answer = await browser.get(`/sign-in/callback/corp?${said}`);
    assert.equal(answer.status, 401);
    assert.match(await answer.text(), /cancelled/);
    assert.equal(set.events.at(-1)?.reason, "provider_access_denied");
  });

  it("a login that another source vouches for is refused and recorded; so is an ended account", async () => {
    await provider.addUser("eve", SECRET, "ada@example.com", ["engineering"]);
    const { answer } = await enter("eve");
    assert.equal(answer.status, 401);
    assert.match(await answer.text(), /another sign-in vouches for it/);
    assert.deepEqual([set.events.at(-1)?.reason, set.events.at(-1)?.owner], ["login_taken", "person:ada@example.com"]);
    assert.equal(set.directory.account("default", "person:ada@example.com")?.source, "local");

    await provider.addUser("fay", SECRET, "fay@corp.example", ["engineering"]);
    assert.equal((await enter("fay")).answer.status, 303);
    await set.directory.end("default", "person:fay@corp.example");
    const again = await enter("fay");
    assert.equal(again.answer.status, 401);
    assert.equal(set.events.at(-1)?.reason, "account_ended");
    assert.equal((await again.browser.get("/me")).status, 303);
  });

  it("a changed group changes roles at the next check; a person who is removed has none, and is told to the gateway", async () => {
    await provider.addUser("gus", SECRET, "gus@corp.example", ["engineering"]);
    await enter("gus");
    const roles = () => set.directory.account("default", "person:gus@corp.example")?.roles;
    assert.deepEqual(roles(), ["engineer", "reader"]);
    await provider.setGroups("gus", ["sales"]);
    await set.signIn.checkPeople();
    assert.deepEqual(roles(), ["engineer", "reader"], "not due yet");
    set.clock.time += RULES.checkMs;
    await set.signIn.checkPeople();
    assert.deepEqual(roles(), ["reader"]);
    assert.equal(set.events.at(-1)?.reason, "looked_up");
    await provider.removeUser("gus");
    const gone = set.directory.account("default", "person:gus@corp.example");
    assert.ok(gone);
    assert.equal(await set.signIn.renew(gone), true, "looked up a moment ago");
    set.clock.time += 30_000;
    assert.equal(await set.signIn.renew(gone), false);
    assert.deepEqual(roles(), []);
    assert.equal(set.ended.at(-1), "removed person:gus@corp.example provider:corp");
  });

  it("Back-Channel Logout 1.0: a forged token ends nothing and is recorded", async () => {
    await provider.addUser("hal", SECRET, "hal@corp.example", ["engineering"]);
    const { browser } = await enter("hal");
    const forged = await set.browser().post("/sign-in/backchannel/corp", { logout_token: "e30.e30." }, {});
    assert.equal(forged.status, 400);
    assert.equal(set.events.at(-1)?.reason, "logout_token_invalid");
    assert.equal((await browser.get("/me")).status, 200);
  });
});
