import assert from "node:assert/strict";
import { test } from "node:test";
import { type Control, deny, pass } from "../../src/kernel/control.ts";
import { Ending } from "../../src/kernel/ending.ts";
import { Refused } from "../../src/kernel/errors.ts";
import type { Identified } from "../../src/kernel/call.ts";
import { CALL, stage } from "./setting.ts";

const REFUSAL = { code: "needs_person", message: "Wait." } as const;
const ARRIVED = { id: "c_1", at: 1_000, started: 0, endpoint: undefined, bearer: "ck_x" };
const present = JSON.stringify;

/** Held at first, then whatever comes. */
function once(wait: () => Promise<boolean>, question?: { resultType: string }) {
  let asked = 0;
  const judge: Control<never>["judge"] = (call) =>
    asked++ === 0 ? { kind: "hold", refusal: REFUSAL, pending: { wait, ...(question && { question }) } } : pass(call);
  return judge;
}

const identify: Control<never>["judge"] = (call) =>
  pass({ ...(call as object), principal: CALL.principal } as unknown as never);

test("H1: after a wait everything is judged again, from the credential on", async () => {
  const { engine, steps, records } = stage({
    controls: { authenticate: identify, "ask-person": once(async () => true) },
  });
  const answer = await engine.forward(CALL, present, ARRIVED);
  assert.equal(answer.kind, "result");
  for (const control of [
    "authenticate",
    "limit-rate",
    "locate-target",
    "check-pin",
    "validate-arguments",
    "ask-person",
  ])
    assert.equal(steps.filter((step) => step === `run ${control}`).length, control === "authenticate" ? 1 : 2, control);
  assert.deepEqual(
    records.map(({ kind }) => kind),
    ["intent", "outcome"],
  );
});

test("H1: who was ended, or changed, while the call waited is refused, and nothing is sent", async () => {
  const ended = stage({
    controls: {
      authenticate: () => deny({ code: "unauthenticated", message: "It was ended." }),
      "ask-person": once(async () => true),
    },
  });
  const answer = await ended.engine.forward(CALL, present, ARRIVED);
  assert.equal(answer.kind === "refusal" && answer.refusal.code, "unauthenticated");
  const other: Control<never>["judge"] = (call) =>
    pass({ ...(call as object), principal: { ...CALL.principal, owner: "person:eve" } } as unknown as never);
  const changed = stage({ controls: { authenticate: other, "ask-person": once(async () => true) } });
  const refused = await changed.engine.forward(CALL, present, ARRIVED);
  assert.equal(refused.kind === "refusal" && refused.refusal.code, "control_failed");
  assert.deepEqual([ended.sent.length, changed.sent.length], [0, 0]);
});

test("H1: who decided nothing in time is asked, or told, and the record says hold", async () => {
  const told = stage({ controls: { "ask-person": once(async () => false) } });
  const answer = await told.engine.forward(CALL, present, ARRIVED);
  assert.equal(answer.kind === "refusal" && answer.refusal.code, "needs_person");
  const asked = stage({ controls: { "ask-person": once(async () => false, { resultType: "input_required" }) } });
  const question = await asked.engine.forward(CALL, present, ARRIVED);
  assert.equal(question.kind === "result" && question.result["resultType"], "input_required");
  for (const { records, sent } of [told, asked]) {
    assert.deepEqual(
      records.map(({ decision, reason, executed }) => [decision, reason, executed]),
      [["hold", "needs_person", "no"]],
    );
    assert.equal(sent.length, 0);
  }
});

test("H1 I9: a credential that ends while the call waits ends it; a store that is lost refuses", async () => {
  const signal = new Ending();
  const gone = async (): Promise<boolean> => {
    signal.abort(new Refused({ code: "unauthenticated", message: "The key was revoked." }));
    return true;
  };
  const call = { ...CALL, talk: { ...CALL.talk, signal } };
  const { engine, sent } = stage({ controls: { authenticate: identify, "ask-person": once(gone) } });
  const answer = await engine.forward(call, present, ARRIVED);
  assert.equal(answer.kind === "refusal" && answer.refusal.code, "unauthenticated");
  const lost = stage({ controls: { "ask-person": once(() => Promise.reject(new Error("locked"))) } });
  const refused = await lost.engine.forward(CALL, present, ARRIVED);
  assert.equal(refused.kind === "refusal" && refused.refusal.code, "control_failed");
  assert.deepEqual([sent.length, lost.sent.length], [0, 0]);
});

test("H1: a later leg of a call is identified anew", async () => {
  let asked: Identified | undefined;
  const { engine } = stage({
    controls: {
      authenticate: identify,
      "limit-rate": (call) => {
        asked = call;
        return pass(call);
      },
    },
  });
  await engine.again({ ...CALL, principal: { ...CALL.principal, roles: ["stale"] } }, present, ARRIVED);
  assert.deepEqual(asked?.principal.roles, []);
});
