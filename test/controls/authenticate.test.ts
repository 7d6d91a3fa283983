import assert from "node:assert/strict";
import { test } from "node:test";
import { authenticate } from "../../src/controls/authenticate.ts";
import { CALL } from "../pipeline/setting.ts";

const { principal } = CALL;
const arrived = (bearer: string | undefined, endpoint?: string) => ({ ...CALL, bearer, endpoint });

test("I1: a request without a credential is told of both ways to have one", () => {
  const verdict = authenticate(
    () => assert.fail(),
    () => assert.fail(),
  ).judge(arrived(undefined));
  assert.ok("kind" in verdict && verdict.kind === "deny");
  assert.equal(verdict.refusal.code, "unauthenticated");
  assert.match(verdict.refusal.message, /WWW-Authenticate.*ck_/);
});

test("I2 and I5: what begins with ck_ is a key and never a token; everything else is a token, at its endpoint", async () => {
  const seen: unknown[] = [];
  const control = authenticate(
    (bearer) => (seen.push(["key", bearer]), { ok: true, principal }),
    async (bearer, endpoint) => (seen.push(["token", bearer, endpoint]), { ok: true, principal }),
  );
  assert.equal((await control.judge(arrived("ck_dev_x"))).kind, "pass");
  assert.equal((await control.judge(arrived("abc", "files"))).kind, "pass");
  assert.deepEqual(seen, [
    ["key", "ck_dev_x"],
    ["token", "abc", "files"],
  ]);
});

test("I2: the reason of a refused credential is for the record alone", async () => {
  const control = authenticate(
    () => ({ ok: false, reason: "revoked" }),
    () => Promise.resolve({ ok: false, reason: "audience" }),
  );
  const key = await control.judge(arrived("ck_dev_x"));
  const token = await control.judge(arrived("abc"));
  assert.ok(key.kind === "deny" && token.kind === "deny");
  assert.deepEqual([key.refusal.control, key.refusal.secretReason], ["I5", "revoked"]);
  assert.deepEqual([token.refusal.control, token.refusal.secretReason], ["I2", "audience"]);
  assert.doesNotMatch(key.refusal.message + token.refusal.message, /audience/);
  const none = await authenticate(() => assert.fail()).judge(arrived("abc"));
  assert.equal(none.kind, "deny");
});
