import assert from "node:assert/strict";
import { argon2Sync } from "node:crypto";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openArtifacts } from "../../src/adapters/sqlite/artifacts.ts";
import { openDirectory } from "../../src/adapters/sqlite/directory.ts";
import { openLocalUsers } from "../../src/adapters/sqlite/local-users.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { createSealer } from "../../src/adapters/vault/sealer.ts";
import { createDirectory } from "../../src/domain/identity/directory.ts";
import { createLocalUsers } from "../../src/domain/identity/local-users.ts";
import { createPasswords, passwordFault } from "../../src/domain/identity/password.ts";
import { PER_ADDRESS, Tries } from "../../src/domain/identity/throttle.ts";
import { Refused } from "../../src/kernel/errors.ts";
import { codeOf } from "../web/people-stage.ts";
import { clockAt, folder, maker, random, ROWS } from "./setting.ts";
import type { LifecycleEvent } from "../../src/ports/records.ts";

const PASSWORD = "four plain words here";
const WRONG = { login: "ada", password: "not this one at all" };
const RIGHT = { login: "ada", password: PASSWORD };
const NOON = Date.UTC(2026, 10, 21, 12);

async function setting(path = ":memory:", clock = clockAt(NOON)) {
  const home = folder();
  const master = openMasterKey(home);
  const store = openLocalUsers(path);
  const artifacts = openArtifacts(":memory:", master, clock);
  const directory = await createDirectory(openDirectory(":memory:"), clock);
  const events: LifecycleEvent[] = [];
  const sealer = createSealer(master.derive("local users"));
  const again = () =>
    createLocalUsers({
      tenant: "t1",
      store,
      artifacts,
      directory,
      sealer,
      clock,
      random,
      issuer: "Cardea",
      record: async (event) => void events.push(event),
    });
  const users = again();
  await users.create({ login: "ada", password: PASSWORD, roles: ["dev"], reason: "test" }, await maker());
  /** Enrols a second factor; the code that confirmed it is used up. */
  const enrol = async (): Promise<string> => {
    await users.beginSecondFactor("ada", "b_1");
    const secret = String((await users.pendingSecondFactor("ada", "b_1"))?.secret);
    assert.equal(await users.confirmSecondFactor("ada", "b_1", codeOf(secret, clock.now())), true);
    clock.advance(60_000);
    return secret;
  };
  return { users, again, store, directory, events, clock, enrol };
}

describe("Local users (I4)", () => {
  it("keeps passwords as Argon2id with 19 MiB and two passes, each with a salt of its own", async () => {
    const { store, users } = await setting();
    await users.create({ login: "bob", password: PASSWORD, roles: [], reason: "test" }, await maker());
    const [ada, bob] = await store.list("t1");
    assert.match(String(ada?.password), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    assert.notEqual(ada?.password, bob?.password);
  });

  it("knows a password made elsewhere with other costs, and nothing that is not one", async () => {
    const passwords = createPasswords(random);
    const kept = await passwords.hash("pässword of mine");
    assert.equal(await passwords.matches("pa\u0308ssword of mine", kept), true, "composed or not, it is the same");
    const costs = { nonce: Buffer.alloc(16, 7), memory: 8192, passes: 3, parallelism: 2, tagLength: 32 };
    const tag = argon2Sync("argon2id", { message: "pässword of mine", ...costs });
    const bare = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
    const elsewhere = `$argon2id$v=19$m=8192,t=3,p=2$${bare(costs.nonce)}$${bare(tag)}`;
    assert.equal(await passwords.matches("pässword of mine", elsewhere), true);
    assert.equal(await passwords.matches("password of mine", kept), false);
    for (const other of ["", "plain", kept.slice(0, -3), kept.replace("argon2id", "argon2i"), undefined])
      assert.equal(await passwords.matches("pässword of mine", other), false);
  });

  it("does not hash without bound: the rest is told to come later (L6)", async () => {
    const passwords = createPasswords(random);
    const all = await Promise.allSettled(Array.from({ length: 40 }, () => passwords.matches("x", undefined)));
    const refused = all.filter((one) => one.status === "rejected");
    assert.equal(refused.length, 8);
    assert.ok(refused.every(({ reason }) => reason instanceof Refused && reason.refusal.code === "rate_limited"));
    assert.equal(await passwords.matches("x", undefined), false, "and goes on afterwards");
  });

  it("refuses passwords that are short, repeat a few characters or hold the login", () => {
    for (const [password, says] of [
      ["short", /5 characters; at least 12/],
      ["😀".repeat(11), /11 characters/],
      ["abababababababab", /easy to guess/],
      ["my ada.lovelace pw", /easy to guess/],
      ["a b c d e f g h ".repeat(80), /at most 1024/],
    ] as const)
      assert.match(String(passwordFault(password, "ada.lovelace@example.com")), says, password);
    assert.equal(passwordFault("four plain words here", "ada@example.com"), undefined);
  });

  it("verifies without a browser: password, then the code where one is enrolled", async () => {
    const { users, clock, enrol } = await setting();
    assert.deepEqual(await users.verify(RIGHT), { owner: "person:ada", login: "ada", secondFactor: false });
    const wrong = await users.verify(WRONG);
    assert.deepEqual(
      wrong,
      await users.verify({ ...WRONG, login: "nobody" }),
      "the same for a login that does not exist",
    );
    const secret = await enrol();
    assert.match(String(((await users.verify(RIGHT)) as { fault: string }).fault), /second factor/);
    const code = codeOf(secret, clock.now());
    assert.deepEqual(await users.verify({ ...RIGHT, code }), { owner: "person:ada", login: "ada", secondFactor: true });
    assert.ok("fault" in (await users.verify({ ...RIGHT, code })), "a code counts once");
  });

  it("takes a code one step early or late, never an older one than the last, and none that is not six digits", async () => {
    const { users, clock, enrol } = await setting();
    const secret = await enrol();
    const at = async (ms: number) =>
      "owner" in (await users.verify({ ...RIGHT, code: codeOf(secret, clock.now() + ms) }));
    assert.equal(await at(-60_000), false);
    assert.equal(await at(-30_000), true);
    assert.equal(await at(30_000), true);
    assert.equal(await at(0), false, "older than the last that counted");
    clock.advance(900_000);
    for (const code of ["", "12345", "1234567", "abcdef", "......"])
      assert.ok("fault" in (await users.verify({ ...RIGHT, code })), code);
  });

  it("takes one code once, however many bring it at the same time", async () => {
    const { users, clock, enrol } = await setting();
    const code = codeOf(await enrol(), clock.now());
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => users.verify({ ...RIGHT, code })));
    assert.equal(all.filter((one) => "owner" in one).length, 1);
  });

  it("slows guessing down: five tries are free, then the pause doubles up to 15 minutes", async () => {
    const { users, clock } = await setting();
    const pauses: (number | undefined)[] = [];
    for (let i = 0; i < 5; i++) await users.verify(WRONG);
    for (let i = 0; i < 12; i++) {
      const { retryAfter } = (await users.verify(WRONG)) as { retryAfter?: number };
      pauses.push(retryAfter);
      clock.advance(Number(retryAfter) * 1000);
      await users.verify(WRONG);
    }
    assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    assert.ok("fault" in (await users.verify(RIGHT)), "the right one waits too");
    clock.advance(900_000);
    assert.ok("owner" in (await users.verify(RIGHT)));
    assert.equal(
      ((await users.verify(WRONG)) as { retryAfter?: number }).retryAfter,
      undefined,
      "a success begins anew",
    );
  });

  it("is not got round by many at once, by a restart, or by asking for the second step alone", async () => {
    const { users, again, clock, enrol } = await setting();
    const secret = await enrol();
    const many = await Promise.all(Array.from({ length: 30 }, () => users.verify(WRONG)));
    assert.equal(many.filter((one) => "retryAfter" in one).length, 25);
    const restarted = again();
    assert.ok("retryAfter" in ((await restarted.verify(RIGHT)) as object), "the store remembers");
    clock.advance(1_000);
    await users.verify({ ...RIGHT, code: "000000" });
    assert.ok("retryAfter" in (await users.code("ada", codeOf(secret, clock.now()))));
    assert.ok("retryAfter" in (await users.password(RIGHT)));
  });

  it("a right password without the code does not begin the counting anew", async () => {
    const { users, enrol } = await setting();
    await enrol();
    for (let i = 0; i < 5; i++) assert.deepEqual(await users.password(RIGHT), { login: "ada", needsCode: true });
    assert.ok("retryAfter" in (await users.password(RIGHT)));
  });

  it("slows an address down over many logins: 50 tries in 15 minutes are free", () => {
    const clock = clockAt(NOON);
    const tries = new Tries(PER_ADDRESS, clock);
    for (let i = 0; i < 50; i++) {
      assert.equal(tries.pause("192.0.2.1"), 0);
      tries.count("192.0.2.1");
      clock.advance(17_400);
    }
    tries.count("192.0.2.1");
    assert.equal(tries.pause("192.0.2.1"), 2_000);
    assert.equal(tries.pause("192.0.2.2"), 0);
    clock.advance(31_000);
    assert.equal(tries.pause("192.0.2.1"), 0, "15 minutes after the first");
  });

  it("nobody on the network keeps a person out: not from another address for long, and never from the command line", async () => {
    const { users, clock } = await setting();
    for (let i = 0; i < 6; i++) await users.verify(WRONG, "192.0.2.1");
    assert.ok("retryAfter" in (await users.verify(RIGHT, "192.0.2.1")));
    assert.ok("owner" in (await users.verify(RIGHT, "192.0.2.2")), "another address");
    assert.ok("owner" in (await users.verify(RIGHT)), "the command line");
    for (let i = 0; i < 31; i++) await users.verify(WRONG, `198.51.100.${i}`);
    assert.ok("retryAfter" in (await users.verify(RIGHT, "192.0.2.2")), "all addresses together are slowed down");
    assert.ok("owner" in (await users.verify(RIGHT)));
    clock.advance(60_000);
    assert.ok("owner" in (await users.verify(RIGHT, "192.0.2.2")), "for a minute at most");
    for (let i = 0; i < 6; i++) await users.verify(WRONG);
    assert.ok("owner" in (await users.verify(RIGHT, "192.0.2.2")), "nor do commands keep anybody from signing in");
  });

  it("after a restart a login that exists answers like one that does not", async () => {
    const { users, again } = await setting();
    for (const login of ["ada", "nobody"])
      for (let i = 0; i < 6; i++) await users.verify({ ...WRONG, login }, "192.0.2.1");
    const restarted = again();
    const [ada, nobody] = [WRONG, { ...WRONG, login: "nobody" }].map((given) => restarted.verify(given, "192.0.2.1"));
    assert.deepEqual(await ada, await nobody);
  });

  it("records once a minute who is slowed down, with how often", async () => {
    const { users, events, clock } = await setting();
    for (let i = 0; i < 5; i++) await users.verify(WRONG, "192.0.2.1");
    const throttled = () => events.filter(({ reason }) => reason === "throttled");
    for (let i = 0; i < 20; i++) await users.verify(WRONG, "192.0.2.1");
    assert.deepEqual(
      throttled().map(({ type, owner, detail }) => [type, owner, detail]),
      [["signin.failed", "person:ada", { provider: "local", tries: 1 }]],
    );
    clock.advance(60_000);
    for (let i = 0; i < 5; i++) await users.verify(WRONG, "192.0.2.1");
    assert.deepEqual(throttled()[1]?.detail, { provider: "local", tries: 20 });
    for (let i = 0; i < 7; i++) await users.verify({ ...WRONG, login: "nobody" }, "192.0.2.1");
    assert.equal(throttled()[2]?.owner, undefined);
    assert.doesNotMatch(JSON.stringify(events), /nobody/);
  });

  it("records every failed proof, without the password", async () => {
    const { users, events } = await setting();
    await users.verify(WRONG);
    await users.verify({ ...WRONG, login: "nobody" });
    assert.deepEqual(
      events.map(({ type, owner, reason }) => [type, owner, reason]),
      [
        ["account.created", "person:ada", "test"],
        ["signin.failed", "person:ada", "password_wrong"],
        ["signin.failed", undefined, "password_wrong"],
      ],
    );
    assert.doesNotMatch(JSON.stringify(events), /not this one|nobody/);
  });

  it("an ended account proves nothing; an account of another source neither", async () => {
    const { users, directory } = await setting();
    await directory.end("t1", "person:ada");
    assert.ok("fault" in (await users.verify(RIGHT)));
    const taken = { tenant: "t1", owner: "person:cy", source: "corp", sub: "1", roles: [], createdAt: 1, checkedAt: 1 };
    await directory.save(taken);
    await assert.rejects(
      users.create({ login: "cy", password: PASSWORD, roles: [], reason: "test" }, await maker()),
      /already/,
    );
  });

  it("an administrator sets a new password and removes a lost second factor; both take effect at once", async () => {
    const { users, enrol } = await setting();
    await enrol();
    for (let i = 0; i < 6; i++) await users.verify(WRONG);
    assert.equal(await users.setPassword("ada", "another four words"), true);
    assert.equal(await users.removeSecondFactor("ada"), true);
    assert.ok("fault" in (await users.verify(RIGHT)));
    assert.ok("owner" in (await users.verify({ login: "ada", password: "another four words" })));
    assert.equal(await users.setPassword("nobody", "another four words"), false);
    await assert.rejects(users.setPassword("ada", "short"), /at least 12/);
  });

  it("a second factor counts only after its first code, and its secret is sealed to its person", async () => {
    const { users, store, enrol } = await setting();
    await users.beginSecondFactor("ada", "b_1");
    assert.equal(await users.confirmSecondFactor("ada", "b_1", "000000"), false);
    assert.equal(await users.hasSecondFactor("ada"), false);
    assert.ok("owner" in (await users.verify(RIGHT)), "nobody locks themselves out by beginning");
    const secret = await enrol();
    await users.create({ login: "bob", password: PASSWORD, roles: [], reason: "test" }, await maker());
    const sealed = String((await store.find("t1", "ada"))?.totp);
    assert.ok(!sealed.includes(secret));
    await store.setSecondFactor("t1", "bob", { sealed, step: 0 });
    await assert.rejects(users.verify({ ...RIGHT, login: "bob", code: "123456" }), /does not open/);
  });

  it("an enrolment is of the browser session that asked for it; no other sees or ends it", async () => {
    const { users, clock } = await setting();
    await users.beginSecondFactor("ada", "b_1");
    const secret = String((await users.pendingSecondFactor("ada", "b_1"))?.secret);
    assert.equal(await users.pendingSecondFactor("ada", "b_2"), undefined);
    assert.equal(await users.confirmSecondFactor("ada", "b_2", codeOf(secret, clock.now())), false);
    assert.equal(await users.confirmSecondFactor("ada", "b_1", codeOf(secret, clock.now())), true);
  });

  it("an enrolment ends with its fifth wrong code, also of many at once, and that is recorded once", async () => {
    const { users, events, clock } = await setting();
    await users.beginSecondFactor("ada", "b_1");
    const secret = String((await users.pendingSecondFactor("ada", "b_1"))?.secret);
    await Promise.all(Array.from({ length: 60 }, () => users.confirmSecondFactor("ada", "b_1", "x")));
    assert.equal(await users.pendingSecondFactor("ada", "b_1"), undefined);
    assert.equal(await users.confirmSecondFactor("ada", "b_1", codeOf(secret, clock.now())), false);
    const failed = events.filter(({ type }) => type === "signin.failed");
    assert.deepEqual(
      failed.map(({ owner, reason }) => [owner, reason]),
      [["person:ada", "code_wrong"]],
    );
    await users.beginSecondFactor("ada", "b_1");
    const next = String((await users.pendingSecondFactor("ada", "b_1"))?.secret);
    assert.notEqual(next, secret);
    for (let i = 0; i < 4; i++) await users.confirmSecondFactor("ada", "b_1", "x");
    assert.equal(await users.confirmSecondFactor("ada", "b_1", codeOf(next, clock.now())), true);
  });

  it("a login has letters, digits and . _ - + @, and begins with a letter or digit", async () => {
    const { users } = await setting();
    const make = async (login: string) =>
      users.create({ login, password: PASSWORD, roles: [], reason: "test" }, await maker());
    for (const login of [
      "<script>alert(1)</script>",
      "../../x",
      "a/b",
      ".a",
      "@a",
      "a b",
      "a\u202eb",
      "",
      "x".repeat(129),
    ])
      await assert.rejects(make(login), /A login has letters, digits/, login);
    for (const login of ["a.b_c-d+e@example.com", "9", "x".repeat(128)]) assert.ok(await make(login));
  });

  it("keeps its users over a restart (survives the end of the process)", async () => {
    const path = join(folder(), "cardea.db");
    const clock = clockAt(NOON);
    const first = openLocalUsers(path, ROWS);
    await first.create({ tenant: "t1", login: "ada", password: "$argon2id$x", createdAt: clock.now() });
    await assert.rejects(first.create({ tenant: "t1", login: "ada", password: "$argon2id$x", createdAt: 1 }));
    await first.countTry("t1", "ada", 5);
    const second = openLocalUsers(path, ROWS);
    assert.equal((await second.find("t1", "ada"))?.failures, 1);
    assert.equal(await second.find("t2", "ada"), undefined);
    assert.equal(await second.useStep("t1", "ada", 7), true);
    assert.equal(await first.useStep("t1", "ada", 7), false);
    await first.close();
    await second.close();
  });
});
