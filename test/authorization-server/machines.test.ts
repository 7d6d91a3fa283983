import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import type { StaticClient } from "../../src/adapters/authorization-server/parts.ts";
import { form, type Stage, stage, token, tokens, WEB } from "./setting.ts";

const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
});
const now = () => Math.floor(Date.now() / 1000);

async function keys(alg: string, kid: string) {
  const pair = await generateKeyPair(alg, { extractable: true });
  return { ...pair, kid, alg, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg } };
}

describe("clients that act for themselves (I8; RFC 6749, 4.4; RFC 7523)", () => {
  let set: Stage;
  let mine: Awaited<ReturnType<typeof keys>>;
  let stolen: Awaited<ReturnType<typeof keys>>;
  before(async () => {
    mine = await keys("ES256", "a");
    stolen = await keys("ES256", "a");
    const clients: StaticClient[] = [
      WEB,
      {
        id: "nightly",
        name: "Nightly report",
        redirects: [],
        keys: () => JSON.stringify({ keys: [mine.jwk] }),
        service: { roles: ["reader"] },
        assertions: false,
      },
      {
        id: "backup",
        name: "Backup",
        redirects: [],
        secret: () => "s3cret-of-the-backup",
        service: { roles: ["engineer"] },
        assertions: false,
      },
      { id: "open", name: "Open", redirects: [], service: { roles: ["engineer"] }, assertions: false },
      {
        id: "lost",
        name: "Lost",
        redirects: [],
        secret: () => {
          throw new Error("The secret env:LOST is not set.");
        },
        service: { roles: [] },
        assertions: false,
      },
    ];
    set = await stage({ clients });
  });
  after(() => set.close());

  const proof = (
    more: Record<string, unknown> = {},
    key: CryptoKey = mine.privateKey,
    header = { alg: "ES256", kid: "a" },
  ) =>
    new SignJWT({
      iss: "nightly",
      sub: "nightly",
      aud: set.base,
      jti: crypto.randomUUID(),
      iat: now(),
      exp: now() + 60,
      ...more,
    })
      .setProtectedHeader(header)
      .sign(key);
  const ask = (assertion: string, more: Record<string, string> = {}) =>
    token(set, {
      grant_type: "client_credentials",
      client_assertion_type: ASSERTION,
      client_assertion: assertion,
      scope: "files:read",
      resource: `${set.base}/mcp`,
      ...more,
    });

  it("get a short token for their own account with private_key_jwt, and no refresh token", async () => {
    const { status, body } = await ask(await proof());
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(Object.keys(body).sort(), ["access_token", "expires_in", "scope", "token_type"]);
    const found = await set.authorization.find(String(body["access_token"]));
    assert.equal(found?.owner, "service:nightly");
    assert.deepEqual(found?.scopes, ["files:read"]);
    assert.equal(found?.audience, `${set.base}/mcp`);
    assert.deepEqual(set.people.account("default", "service:nightly")?.roles, ["reader"]);
    assert.equal(set.people.grant(found?.grant ?? "")?.redirectHost, undefined);
    assert.deepEqual(
      set.events.map((event) => event.type),
      ["account.created", "token.issued"],
    );
    assert.equal((await ask(await proof({ aud: `${set.base}/oauth/token` }))).status, 200);
  });

  it("prove themselves once with one assertion, whoever is quicker", async () => {
    const assertion = await proof();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(assertion)));
    assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
    assert.equal((await ask(assertion)).body["error"], "invalid_client");
  });

  it("are not believed with another key, algorithm, audience, name, age or none at all", async () => {
    const secret = new TextEncoder().encode(JSON.stringify(mine.jwk));
    const bad: [string, string][] = [
      ["another key under the same kid", await proof({}, stolen.privateKey)],
      ["another kid", await proof({}, stolen.privateKey, { alg: "ES256", kid: "b" })],
      [
        "HS256 with the public key",
        await new SignJWT({ iss: "nightly", sub: "nightly", aud: set.base, jti: "h", exp: now() + 60 })
          .setProtectedHeader({ alg: "HS256", kid: "a" })
          .sign(secret),
      ],
      [
        "alg none",
        new UnsecuredJWT({ iss: "nightly", sub: "nightly", aud: set.base, jti: "n", exp: now() + 60 }).encode(),
      ],
      ["another audience", await proof({ aud: "https://elsewhere.example" })],
      ["another issuer", await proof({ iss: "backup" })],
      ["another client", await proof({ sub: "backup" })],
      ["no end", await proof({ exp: undefined })],
      ["an end that is past", await proof({ exp: now() - 60 })],
      ["an end far away", await proof({ exp: now() + 90_000 })],
      ["no jti", await proof({ jti: undefined })],
      ["a path as kid", await proof({}, stolen.privateKey, { alg: "ES256", kid: "../../../dev/null" })],
    ];
    for (const [title, assertion] of bad) {
      const { status, body } = await ask(assertion);
      assert.deepEqual([status, body["error"]], [401, "invalid_client"], title);
    }
    const none = await token(set, { grant_type: "client_credentials", client_id: "nightly" });
    assert.equal(none.body["error"], "invalid_client");
    assert.equal(set.events.at(-1)?.type, "token.refused");
  });

  it("get no more than their roles allow, and reading where they name nothing", async () => {
    assert.equal((await ask(await proof(), { scope: "files:read crm:read vault:read" })).body["scope"], "files:read");
    assert.equal((await ask(await proof(), { scope: "crm:write" })).body["error"], "invalid_scope");
    const all = await token(set, { grant_type: "client_credentials" }, basic("backup", "s3cret-of-the-backup"));
    assert.equal(all.body["scope"], "files:read crm:read");
    assert.equal(
      (await ask(await proof(), { resource: "https://elsewhere.example/mcp" })).body["error"],
      "invalid_target",
    );
  });

  it("prove themselves with a secret, in the header or the form", async () => {
    const wrong = await token(set, { grant_type: "client_credentials" }, basic("backup", "guess"));
    assert.deepEqual([wrong.status, wrong.body["error"]], [401, "invalid_client"]);
    assert.match(String(wrong.headers.get("www-authenticate")), /^Basic/);
    const posted = await token(set, {
      grant_type: "client_credentials",
      client_id: "backup",
      client_secret: "s3cret-of-the-backup",
      scope: "crm:write",
    });
    assert.equal(posted.body["scope"], "crm:write");
  });

  it("have to prove themselves, and to be configured for it", async () => {
    assert.equal(
      (await token(set, { grant_type: "client_credentials", client_id: "open" })).body["error"],
      "unauthorized_client",
    );
    assert.equal((await token(set, { grant_type: "client_credentials", client_id: "web" })).status, 400);
    assert.equal(
      (await token(set, { grant_type: "client_credentials", client_id: "lost", client_secret: "x" })).body["error"],
      "invalid_client",
    );
    assert.ok(set.logged.some((line) => line.startsWith("client.unusable") && line.includes("env:LOST")));
  });

  it("end with their account or grant", async () => {
    const { body } = await token(set, { grant_type: "client_credentials" }, basic("backup", "s3cret-of-the-backup"));
    const grant = (await set.authorization.find(String(body["access_token"])))?.grant ?? "";
    await set.people.revokeGrant("default", grant);
    assert.equal(
      (await token(set, { grant_type: "client_credentials" }, basic("backup", "s3cret-of-the-backup"))).body["error"],
      "invalid_grant",
    );
    await set.people.end("default", "service:nightly");
    assert.equal((await ask(await proof())).body["error"], "invalid_grant");
  });
});

describe("revocation (RFC 7009) and introspection (RFC 7662)", () => {
  let set: Stage;
  before(async () => {
    const APP = {
      id: "app",
      name: "App",
      redirects: ["https://a.example.com/cb"],
      secret: () => "secret-of-a",
      assertions: false,
    };
    set = await stage({ clients: [WEB, APP, { ...APP, id: "b", secret: () => "secret-of-b" }] });
  });
  after(() => set.close());

  const call = async (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${set.address}/oauth/${path}`, { method: "POST", body: form(fields), headers });
    const text = await answer.text();
    return { status: answer.status, text, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };
  const APP = basic("app", "secret-of-a");
  const issued = async () => {
    const { authorize } = await import("./setting.ts");
    const flow = await authorize(set, await set.signedIn(), {
      client: "app",
      redirect: "https://a.example.com/cb",
      scope: "files:read",
    });
    const fields = {
      grant_type: "authorization_code",
      code: flow.code,
      code_verifier: flow.verifier,
      redirect_uri: "https://a.example.com/cb",
    };
    return (await token(set, fields, APP)).body;
  };

  it("a client ends its own tokens; with the refresh token or the access token the whole family ends", async () => {
    for (const kind of ["refresh_token", "access_token"]) {
      const body = await issued();
      const answer = await call("revoke", { token: String(body[kind]) }, APP);
      assert.deepEqual([answer.status, answer.text], [200, ""]);
      assert.equal(await set.authorization.find(String(body["access_token"])), undefined);
      const renewed = await token(
        set,
        { grant_type: "refresh_token", refresh_token: String(body["refresh_token"]) },
        APP,
      );
      assert.equal(renewed.body["error"], "invalid_grant");
      assert.equal(set.events.findLast((event) => event.type === "token.revoked")?.owner, "person:ada@example.com");
    }
  });

  it("nobody ends another client's tokens or learns of them", async () => {
    const body = await issued();
    for (const fields of [{ token: String(body["access_token"]) }, { token: "no-such-token" }]) {
      const answer = await call("revoke", fields, basic("b", "secret-of-b"));
      assert.deepEqual([answer.status, answer.text], [200, ""]);
    }
    assert.equal((await call("revoke", { token: String(body["access_token"]), client_id: "web" })).status, 200);
    assert.ok(await set.authorization.find(String(body["access_token"])));
    assert.equal((await call("revoke", { token: String(body["access_token"]) }, basic("app", "guess"))).status, 401);
  });

  it("a confidential client is told of its own tokens alone", async () => {
    const body = await issued();
    const access = String(body["access_token"]);
    const own = await call("introspect", { token: access }, APP);
    assert.equal(own.body["active"], true);
    assert.equal(own.body["sub"], "person:ada@example.com");
    assert.equal(own.body["scope"], "files:read");
    assert.equal(own.body["aud"], `${set.base}/mcp`);
    assert.equal(own.body["iss"], set.base);
    for (const [fields, headers] of [
      [{ token: access }, basic("b", "secret-of-b")],
      [{ token: "no-such-token" }, APP],
      [{ token: access, client_id: "web" }, {}],
    ] as const)
      assert.deepEqual((await call("introspect", fields, headers)).body, { active: false });
    assert.equal((await call("introspect", { token: access })).status, 400);
    assert.equal((await call("introspect", { token: access }, basic("app", "guess"))).status, 401);
    const mine = (await tokens(set, await set.signedIn(), { scope: "files:read" })).body["access_token"];
    assert.deepEqual(
      (await call("introspect", { token: String(mine), client_id: "web" })).body,
      { active: false },
      "public clients are told nothing",
    );
    await call("revoke", { token: access }, APP);
    assert.deepEqual((await call("introspect", { token: access }, APP)).body, { active: false });
  });
});

describe("enterprise-managed authorization (ID-JAG)", () => {
  let set: Stage;
  let idp: ReturnType<typeof createServer>;
  let issuer: string;
  let published: Awaited<ReturnType<typeof keys>>[];
  let reads = 0;
  before(async () => {
    published = [await keys("RS256", "one")];
    idp = createServer((_req, res) => {
      reads++;
      res.setHeader("content-type", "application/json");
      res.end(JSON.stringify({ keys: published.map((key) => key.jwk) }));
    });
    await new Promise<void>((resolve) => idp.listen(0, "127.0.0.1", resolve));
    issuer = `http://127.0.0.1:${(idp.address() as AddressInfo).port}`;
    const agent = { id: "agent", name: "Agent", redirects: [], secret: () => "secret-of-agent", assertions: true };
    set = await stage({
      clients: [WEB, agent, { ...agent, id: "other" }, { ...agent, id: "plain", assertions: false }],
      settings: {
        assertions: [
          {
            issuer,
            keys: `${issuer}/jwks`,
            login: "email",
            claim: "groups",
            roles: { staff: ["engineer"], intern: ["reader"] },
            private: [],
            source: "corp",
          },
          ...["a", "b"].map((tenant) => ({
            issuer: `${issuer}/${tenant}`,
            keys: `${issuer}/jwks`,
            login: "email",
            claim: "groups",
            roles: { staff: ["reader"] },
            private: [],
            source: "issuer",
          })),
        ],
      },
    });
  });
  after(async () => {
    await set.close();
    idp.closeAllConnections();
    await new Promise((resolve) => idp.close(resolve));
  });

  const said = (more: Record<string, unknown> = {}) => ({
    iss: issuer,
    sub: "u-1",
    aud: set.base,
    client_id: "agent",
    jti: crypto.randomUUID(),
    iat: now(),
    exp: now() + 300,
    email: "grace@example.com",
    groups: ["staff"],
    resource: `${set.base}/mcp`,
    scope: "files:read files:write",
    ...more,
  });
  const sign = (claims: Record<string, unknown>, header: Record<string, string> = {}, key = published[0]) => {
    assert.ok(key !== undefined);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: "oauth-id-jag+jwt", ...header })
      .sign(key.privateKey);
  };
  const ask = (assertion: string, more: Record<string, string> = {}, client = "agent") =>
    token(set, { grant_type: JWT_BEARER, assertion, ...more }, basic(client, "secret-of-agent"));

  it("gives a short token for the person, whose account comes to be by it", async () => {
    const { status, body } = await ask(await sign(said()));
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body["refresh_token"], undefined);
    const found = await set.authorization.find(String(body["access_token"]));
    assert.equal(found?.owner, "person:grace@example.com");
    assert.equal(found?.client, "agent");
    assert.deepEqual(found?.scopes, ["files:read", "files:write"]);
    const account = set.people.account("default", "person:grace@example.com");
    assert.deepEqual([account?.source, account?.sub, account?.roles], ["corp", "u-1", ["engineer"]]);
    const told = (await (await fetch(`${set.address}/.well-known/oauth-authorization-server`)).json()) as Record<
      string,
      unknown
    >;
    assert.deepEqual(told["authorization_grant_profiles_supported"], ["urn:ietf:params:oauth:grant-profile:id-jag"]);
    assert.ok((told["grant_types_supported"] as string[]).includes(JWT_BEARER));
  });

  it("takes each assertion once, whoever brings it at the same time", async () => {
    const assertion = await sign(said());
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(assertion)));
    assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
    assert.equal((await ask(assertion)).body["error"], "invalid_grant");
    assert.ok(!JSON.stringify(set.events).includes(assertion.slice(0, 40)), "an assertion is not recorded");
  });

  it("takes no assertion that is not exactly for this", async () => {
    const other = await keys("RS256", "one");
    const bad: [string, Promise<string> | string][] = [
      ["another type", sign(said(), { typ: "JWT" })],
      ["an ID token's type", sign(said(), { typ: "at+jwt" })],
      ["another audience", sign(said({ aud: "https://elsewhere.example" }))],
      ["several audiences", sign(said({ aud: [set.base, "https://elsewhere.example"] }))],
      ["another client", sign(said({ client_id: "other" }))],
      ["no client", sign(said({ client_id: undefined }))],
      ["an unknown issuer", sign(said({ iss: "https://evil.example" }))],
      ["another key", sign(said(), {}, other)],
      ["alg none", new UnsecuredJWT(said()).encode()],
      [
        "HS256",
        new SignJWT(said())
          .setProtectedHeader({ alg: "HS256", typ: "oauth-id-jag+jwt", kid: "one" })
          .sign(new TextEncoder().encode(JSON.stringify(published[0]?.jwk))),
      ],
      ["an end that is past", sign(said({ iat: now() - 400, exp: now() - 100 }))],
      ["a beginning to come", sign(said({ iat: now() + 400, exp: now() + 500 }))],
      ["too long a life", sign(said({ exp: now() + 9_000 }))],
      ["no jti", sign(said({ jti: undefined }))],
      ["no subject", sign(said({ sub: undefined }))],
      ["no JWT", "abc"],
    ];
    for (const [title, assertion] of bad) {
      const { status, body } = await ask(await assertion);
      assert.deepEqual([status, body["error"]], [400, "invalid_grant"], title);
    }
    assert.equal(
      (await ask(await sign(said({ resource: "https://elsewhere.example/mcp" })))).body["error"],
      "invalid_target",
    );
    assert.equal(
      (await ask(await sign(said()), { resource: `${set.base}/mcp/files` })).body["error"],
      "invalid_target",
    );
  });

  it("gives what the assertion, the request and the roles all allow", async () => {
    assert.equal((await ask(await sign(said()), { scope: "files:read crm:read" })).body["scope"], "files:read");
    assert.equal((await ask(await sign(said()), { scope: "crm:read" })).body["error"], "invalid_scope");
    assert.equal((await ask(await sign(said({ scope: undefined, groups: ["intern"] })))).body["scope"], "files:read");
    assert.deepEqual(set.people.account("default", "person:grace@example.com")?.roles, ["reader"]);
    assert.equal((await ask(await sign(said({ groups: ["nobody"] })))).body["error"], "invalid_scope");
  });

  it("gives nobody the account of somebody else, and nothing to who is ended", async () => {
    assert.equal(
      (await ask(await sign(said({ sub: "u-2", email: "ada@example.com" })))).body["error"],
      "invalid_grant",
    );
    assert.equal(set.people.account("default", "person:ada@example.com")?.source, "local");
    await ask(await sign(said({ sub: "u-3", email: "heidi@example.com" })));
    await set.people.end("default", "person:heidi@example.com");
    assert.equal(
      (await ask(await sign(said({ sub: "u-3", email: "heidi@example.com" })))).body["error"],
      "invalid_grant",
    );
  });

  it("does not take the ids of one issuer for those of another", async () => {
    const from = async (tenant: string, email: string) =>
      ask(await sign(said({ iss: `${issuer}/${tenant}`, sub: "same", email })));
    assert.equal((await from("a", "ivan@example.com")).status, 200);
    const other = await from("b", "judy@example.com");
    assert.equal((await set.authorization.find(String(other.body["access_token"])))?.owner, "person:judy@example.com");
    assert.equal((await from("b", "ivan@example.com")).status, 200, "known by its id, whatever the login says now");
    assert.equal((await from("a", "judy@example.com")).status, 200);
    const stolen = await ask(await sign(said({ iss: `${issuer}/b`, sub: "new", email: "ivan@example.com" })));
    assert.equal(stolen.body["error"], "invalid_grant");
  });

  it("is for clients that the operator trusts with it", async () => {
    assert.equal((await ask(await sign(said({ client_id: "plain" })), {}, "plain")).status, 400);
    const nobody = await token(set, { grant_type: JWT_BEARER, assertion: await sign(said()), client_id: "agent" });
    assert.equal(nobody.body["error"], "invalid_client");
  });

  it("follows the issuer's keys, and is not made to read them again and again", async () => {
    const before = reads;
    for (let i = 0; i < 20; i++) await ask(await sign(said(), { kid: `made-up-${i}` }));
    assert.ok(reads - before <= 1, `${reads - before} readings`);
  });
});
