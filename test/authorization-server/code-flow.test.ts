import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { authorize, pkce, request, type Stage, stage, token, tokens, WEB } from "./setting.ts";

const NATIVE = {
  id: "cli",
  name: "Command line",
  redirects: ["http://127.0.0.1/callback", "http://localhost:7777/cb"],
  assertions: false,
};
const OTHER = { id: "other", name: "Other", redirects: ["https://other.example.com/callback"], assertions: false };

describe("authorization code with PKCE (OAuth 2.1, 4.1)", () => {
  let set: Stage;
  before(async () => {
    set = await stage({ clients: [WEB, NATIVE, OTHER] });
  });
  after(() => set.close());

  const exchange = (flow: { code: string; verifier: string }, more: Record<string, string | undefined> = {}) =>
    token(set, {
      grant_type: "authorization_code",
      client_id: "web",
      code: flow.code,
      code_verifier: flow.verifier,
      redirect_uri: WEB.redirects[0],
      ...more,
    });

  it("leads from a request over consent to a token that says all of its bearer", async () => {
    const browser = await set.signedIn(undefined, { secondFactorAt: set.clock.now() - 5_000 });
    const answer = await tokens(set, browser, { scope: "files:read files:write" });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const { access_token: access, token_type, scope } = answer.body;
    assert.equal(token_type, "Bearer");
    assert.deepEqual(String(scope).split(" ").sort(), ["files:read", "files:write"]);
    const found = await set.authorization.find(String(access));
    assert.ok(found !== undefined);
    const { issuedAt, expiresAt, grant, secondFactorAt, ...rest } = found;
    assert.deepEqual(rest, {
      tenant: "default",
      owner: "person:ada@example.com",
      client: "web",
      audience: `${set.base}/mcp`,
      scopes: String(scope).split(" "),
      environment: "dev",
    });
    assert.equal(expiresAt - issuedAt, 600_000);
    assert.ok(secondFactorAt !== undefined && set.clock.now() - secondFactorAt < 20_000);
    const kept = set.people.grant(grant);
    assert.deepEqual(kept?.scopes, ["files:read", "files:write"]);
    assert.equal(kept?.redirectHost, "app.example.com");
    assert.deepEqual(
      set.events.map((event) => event.type),
      ["consent.granted", "token.issued"],
    );
    assert.ok(!JSON.stringify(set.events).includes(String(access)), "no token in the record");
  });

  it("answers with state and iss (RFC 9207), also where it refuses", async () => {
    const browser = await set.signedIn();
    const { answer } = await authorize(set, browser, { scope: "files:read" });
    assert.equal(answer.searchParams.get("iss"), set.base);
    assert.equal(answer.searchParams.get("state"), "st");
    const denied = await browser.deny(
      await browser.open(request(set, { scope: "crm:read", more: { prompt: "consent" } }).url),
    );
    assert.equal(denied.left?.searchParams.get("error"), "access_denied");
    assert.equal(denied.left?.searchParams.get("iss"), set.base);
    assert.equal(denied.left?.searchParams.get("state"), "st");
    assert.equal(set.events.at(-1)?.type, "consent.denied");
  });

  it("tells its metadata (RFC 8414) at both places, the same, without naming a server or a scope", async () => {
    const [one, two] = await Promise.all(
      ["oauth-authorization-server", "openid-configuration"].map(async (name) =>
        (await fetch(`${set.address}/.well-known/${name}`)).json(),
      ),
    );
    assert.deepEqual(one, two);
    const told = one as Record<string, unknown>;
    assert.equal(told["issuer"], set.base);
    assert.deepEqual(told["code_challenge_methods_supported"], ["S256"]);
    assert.deepEqual(told["response_types_supported"], ["code"]);
    assert.deepEqual(told["response_modes_supported"], ["query"]);
    assert.equal(told["authorization_response_iss_parameter_supported"], true);
    assert.equal(told["scopes_supported"], undefined);
    assert.deepEqual(told["grant_types_supported"], ["authorization_code", "refresh_token"]);
    assert.ok(
      !/files|crm|vault|HS256|none"\]/.test(
        JSON.stringify({
          ...told,
          token_endpoint_auth_methods_supported: 0,
          revocation_endpoint_auth_methods_supported: 0,
        }),
      ),
    );
    const keys = (await (await fetch(String(told["jwks_uri"]))).json()) as { keys: Record<string, unknown>[] };
    assert.ok(keys.keys.length > 0 && keys.keys.every((key) => key["d"] === undefined));
  });

  for (const [title, more] of [
    ["no challenge", { code_challenge: undefined, code_challenge_method: undefined }],
    ["a plain challenge", { code_challenge_method: "plain" }],
    ["a challenge without its method", { code_challenge_method: undefined }],
  ] as const)
    it(`refuses ${title} (OAuth 2.1, 4.1.1)`, async () => {
      const page = await (await set.signedIn()).open(request(set, { more }).url);
      assert.equal(page.left?.searchParams.get("error"), "invalid_request");
      assert.equal(page.left?.searchParams.get("code"), null);
    });

  for (const more of [
    { response_type: "token" },
    { response_type: "code id_token", nonce: "n" },
    { response_mode: "fragment" },
    { response_mode: "form_post" },
    { request: "a.b.c" },
    { request_uri: "https://evil.example/r" },
  ])
    it(`refuses ${JSON.stringify(more)}, by query and without a page of its own`, async () => {
      const page = await (await set.signedIn()).open(request(set, { more }).url);
      assert.ok(page.left !== undefined, page.text);
      assert.equal(page.left.origin, "https://app.example.com");
      assert.match(
        String(page.left.searchParams.get("error")),
        /^(?:unsupported_response_(?:type|mode)|invalid_request|request(?:_uri)?_not_supported)$/,
      );
      assert.equal(page.left.hash, "");
    });

  for (const redirect of [
    "https://app.example.com/callback/",
    "https://app.example.com/callback?x=1",
    "https://app.example.com/callback/../callback",
    "https://app.example.com.evil.example/callback",
    "https://app.example.com@evil.example/callback",
    "http://app.example.com/callback",
    "https://APP.example.com/callback",
    "javascript:alert(1)",
    "https://evil.example/",
  ])
    it(`does not send anybody to ${redirect}, which is not registered (exact match, RFC 9700, 4.1.3)`, async () => {
      const page = await (await set.signedIn()).open(request(set, { redirect }).url);
      assert.equal(page.left, undefined);
      assert.equal(page.status, 400);
      assert.match(page.text, /invalid_redirect_uri/);
      const event = set.events.at(-1);
      assert.deepEqual(
        [event?.type, event?.client, event?.reason],
        ["authorization.refused", "web", "invalid_redirect_uri"],
      );
      assert.equal(page.headers.get("x-frame-options"), "DENY");
      assert.match(String(page.headers.get("content-security-policy")), /frame-ancestors 'none'/);
    });

  it("lets programs on loopback have any port, and nothing else (RFC 8252, 7.3)", async () => {
    const browser = await set.signedIn();
    const open = async (redirect: string) =>
      (await browser.open(request(set, { client: "cli", redirect }).url)).form !== undefined;
    assert.equal(await open("http://127.0.0.1:51234/callback"), true);
    assert.equal(await open("http://localhost:1/cb"), true);
    assert.equal(await open("http://localhost:51234/callback"), false);
    assert.equal(await open("http://127.0.0.1:51234/callback2"), false);
    assert.equal(await open("http://127.0.0.1:51234@evil.example/callback"), false);
    assert.equal(await open("http://127.0.0.2:51234/callback"), false);
    assert.equal(await open("https://127.0.0.1:51234/callback"), false);
  });

  it("takes a code once; a second time ends what came of it (RFC 6749, 4.1.2)", async () => {
    const flow = await authorize(set, await set.signedIn(), { scope: "files:read" });
    const first = await exchange(flow);
    assert.equal(first.status, 200);
    const again = await exchange(flow);
    assert.deepEqual([again.status, again.body["error"]], [400, "invalid_grant"]);
    assert.equal(set.events.at(-1)?.type, "token.reuse");
    assert.equal(await set.authorization.find(String(first.body["access_token"])), undefined);
    const renewed = await token(set, {
      grant_type: "refresh_token",
      client_id: "web",
      refresh_token: String(first.body["refresh_token"]),
    });
    assert.equal(renewed.body["error"], "invalid_grant");
  });

  it("takes a code once, whoever brings it at the same time, and none of their tokens lives", async () => {
    const flow = await authorize(set, await set.signedIn(), { scope: "files:read" });
    const answers = await Promise.all(Array.from({ length: 20 }, () => exchange(flow)));
    assert.ok(answers.filter((answer) => answer.status === 200).length <= 1);
    for (const { body } of answers)
      if (body["access_token"] !== undefined)
        assert.equal(await set.authorization.find(String(body["access_token"])), undefined);
  });

  it("takes a code only with its verifier, redirect, client and resource", async () => {
    const browser = await set.signedIn();
    const fresh = () => authorize(set, browser, { scope: "files:read" });
    const wrong = async (more: Record<string, string | undefined>) =>
      (await exchange(await fresh(), more)).body["error"];
    assert.equal(await wrong({ code_verifier: pkce().verifier }), "invalid_grant");
    assert.equal(await wrong({ code_verifier: undefined }), "invalid_grant");
    assert.equal(await wrong({ redirect_uri: "https://app.example.com/" }), "invalid_grant");
    assert.equal(await wrong({ redirect_uri: undefined }), "invalid_request");
    assert.equal(await wrong({ client_id: "other" }), "invalid_grant");
    assert.equal(await wrong({ client_id: "nobody" }), "invalid_client");
    assert.equal(await wrong({ resource: `${set.base}/mcp/files` }), "invalid_target");
    assert.equal(await wrong({ resource: "https://elsewhere.example/mcp" }), "invalid_target");
    assert.equal(set.events.at(-1)?.type, "token.refused");
  });

  it("binds a token to the resource that was asked for (RFC 8707), and to the aggregate where none was", async () => {
    const browser = await set.signedIn();
    const one = await tokens(set, browser, { resource: `${set.base}/mcp/files`, scope: "files:read crm:read" });
    const found = await set.authorization.find(String(one.body["access_token"]));
    assert.equal(found?.audience, `${set.base}/mcp/files`);
    assert.deepEqual(found?.scopes, ["files:read"]);
    const { code, verifier } = await authorize(set, browser, { scope: "files:read", more: { resource: undefined } });
    const none = await exchange({ code, verifier });
    assert.equal((await set.authorization.find(String(none.body["access_token"])))?.audience, `${set.base}/mcp`);
  });

  it("does not tell strangers which servers there are", async () => {
    const ask = async (resource: string) => {
      const page = await set.browser().open(request(set, { resource }).url);
      return [page.status, page.left?.search, page.at.replace(/interaction%2F[^&]+/, "")];
    };
    const known = await ask(`${set.base}/mcp/vault`);
    assert.deepEqual(await ask(`${set.base}/mcp/no-such-server`), known);
    for (const resource of [
      "https://elsewhere.example/mcp",
      `${set.base}/mcp/`,
      `${set.base}/`,
      `${set.base}/mcp?x`,
      `${set.base}/mcp/UPPER`,
      "mcp",
    ]) {
      const page = await set.browser().open(request(set, { resource }).url);
      assert.equal(page.left?.searchParams.get("error"), "invalid_target", resource);
    }
    const two = new URL(request(set).url);
    two.searchParams.append("resource", `${set.base}/mcp/files`);
    assert.equal((await set.browser().open(two.href)).left?.searchParams.get("error"), "invalid_target");
  });

  it("answers prompt=none without a page, with what is missing", async () => {
    const ask = async (browser: Awaited<ReturnType<Stage["signedIn"]>>, client: string, redirect: string) =>
      (await browser.open(request(set, { client, redirect, scope: "files:read", more: { prompt: "none" } }).url)).left
        ?.searchParams;
    const nobody = await ask(set.browser(), "web", "https://app.example.com/callback");
    assert.equal(nobody?.get("error"), "login_required");
    await set.save("new@example.com");
    const fresh = await set.signedIn("person:new@example.com");
    assert.equal((await ask(fresh, "web", "https://app.example.com/callback"))?.get("error"), "consent_required");
    await tokens(set, fresh, { scope: "files:read" });
    assert.ok((await ask(fresh, "web", "https://app.example.com/callback"))?.get("code"));
    const native = await ask(fresh, "cli", "http://127.0.0.1:5/callback");
    assert.equal(native?.get("error"), "interaction_required");
  });

  it("makes addresses from the base URL, whatever a request says of its host", async () => {
    const behind = await stage({ clients: [WEB], base: "https://gateway.example.com/cardea" });
    const headers = {
      host: "evil.example",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "http",
      forwarded: "host=evil.example",
    };
    const told = (await (
      await fetch(`${behind.address}/.well-known/oauth-authorization-server/cardea`, { headers })
    ).json()) as Record<string, string>;
    assert.equal(told["issuer"], "https://gateway.example.com/cardea");
    assert.equal(told["token_endpoint"], "https://gateway.example.com/cardea/oauth/token");
    const query = new URL(request(behind).url).search;
    const answer = await fetch(`${behind.address}/oauth/authorize${query}`, { headers, redirect: "manual" });
    assert.match(String(answer.headers.get("location")), /^https:\/\/gateway\.example\.com\/cardea\/interaction\//);
    const cookies = answer.headers.getSetCookie();
    assert.ok(cookies.length > 0);
    for (const cookie of cookies) {
      assert.match(cookie, /^__(?:Secure|Host)-cardea-/);
      assert.match(cookie, /; secure; httponly; samesite=lax|; samesite=lax; secure; httponly/i);
    }
    await behind.close();
  });

  it("serves no other path and no other method", async () => {
    for (const path of [
      "/auth",
      "/token",
      "/me",
      "/session/end",
      "/session/end/confirm",
      "/oauth",
      "/oauth/",
      "/oauth/request",
      "/oauth/userinfo",
      "/OAUTH/token",
      "/oauth/token/",
      "http://evil.example/oauth/token",
      "//oauth/token",
    ])
      assert.equal(set.authorization.serves(path), false, path);
    assert.equal(set.authorization.serves("/oauth/authorize?client_id=x"), true);
    for (const [method, path] of [
      ["GET", "token"],
      ["POST", "authorize"],
      ["DELETE", "register"],
    ] as const) {
      const answer = await fetch(`${set.address}/oauth/${path}`, { method });
      assert.equal(answer.status, 405);
      assert.match(String(answer.headers.get("content-type")), /json/);
    }
  });

  it("refuses what is too large or no form, without a word of its inside", async () => {
    const large = await fetch(`${set.address}/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `grant_type=${"a".repeat(100_000)}`,
    });
    assert.equal(large.status, 400);
    const twice = await fetch(`${set.address}/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "grant_type=authorization_code&grant_type=refresh_token&client_id=web",
    });
    assert.equal(((await twice.json()) as { error: string }).error, "invalid_request");
    const json = await fetch(`${set.address}/oauth/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{",
    });
    assert.equal(json.status, 400);
    assert.doesNotMatch(await json.text(), /at |node_modules|JSON at position/);
  });

  it("hands out nothing that could not be recorded", async () => {
    let fail = false;
    const lost = await stage({
      clients: [WEB],
      recording: () => {
        if (fail) throw new Error("the disk is full");
      },
    });
    const flow = await authorize(lost, await lost.signedIn(), { scope: "files:read" });
    fail = true;
    const answer = await token(lost, {
      grant_type: "authorization_code",
      client_id: "web",
      code: flow.code,
      code_verifier: flow.verifier,
      redirect_uri: WEB.redirects[0],
    });
    assert.equal(answer.status, 503);
    assert.deepEqual(Object.keys(answer.body).sort(), ["error", "error_description"]);
    await lost.close();
  });

  it("issues nothing while its store is lost, and says nothing of why (invariant 3)", async () => {
    const lost = await stage({ clients: [WEB] });
    const flow = await authorize(lost, await lost.signedIn(), { scope: "files:read" });
    lost.artifacts.find = () => Promise.reject(new Error("disk I/O error at /var/lib"));
    const answer = await token(lost, {
      grant_type: "authorization_code",
      client_id: "web",
      code: flow.code,
      code_verifier: flow.verifier,
      redirect_uri: WEB.redirects[0],
    });
    assert.deepEqual([answer.status, answer.body["error"]], [500, "server_error"]);
    assert.doesNotMatch(JSON.stringify(answer.body), /disk|var/);
    const page = await (await lost.signedIn()).open(request(lost).url);
    assert.equal(page.form, undefined);
    assert.doesNotMatch(page.text, /disk|var\/lib/);
    assert.equal(lost.events.at(-1)?.decision, "deny");
    await assert.rejects(lost.authorization.find("a".repeat(43)));
    await lost.close();
  });

  it("calls back scripts of listed origins alone (CORS)", async () => {
    const ask = async (origin: string) =>
      (
        await fetch(`${set.address}/oauth/token`, {
          method: "POST",
          headers: { origin, "content-type": "application/x-www-form-urlencoded" },
          body: "grant_type=authorization_code&client_id=web",
        })
      ).headers.get("access-control-allow-origin");
    assert.equal(await ask("https://inspector.example.com"), "https://inspector.example.com");
    assert.equal(await ask("https://evil.example"), null);
  });
});
