import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Compiled, compile, SchemaFault } from "../../src/domain/schema/index.ts";
import type { Json } from "../../src/kernel/json.ts";

const NAMES = ["a", "b", "__proto__", "constructor", "toString"];
const KEYWORDS =
  `$ref $id $anchor $dynamicRef $dynamicAnchor $recursiveRef $schema $defs definitions type enum const minimum maximum
exclusiveMinimum multipleOf minLength maxLength pattern format minItems maxItems uniqueItems contains minContains maxContains items
prefixItems additionalItems unevaluatedItems properties patternProperties additionalProperties unevaluatedProperties propertyNames
required minProperties dependentRequired dependentSchemas dependencies allOf anyOf oneOf not if then else`.split(/\s+/);

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

/** Schemas that are right often enough to be used, and wrong often enough to be refused. */
const { schema } = fc.letrec<{ schema: Json; value: Json }>((tie) => {
  const inner = tie("schema");
  const named = fc.dictionary(fc.constantFrom(...NAMES), inner, { maxKeys: 3 }) as fc.Arbitrary<Json>;
  const list = fc.array(inner, { minLength: 1, maxLength: 3 }) as fc.Arbitrary<Json>;
  const number = fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  ) as fc.Arbitrary<Json>;
  const text = fc.constantFrom<Json>(
    "#",
    "#/$defs/a",
    "#a",
    "a",
    "^a+$",
    "(a|b)*c",
    "\\p{L}",
    "string",
    "object",
    "array",
    "integer",
    "uri",
    "regex",
    "idn-hostname",
    "http://json-schema.org/draft-07/schema#",
  );
  const names = fc.array(fc.constantFrom<Json>(...NAMES), { maxLength: 3 }) as fc.Arbitrary<Json>;
  const value = fc.oneof(inner, named, list, number, text, names, fc.boolean(), json);
  const fitting = (keyword: string): fc.Arbitrary<Json> => {
    if (/^(?:properties|patternProperties|\$defs|definitions|dependentSchemas)$/.test(keyword)) return named;
    if (/^(?:allOf|anyOf|oneOf|prefixItems)$/.test(keyword)) return list;
    if (/^(?:items|additional|unevaluated|not|if|then|else|contains|propertyNames)/.test(keyword)) return inner;
    if (/^(?:min|max|multipleOf|exclusive)/.test(keyword)) return fc.integer({ min: 1, max: 4 });
    if (keyword === "required") return names;
    return value;
  };
  const pair = fc
    .tuple(fc.constantFrom(...KEYWORDS), fc.integer({ min: 0, max: 9 }))
    .chain(([keyword, chance]) => fc.tuple(fc.constant(keyword), chance > 0 ? fitting(keyword) : value));
  const object = fc.array(pair, { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs) as Json);
  return { schema: fc.oneof({ maxDepth: 4 }, fc.boolean(), object, object), value };
});

function tryCompile(source: Json, closed: boolean): Compiled | undefined {
  try {
    return compile(source, { closed });
  } catch (fault) {
    assert.ok(fault instanceof SchemaFault, `compile threw ${String(fault)} for ${JSON.stringify(source)}`);
    return undefined;
  }
}

test("V5: compile throws nothing but SchemaFault, validate throws nothing", () => {
  let usable = 0;
  fc.assert(
    fc.property(schema, fc.array(json, { minLength: 3, maxLength: 3 }), fc.boolean(), (source, values, closed) => {
      const compiled = tryCompile(source, closed);
      if (compiled === undefined) return;
      usable++;
      for (const value of values) {
        const result = compiled.validate(value);
        if (!result.valid) assert.ok(result.errors.length >= 1 && result.errors.length <= 5);
      }
    }),
    { numRuns: 1_500 },
  );
  assert.ok(usable > 300, `only ${usable} schemas were usable`);
});

test("V1: closing accepts no value that the schema as written refuses", () => {
  const values = fc.oneof(json, fc.dictionary(fc.constantFrom(...NAMES), json, { maxKeys: 3 }) as fc.Arbitrary<Json>);
  fc.assert(
    fc.property(schema, fc.array(values, { minLength: 4, maxLength: 4 }), (source, tried) => {
      const open = tryCompile(source, false);
      const closed = tryCompile(source, true);
      if (open === undefined || closed === undefined) return;
      for (const value of tried) {
        if (closed.validate(value).valid)
          assert.equal(open.validate(value).valid, true, JSON.stringify([source, value]));
      }
    }),
    { numRuns: 1_500 },
  );
});

test("V5: any text is judged as a pattern or refused, and agrees with the engine's own where both take it", () => {
  const piece = fc.constantFrom(
    "a",
    "b",
    "\\d",
    "\\w",
    "\\s",
    "\\S",
    ".",
    "[a-c]",
    "[^a]",
    "[]",
    "(a|b)",
    "(?:ab)",
    "^",
    "$",
    "\\b",
    "*",
    "+",
    "?",
    "{2}",
    "{1,}",
    "|",
    "(",
    ")",
    "[",
    "]",
    "\\",
    "\\x41",
    "\\u0041",
    "\\u{1F44D}",
    "\\cA",
    "\\p{L}",
    "👍",
    "-",
    "\\-",
    "(?=a)",
    "\\1",
    "(?<n>a)",
  );
  const subject = fc
    .array(fc.constantFrom("a", "b", "c", "A", "1", " ", "\n", "\u2028", "👍", "_", "é", "\u0001", "-"), {
      maxLength: 8,
    })
    .map((chars) => chars.join(""));
  let compared = 0;
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 6 }),
      fc.array(subject, { minLength: 4, maxLength: 4 }),
      (pieces, texts) => {
        const pattern = pieces.join("");
        const compiled = tryCompile({ pattern }, false);
        let native: RegExp | undefined;
        try {
          native = new RegExp(pattern, "u");
        } catch {
          return;
        }
        if (compiled === undefined) {
          assert.match(pattern, /\(\?=|\\1/, `${pattern} is refused without need`);
          return;
        }
        for (const text of texts) {
          compared++;
          assert.equal(compiled.validate(text).valid, native.test(text), JSON.stringify([pattern, text]));
        }
      },
    ),
    { numRuns: 3_000 },
  );
  assert.ok(compared > 1_000, `only ${compared} comparisons`);
});
