import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { createSignInProvider } from "../../src/adapters/oidc-client/provider.ts";
import type { ProviderOptions } from "../../src/adapters/oidc-client/connection.ts";
import { systemClock } from "../../src/adapters/system/world.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { type DishonestProvider, type Says, startDishonestProvider } from "./dishonest-provider.ts";

const SECRET = "the client's secret";
const CALLBACK = "http://127.0.0.1:1/sign-in/callback/corp";

describe("A provider is believed only what it may say (OpenID Connect Core, RFC 9207, RFC 9700)", () => {
  let lying: DishonestProvider;
  const said: unknown[] = [];
  const log = { info() {}, warn: (_: string, fields: unknown) => said.push(fields), error() {} };
  const make = (over: Partial<ProviderOptions> = {}) =>
    createSignInProvider(
      {
        name: "corp",
        issuer: lying.base,
        client: { id: "cardea", secret: "env:S" },
        scopes: ["openid"],
        login: "email",
        groups: "groups",
        secondFactor: { acr: ["urn:mfa"], amr: ["mfa"] },
        private: [],
        ...over,
      },
      { secrets: { resolve: () => SECRET }, clock: systemClock, log },
    );
  const good: Says = {
    metadata: {},
    idToken: {},
    userinfo: {},
    tokens: {},
    sign: "key",
    fails: undefined,
    redirects: undefined,
    silent: false,
  };
  before(async () => {
    lying = await startDishonestProvider(SECRET);
  });
  afterEach(() => void Object.assign(lying.says, structuredClone(good)));
  after(() => lying.stop());

  const begin = async (provider = make(), wants = {}) => {
    const begun = await provider.begin(CALLBACK, wants);
    assert.ok("url" in begun, JSON.stringify(begun));
    return begun;
  };
  const signIn = async (says: Partial<Says> = {}, over: Record<string, string | undefined> = {}, options = {}) => {
    Object.assign(lying.says, says);
    const provider = make(options);
    const { url, kept } = await begin(provider);
    return provider.finish(lying.authorize(url, over), kept);
  };

  it("asks for a code with PKCE S256, state, nonce and the values of acr that count", async () => {
    const { searchParams } = new URL((await begin()).url);
    assert.equal(searchParams.get("response_type"), "code");
    assert.equal(searchParams.get("code_challenge_method"), "S256");
    assert.equal(searchParams.get("acr_values"), "urn:mfa");
    for (const name of ["code_challenge", "state", "nonce"])
      assert.match(String(searchParams.get(name)), /^[\w-]{43}$/);
    const again = new URL((await begin(make(), { again: true })).url).searchParams;
    assert.deepEqual([again.get("prompt"), again.get("max_age")], ["login", "1"]);
  });

  it("believes an honest one, and reads nested claims and userinfo", async () => {
    const answer = await signIn(
      {
        idToken: { groups: undefined, acr: "urn:mfa", amr: ["pwd", "mfa"], auth_time: 1_000_000_000, sid: "sid1" },
        userinfo: { realm_access: { roles: ["engineering", 7, "ops"] }, name: "Ada" },
      },
      {},
      { groups: "realm_access.roles" },
    );
    assert.deepEqual(answer, {
      sub: "s1",
      login: "ada@corp.example",
      name: "Ada",
      groups: ["engineering", "ops"],
      acr: "urn:mfa",
      amr: ["pwd", "mfa"],
      authAt: 1_000_000_000_000,
      sid: "sid1",
      refreshToken: (answer as { refreshToken: string }).refreshToken,
    });
  });

  it("does not believe a mail address that is not verified, nor a login that is none", async () => {
    const none = [
      { idToken: { email_verified: false } },
      { idToken: { email_verified: "false" } },
      { userinfo: { email_verified: false } },
      { idToken: { email: "two words@x" } },
      { idToken: { email: "right\u202eleft@x" } },
      { idToken: { email: ["ada@corp.example"] } },
      { idToken: { email: "" } },
    ];
    for (const says of none) {
      Object.assign(lying.says, structuredClone(good));
      const answer = await signIn(says as Partial<Says>);
      assert.ok("sub" in answer && answer.login === undefined, JSON.stringify([says, answer]));
    }
  });

  const forged: [string, Partial<Says>, Record<string, string | undefined>?][] = [
    ["an ID token without signature (alg none)", { sign: "none" }],
    ["an ID token signed with the client's secret (algorithm confusion)", { sign: "hmac" }],
    ["an ID token signed with another key", { sign: "other-key" }],
    ["an ID token of another issuer", { idToken: { iss: "https://evil.example" } }],
    ["an ID token for another client", { idToken: { aud: "other" } }],
    ["an ID token with another nonce (replay)", { idToken: { nonce: "old" } }],
    ["an ID token that expired", { idToken: { exp: 1_000_000_000 } }],
    ["an answer without ID token", { tokens: { id_token: undefined } }],
    ["userinfo of another person", { userinfo: { sub: "s2" } }],
    ["another issuer in the answer (mix-up, RFC 9207)", {}, { iss: "https://evil.example" }],
    ["no issuer in the answer where it is promised (RFC 9207)", {}, { iss: undefined }],
    ["another state (CSRF)", {}, { state: "x" }],
    ["no state", {}, { state: undefined }],
    ["an answer of the implicit flow", {}, { code: undefined }],
  ];
  for (const [what, says, over] of forged)
    it(`refuses ${what}`, async () => {
      const answer = await signIn(says, over);
      assert.ok("failure" in answer && answer.failure === "invalid", JSON.stringify(answer));
      assert.doesNotMatch(JSON.stringify(said), /evil|at"|the client's/);
    });

  it("refuses a code that another browser's sign-in began (PKCE)", async () => {
    const provider = make();
    const mine = await begin(provider);
    const theirs = await begin(provider);
    const back = lying.authorize(theirs.url);
    back.searchParams.set("state", String(new URL(mine.url).searchParams.get("state")));
    assert.ok("failure" in (await provider.finish(back, mine.kept)));
  });

  it("refuses metadata of another issuer, at both kinds of address", async () => {
    lying.says.metadata = { issuer: "https://evil.example" };
    const metadata = `${lying.base}/.well-known/openid-configuration`;
    for (const options of [{}, { metadata }])
      assert.ok("failure" in (await make(options).begin(CALLBACK, {})), JSON.stringify(options));
  });

  it("refuses a provider that offers no signature of a public key", async () => {
    lying.says.metadata = { id_token_signing_alg_values_supported: ["HS256", "none"] };
    assert.ok("failure" in (await make().begin(CALLBACK, {})));
  });

  it("does not accept a sign-in that was made before it was asked for anew", async () => {
    lying.says.idToken = { auth_time: Math.floor(Date.now() / 1000) - 600 };
    const provider = make();
    const { url, kept } = await begin(provider, { again: true });
    const answer = await provider.finish(lying.authorize(url), kept);
    assert.deepEqual(answer, { failure: "invalid", reason: "not_signed_in_again" });
  });

  it("C5: follows no redirect, and goes to no private address that nobody declared", async () => {
    const { url, kept } = await begin();
    lying.says.redirects = `${lying.base}/jwks`;
    assert.ok("failure" in (await make().finish(lying.authorize(url), kept as JsonObject)));
    assert.throws(() => make({ issuer: "http://provider.example" }), /plain http/);
    assert.throws(() => make({ metadata: "file:///etc/passwd" }), /https/);
    lying.says.redirects = undefined;
    // The metadata are loopback's own; what they name lies elsewhere.
    lying.says.metadata = { token_endpoint: "http://169.254.169.254/token", jwks_uri: "http://10.0.0.1/jwks" };
    const provider = make();
    const begun = await begin(provider);
    const answer = await provider.finish(lying.authorize(begun.url), begun.kept);
    assert.deepEqual("failure" in answer && answer.failure, "unavailable");
  });

  it("a provider that does not answer is unavailable, and asked again the next time", async () => {
    const provider = make();
    lying.says.silent = true;
    const none = await provider.begin(CALLBACK, {});
    assert.deepEqual("failure" in none && none.failure, "unavailable");
    lying.says.silent = false;
    assert.ok("url" in (await provider.begin(CALLBACK, {})));
  });

  it("a person is removed where the refresh token is refused; anything else is no answer", async () => {
    const provider = make();
    const check = async (says: Partial<Says>) => {
      Object.assign(lying.says, structuredClone(good), says);
      return (await provider.check("r0", "s1")).found;
    };
    assert.equal(await check({}), "present");
    assert.equal(await check({ fails: [400, '{"error":"invalid_grant"}'] }), "removed");
    assert.equal(await check({ fails: [400, ""] }), "removed");
    for (const fails of [
      [401, '{"error":"invalid_client"}'],
      [400, '{"error":"invalid_request"}'],
      [500, ""],
      [503, "<html>"],
      [200, "{}"],
      [429, ""],
    ] as [number, string][])
      assert.equal(await check({ fails }), "unknown", String(fails));
    assert.equal(await check({ silent: true }), "unknown");
    assert.equal(await check({ userinfo: { sub: "s2" } }), "unknown", "another person's userinfo");
  });

  it("a refresh token that was rotated is told even where the rest failed", async () => {
    lying.says.userinfo = { sub: "s2" };
    const answer = await make().check("r0", "s1");
    assert.match(String(answer.found === "unknown" && answer.refreshToken), /^r\d+$/);
  });

  it("Back-Channel Logout 1.0, 2.6: counts logout tokens alone, signed, for this client, fresh, with the event and no nonce", async () => {
    const provider = make();
    const right = await provider.logout(await lying.logoutToken());
    assert.equal(right?.sub, "s1");
    const bySession = await provider.logout(await lying.logoutToken({ sub: undefined, sid: "sid1" }));
    assert.deepEqual([bySession?.sub, bySession?.sid], [undefined, "sid1"]);
    const wrong: Record<string, unknown>[] = [
      { nonce: "n" },
      { events: undefined },
      { events: {} },
      { events: { "http://schemas.openid.net/event/backchannel-logout": "x" } },
      { sub: undefined },
      { jti: undefined },
      { iat: undefined },
      { iat: 1_000_000_000, exp: undefined },
      { exp: 1_000_000_000 },
      { aud: "other" },
      { iss: "https://evil.example" },
    ];
    for (const more of wrong)
      assert.equal(await provider.logout(await lying.logoutToken(more)), undefined, JSON.stringify(more));
    assert.equal(await provider.logout(await lying.logoutToken({}, "at+jwt")), undefined, "another type");
    for (const sign of ["none", "hmac", "other-key"] as const) {
      lying.says.sign = sign;
      assert.equal(await provider.logout(await lying.logoutToken()), undefined, sign);
    }
    for (const text of ["", "x", "a.b.c", "e30.e30."]) assert.equal(await provider.logout(text), undefined, text);
  });
});
