import assert from "node:assert/strict";
import { test } from "node:test";
import { deny } from "../../src/kernel/control.ts";
import { type Refusal, Refused } from "../../src/kernel/errors.ts";
import { ORDER, type Phase } from "../../src/pipeline/order.ts";
import type { Answer } from "../../src/pipeline/engine.ts";
import { CALL, stage } from "./setting.ts";

const rows = (...phases: Phase[]) => ORDER.filter((row) => phases.includes(row.phase)).map((row) => row.control);
const refusalOf = (answer: Answer): Refusal => {
  assert.equal(answer.kind, "refusal");
  return (answer as { refusal: Refusal }).refusal;
};

test("A1: a write runs every row in order, and its intent is recorded before it is sent, its outcome before it is answered", async () => {
  const { engine, steps, records } = stage();
  const answer = await engine.forward(CALL);
  assert.equal(answer.kind, "result");
  assert.deepEqual(steps, [
    ...rows("admit", "locate", "gate").map((name) => `run ${name}`),
    "record intent",
    "send",
    ...rows("screen").map((name) => `run ${name}`),
    "record outcome",
    "leave",
  ]);
  assert.deepEqual(
    records.map((record) => [record.kind, record.decision, record.executed]),
    [
      ["intent", "allow", undefined],
      ["outcome", "allow", "yes"],
    ],
  );
});

test("A1: a read has one record", async () => {
  const { engine, records } = stage({ effect: "read" });
  await engine.forward(CALL);
  assert.deepEqual(
    records.map((record) => record.kind),
    ["call"],
  );
});

for (const name of rows("admit", "locate", "gate"))
  for (const [how, judge] of [
    [
      "throws",
      () => {
        throw new Error("boom at /srv/secret.ts:1");
      },
    ],
    ["rejects", () => Promise.reject(new Error("boom"))],
    ["says nothing", () => undefined as never],
    ["says something else", () => ({ kind: "maybe" }) as never],
    ["denies", () => deny({ code: "invalid_request", message: "No.", control: "X1" })],
    ["denies later", async () => deny({ code: "invalid_request", message: "No.", control: "X1" })],
    ["holds", () => ({ kind: "hold", refusal: { code: "needs_person", message: "Wait." } }) as const],
    [
      "throws a refusal",
      () => {
        throw new Refused({ code: "invalid_request", message: "No." });
      },
    ],
  ] as const)
    test(`invariant 1: where ${name} ${how}, nothing is sent, and one record says so`, async () => {
      const { engine, steps, records, sent } = stage({ controls: { [name]: judge } });
      const refusal = refusalOf(await engine.forward(CALL));
      assert.equal(sent.length, 0);
      assert.ok(!steps.includes("record intent"));
      const after = ORDER.slice(ORDER.findIndex((row) => row.control === name) + 1).map((row) => `run ${row.control}`);
      assert.deepEqual(
        steps.filter((step) => after.includes(step)),
        [],
        "no later row runs",
      );
      assert.equal(records.length, 1);
      const [record] = records;
      assert.equal(record?.decision, how === "holds" ? "hold" : "deny");
      assert.equal(record?.executed, "no");
      assert.equal(record?.reason, refusal.code);
      assert.doesNotMatch(JSON.stringify([refusal, record]), /boom|secret/);
      if (refusal.code === "control_failed") assert.equal(refusal.executed, "no");
    });

for (const name of rows("screen"))
  test(`V4 A1: where ${name} throws, the result is withheld, and the answer and the record say that it was executed`, async () => {
    const judge = (): never => {
      throw new Error("boom");
    };
    const reply = { kind: "result", result: { resultType: "complete", content: "secret" } } as const;
    const { engine, records } = stage({ controls: { [name]: judge }, reply });
    const refusal = refusalOf(await engine.forward(CALL));
    assert.deepEqual([refusal.code, refusal.executed], ["control_failed", "yes"]);
    assert.doesNotMatch(JSON.stringify(refusal), /secret|boom/);
    assert.deepEqual(
      records.map((record) => [record.kind, record.decision, record.executed]),
      [
        ["intent", "allow", undefined],
        ["outcome", "deny", "yes"],
      ],
    );
  });

test("A1: without a record of the intent nothing is sent", async () => {
  const { engine, sent } = stage({ broken: ["intent"] });
  const refusal = refusalOf(await engine.forward(CALL));
  assert.deepEqual([refusal.code, refusal.executed, sent.length], ["record_failed", "no", 0]);
  assert.doesNotMatch(JSON.stringify(refusal), /disk|\/var/);
});

test("A1: without a record of the outcome nothing is answered, and the refusal says that it was executed", async () => {
  const reply = { kind: "result", result: { resultType: "complete", content: "secret" } } as const;
  const { engine, sent } = stage({ broken: ["outcome"], reply });
  const refusal = refusalOf(await engine.forward(CALL));
  assert.deepEqual([refusal.code, refusal.executed, sent.length], ["record_failed", "yes", 1]);
  assert.doesNotMatch(JSON.stringify(refusal), /secret/);
});

test("A1: a record that cannot be made is one that cannot be written", async () => {
  const fingerprint = (): never => {
    throw new Error("no key");
  };
  const refusal = refusalOf(await stage({ fingerprint }).engine.forward(CALL));
  assert.deepEqual([refusal.code, refusal.executed], ["record_failed", "yes"]);
});

test("A1: a refusal, a list and a watch that cannot be recorded are refused", async () => {
  const { engine, sent } = stage({ broken: ["call"], effect: "read" });
  assert.equal(refusalOf(await engine.refuse(CALL, { code: "parse_error", message: "No." })).code, "record_failed");
  assert.equal(refusalOf(await engine.own(CALL, () => ({ tools: [] }))).code, "record_failed");
  assert.equal(refusalOf((await engine.watch(CALL)) as Answer).code, "record_failed");
  assert.equal(refusalOf(await engine.forward(CALL)).executed, "yes", "the read was sent");
  assert.equal(sent.length, 1);
});

for (const [code, executed, decision] of [
  ["upstream_timeout", "unknown", "allow"],
  ["upstream_error", "yes", "allow"],
  ["upstream_unavailable", "no", "deny"],
] as const)
  test(`invariant 3: ${code} is told and recorded as executed: ${executed}`, async () => {
    const { engine, records, steps } = stage({ reply: { kind: "error", refusal: { code, message: "No." }, executed } });
    const refusal = refusalOf(await engine.forward(CALL));
    assert.deepEqual([refusal.code, refusal.executed], [code, executed]);
    assert.deepEqual([records[1]?.executed, records[1]?.reason, records[1]?.decision], [executed, code, decision]);
    assert.equal(steps.includes("distrust"), code === "upstream_unavailable");
    assert.ok(steps.includes("leave"));
  });

test("invariant 3: a call that was cancelled before it was sent is not sent", async () => {
  const gone = AbortSignal.abort();
  const { engine, sent, records } = stage();
  const refusal = refusalOf(await engine.forward({ ...CALL, talk: { ...CALL.talk, signal: gone } }));
  assert.deepEqual([refusal.code, refusal.executed, sent.length], ["cancelled", "no", 0]);
  assert.equal(records.at(-1)?.reason, "cancelled");
});

test("invariant 4: what was judged is what is sent, and nothing can change it afterwards", async () => {
  const { engine, sent } = stage();
  await engine.forward(CALL);
  assert.equal(sent[0]?.params, '{"name":"t","arguments":{"a":1}}');
  assert.throws(() => Object.assign(sent[0] ?? {}, { params: "{}" }), TypeError);
});

test("I1: who cannot be named is refused before anything else runs", async () => {
  const { engine, steps } = stage({
    controls: { authenticate: () => deny({ code: "unauthenticated", message: "No." }) },
  });
  const answer = await engine.identify({ id: "c_1", at: 1, started: 1, endpoint: undefined, bearer: undefined });
  assert.equal(refusalOf(answer as Answer).code, "unauthenticated");
  assert.deepEqual(steps, ["run authenticate", "record call"]);
});
