import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectArguments } from "../../src/controls/inspect-arguments.ts";
import { screenValue } from "../../src/domain/inspection/screen-value.ts";
import { callOf } from "../approvals/setting.ts";

test("S5 S1: an argument waits nowhere: what is quarantined in results is refused in arguments, before it is sent", async () => {
  const treatments = {
    secret: "mask",
    card: "mask",
    personal: "quarantine",
    hidden: "show",
    T1: "block",
    T2: "mark",
  } as const;
  const control = inspectArguments({
    treatments: () => treatments,
    screen: (value, treated) =>
      screenValue(value, { surface: "argument", treatments: treated, hashKey: new Uint8Array(32) }),
    validate: () => [],
  });
  const said = await control.judge(callOf({ to: "evil@attacker.net" }));
  assert.ok(said.kind === "deny");
  assert.deepEqual([said.refusal.code, said.refusal.rule, said.refusal.executed], ["invalid_arguments", "email", "no"]);
  assert.equal((await control.judge(callOf({ to: "somebody" }))).kind, "pass");
});
