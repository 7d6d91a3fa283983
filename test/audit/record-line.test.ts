import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { recordLines } from "../../src/adapters/audit-log/record-line.ts";
import type { Json } from "../../src/kernel/json.ts";
import type { RecordFields } from "../../src/ports/records.ts";
import { record } from "./setting.ts";

/** The same bytes without anything remembered: each text cut and well-formed, members sorted. */
function plainly(seq: number, fields: RecordFields): string {
  const cut = (text: string) => (text.length > 1000 ? `${text.slice(0, 1000).toWellFormed()}…` : text.toWellFormed());
  const sorted = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(members.map(([name, one]) => [name, sorted(one)]));
  };
  const members = Object.entries({ ...fields, seq }).map(([name, value]) => {
    if (name === "args" || name === "fields" || value === undefined) return [name, value];
    if (name === "rules") return [name, fields.rules?.slice(0, 16).map(cut)];
    return [name, typeof value === "string" ? cut(value) : sorted(value as Json)];
  });
  return JSON.stringify(Object.fromEntries(members.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))));
}

const text = fc.oneof(
  fc.constantFrom("a", "b", "tools/call", 'quo"te', "back\\slash", "line\n", "ü…😀", "\ud800", "x".repeat(1001)),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined, freq: 3 });
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  // Milliseconds since the epoch, and milliseconds with their thousandths.
  fc.integer({ min: -2000, max: 4_000_000_000_000 }),
  fc.integer({ min: -2000, max: 2 ** 31 - 1 }).map((thousandths) => thousandths / 1000),
);
/** Few values of each, so that records often have nearly all in common. */
const few = fc.constantFrom("one", "two");
const fields = fc.record({
  kind: fc.constantFrom("call" as const, "intent" as const, "outcome" as const, "event" as const),
  type: fc.oneof(few, text),
  time: number,
  call: text,
  trace: maybe(text),
  tenant: few,
  subject: maybe(few),
  credential: maybe(few),
  client: maybe(text),
  era: maybe(few),
  server: maybe(few),
  target: maybe(fc.oneof(few, text)),
  targetKind: maybe(few),
  definition: maybe(few),
  decision: fc.constantFrom("allow" as const, "deny" as const),
  reason: few,
  control: maybe(few),
  executed: maybe(few),
  rules: maybe(fc.array(fc.oneof(few, text), { maxLength: 20 })),
  fields: maybe(few),
  args: maybe(
    fc.oneof(
      fc.dictionary(few, few),
      fc.record({ names: fc.dictionary(fc.oneof(few, text), text) }),
      fc.dictionary(text, fc.jsonValue() as fc.Arbitrary<Json>),
    ),
  ),
  result: maybe(text),
  ms: maybe(number),
  upstreamMs: maybe(number),
  bytesIn: maybe(number),
  bytesOut: maybe(number),
  error: maybe(number),
  detail: maybe(fc.dictionary(text, fc.jsonValue() as fc.Arbitrary<Json>)),
});

test("A1: the line of a record does not depend on the records before it", () => {
  fc.assert(
    fc.property(fc.array(fields, { minLength: 1, maxLength: 12 }), (all) => {
      const recordLine = recordLines();
      for (const [at, one] of [...all, ...all].entries()) assert.equal(recordLine(at + 1, one), plainly(at + 1, one));
    }),
    { numRuns: 500 },
  );
});

test("A1: each member tells records apart that have all others in common", () => {
  const recordLine = recordLines();
  const full = { ...record(1), client: "c", definition: "d", control: "L1", error: -32000, rules: ["r", "s"] };
  assert.equal(recordLine(1, full), plainly(1, full));
  for (const [name, value] of Object.entries(full)) {
    for (const other of [
      undefined,
      typeof value === "number" ? value + 1 : Array.isArray(value) ? ["r", "t"] : "other",
    ]) {
      const changed = { ...full, [name]: other } as RecordFields;
      if (other !== undefined || !["call", "time"].includes(name))
        assert.equal(recordLine(2, changed), plainly(2, changed), `${name} ${String(other)}`);
      assert.equal(recordLine(3, full), plainly(3, full));
    }
  }
});

test("A1: more callers and tools than are remembered change nothing", () => {
  const recordLine = recordLines();
  for (let n = 0; n < 2500; n++) {
    const one = { ...record(n), credential: `k_${n % 40}`, definition: `d_${n % 30}`, client: `c_${n % 7}` };
    assert.equal(recordLine(n, one), plainly(n, one));
  }
});
