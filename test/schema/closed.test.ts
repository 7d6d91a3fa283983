import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../src/domain/schema/index.ts";
import type { Json } from "../../src/kernel/json.ts";

const accepts = (schema: Json, value: Json, closed = true): boolean =>
  compile(schema, { closed }).validate(value).valid;

const object = (properties: Json, more: { [name: string]: Json } = {}): Json => ({
  type: "object",
  properties,
  ...more,
});

test("V1: unknown properties are refused where an object names properties and is silent", () => {
  const schema = object({ a: {} });
  assert.equal(accepts(schema, { a: 1 }), true);
  assert.equal(accepts(schema, { a: 1, b: 2 }), false);
  assert.equal(accepts(schema, { a: 1, b: 2 }, false), true, "as written it is open");
});

test("V1: additionalProperties and unevaluatedProperties decide where they are written", () => {
  for (const keyword of ["additionalProperties", "unevaluatedProperties"]) {
    assert.equal(accepts(object({ a: {} }, { [keyword]: true }), { b: 2 }), true, keyword);
    assert.equal(accepts(object({ a: {} }, { [keyword]: { type: "integer" } }), { b: 2 }), true, keyword);
    assert.equal(accepts(object({ a: {} }, { [keyword]: { type: "integer" } }), { b: "x" }), false, keyword);
    assert.equal(accepts(object({ a: {} }, { [keyword]: false }), { b: 2 }), false, keyword);
  }
});

test("V1: a tool without parameters takes none, while a nested free-form object stays open", () => {
  assert.equal(accepts({ type: "object" }, {}), true);
  assert.equal(accepts({ type: "object" }, { a: 1 }), false);
  assert.equal(accepts({ type: "object", additionalProperties: true }, { a: 1 }), true);
  assert.equal(accepts(object({ free: { type: "object" } }), { free: { a: 1 } }), true);
  assert.equal(accepts(object({ none: object({}) }), { none: { a: 1 } }), false, "an empty properties names none");
});

test("V1: names in required and patterns in patternProperties are known", () => {
  assert.equal(accepts({ type: "object", required: ["a"] }, { a: 1 }), true);
  assert.equal(accepts({ type: "object", required: ["a"] }, { a: 1, b: 1 }), false);
  assert.equal(accepts({ type: "object", patternProperties: { "^x-": {} } }, { "x-a": 1 }), true);
  assert.equal(accepts({ type: "object", patternProperties: { "^x-": {} } }, { y: 1 }), false);
});

test("V1: closing sees through allOf, $ref, anyOf, oneOf, if and dependentSchemas", () => {
  const all = { allOf: [object({ a: {} }), { $ref: "#/$defs/b" }], $defs: { b: object({ b: {} }) } };
  assert.equal(accepts(all, { a: 1, b: 1 }), true);
  assert.equal(accepts(all, { a: 1, c: 1 }), false);
  const any = { anyOf: [object({ a: {} }, { required: ["a"] }), object({ b: {} }, { required: ["b"] })] };
  assert.equal(accepts(any, { a: 1, b: 1 }), true, "both branches match");
  assert.equal(accepts(any, { a: 1, c: 1 }), false);
  const one = { oneOf: [object({ k: { const: 1 }, a: {} }), object({ k: { const: 2 }, b: {} })] };
  assert.equal(accepts(one, { k: 1, a: 1 }), true);
  assert.equal(accepts(one, { k: 1, b: 1 }), false, "b belongs to the branch that does not match");
  const condition = {
    ...(object({ k: {} }) as object),
    if: object({ k: { const: 1 } }),
    then: object({ a: {} }),
  } as Json;
  assert.equal(accepts(condition, { k: 1, a: 1 }), true);
  assert.equal(accepts(condition, { k: 2, a: 1 }), false);
  const dependent = object({ a: {} }, { dependentSchemas: { a: object({ b: {} }) } });
  assert.equal(accepts(dependent, { a: 1, b: 1 }), true);
  assert.equal(accepts(dependent, { b: 1 }), false);
  assert.equal(
    accepts({ allOf: [object({ a: {} }), { additionalProperties: true }] }, { z: 1 }),
    true,
    "openly allowed",
  );
});

test("V1: closing reaches arrays, maps and recursive references", () => {
  const schema = object({
    children: { type: "array", items: { $ref: "#" } },
    map: { additionalProperties: object({ a: {} }) },
  });
  assert.equal(accepts(schema, { children: [{ children: [] }], map: { x: { a: 1 } } }), true);
  assert.equal(accepts(schema, { children: [{ children: [{ x: 1 }] }] }), false);
  assert.equal(accepts(schema, { map: { x: { b: 1 } } }), false);
});

test("V1: closing never accepts what the schema refuses", () => {
  const excluded = object({ v: {} }, { not: object({ v: object({ a: { const: 1 } }, { required: ["a"] }) }) });
  assert.equal(accepts(excluded, { v: { a: 1, b: 2 } }, false), false);
  assert.equal(accepts(excluded, { v: { a: 1, b: 2 } }), false, "a closed not would no longer match");
  const inner = (name: string): Json => object({ v: object({ [name]: {} }) });
  const one = { oneOf: [inner("a"), inner("b")] };
  assert.equal(accepts(one, { v: { a: 1 } }, false), false, "both match as written");
  assert.equal(accepts(one, { v: { a: 1 } }), false, "and closing one of them does not leave the other");
});

test("V1: closing holds in the older dialects, where siblings of $ref are ignored", () => {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    $ref: "#/definitions/a",
    properties: { b: {} },
    definitions: { a: object({ a: {} }) },
  };
  assert.equal(accepts(schema, { a: 1 }), true);
  assert.equal(accepts(schema, { b: 1 }), false);
});

test("V1: default caps hold where the schema sets no limit, also where no schema looks", () => {
  const open = object({ s: { type: "string" } }, { additionalProperties: true });
  const long = "x".repeat(262_145);
  const result = compile(open, { closed: true }).validate({ s: long });
  assert.ok(!result.valid);
  assert.deepEqual([result.errors[0]?.path, result.errors[0]?.rule], ["/s", "maxLength 262144"]);
  assert.equal(accepts(open, { other: [{ deep: long }] }), false);
  assert.equal(accepts(open, { other: Array.from({ length: 10_001 }, () => 0) }), false);
  assert.equal(
    accepts(open, { other: Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`p${i}`, 0])) }),
    false,
  );
  assert.equal(accepts(object({ s: { maxLength: 300_000 } }), { s: long }), true, "the schema sets a limit of its own");
  assert.equal(accepts(open, { s: long }, false), true, "results have no default caps");
  assert.equal(
    compile(open, { closed: false, caps: { maxString: 3, maxItems: 3, maxProperties: 3 } }).validate({ s: "four" })
      .valid,
    false,
  );
});

test("V1: names of Object.prototype are names like others", () => {
  const parse = (text: string) => JSON.parse(text) as Json;
  const schema = parse('{"properties":{"__proto__":{"type":"string"},"constructor":{}},"required":["valueOf"]}');
  assert.equal(accepts(schema, parse('{"__proto__":"x","constructor":1,"valueOf":1}')), true);
  assert.equal(accepts(schema, parse('{"__proto__":1,"valueOf":1}')), false, "__proto__ is judged");
  assert.equal(accepts(schema, parse('{"toString":1,"valueOf":1}')), false, "toString is not declared");
  assert.equal(accepts(schema, {}), false, "an inherited valueOf is not there");
  assert.equal(accepts(object({ a: {} }), parse('{"__proto__":1}')), false);
  assert.equal(accepts({ enum: [parse('{"__proto__":1}')] }, {}), false);
});
