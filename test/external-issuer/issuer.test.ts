import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import {
  base64url,
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "jose";
import { createExternalIssuer, type IssuerOptions } from "../../src/adapters/external-issuer/issuer.ts";
import { clockAt } from "../identity/setting.ts";

const NOW = Date.UTC(2026, 0, 1);
const RESOURCE = "https://mcp.example.com/mcp";
const quiet = { info() {}, warn() {}, error() {} };

/** Documents by path, and how often each was read. */
const documents = new Map<string, unknown>();
const reads: string[] = [];
let broken = false;
const server = createServer((req, res) => {
  const path = String(req.url);
  reads.push(path);
  const found = broken ? undefined : documents.get(path);
  res.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
  res.end(JSON.stringify(found ?? {}));
});
let issuer = "";
const keys = new Map<string, { publicKey: CryptoKey; privateKey: CryptoKey }>();

async function publish(...kids: string[]): Promise<void> {
  const set = [];
  for (const kid of kids) set.push({ ...(await exportJWK(keys.get(kid)?.publicKey as CryptoKey)), kid });
  documents.set("/jwks", { keys: set });
}

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const [kid, alg] of [
    ["rs", "RS256"],
    ["ps", "PS256"],
    ["es", "ES256"],
    ["ed", "EdDSA"],
    ["rs2", "RS256"],
    ["es512", "ES512"],
  ] as const)
    keys.set(kid, await generateKeyPair(alg, { extractable: true }));
  documents.set("/.well-known/openid-configuration", { issuer, jwks_uri: `${issuer}/jwks` });
});
after(() => {
  server.closeAllConnections();
  server.close();
});

async function setting(more: Partial<IssuerOptions> = {}) {
  broken = false;
  await publish("rs", "ps", "es", "ed", "es512");
  reads.length = 0;
  const clock = clockAt(NOW);
  const opened = createExternalIssuer(
    { issuer, login: "email", claim: "groups", private: [], ...more },
    { clock, log: quiet },
  );
  after(() => opened.close());
  return {
    clock,
    verify: (token: string) => opened.verify(token),
    reads: () => reads.filter((path) => path === "/jwks").length,
  };
}

const CLAIMS: JWTPayload = {
  sub: "u1",
  aud: RESOURCE,
  client_id: "c1",
  email: "Ada@Example.com",
  groups: ["eng"],
  scope: "files:read crm:write",
  iat: NOW / 1000 - 10,
  exp: NOW / 1000 + 600,
};

function sign(claims: JWTPayload = {}, header: Partial<JWTHeaderParameters> = {}, key?: CryptoKey | Uint8Array) {
  const { alg = "RS256", kid = "rs", ...rest } = header;
  const body: JWTPayload = { iss: issuer, ...CLAIMS, ...claims };
  return new SignJWT(JSON.parse(JSON.stringify(body)))
    .setProtectedHeader({ alg, kid, typ: "at+jwt", ...rest })
    .sign(key ?? (keys.get(kid)?.privateKey as CryptoKey));
}

test("RFC 9068 section 2.2: a token says who, which client, what for and until when", async () => {
  const { verify } = await setting();
  assert.deepEqual(await verify(await sign({ name: "Ada", amr: ["pwd", "otp"], auth_time: NOW / 1000 - 60 })), {
    subject: `${issuer} u1`,
    client: "c1",
    machine: false,
    login: "ada@example.com",
    name: "Ada",
    groups: ["eng"],
    scopes: ["files:read", "crm:write"],
    audience: [RESOURCE],
    issuedAt: NOW - 10_000,
    expiresAt: NOW + 630_000,
    secondFactorAt: NOW - 60_000,
  });
});

test("RFC 8725 section 3.1: every listed algorithm is accepted, and no other", async () => {
  const { verify } = await setting();
  for (const [kid, alg] of [
    ["rs", "RS256"],
    ["ps", "PS256"],
    ["es", "ES256"],
    ["ed", "EdDSA"],
  ] as const)
    assert.equal(typeof (await verify(await sign({}, { kid, alg }))), "object", alg);
  assert.equal(await verify(await sign({}, { kid: "es512", alg: "ES512" })), "unknown");
});

test("I2: algorithm confusion: none, and HS256 with the public key as the secret, count for nothing", async () => {
  const { verify } = await setting();
  const pem = new TextEncoder().encode(await exportSPKI(keys.get("rs")?.publicKey as CryptoKey));
  assert.equal(await verify(await sign({}, { alg: "HS256" }, pem)), "unknown");
  const body = base64url.encode(JSON.stringify({ iss: issuer, ...CLAIMS }));
  for (const alg of ["none", "None", "NONE"]) {
    const header = base64url.encode(JSON.stringify({ alg, kid: "rs", typ: "at+jwt" }));
    assert.equal(await verify(`${header}.${body}.`), "unknown", alg);
  }
});

test("I2: a key that the token itself brings or names is not believed; a strange kid harms nothing", async () => {
  const { verify } = await setting();
  const own = await generateKeyPair("RS256", { extractable: true });
  const jwk = await exportJWK(own.publicKey);
  for (const header of [
    { jwk },
    { jku: `${issuer}/evil` },
    { x5u: `${issuer}/evil` },
    { kid: "../../jwks" },
    { kid: "' OR 1=1 --" },
    { kid: "__proto__" },
  ])
    assert.equal(await verify(await sign({}, header as Partial<JWTHeaderParameters>, own.privateKey)), "unknown");
  assert.equal(reads.includes("/evil"), false);
});

test("I2: issuer, times and type are checked, with 30 seconds of leeway", async () => {
  const { verify, clock } = await setting();
  const second = NOW / 1000;
  assert.equal(await verify(await sign({ iss: "https://evil.example" })), "unknown");
  assert.equal(await verify(await sign({ iss: `${issuer}/` })), "unknown");
  assert.equal(await verify(await sign({ exp: second - 30 })), "expired");
  assert.equal(typeof (await verify(await sign({ exp: second - 29 }))), "object");
  assert.equal(await verify(await sign({ nbf: second + 31 })), "expired");
  assert.equal(typeof (await verify(await sign({ nbf: second + 30 }))), "object");
  const token = await sign();
  clock.set(NOW + 630_000);
  assert.equal(await verify(token), "expired");
  clock.set(NOW);
  for (const typ of ["AT+JWT", "application/at+jwt", "JWT", undefined])
    assert.equal(typeof (await verify(await sign({}, { typ }))), "object", String(typ));
  for (const typ of ["oauth-id-jag+jwt", "logout+jwt", "dpop+jwt", ""])
    assert.equal(await verify(await sign({}, { typ })), "malformed", typ);
});

test("I2: what lacks a claim, or is an ID token, is no access token", async () => {
  const { verify } = await setting();
  for (const missing of ["sub", "aud", "exp", "iat"])
    assert.notEqual(typeof (await verify(await sign({ [missing]: undefined }))), "object", missing);
  assert.equal(await verify(await sign({ client_id: undefined })), "malformed");
  assert.equal(await verify(await sign({ nonce: "n" })), "malformed");
  assert.equal(await verify("a.b.c"), "malformed");
});

test("I4: the login has to be verified; nested claims and other names of the client are read", async () => {
  const { verify } = await setting({ claim: "realm_access.roles" });
  const found = await verify(
    await sign({
      email_verified: false,
      client_id: undefined,
      azp: "c9",
      groups: undefined,
      realm_access: { roles: ["a"] },
    }),
  );
  assert.ok(typeof found === "object");
  assert.deepEqual([found.login, found.client, found.groups], [undefined, "c9", ["a"]]);
  const machine = await verify(await sign({ sub: "c1" }));
  assert.ok(typeof machine === "object");
  assert.equal(machine.machine, true);
  const old = await verify(await sign({ amr: ["mfa"] }));
  assert.ok(typeof old === "object");
  assert.equal(old.secondFactorAt, undefined);
});

test("I4: rotated keys are found at once; the ones that were taken away count no longer than ten minutes", async () => {
  const { verify, clock } = await setting();
  assert.equal(typeof (await verify(await sign())), "object");
  await publish("rs2");
  clock.advance(30_000);
  assert.equal(typeof (await verify(await sign({}, { kid: "rs2" }))), "object");
  assert.equal(await verify(await sign()), "unknown");
  const second = await setting();
  const token = await sign({ exp: NOW / 1000 + 7_200 });
  assert.equal(typeof (await second.verify(token)), "object");
  await publish("rs2");
  second.clock.advance(600_000);
  assert.equal(await second.verify(token), "unknown");
});

test("L6: unknown keys make no flood of readings, whether the issuer answers or not", async () => {
  const { verify, reads: count, clock } = await setting();
  const strange = await sign({}, { kid: "x" }, keys.get("rs")?.privateKey);
  await Promise.all(Array.from({ length: 50 }, () => verify(strange)));
  for (let n = 0; n < 50; n++) assert.equal(await verify(strange), "unknown");
  assert.equal(count(), 1);
  clock.advance(30_000);
  broken = true;
  for (let n = 0; n < 50; n++) assert.equal(await verify(strange), "unknown");
  assert.equal(reads.length, 4);
  clock.advance(4_999);
  await verify(strange);
  assert.equal(reads.length, 4);
});

test("I4: where no keys can be had nobody is let in; old ones are believed for an hour", async () => {
  const { verify, clock } = await setting();
  const token = await sign({ exp: NOW / 1000 + 36_000 });
  broken = true;
  await assert.rejects(verify(token), /keys/);
  broken = false;
  clock.advance(5_000);
  assert.equal(typeof (await verify(token)), "object");
  broken = true;
  clock.advance(3_599_999);
  assert.equal(typeof (await verify(token)), "object");
  clock.advance(5_001);
  await assert.rejects(verify(token), /keys/);
});

test("RFC 8414 section 3.3: metadata of another issuer are not believed; a private address is not dialled", async () => {
  documents.set("/other", { issuer: "https://other.example", jwks_uri: `${issuer}/jwks` });
  const other = await setting({ metadata: `${issuer}/other` });
  await assert.rejects(other.verify(await sign()), /keys/);
  const named = await setting({ keys: `${issuer}/jwks` });
  assert.equal(typeof (await named.verify(await sign())), "object");
  assert.deepEqual(reads, ["/jwks"]);
  const away = await setting({ issuer: "https://10.0.0.1" });
  await assert.rejects(away.verify(await sign({ iss: "https://10.0.0.1" })), /keys/);
  assert.throws(
    () =>
      createExternalIssuer(
        { issuer: "http://issuer.example", login: "email", claim: "groups", private: [] },
        { clock: clockAt(0), log: quiet },
      ),
    /plain http/,
  );
});
