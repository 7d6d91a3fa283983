import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readField } from "../../src/kernel/field.ts";
import type { Json, JsonObject } from "../../src/kernel/json.ts";
import { compile } from "../../src/domain/schema/index.ts";
import { fieldFault } from "../../src/domain/shaping/fields.ts";
import { Inapplicable, minimised, minimiserOf, type ResultRule } from "../../src/domain/shaping/minimise.ts";
import { shapeTool } from "../../src/domain/shaping/shape-tool.ts";
import { reducedSchema } from "../../src/domain/shaping/reduce.ts";

const left = (value: Json, rule: ResultRule): Json => minimised(value, minimiserOf(rule).part).value;
const text = { type: "string" };
const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: "object", properties, ...more });

test("S9: a field is a name, a JSON Pointer with *, or a singular or wildcard JSONPath (RFC 9535)", () => {
  for (const [written, path] of [
    ["id", ["id"]],
    ["/rows/*/id", ["rows", "*", "id"]],
    ["/a~1b/c~0d", ["a/b", "c~d"]],
    ["/", [""]],
    ["$.rows[*].id", ["rows", "*", "id"]],
    ["$['a b'][\"c\\u0064\"].*", ["a b", "cd", "*"]],
    ["$['it\\'s \"x\"']", ['it\'s "x"']],
  ] as const)
    assert.deepEqual(readField(written), path, written);
  for (const wrong of [
    "",
    "a.b",
    "a, b",
    "*",
    "$",
    "$..id",
    "$.rows[0]",
    "$.rows[?@.a]",
    "$rows",
    "/a~2",
    "a\u200bb",
    "$['a'",
  ])
    assert.equal(typeof readField(wrong), "string", wrong);
});

test("S9: keep leaves the named fields alone, in objects, lists of lists and maps, and says how much went", () => {
  const rows: Json = {
    total: 2,
    rows: [{ id: 1, ssn: "a", at: { city: "x", street: "y" } }, { id: 2 }],
    by: { a: { id: 3, ssn: "b" } },
  };
  const { part } = minimiserOf({ keep: ["/rows/*/id", "$.rows[*].at.city", "/by/*/id"] });
  assert.deepEqual(minimised(rows, part), {
    value: { rows: [{ id: 1, at: { city: "x" } }, { id: 2 }], by: { a: { id: 3 } } },
    gone: 4,
  });
  assert.deepEqual(left([[{ id: 1, x: 2 }]], { keep: ["/*/*/id"] }), [[{ id: 1 }]]);
  assert.deepEqual(left({ a: { b: 1, c: 2 } }, { keep: ["/a", "/a/b"] }), { a: { b: 1, c: 2 } });
  assert.deepEqual(left({ a: null }, { keep: ["/a/b"] }), { a: null });
  const same = { id: 1 };
  assert.equal(left(same, { keep: ["id"] }), same);
});

test("S9: drop leaves out the named fields, and whatever only looks different", () => {
  const value = { id: 1, ssn: "a", SSN: "b", "s-s-n": "c", ｓｓｎ: "d", rows: [{ Ssn: 1, id: 2 }] };
  assert.deepEqual(left(value, { drop: ["ssn", "/rows/*/ssn"] }), { id: 1, rows: [{ id: 2 }] });
  assert.deepEqual(left({ rows: [1, 2], id: 1 }, { drop: ["/rows/*"] }), { rows: [], id: 1 });
});

test("S9: keep knows one spelling alone: what was escaped is that name, and no other case is", () => {
  const parsed = JSON.parse('{"\\u0069d":1,"ID":2,"Id":3,"id ":4,"__proto__":{"id":5},"constructor":6}') as Json;
  assert.deepEqual(left(parsed, { keep: ["id"] }), { id: 1 });
  const proto = left(JSON.parse('{"__proto__":{"id":5,"x":1},"y":2}') as Json, { keep: ["/__proto__/id"] });
  assert.equal(JSON.stringify(proto), '{"__proto__":{"id":5}}');
});

test("S9: where neither an object nor a list of fields stands, the rule says where it cannot be applied", () => {
  const fails = (value: Json, rule: ResultRule, pointer: string) =>
    assert.throws(
      () => left(value, rule),
      (error) => error instanceof Inapplicable && error.pointer === pointer,
    );
  fails("a text", { keep: ["id"] }, "/");
  fails([{ id: 1 }], { keep: ["id"] }, "/");
  fails([{ id: 1 }], { drop: ["id"] }, "/");
  fails({ rows: { id: 1, "a secret name": [] } }, { keep: ["/rows/*/id"] }, "/rows/*");
  fails({ at: "12 Main St" }, { drop: ["/at/street"] }, "/at");
});

test("S9: a field that the output schema does not have is a fault with the nearest name; a list wants *", () => {
  const schema = object({
    id: text,
    customer: { $ref: "#/$defs/customer" },
    rows: { type: "array", items: { anyOf: [object({ price: text }), object({ total: text })] } },
    tags: { type: "object", additionalProperties: object({ name: text }) },
    open: { type: "object" },
  });
  schema["$defs"] = { customer: object({ email: text }) };
  const fault = (field: string, keeps = true) => fieldFault(schema, readField(field) as string[], keeps);
  for (const fine of [
    "id",
    "/customer/email",
    "/rows/*/price",
    "$.rows[*].total",
    "/tags/x/name",
    "/tags/*/name",
    "/open/any",
  ])
    assert.equal(fault(fine), undefined, fine);
  assert.equal(fault("idd")?.nearest, "id");
  assert.equal(fault("/customer/emial")?.nearest, "/customer/email");
  assert.equal(fault("/rows/price")?.nearest, "/rows/*/price");
  assert.equal(fault("/rows/*/prize")?.nearest, "/rows/*/price");
  assert.match(fault("/id/x")?.message ?? "", /\/id is of type string/);
  assert.match(fault("/tags/x/nope")?.message ?? "", /there is no \/tags\/x\/nope/);
  assert.match(
    fault("/open/any", false)?.message ?? "",
    /cannot be left out: the pinned output schema names no fields of \/open/,
  );
  assert.equal(fieldFault(undefined, ["id"], true), undefined);
  assert.match(fieldFault(undefined, ["id"], false)?.message ?? "", /names no fields/);
});

test("S9: the reduced output schema holds what is left, and tells nothing of what is not", () => {
  const schema: JsonObject = {
    ...object(
      {
        id: text,
        ssn: { type: "string", pattern: "^\\d{3}" },
        customer: { $ref: "#/$defs/customer" },
        rows: {
          type: "array",
          minItems: 1,
          uniqueItems: true,
          items: object({ id: text, price: text }, { required: ["price"] }),
        },
      },
      {
        required: ["id", "ssn"],
        minProperties: 2,
        additionalProperties: false,
        examples: [{ ssn: "123" }],
        dependentRequired: { id: ["ssn"] },
      },
    ),
    $defs: {
      customer: object({ email: text, ssn: text }, { required: ["email", "ssn"] }),
      other: object({ ssn: text }),
    },
  };
  const { part } = minimiserOf({ keep: ["id", "/customer/email", "/rows/*/id"] });
  const reduced = reducedSchema(schema, [part]);
  assert.deepEqual(reduced, {
    ...object({
      id: text,
      customer: object({ email: text }, { required: ["email"] }),
      rows: { type: "array", items: object({ id: text }) },
    }),
    required: ["id"],
    additionalProperties: false,
    dependentRequired: {},
  });
  assert.doesNotMatch(JSON.stringify(reduced), /ssn|price/);
});

test("S9: where several rules may apply, what one of them leaves out is there and not required", () => {
  const schema = object({ a: text, b: text, c: text }, { required: ["a", "b", "c"] });
  const parts = [minimiserOf({ keep: ["a", "b"] }).part, minimiserOf({ keep: ["a"] }).part];
  assert.deepEqual(reducedSchema(schema, parts), object({ a: text, b: text }, { required: ["a"] }));
  assert.deepEqual(
    reducedSchema(schema, [...parts, "whole"]),
    object({ a: text, b: text, c: text }, { required: ["a"] }),
  );
  assert.equal(reducedSchema(schema, ["whole"]), schema);
});

test("S9: what is kept whole and refers into what was reduced is not bound by it", () => {
  const schema = object(
    { name: text, ssn: text, children: { type: "array", items: { $ref: "#" } } },
    { required: ["ssn"], additionalProperties: false },
  );
  const value = { name: "a", ssn: "1", children: [{ name: "b", ssn: "2" }] };
  const { part } = minimiserOf({ keep: ["name", "children"] });
  const reduced = reducedSchema(schema, [part]);
  assert.equal(compile(schema, { closed: false }).validate(value).valid, true);
  assert.equal(compile(reduced, { closed: false }).validate(minimised(value, part).value).valid, true);
});

test("S9 P6: a part of a tool has its own rule in place of the tool's, and both are in what is published", () => {
  const definition: JsonObject = {
    ...{ name: "issues", inputSchema: object({ method: { enum: ["list", "close"] } }) },
    outputSchema: object({ id: text, title: text, body: text }, { required: ["body"] }),
  };
  const part = (method: string, result?: ResultRule) => ({
    ...{ fixed: { method }, effect: "read" as const, description: "A part.", arguments: {} },
    ...(result && { result }),
  });
  const rules = { bind: {}, arguments: {}, result: { keep: ["id", "title"] } };
  const publish = { list: part("list"), close: part("close", { drop: ["body"] }) };
  const shaped = shapeTool(definition, { ...rules, publish }, { accepts: () => true });
  const seen = shaped.map((one) =>
    "plan" in one ? [one.name, one.plan.result?.said, one.definition["outputSchema"]] : one,
  );
  const left = object({ id: text, title: text });
  assert.deepEqual(seen, [
    ["list", "id, title", left],
    ["close", "all but body", left],
  ]);
});

const NAMES = ["a", "b", "c", "d"];
const name = fc.constantFrom(...NAMES);

/** Schemas of what servers publish, with the keywords that reductions touch. */
const schemas = fc.letrec<{ schema: JsonObject }>((tie) => {
  const inner = tie("schema");
  const properties = fc.dictionary(name, inner, { maxKeys: 4, noNullPrototype: true });
  const names = fc.uniqueArray(name, { maxLength: 2 });
  const record = fc.record(
    {
      type: fc.constant("object" as const),
      properties,
      required: names,
      additionalProperties: fc.oneof(fc.boolean(), inner),
      minProperties: fc.nat(2),
      dependentRequired: fc.dictionary(name, names, { maxKeys: 1, noNullPrototype: true }),
      not: fc.oneof(inner, fc.record({ maxProperties: fc.nat(2), required: names })),
      patternProperties: fc.record({ "^[ab]$": inner }),
      unevaluatedProperties: fc.boolean(),
    },
    { requiredKeys: ["type", "properties"] },
  );
  const list = fc.record(
    {
      type: fc.constant("array" as const),
      items: inner,
      minItems: fc.nat(2),
      uniqueItems: fc.boolean(),
      contains: inner,
    },
    { requiredKeys: ["type", "items"] },
  );
  const choice = fc.oneof(
    fc.record({ anyOf: fc.array(inner, { minLength: 1, maxLength: 2 }) }),
    fc.record({ oneOf: fc.array(inner, { minLength: 1, maxLength: 2 }) }),
    fc.record({ allOf: fc.array(inner, { minLength: 1, maxLength: 2 }) }),
    fc.record({ if: inner, then: inner, else: inner }),
    fc.constant({ $ref: "#/$defs/one" }),
    fc.constant({ enum: [{ a: 1, b: 2 }, 3, {}] }),
  );
  return {
    schema: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.constantFrom<JsonObject>({ type: "integer" }, {}, { type: ["string", "null"] }),
      record,
      list,
      choice,
    ) as fc.Arbitrary<JsonObject>,
  };
}).schema;
const values = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom<Json>(1, 2, "x", null),
    fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<Json>,
    fc.array(tie("value"), { maxLength: 3 }) as fc.Arbitrary<Json>,
  ),
})).value;
const fields = fc.uniqueArray(
  fc.array(fc.constantFrom(...NAMES, "*"), { minLength: 1, maxLength: 3 }).map((steps) => `/${steps.join("/")}`),
  { minLength: 1, maxLength: 4 },
);

test("S9: whatever fits a schema fits its reduced schema after any of the rules, one or several", () => {
  let held = 0;
  fc.assert(
    fc.property(
      schemas,
      schemas,
      fc.array(values, { minLength: 8, maxLength: 8 }),
      fields,
      fields,
      fc.boolean(),
      (schema, one, some, first, second, keeps) => {
        const root = { ...schema, $defs: { one } };
        const rules = [minimiserOf(keeps ? { keep: first } : { drop: first }), minimiserOf({ keep: second })];
        let whole: ReturnType<typeof compile>;
        try {
          whole = compile(root, { closed: false });
        } catch {
          return;
        }
        const alone = compile(reducedSchema(root, [rules[0]!.part]), { closed: false });
        const either = compile(
          reducedSchema(
            root,
            rules.map(({ part }) => part),
          ),
          { closed: false },
        );
        for (const value of some) {
          if (!whole.validate(value).valid) continue;
          const said = rules.map(({ part }) => attempt(value, [part]));
          const both = attempt(
            value,
            rules.map(({ part }) => part),
          );
          if (said[0] !== undefined) {
            held++;
            assert.equal(alone.validate(said[0]).valid, true, JSON.stringify({ root, value, first, keeps }));
          }
          for (const each of [...said, both])
            if (each !== undefined)
              assert.equal(either.validate(each).valid, true, JSON.stringify({ root, value, first, second, keeps }));
        }
      },
    ),
    { numRuns: 1_500 },
  );
  assert.ok(held > 300, `only ${held} values fitted`);
});

function attempt(value: Json, parts: Parameters<typeof minimised>[1][]): Json | undefined {
  try {
    return parts.reduce<Json>((rest, part) => minimised(rest, part).value, value);
  } catch (error) {
    if (error instanceof Inapplicable) return undefined;
    throw error;
  }
}

test("S9: nothing that no kept path names is left, in any value", () => {
  fc.assert(
    fc.property(values, fields, (value, keep) => {
      const said = attempt(value, [minimiserOf({ keep }).part]);
      if (said === undefined) return;
      const paths = keep.map((one) => readField(one) as string[]);
      const look = (here: Json, tails: readonly (readonly string[])[]): void => {
        if (typeof here !== "object" || here === null || tails.some((tail) => tail.length === 0)) return;
        for (const [key, member] of Object.entries(here)) {
          const next = tails
            .filter(([step]) => step === "*" || (step === key && !Array.isArray(here)))
            .map((tail) => tail.slice(1));
          assert.ok(next.length > 0, JSON.stringify({ value, keep, said }));
          look(member, next);
        }
      };
      look(said, paths);
    }),
    { numRuns: 2_000 },
  );
});
