import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { hasLocalUsers } from "../../src/domain/identity/first-administrator.ts";
import { codeOf, PASSWORD, type PeopleStage, peopleStage } from "./people-stage.ts";
import { HOUR } from "./setting.ts";

describe("The first administrator's link (I11, invariant 12)", () => {
  let set: PeopleStage;
  before(async () => {
    set = await peopleStage();
  });
  after(() => set.close());

  it("ends with the next start, after a day, and is kept as a hash alone", async () => {
    const old = String(await set.first.token());
    assert.match(old, /^[A-Za-z0-9_-]{43}$/);
    const token = String(await set.first.token());
    assert.deepEqual([await set.first.counts(old), await set.first.counts(token)], [false, true]);
    set.clock.time += 24 * HOUR;
    assert.equal(await set.first.counts(token), false);
    for (const wrong of ["", "x", "a".repeat(43)])
      assert.equal((await set.browser().get(`/claim?token=${wrong}`)).status, 401);
  });

  it("makes one administrator, signed in, and goes on to the second factor", async () => {
    const token = String(await set.first.token());
    const browser = set.browser();
    const { fields, text } = await browser.form(`/claim?token=${token}`);
    assert.match(text, /Nobody administers this gateway yet/);
    const given = { ...fields, login: "root@example.com", password: PASSWORD, repeated: PASSWORD };
    const faults = [
      [{ ...given, repeated: "something else 1" }, /differ/],
      [{ ...given, password: "short", repeated: "short" }, /at least 12/],
      [{ ...given, password: "aaaaaaaaaaaaaa", repeated: "aaaaaaaaaaaaaa" }, /easy to guess/],
      [{ ...given, login: "with space" }, /without spaces/],
      [{ ...given, login: "ada@example.com" }, /already/],
    ] as const;
    for (const [wrong, says] of faults) {
      const answer = await browser.post("/claim", wrong);
      assert.equal(answer.status, 400);
      assert.match(await answer.text(), says);
    }
    const done = await browser.post("/claim", given);
    assert.deepEqual([done.status, done.headers.get("location")], [303, "/me/second-factor"]);
    const account = set.directory.account("default", "person:root@example.com");
    assert.deepEqual(account?.roles, [
      "engineer",
      "admin:operator",
      "admin:security",
      "admin:approver",
      "admin:auditor",
    ]);

    const factor = await browser.form("/me/second-factor");
    assert.match(factor.text, /src="data:image\/svg\+xml;base64,/);
    const secret = /class="secret">([A-Z2-7 ]+)</.exec(factor.text)?.[1] ?? "";
    const wrong = await browser.post("/me/second-factor/confirm", { ...factor.fields, code: "000000" });
    assert.equal(wrong.status, 400);
    const code = codeOf(secret, set.clock.time);
    const right = await browser.post("/me/second-factor/confirm", { ...factor.fields, code });
    assert.equal(right.headers.get("location"), "/me?done=factor");
    assert.equal(await set.local.hasSecondFactor("root@example.com"), true);

    assert.equal((await set.browser().get(`/claim?token=${token}`)).status, 401, "used");
    assert.equal(await set.first.token(), undefined, "there is an administrator");
    assert.ok(!JSON.stringify([set.events, set.refused]).includes(token));
    assert.ok(!JSON.stringify([set.events, set.refused]).includes(PASSWORD));
  });

  it("is used once, however many use it at the same time", async () => {
    const other = await peopleStage();
    const token = String(await other.first.token());
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, (_, i) => other.first.redeem(token, { login: `root${i}`, password: PASSWORD })),
    );
    assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 1);
    assert.equal(other.directory.accounts("default").length, 2);
    await other.close();
  });

  it("exists where local users may be, or no provider makes anybody an administrator", () => {
    const provider = (duties: readonly ("security" | "auditor")[]) => ({
      corp: { administration: { admins: duties } },
    });
    assert.equal(hasLocalUsers({ local: true, providers: provider(["security"]) }), true);
    assert.equal(hasLocalUsers({ local: false, providers: provider(["auditor"]) }), true);
    assert.equal(hasLocalUsers({ local: false, providers: provider(["auditor", "security"]) }), false);
  });
});
