import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { grantId } from "../../src/domain/identity/directory.ts";
import type { ProviderRules } from "../../src/domain/identity/provider-rules.ts";
import type { Checked, Identity, Logout, SignInProvider } from "../../src/ports/sign-in-provider.ts";
import { peopleStage } from "../web/people-stage.ts";
import { HOUR } from "../web/setting.ts";

const MINUTE = 60_000;
const ADA = "person:ada@corp.example";
const RULES: ProviderRules = {
  roles: { engineering: ["engineer"], constructor: ["never"] },
  administration: {},
  checkMs: 15 * MINUTE,
  secondFactor: { acr: [], amr: ["mfa"] },
};
const IDENTITY: Identity = {
  sub: "s1",
  login: "ada@corp.example",
  groups: ["engineering"],
  amr: ["mfa"],
  refreshToken: "r0",
  sid: "sid1",
};

/** A provider whose answers the test gives, so that time and faults are in its hand. */
async function setting(identity: Identity = IDENTITY) {
  const answers = {
    identity,
    checked: { found: "present", identity } as Checked,
    logout: undefined as Logout | undefined,
  };
  const asked: string[] = [];
  let hold: Promise<void> | undefined;
  const provider: SignInProvider = {
    begin: async () => ({ url: "https://login.example/", kept: {} }),
    finish: async () => answers.identity,
    async check(refreshToken) {
      asked.push(refreshToken);
      await hold;
      return answers.checked;
    },
    logout: async () => answers.logout,
  };
  const set = await peopleStage({ providers: new Map([["corp", { provider, rules: RULES }]]) });
  await set.close();
  const signIn = async () => {
    const { ticket } = await set.signIn.begin("corp", "https://here.example/cb", { to: "/me", again: false });
    const { who } = await set.signIn.finish("corp", ticket, new URL("https://here.example/cb"));
    return set.sessions.begin(who);
  };
  return {
    ...set,
    answers,
    asked,
    enter: signIn,
    roles: () => set.directory.account("default", ADA)?.roles,
    account: () => set.directory.account("default", ADA),
    wait: (until: Promise<void> | undefined) => void (hold = until),
    /** Time goes on, and everybody is looked up. */
    async after(ms: number) {
      set.clock.time += ms;
      await set.signIn.checkPeople();
    },
  };
}

describe("People are followed at their provider (I4, I9)", () => {
  it("nobody is looked up before it is time, nor who has nothing that works", async () => {
    const set = await setting();
    const { session } = await set.enter();
    await set.after(14 * MINUTE);
    assert.deepEqual(set.asked, []);
    await set.after(MINUTE);
    assert.deepEqual(set.asked, ["r0"]);
    await set.sessions.end(session.id);
    await set.after(HOUR);
    assert.deepEqual(set.asked, ["r0"]);
  });

  it("a key or a consent alone is enough to be looked up", async () => {
    const set = await setting();
    await set.enter();
    await set.sessions.endAll("default", ADA);
    const who = { tenant: "default", owner: ADA, environment: "dev", createdAt: 1 };
    set.keys.push({ ...who, id: "k_1", roles: [], plan: "default", revokedAt: 5 });
    await set.after(HOUR);
    assert.equal(set.asked.length, 0, "a revoked key is none");
    set.keys.push({ ...who, id: "k_2", roles: [], plan: "default" });
    await set.after(HOUR);
    assert.equal(set.asked.length, 1);
    set.keys.length = 0;
    const grant = { id: grantId("default", ADA, "c"), client: "c", clientName: "C", scopes: [] };
    await set.directory.saveGrant({ ...who, ...grant, expiresAt: set.clock.time + 3 * HOUR });
    await set.after(HOUR);
    assert.equal(set.asked.length, 2);
    await set.after(3 * HOUR);
    assert.equal(set.asked.length, 2, "the consent is over");
  });

  it("a rotated refresh token is the one that is used next", async () => {
    const set = await setting();
    await set.enter();
    set.answers.checked = { found: "present", identity: { ...IDENTITY, refreshToken: "r1" } };
    await set.after(15 * MINUTE);
    set.answers.checked = { found: "unknown", refreshToken: "r2" };
    await set.after(15 * MINUTE);
    await set.after(MINUTE);
    assert.deepEqual(set.asked, ["r0", "r1", "r2"]);
  });

  it("without an answer for more than four checks nothing works; with the next answer everything does again", async () => {
    const set = await setting();
    await set.enter();
    set.answers.checked = { found: "unknown" };
    for (let i = 0; i < 4; i++) await set.after(15 * MINUTE);
    assert.deepEqual(set.roles(), ["engineer"]);
    await set.after(MINUTE);
    assert.deepEqual(set.roles(), []);
    const held = set.account();
    assert.ok(held);
    assert.equal(await set.signIn.renew(held), false);
    assert.equal(set.events.at(-1)?.reason, "provider_unanswered");
    set.answers.checked = { found: "present", identity: IDENTITY };
    await set.after(MINUTE);
    assert.deepEqual(set.roles(), ["engineer"]);
    assert.equal(held.endedAt, undefined);
  });

  it("who is removed has no roles, and is told once; signing in again brings them back", async () => {
    const set = await setting();
    await set.enter();
    set.answers.checked = { found: "removed" };
    await set.after(15 * MINUTE);
    assert.deepEqual(set.roles(), []);
    assert.deepEqual(set.ended, [`removed ${ADA} provider:corp`]);
    await set.after(15 * MINUTE);
    assert.equal(set.ended.length, 1);
    await set.enter();
    assert.deepEqual(set.roles(), ["engineer"]);
  });

  it("a provider that gives no refresh token is believed as long as a session lasts", async () => {
    const { refreshToken: _, ...without } = IDENTITY;
    const set = await setting(without);
    await set.enter();
    set.keys.push({
      id: "k_1",
      tenant: "default",
      owner: ADA,
      roles: [],
      environment: "dev",
      plan: "default",
      createdAt: 1,
    });
    await set.after(24 * HOUR - 1);
    assert.deepEqual(set.roles(), ["engineer"]);
    await set.after(MINUTE);
    assert.deepEqual(set.roles(), []);
    assert.equal(set.events.at(-1)?.reason, "sign_in_too_old");
    assert.deepEqual(set.asked, []);
  });

  it("a renewal looks the person up, at most every 30 s, and once for many at the same time", async () => {
    const set = await setting();
    await set.enter();
    const account = set.account();
    assert.ok(account);
    assert.equal(await set.signIn.renew(account), true);
    assert.equal(set.asked.length, 0, "signed in a moment ago");
    set.clock.time += 30_000;
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => set.signIn.renew(account))), [true, true, true]);
    assert.equal(set.asked.length, 1);
    await set.directory.end("default", ADA);
    set.clock.time += 30_000;
    assert.equal(await set.signIn.renew(account), false);
    assert.equal(await set.signIn.renew({ ...account, source: "gone", owner: "person:x" }), false);
    const local = set.directory.account("default", "person:ada@example.com");
    assert.ok(local);
    assert.equal(await set.signIn.renew(local), true, "a local person has no provider");
  });

  it("what was said of an older refresh token ends nobody who signed in meanwhile", async () => {
    const set = await setting();
    await set.enter();
    set.clock.time += 15 * MINUTE;
    let go = (): void => {};
    set.wait(new Promise((resolve) => (go = resolve)));
    set.answers.checked = { found: "removed" };
    const checking = set.signIn.checkPeople();
    await new Promise((resolve) => setImmediate(resolve));
    set.answers.identity = { ...IDENTITY, refreshToken: "r9" };
    await set.enter();
    go();
    await checking;
    assert.deepEqual([set.roles(), set.ended], [["engineer"], []]);
  });

  it("an account that ended while the provider was asked stays ended", async () => {
    const set = await setting();
    await set.enter();
    set.clock.time += 15 * MINUTE;
    let go = (): void => {};
    set.wait(new Promise((resolve) => (go = resolve)));
    const checking = set.signIn.checkPeople();
    await new Promise((resolve) => setImmediate(resolve));
    await set.directory.end("default", ADA);
    go();
    await checking;
    assert.notEqual(set.account()?.endedAt, undefined);
  });

  it("a logout token ends the person's access once, by sub or by session; a replayed one ends nothing", async () => {
    const set = await setting();
    await set.enter();
    const logout = { jti: "j1", expiresAt: set.clock.time + MINUTE };
    assert.equal(await set.signIn.logout("corp", "t"), false);
    set.answers.logout = { ...logout, sub: "s1" };
    assert.equal(await set.signIn.logout("corp", "t"), true);
    assert.deepEqual(set.ended, [`access ${ADA} provider:corp`]);
    assert.equal((await set.sessions.ofOwner("default", ADA)).length, 0);
    assert.equal(await set.signIn.logout("corp", "t"), false, "replayed");
    set.answers.logout = { ...logout, jti: "j2", sid: "sid1" };
    assert.equal(await set.signIn.logout("corp", "t"), true);
    set.answers.logout = { ...logout, jti: "j3", sub: "nobody" };
    assert.equal(await set.signIn.logout("corp", "t"), true);
    assert.equal(set.ended.length, 2);
    assert.equal(await set.signIn.logout("none", "t"), false);
    assert.equal(set.account()?.endedAt, undefined, "the account stays");
  });

  it("a second factor that the provider vouches for is in the session; groups of no role give none", async () => {
    const set = await setting({ ...IDENTITY, groups: ["engineering", "hasOwnProperty", "x"], authAt: 1_000 });
    const { session } = await set.enter();
    assert.deepEqual([session.authAt, session.secondFactorAt], [1_000, 1_000]);
    assert.deepEqual(set.roles(), ["engineer"]);
    const other = await setting({ ...IDENTITY, amr: ["pwd"] });
    assert.equal((await other.enter()).session.secondFactorAt, undefined);
  });

  it("nobody is signed in where it cannot be recorded", async () => {
    const set = await setting();
    set.events.push = () => {
      throw new Error("the record is lost");
    };
    await assert.rejects(set.enter());
    assert.equal((await set.sessions.ofOwner("default", ADA)).length, 0);
  });
});
