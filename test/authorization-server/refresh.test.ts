import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DAY, request, type Stage, stage, token, tokens, WEB } from "./setting.ts";

const OTHER = { id: "other", name: "Other", redirects: ["https://other.example.com/callback"], assertions: false };
const BRIEF = { id: "brief", name: "Brief", redirects: ["https://brief.example.com/callback"], assertions: false };

describe("refresh tokens (OAuth 2.1, 4.3; RFC 9700, 4.14)", () => {
  let set: Stage;
  let vouched = true;
  before(async () => {
    set = await stage({ clients: [WEB, OTHER, BRIEF], renew: async () => vouched });
  });
  after(() => set.close());

  const renew = (refresh: unknown, more: Record<string, string | undefined> = {}) =>
    token(set, { grant_type: "refresh_token", client_id: "web", refresh_token: String(refresh), ...more });
  const fresh = async (owner = "ada@example.com", scope = "files:read files:write") => {
    await set.save(owner);
    const answer = await tokens(set, await set.signedIn(`person:${owner}`), { scope });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  const living = async (access: unknown) => (await set.authorization.find(String(access))) !== undefined;

  it("are exchanged at each use; what is known of the bearer stays", async () => {
    const first = await fresh();
    const second = await renew(first["refresh_token"]);
    assert.equal(second.status, 200);
    assert.notEqual(second.body["refresh_token"], first["refresh_token"]);
    const [before, now] = await Promise.all(
      [first, second.body].map((body) => set.authorization.find(String(body["access_token"]))),
    );
    assert.equal(now?.grant, before?.grant);
    assert.equal(now?.audience, before?.audience);
    assert.deepEqual(now?.scopes, before?.scopes);
  });

  it("fifty at once are one rotation: all get the same successor, and only one family lives", async () => {
    const first = await fresh();
    const answers = await Promise.all(Array.from({ length: 50 }, () => renew(first["refresh_token"])));
    assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200]);
    const successors = new Set(answers.map((answer) => answer.body["refresh_token"]));
    assert.equal(successors.size, 1);
    // A second round within the grace still has one end.
    const [successor] = successors;
    const next = await Promise.all(
      Array.from({ length: 50 }, (_, i) => renew(i % 2 ? successor : first["refresh_token"])),
    );
    const ends = new Set(next.map((answer) => answer.body["refresh_token"]));
    assert.ok(ends.size <= 2 && ends.has(successor), "the used one leads to its successor, that one to its own");
  });

  it("used again after the grace end the whole family, and that is recorded", async () => {
    const first = await fresh();
    const second = await renew(first["refresh_token"]);
    set.ahead.ms += 11_000;
    const stolen = await renew(first["refresh_token"]);
    assert.deepEqual([stolen.status, stolen.body["error"]], [400, "invalid_grant"]);
    const event = set.events.at(-1);
    assert.equal(event?.type, "token.reuse");
    assert.equal(event?.owner, "person:ada@example.com");
    assert.equal((await renew(second.body["refresh_token"])).body["error"], "invalid_grant");
    assert.equal(await living(second.body["access_token"]), false);
  });

  it("narrow, and never widen (RFC 6749, 6)", async () => {
    const first = await fresh();
    const narrow = await renew(first["refresh_token"], { scope: "files:read" });
    assert.equal(narrow.body["scope"], "files:read");
    const wide = await renew(narrow.body["refresh_token"], { scope: "files:read crm:read" });
    assert.equal(wide.body["error"], "invalid_scope");
    const other = await renew(narrow.body["refresh_token"], { resource: `${set.base}/mcp/files` });
    assert.equal(other.body["error"], "invalid_target");
  });

  it("are of one client", async () => {
    const first = await fresh();
    assert.equal((await renew(first["refresh_token"], { client_id: "other" })).body["error"], "invalid_grant");
    assert.equal((await renew(first["refresh_token"])).status, 200);
  });

  it("end with the account", async () => {
    const first = await fresh("eve@example.com");
    await set.people.end("default", "person:eve@example.com");
    assert.equal((await renew(first["refresh_token"])).body["error"], "invalid_grant");
  });

  it("end where the account's source does not vouch for it any more (I4)", async () => {
    const first = await fresh("mallory@example.com");
    vouched = false;
    const refused = await renew(first["refresh_token"]);
    vouched = true;
    assert.equal(refused.body["error"], "invalid_grant");
  });

  it("end with the consent, revoked or over", async () => {
    const revoked = await fresh("bob@example.com");
    const grant = (await set.authorization.find(String(revoked["access_token"])))?.grant ?? "";
    await set.people.revokeGrant("default", grant);
    assert.equal((await renew(revoked["refresh_token"])).body["error"], "invalid_grant");
    const over = await fresh("carol@example.com");
    const mine = set.people.grantsOf("default", "person:carol@example.com")[0];
    assert.ok(mine !== undefined);
    await set.people.saveGrant({ ...mine, expiresAt: set.clock.now() - 1 });
    assert.equal((await renew(over["refresh_token"])).body["error"], "invalid_grant");
  });

  it("are worth what the person's roles still allow", async () => {
    const first = await fresh("dan@example.com", "files:read crm:read");
    await set.save("dan@example.com", { roles: ["reader"] });
    const less = await renew(first["refresh_token"]);
    assert.equal(less.body["scope"], "files:read");
    await set.save("dan@example.com", { roles: [] });
    assert.equal((await renew(less.body["refresh_token"])).body["error"], "invalid_grant");
  });

  it("end at once with their grant g_…, access tokens too, and no other client's", async () => {
    const mine = await fresh("frank@example.com");
    const browser = await set.signedIn("person:frank@example.com");
    const other = (await tokens(set, browser, { client: "other", redirect: OTHER.redirects[0], scope: "files:read" }))
      .body;
    const before = await set.artifacts.version();
    const grant = (await set.authorization.find(String(mine["access_token"])))?.grant ?? "";
    await set.authorization.endGrant("another", grant);
    assert.equal(await living(mine["access_token"]), true);
    await set.authorization.endGrant("default", grant);
    assert.equal(await living(mine["access_token"]), false);
    assert.equal((await renew(mine["refresh_token"])).body["error"], "invalid_grant");
    assert.equal(await living(other["access_token"]), true);
    assert.notEqual(await set.artifacts.version(), before);
  });

  it("live no longer than their consent, however often they are renewed", async () => {
    const browser = await set.signedIn();
    const page = await browser.open(
      request(set, { client: "brief", redirect: BRIEF.redirects[0], scope: "files:read" }).url,
    );
    assert.deepEqual(
      page.form?.spans.map(Number),
      [90, 1 / 24, 1, 7, 30].map((days) => days * DAY),
    );
    assert.ok(page.form !== undefined);
    const hour = { ...page, form: { ...page.form, spans: page.form.spans.slice(1) } };
    assert.ok((await browser.allow(hour)).left?.searchParams.get("code"));
    const [grant] = await set.artifacts.ofOwner("default", "Grant", "person:ada@example.com");
    assert.ok(Number(grant?.payload["exp"]) * 1000 - set.clock.now() <= DAY / 24);
    const [code] = await set.artifacts.ofOwner("default", "AuthorizationCode", "person:ada@example.com");
    assert.equal(code?.payload["grantId"], grant?.payload["jti"]);
  });
});
