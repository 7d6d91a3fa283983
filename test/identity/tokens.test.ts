import assert from "node:assert/strict";
import { test } from "node:test";
import { openDirectory } from "../../src/adapters/sqlite/directory.ts";
import { createDirectory, grantId } from "../../src/domain/identity/directory.ts";
import { createTokens, type ExternalToken, type TokensParts } from "../../src/domain/identity/tokens.ts";
import { Refused } from "../../src/kernel/errors.ts";
import type { AccessToken } from "../../src/ports/authorization-server.ts";
import { clockAt } from "./setting.ts";

const BASE = "https://mcp.example.com";
const BEARER = "A".repeat(43);
const ADA = { tenant: "t1", owner: "person:ada" };
const GRANT = grantId("t1", "person:ada", "c1");

const TOKEN: AccessToken = {
  ...ADA,
  client: "c1",
  grant: GRANT,
  audience: `${BASE}/mcp`,
  scopes: ["files:read", "offline_access"],
  environment: "dev",
  issuedAt: 9_000,
  expiresAt: 20_000,
};

async function setting(more: Partial<TokensParts> & { token?: Partial<AccessToken>; roles?: string[] } = {}) {
  const clock = clockAt(10_000);
  const store = openDirectory(":memory:");
  const directory = await createDirectory(store, clock);
  const roles = more.roles ?? ["dev", "lead", "admin:security"];
  const account = { ...ADA, source: "corp", sub: "1", roles, createdAt: 1, checkedAt: 1 };
  await directory.save(account);
  const grant = {
    ...ADA,
    id: GRANT,
    environment: "dev",
    client: "c1",
    clientName: "One",
    scopes: ["files:write", "offline_access"],
    createdAt: 1,
    expiresAt: 100_000,
  };
  await directory.saveGrant(grant);
  const known = new Map([[BEARER, { ...TOKEN, ...more.token }]]);
  const asked: string[] = [];
  const tokens = createTokens({
    find: async (token) => {
      asked.push(token);
      return known.get(token);
    },
    directory,
    clock,
    environment: "dev",
    resourceOf: (endpoint) => `${BASE}/mcp${endpoint === undefined ? "" : `/${endpoint}`}`,
    subjectOf: (tenant, owner) => `s_${tenant}_${owner}`,
    secondFactor: { roles: [], maxAgeMs: 1_000 },
    ...more,
  });
  const why = async (bearer = BEARER, endpoint?: string) => {
    const answer = await tokens.authenticate(bearer, endpoint);
    return answer.ok ? "ok" : answer.reason;
  };
  const principal = async (bearer = BEARER) => {
    const answer = await tokens.authenticate(bearer, undefined);
    assert.ok(answer.ok);
    return answer.principal;
  };
  return { clock, store, directory, account, grant, known, asked, tokens, why, principal };
}

test("I1: a token stands for its account, its grant and its client, with the account's roles of policy", async () => {
  const { principal } = await setting({ token: { secondFactorAt: 9_500 } });
  assert.deepEqual(await principal(), {
    ...ADA,
    subject: "s_t1_person:ada",
    credential: GRANT,
    client: "c1",
    oauthScopes: new Set(["files:read"]),
    secondFactorAt: 9_500,
    roles: ["dev", "lead"],
    environment: "dev",
    plan: "default",
  });
});

test("I2: what came before is answered at once, with the same principal, and the store is not asked again", async () => {
  const { tokens, principal, asked } = await setting();
  const first = await principal();
  const again = tokens.authenticate(BEARER, undefined);
  assert.ok(!(again instanceof Promise) && again.ok);
  assert.equal(again.principal, first);
  assert.deepEqual(asked, [BEARER]);
});

test("RFC 8707: a token for one resource is refused at every other", async () => {
  const aggregate = await setting();
  const seen = [await aggregate.why(BEARER, "files"), await aggregate.why(), await aggregate.why(BEARER, "files")];
  assert.deepEqual(seen, ["audience", "ok", "audience"]);
  const one = await setting({ token: { audience: `${BASE}/mcp/files` } });
  assert.equal(await one.why(BEARER, "files"), "ok");
  assert.deepEqual([await one.why(), await one.why(BEARER, "crm")], ["audience", "audience"]);
  for (const audience of ["", BASE, `${BASE}/mcp/`, `${BASE}/MCP`, "https://evil.example/mcp"])
    assert.equal(await (await setting({ token: { audience } })).why(), "audience", audience);
});

test("I2: a token is over from its last moment on, also one that is remembered", async () => {
  const { why, clock } = await setting();
  clock.set(19_999);
  assert.equal(await why(), "ok");
  clock.set(20_000);
  assert.equal(await why(), "expired");
});

test("P5: a token and a consent count in their own environment alone", async () => {
  assert.equal(await (await setting({ token: { environment: "prod" } })).why(), "environment");
  assert.equal(await (await setting({ environment: "prod" })).why(), "environment");
});

test("I9: the end of an account and the revocation of a grant bite at the next call, although the token is remembered", async () => {
  const first = await setting();
  assert.equal(await first.why(), "ok");
  await first.directory.end("t1", "person:ada");
  assert.equal(await first.why(), "ended");
  const second = await setting();
  assert.equal(await second.why(), "ok");
  await second.directory.revokeGrant("t1", GRANT);
  assert.equal(await second.why(), "revoked");
  await second.directory.saveGrant(second.grant);
  assert.equal(await second.why(), "ok");
});

test("P9: a token counts for nothing once the consent is over", async () => {
  const { why, clock } = await setting({ token: { expiresAt: 900_000 } });
  clock.set(99_999);
  assert.equal(await why(), "ok");
  clock.set(100_000);
  assert.equal(await why(), "expired");
});

test("I2: a token whose account or grant is not there, or is somebody else's, counts for nothing", async () => {
  assert.equal(await (await setting({ token: { owner: "person:eve" } })).why(), "ended");
  assert.equal(await (await setting({ token: { grant: "g_none" } })).why(), "revoked");
  assert.equal(await (await setting({ token: { client: "c2" } })).why(), "revoked");
});

test("I7: a token opens what it names and what is still consented to", async () => {
  const { principal, directory, grant } = await setting({
    token: { scopes: ["files:write", "crm:read", "*", "files"] },
  });
  const before = await principal();
  assert.deepEqual([...(before.oauthScopes ?? [])], ["files:write"]);
  await directory.saveGrant({ ...grant, scopes: ["files:read"] });
  const after = await principal();
  assert.deepEqual([...(after.oauthScopes ?? [])], []);
  assert.notEqual(after, before);
});

test("I4: changed roles count at the next call; unchanged ones leave the principal as it is", async () => {
  const { principal, directory, account, tokens } = await setting();
  const before = await principal();
  await directory.save({ ...account, checkedAt: 5 });
  await directory.poll();
  assert.equal(await principal(), before);
  await directory.save({ ...account, roles: ["lead"] });
  assert.deepEqual((await principal()).roles, ["lead"]);
  tokens.forget();
  assert.deepEqual((await principal()).roles, ["lead"]);
});

test("I4: a role that needs a second factor counts only while the proof is fresh", async () => {
  const secondFactor = { roles: ["lead"], maxAgeMs: 1_000 };
  assert.deepEqual((await (await setting({ secondFactor })).principal()).roles, ["dev"]);
  const future = await setting({ secondFactor, token: { secondFactorAt: 10_001 } });
  assert.deepEqual((await future.principal()).roles, ["dev"]);
  const { principal, clock } = await setting({ secondFactor, token: { secondFactorAt: 9_500 } });
  const fresh = await principal();
  assert.deepEqual(fresh.roles, ["dev", "lead"]);
  clock.set(10_500);
  assert.equal(await principal(), fresh);
  clock.set(10_501);
  assert.deepEqual((await principal()).roles, ["dev"]);
});

test("I2: after tokens were revoked every token is looked up again; one that still stands keeps its principal", async () => {
  const { tokens, principal, known, why, asked } = await setting();
  const before = await principal();
  tokens.forget();
  assert.equal(await principal(), before);
  assert.equal(asked.length, 2);
  known.clear();
  assert.equal(await why(), "ok");
  tokens.forget();
  assert.equal(await why(), "unknown");
});

test("I2: an answer that was under way while tokens were revoked counts for nothing", async () => {
  const waiting: (() => void)[] = [];
  let token: AccessToken | undefined = TOKEN;
  const find = async (): Promise<AccessToken | undefined> => {
    const found = token;
    await new Promise<void>((resolve) => waiting.push(resolve));
    return found;
  };
  const { tokens, why } = await setting({ find });
  const answers = [why(), why()];
  token = undefined;
  tokens.forget();
  assert.equal(waiting.length, 1);
  waiting.shift()?.();
  await new Promise((resolve) => setImmediate(resolve));
  waiting.shift()?.();
  assert.deepEqual(await Promise.all(answers), ["unknown", "unknown"]);
});

test("I2: a refusal is remembered for a second and no longer", async () => {
  const { why, known, clock, asked } = await setting();
  const other = "B".repeat(43);
  assert.equal(await why(other), "unknown");
  known.set(other, TOKEN);
  clock.set(10_999);
  assert.equal(await why(other), "unknown");
  assert.equal(asked.length, 1);
  clock.set(11_000);
  assert.equal(await why(other), "ok");
});

test("L6: a flood of made-up tokens pushes out no real one, and waits in no endless queue", async () => {
  const { why, asked } = await setting();
  assert.equal(await why(), "ok");
  for (let n = 0; n < 30_000; n++) await why(`made-up-${n}-${"x".repeat(30)}`);
  const before = asked.length;
  assert.equal(await why(), "ok");
  assert.equal(asked.length, before);
  const slow = await setting({ find: () => new Promise(() => {}) });
  for (let n = 0; n < 1_000; n++) void slow.tokens.authenticate(`slow-${n}-${"x".repeat(30)}`, undefined);
  await assert.rejects(
    async () => slow.tokens.authenticate(BEARER, undefined),
    (error) => error instanceof Refused && error.refusal.code === "control_failed",
  );
});

test("I2: while tokens or accounts cannot be looked up nobody is let in, and no refusal is remembered", async () => {
  let broken = true;
  const find = async () => (broken ? Promise.reject(new Error("disk at /secret")) : TOKEN);
  const { tokens, why } = await setting({ find });
  await assert.rejects(
    async () => tokens.authenticate(BEARER, undefined),
    (error) => error instanceof Refused && error.refusal.code === "control_failed" && !/secret/.test(error.message),
  );
  broken = false;
  assert.equal(await why(), "ok");
});

test("I2: what cannot be a token is looked up nowhere", async () => {
  const { why, asked } = await setting();
  for (const bearer of [
    "",
    "short",
    "x".repeat(257),
    "a.b.c",
    `${"a".repeat(30)}.${"b".repeat(30)}.${"c".repeat(30)}`,
    "é".repeat(40),
  ])
    assert.equal(await why(bearer), "malformed", bearer);
  assert.deepEqual(asked, []);
});

test("I4: a token of an external authorization server counts at each resource that it names", async () => {
  const jwt = `${"a".repeat(30)}.${"b".repeat(30)}.${"c".repeat(30)}`;
  const { audience: _, ...rest } = TOKEN;
  const token: ExternalToken = { ...rest, audience: [`${BASE}/mcp`, `${BASE}/mcp/files`] };
  let checked = 0;
  const external = async (bearer: string) => (checked++, bearer === jwt ? token : ("expired" as const));
  const { why, tokens } = await setting({ external, find: undefined });
  assert.deepEqual([await why(jwt), await why(jwt, "files"), await why(jwt, "crm")], ["ok", "ok", "audience"]);
  tokens.forget();
  assert.equal(await why(jwt), "ok");
  assert.equal(checked, 1);
  assert.equal(await why(`${jwt}x`), "expired");
  assert.equal(await why(), "unknown");
});
