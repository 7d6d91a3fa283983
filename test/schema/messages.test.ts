import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, type Problem, SchemaFault } from "../../src/domain/schema/index.ts";
import type { Json } from "../../src/kernel/json.ts";

const SECRET = "hunter2-secret";

function problems(schema: Json, value: Json): readonly Problem[] {
  const result = compile(schema, { closed: true }).validate(value);
  assert.ok(!result.valid);
  return result.errors;
}

const first = (schema: Json, value: Json): Problem => {
  const [problem] = problems(schema, value);
  assert.ok(problem);
  return problem;
};

test("V1: a problem names the path, the rule, where the rule stands, and what is accepted", () => {
  const schema = { type: "object", properties: { "a/b": { type: "array", items: { type: "string", maxLength: 3 } } } };
  assert.deepEqual(first(schema, { "a/b": ["x", "four"] }), {
    path: "/a~1b/1",
    rule: "maxLength 3",
    message: "found a string of 4 characters, accepted are at most 3",
    schemaPath: "/properties/a~1b/items/maxLength",
  });
});

test("V1: an unknown property is answered with the nearest known name", () => {
  const schema = { type: "object", properties: { user_id: {}, path: {} } };
  assert.match(first(schema, { userId: 1 }).message, /did you mean "user_id"\?/);
  assert.match(first(schema, { pth: 1 }).message, /did you mean "path"\?/);
  assert.match(first(schema, { zebra: 1 }).message, /accepted are user_id, path$/);
  assert.equal(first(schema, { zebra: 1 }).path, "/zebra");
  assert.match(first({ type: "object" }, { a: 1 }).message, /no properties are accepted/);
  const split: Json = { allOf: [{ properties: { alpha: {} } }, { properties: { beta: {} } }] };
  assert.match(first(split, { alpah: 1 }).message, /did you mean "alpha"\?/);
});

test("V1: no problem holds the value", () => {
  const rules: Json[] = [
    { type: "integer" },
    { const: 1 },
    { enum: ["a"] },
    { maxLength: 1 },
    { minLength: 99 },
    { pattern: "^x" },
    { format: "uri" },
    { not: {} },
    { anyOf: [{ type: "integer" }, { maxLength: 2 }] },
    { oneOf: [{}, {}] },
    false,
  ];
  for (const rule of rules) {
    const text = JSON.stringify(problems({ properties: { v: rule } }, { v: SECRET }));
    assert.ok(!text.includes(SECRET), text);
  }
});

test("V1: at most five problems are reported", () => {
  const properties = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, { type: "string" }]));
  const value = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, i]));
  assert.equal(problems({ type: "object", properties }, value).length, 5);
  assert.equal(problems({ anyOf: [{ type: "object", properties }, { type: "string" }] }, value).length, 5);
});

test("V1: where no alternative matches, the nearest one is explained", () => {
  const kind = (name: string, rest: Json): Json => ({
    type: "object",
    properties: { kind: { const: name }, size: rest },
  });
  const schema = { oneOf: [kind("box", { type: "integer" }), kind("ball", { type: "string" }), { type: "null" }] };
  const found = problems(schema, { kind: "ball", size: 1 });
  assert.equal(found[0]?.rule, "oneOf");
  assert.deepEqual([found[1]?.path, found[1]?.rule], ["/size", "type string"]);
});

test("V1: names that a caller chose are shortened and stripped of control characters", () => {
  const { path } = first({ type: "object" }, { [`\u001b[31m\u202e${"n".repeat(5_000)}`]: 1 });
  assert.ok(path.length < 150 && !/[\p{Cc}\p{Cf}]/u.test(path), path);
});

test("V1: numbers, lengths and uniqueness follow JSON Schema, not floating point or UTF-16", () => {
  const accepts = (schema: Json, value: Json) => compile(schema, { closed: true }).validate(value).valid;
  assert.equal(accepts({ multipleOf: 0.01 }, 19.99), true);
  assert.equal(accepts({ multipleOf: 0.01 }, 19.995), false);
  assert.equal(accepts({ maxLength: 2, minLength: 2 }, "👍👍"), true);
  assert.equal(accepts({ minLength: 2 }, "👍"), false);
  assert.equal(
    accepts({ uniqueItems: true }, [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]),
    false,
  );
  assert.equal(accepts({ uniqueItems: true }, [1, true, "1", [1], 0, false]), true);
  assert.equal(accepts({ type: "number" }, Number.POSITIVE_INFINITY), false);
});

test("V5: a schema that cannot be enforced is refused with its place and reason", () => {
  const cases: [Json, string, RegExp][] = [
    [{ properties: { a: { type: "text" } } }, "/properties/a/type", /must be of null/],
    [{ minLength: -1 }, "/minLength", /at least 0/],
    [{ minimum: "1" }, "/minimum", /must be a number/],
    [{ exclusiveMinimum: true }, "/exclusiveMinimum", /in this dialect/],
    [{ items: [{}] }, "/items", /prefixItems/],
    [{ anyOf: [] }, "/anyOf", /at least one/],
    [{ required: "a" }, "/required", /array/],
    [{ properties: { a: 1 } }, "/properties/a", /not a schema/],
    [{ multipleOf: 0 }, "/multipleOf", /more than 0/],
    [{ $ref: "https://evil.example/schema" }, "/$ref", /https:\/\/evil\.example\/schema, which is outside/],
    [{ properties: { a: { $ref: "#/$defs/none" } } }, "/properties/a/$ref", /does not exist/],
    [{ $ref: "#/%" }, "/$ref", /percent/],
    [{ $schema: "https://example.com/mine" }, "/$schema", /2020-12/],
    [{ $schema: 7 }, "/$schema", /2020-12/],
    [{ properties: { a: { pattern: "(?=a)b" } } }, "/properties/a/pattern", /lookaround/],
    [{ pattern: "(a)\\1" }, "/pattern", /backreference/],
    [{ patternProperties: { "[": {} } }, "/patternProperties/[", /without its \]/],
    [{ pattern: "x".repeat(2_000) }, "/pattern", /at most 1024/],
    [{ $defs: { a: { $id: "x" }, b: { $id: "x" } } }, "/$defs/b", /same identifier/],
    [[], "", /object, true and false/],
  ];
  for (const [schema, path, message] of cases) {
    assert.throws(
      () => compile(schema, { closed: true }),
      (fault) => fault instanceof SchemaFault && fault.path === path && message.test(fault.message),
      JSON.stringify(schema).slice(0, 80),
    );
  }
});
