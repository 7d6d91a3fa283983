import assert from "node:assert/strict";
import { test } from "node:test";
import { openDirectory } from "../../src/adapters/sqlite/directory.ts";
import { createDirectory, grantId } from "../../src/domain/identity/directory.ts";
import { type AccountEvent, createExternalTokens } from "../../src/domain/identity/external-tokens.ts";
import type { IssuedToken } from "../../src/ports/token-issuer.ts";
import { clockAt } from "./setting.ts";

const DAY = 86_400_000;
const NOW = 100 * DAY;
const BASE = "https://mcp.example.com/mcp";
const TOKEN: IssuedToken = {
  subject: "https://idp.example u1",
  client: "c1",
  machine: false,
  login: "ada@example.com",
  groups: ["eng", "unmapped", "constructor"],
  scopes: ["files:read"],
  audience: [BASE],
  issuedAt: NOW,
  expiresAt: NOW + 600_000,
};
const GRANT = grantId("t1", "person:ada@example.com", "c1");

async function setting(record: (event: AccountEvent) => Promise<void> = async () => {}) {
  const clock = clockAt(NOW);
  const store = openDirectory(":memory:");
  const directory = await createDirectory(store, clock);
  const events: AccountEvent[] = [];
  let next: IssuedToken | "expired" = TOKEN;
  const read = createExternalTokens({
    issuer: { verify: async () => next, close: async () => {} },
    directory,
    clock,
    log: { info() {}, warn() {}, error() {} },
    tenant: "t1",
    environment: "dev",
    roles: { eng: ["engineer"], ops: ["lead", "engineer"] },
    isResource: (audience) => audience === BASE || audience.startsWith(`${BASE}/`),
    async record(event) {
      await record(event);
      events.push(event);
    },
  });
  const come = (token: Partial<IssuedToken> = {}) => {
    next = { ...TOKEN, ...token };
    return read("x");
  };
  return { clock, store, directory, events, come, expire: () => ((next = "expired"), read("x")) };
}

test("I4: a token of the external server makes an account with mapped roles, and a grant", async () => {
  const { come, directory, events } = await setting();
  assert.deepEqual(await come(), {
    tenant: "t1",
    owner: "person:ada@example.com",
    client: "c1",
    grant: GRANT,
    audience: [BASE],
    scopes: ["files:read"],
    environment: "dev",
    issuedAt: NOW,
    expiresAt: NOW + 600_000,
  });
  const account = directory.account("t1", "person:ada@example.com");
  assert.deepEqual([account?.roles, account?.source, account?.sub], [["engineer"], "issuer", TOKEN.subject]);
  assert.deepEqual(directory.grant(GRANT)?.scopes, ["files:read"]);
  assert.deepEqual(
    events.map((event) => event.type),
    ["account.created"],
  );
});

test("I4: roles follow the newest token; an older one changes nothing", async () => {
  const { come, directory, events } = await setting();
  const roles = () => directory.account("t1", "person:ada@example.com")?.roles;
  await come();
  await come({ groups: ["ops"], issuedAt: NOW + 1 });
  assert.deepEqual(roles(), ["engineer", "lead"]);
  await come({ groups: [], issuedAt: NOW });
  assert.deepEqual(roles(), ["engineer", "lead"]);
  await come({ groups: [], issuedAt: NOW + 2 });
  assert.deepEqual(roles(), []);
  assert.deepEqual(
    events.map((event) => event.type),
    ["account.created", "account.changed", "account.changed"],
  );
});

test("I4: tokens that say nothing new write nothing", async () => {
  const { come, store, clock, directory } = await setting();
  await come();
  const before = await store.version();
  clock.advance(600_000);
  await come({ issuedAt: NOW + 600_000 });
  assert.equal(await store.version(), before);
  clock.set(NOW + 16 * DAY);
  await come({ issuedAt: clock.now() });
  assert.equal(directory.grant(GRANT)?.expiresAt, NOW + 46 * DAY);
});

test("I9: an ended account stays ended and a revoked grant revoked, whatever the issuer signs", async () => {
  const first = await setting();
  await first.come();
  await first.directory.revokeGrant("t1", GRANT);
  assert.equal(await first.come(), "revoked");
  assert.equal(typeof (await first.come({ client: "c2" })), "object");
  await first.directory.end("t1", "person:ada@example.com");
  assert.equal(await first.come({ client: "c2" }), "ended");
  assert.equal(await first.come({ client: "c3", login: "other@example.com" }), "ended");
});

test("I2: a token for somebody else's resource leaves no trace", async () => {
  const { come, directory, expire } = await setting();
  assert.equal(await come({ audience: ["https://other.example/mcp"] }), "audience");
  assert.equal(await expire(), "expired");
  assert.deepEqual(directory.accounts("t1"), []);
});

test("I4: an account of another source is not taken over, and nobody is nobody", async () => {
  const { come, directory } = await setting();
  const owner = "person:ada@example.com";
  await directory.save({ tenant: "t1", owner, source: "corp", sub: "7", roles: ["lead"], createdAt: 1, checkedAt: 1 });
  assert.equal(await come(), "unknown");
  assert.deepEqual(directory.account("t1", owner)?.roles, ["lead"]);
  assert.equal(await come({ login: undefined }), "unknown");
});

test("I8: a client that acts for itself is a service", async () => {
  const { come } = await setting();
  const found = await come({ machine: true, login: undefined, client: "nightly" });
  assert.ok(typeof found === "object");
  assert.equal(found.owner, "service:nightly");
});

test("I4: the same subject keeps its account when its login changes", async () => {
  const { come } = await setting();
  await come();
  const found = await come({ login: "ada.l@example.com", client: "c2" });
  assert.ok(typeof found === "object");
  assert.equal(found.owner, "person:ada@example.com");
});

test("A1: an account that cannot be recorded is not made", async () => {
  const { come, directory } = await setting(() => Promise.reject(new Error("full")));
  await assert.rejects(come(), /full/);
  assert.deepEqual(directory.accounts("t1"), []);
});

test("I4: tokens of one person that come at once make one account", async () => {
  const { come, events } = await setting();
  await Promise.all([come(), come(), come()]);
  assert.equal(events.length, 1);
});
