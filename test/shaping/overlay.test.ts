import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { facesOf, schemaJudge } from "../../src/compose/shaping.ts";
import { compile } from "../../src/domain/schema/index.ts";
import { effectOf } from "../../src/domain/shaping/effect.ts";
import { fillIn, supplied } from "../../src/domain/shaping/plan.ts";
import type { ArgumentRules, Rules } from "../../src/domain/shaping/rules.ts";
import { shapeTool } from "../../src/domain/shaping/shape-tool.ts";
import type { Effect } from "../../src/kernel/call.ts";
import type { Json, JsonObject } from "../../src/kernel/json.ts";
import type { Principal } from "../../src/kernel/principal.ts";

const SCHEMA: JsonObject = {
  type: "object",
  properties: {
    q: { type: "string", maxLength: 20, pattern: "a" },
    n: { type: "integer", minimum: 0, maximum: 10 },
    kind: { type: "string", enum: ["x", "y", "z"] },
    tags: { type: "array", items: { type: "string" }, maxItems: 4 },
    deep: { $ref: "#/$defs/deep" },
    either: { anyOf: [{ type: "string", maxLength: 8 }, { type: "null" }] },
    merged: { allOf: [{ type: "object", properties: { a: { type: "string", minLength: 1 } } }] },
  },
  required: ["q"],
  $defs: { deep: { type: "object", properties: { s: { type: "string" }, more: { $ref: "#/$defs/deep" } } } },
};
const tool = (inputSchema: JsonObject): JsonObject => ({ name: "t", inputSchema });
const rules = (args: Record<string, ArgumentRules>, more: Partial<Rules> = {}): Rules => ({
  bind: {},
  arguments: args,
  ...more,
});
const made = (args: Record<string, ArgumentRules>, more: Partial<Rules> = {}, schema = SCHEMA) =>
  shapeTool(tool(schema), rules(args, more), schemaJudge);
const shapedOf = (...of: Parameters<typeof made>) => {
  const shaped = made(...of);
  assert.ok(shaped[0] !== undefined && "plan" in shaped[0], JSON.stringify(shaped));
  return shaped[0];
};
const faultOf = (...of: Parameters<typeof made>) => {
  const shaped = made(...of);
  assert.ok(shaped[0] !== undefined && "message" in shaped[0], "no fault was found");
  return shaped[0];
};
const accepts = (schema: Json, value: Json): boolean => compile(schema, { closed: true }).validate(value).valid;

test("V2: what loosens is a fault that says what and why", () => {
  for (const [args, said] of [
    [{ q: { maxLength: 21 } }, /loosens the server's own maxLength of 20/],
    [{ n: { minimum: -1 } }, /loosens the server's own minimum of 0/],
    [{ n: { maximum: 11 } }, /loosens/],
    [{ tags: { maxItems: 5 } }, /loosens/],
    [{ kind: { enum: ["x", "w"] } }, /refuses/],
    [{ q: { required: false } }, /requires/],
    [{ q: { remove: true } }, /removes an argument that the server requires/],
    [{ q: { default: 7 } }, /refuses/],
    [{ n: { maxLength: 3 } }, /would bound nothing: the argument is of type integer/],
    [{ tags: { maxLength: 3 } }, /would bound nothing/],
    [{ q: { minLength: 30 } }, /leaves no value/],
    [{ Q: { maxLength: 3 } }, /there is no \/Q/],
    [{ "/deep/x": { maxLength: 3 } }, /there is no \/deep\/x/],
    [{ "/tags/0": { maxLength: 3 } }, /there is no/],
  ] as [Record<string, ArgumentRules>, RegExp][])
    assert.match(faultOf(args).message, said, JSON.stringify(args));
  assert.equal(faultOf({ knd: { enum: ["x"] } }).nearest, "kind");
});

test("V2: overlays work in nested places, through $ref, allOf and items, and patterns add up", () => {
  const { definition } = shapedOf({
    q: { pattern: "^b" },
    "/deep/s": { maxLength: 2 },
    "/deep/more/s": { maxLength: 1 },
    "/merged/a": { maxLength: 3 },
    "/tags/*": { maxLength: 2 },
    either: { maxLength: 3 },
  });
  const schema = definition["inputSchema"] as Json;
  const ok = { q: "ba", deep: { s: "xx", more: { s: "x", more: { s: "xxxx" } } }, merged: { a: "abc" }, tags: ["aa"] };
  assert.ok(accepts(schema, ok));
  for (const wrong of [
    { q: "b" },
    { q: "a" },
    { deep: { s: "xxx" } },
    { deep: { more: { s: "xx" } } },
    { merged: { a: "abcd" } },
    { merged: { a: "" } },
    { tags: ["aaa"] },
    { either: "abcd" },
  ])
    assert.equal(accepts(schema, { ...ok, ...wrong } as Json), false, JSON.stringify(wrong));
  assert.ok(accepts(schema, { ...ok, either: null }));
});

const value = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    fc.string({ maxLength: 24, unit: fc.constantFrom("a", "b", "x", "0") }),
    fc.integer({ min: -3, max: 14 }),
    fc.constantFrom(null, "x", "y", "z", "w", true),
    fc.array(tie("any"), { maxLength: 6 }),
    fc.dictionary(fc.constantFrom("s", "more", "a"), tie("any"), { maxKeys: 3 }),
  ) as fc.Arbitrary<Json>,
})).any;
const one = <T>(keyword: string, of: fc.Arbitrary<T>): fc.Arbitrary<ArgumentRules> =>
  of.map((wanted) => ({ [keyword]: wanted }));
const argument = fc
  .array(
    fc.oneof(
      one("maxLength", fc.nat(30)),
      one("minLength", fc.nat(5)),
      one("pattern", fc.constantFrom("^b", "x$", "a{2}")),
      one("enum", fc.subarray(["x", "y", "z", "w", "a"], { minLength: 1 })),
      one("minimum", fc.integer({ min: -2, max: 12 })),
      one("maximum", fc.integer({ min: -2, max: 12 })),
      one("maxItems", fc.nat(6)),
      one("required", fc.constant(true)),
      one("default", fc.constantFrom("a", "x", 3)),
      one("remove", fc.constant(true)),
    ),
    { minLength: 1, maxLength: 2 },
  )
  .map((all) => Object.assign({}, ...all) as ArgumentRules);
const places = fc.constantFrom(
  "q",
  "n",
  "kind",
  "tags",
  "/tags/*",
  "deep",
  "/deep/s",
  "/deep/more/s",
  "either",
  "/merged/a",
);

test("V2: whatever overlay is accepted, the tightened schema and the defaults lead to nothing that the original refuses", () => {
  let overlays = 0;
  fc.assert(
    fc.property(
      fc.dictionary(places, argument, { minKeys: 1, maxKeys: 2 }),
      fc.array(fc.dictionary(fc.constantFrom(...Object.keys(SCHEMA["properties"] as object)), value, { maxKeys: 5 }), {
        maxLength: 20,
      }),
      (args, samples) => {
        const shaped = made(args);
        const [first] = shaped;
        if (first === undefined || !("plan" in first)) return;
        overlays++;
        const tight = first.definition["inputSchema"] as Json;
        for (const sample of samples) {
          if (!accepts(tight, sample)) continue;
          const filled = fillIn(first.plan, sample, ADA);
          assert.ok(typeof filled !== "string");
          assert.ok(accepts(SCHEMA, filled), `${JSON.stringify(args)} ${JSON.stringify(sample)}`);
        }
      },
    ),
    { numRuns: 1_500 },
  );
  assert.ok(overlays > 200, "enough of them were accepted");
});

const ADA: Principal = {
  tenant: "acme",
  subject: "s_1",
  owner: "person:ada@example.com",
  credential: "k_1",
  roles: [],
  environment: "dev",
  plan: "free",
};

test("P4: no value that a caller supplies for a bound argument is let through, and the principal's own always is", () => {
  const schema: JsonObject = {
    type: "object",
    properties: {
      tenant_id: { type: "string" },
      filter: { type: "object", properties: { owner: { type: "string" } } },
    },
    additionalProperties: true,
  };
  const { plan } = shapedOf(
    {},
    { bind: { tenant_id: { principal: "tenant" }, "/filter/owner": { principal: "login" } } },
    schema,
  );
  const name = fc.constantFrom(
    "tenant_id",
    "tenantId",
    "TENANT_ID",
    "tenant-id",
    "owner",
    "Owner",
    "filter",
    "filter.owner",
    "x",
    "__proto__",
  );
  const args = fc.letrec<{ args: JsonObject }>((tie) => ({
    args: fc.dictionary(
      name,
      fc.oneof({ maxDepth: 3 }, fc.constant("other"), fc.constant(null), tie("args")) as fc.Arbitrary<Json>,
      { maxKeys: 4 },
    ) as fc.Arbitrary<JsonObject>,
  })).args;
  fc.assert(
    fc.property(args, (sent) => {
      if (plan.hidden.some((place) => supplied(sent, place) !== undefined)) return;
      const filled = fillIn(plan, sent, ADA);
      if (typeof filled === "string") return;
      assert.equal(filled["tenant_id"], "acme");
      assert.equal((filled["filter"] as JsonObject)["owner"], "ada@example.com");
      for (const key of Object.keys(filled)) assert.ok(key === "tenant_id" || !/^tenant.?id$/i.test(key), key);
    }),
    { numRuns: 1_000 },
  );
});

test("P6: a part has only the alternatives that its fixed value can meet", () => {
  const schema: JsonObject = {
    type: "object",
    properties: { action: { type: "string" } },
    required: ["action"],
    oneOf: [
      { properties: { action: { const: "list" }, page: { type: "integer" } }, required: ["action"] },
      { properties: { action: { const: "drop" }, id: { type: "string" } }, required: ["action", "id"] },
    ],
  };
  const publish = {
    list: { fixed: { action: "list" }, effect: "read" as const, description: "Lists.", arguments: {} },
    drop: {
      fixed: { action: "drop" },
      effect: "destructive" as const,
      description: "Drops.",
      arguments: { id: { maxLength: 3 } },
    },
  };
  const shaped = made({}, { publish }, schema);
  assert.deepEqual(
    shaped.map((one) => "plan" in one && [one.name, one.effect]),
    [
      ["list", "read"],
      ["drop", "destructive"],
    ],
  );
  const [list, drop] = shaped as { definition: JsonObject }[];
  assert.ok(accepts(list?.definition["inputSchema"] as Json, { page: 1 }));
  assert.equal(accepts(list?.definition["inputSchema"] as Json, { id: "x" }), false);
  assert.ok(accepts(drop?.definition["inputSchema"] as Json, { id: "x" }));
  assert.equal(accepts(drop?.definition["inputSchema"] as Json, { id: "long" }), false);
  assert.equal(accepts(drop?.definition["inputSchema"] as Json, {}), false);
  assert.match(
    faultOf(
      {},
      { publish: { ...publish, none: { ...publish.list, fixed: { action: "none" } } } },
      { ...schema, properties: { action: { enum: ["list", "drop"] } } },
    ).message,
    /refuses/,
  );
});

test("P3: annotations make a tool more dangerous, never less", () => {
  for (const [said, hints, effect] of [
    [undefined, {}, "write"],
    [undefined, { readOnlyHint: true }, "write"],
    ["read", {}, "read"],
    ["read", { readOnlyHint: false }, "write"],
    ["read", { destructiveHint: true }, "destructive"],
    ["write", { destructiveHint: true }, "destructive"],
    [undefined, { destructiveHint: true }, "destructive"],
    ["payment", { readOnlyHint: true, destructiveHint: true }, "payment"],
    ["destructive", { destructiveHint: false, readOnlyHint: true }, "destructive"],
  ] as [Effect | undefined, JsonObject, Effect][])
    assert.equal(effectOf(said, { annotations: hints }), effect, JSON.stringify([said, hints]));
});

test("V5 V2: a schema that refers to itself without end is not shaped, in no time", () => {
  const loop: JsonObject = {
    type: "object",
    properties: { a: { type: "string" } },
    allOf: [{ $ref: "#" }, { $ref: "#" }],
  };
  const began = performance.now();
  const faces = facesOf({ tools: { t: rules({ a: { maxLength: 3 } }) } } as never, "tool", "t", tool(loop), "sha256:1");
  assert.ok("faults" in faces);
  assert.ok(performance.now() - began < 2_000);
});

test("V2: what holds for the items of a list holds for a text in its place", () => {
  const mode: JsonObject = { type: ["string", "array"], items: { type: "string" } };
  const { definition } = shapedOf({ "/mode/*": { enum: ["safe"] } }, {}, { type: "object", properties: { mode } });
  for (const [value, fits] of [
    ["danger", false],
    [["danger"], false],
    ["safe", true],
    [["safe"], true],
  ] as [Json, boolean][])
    assert.equal(accepts(definition["inputSchema"] as Json, { mode: value }), fits, JSON.stringify(value));
  const either = { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] };
  const schema = { type: "object", properties: { mode: either } } as unknown as JsonObject;
  assert.match(faultOf({ "/mode/*": { enum: ["safe"] } }, {}, schema).message, /cannot be tightened/);
});

test("P4: a name on the way to a bound argument is found in every spelling", () => {
  const place = ["rows", "*", "owner"];
  for (const args of [
    { Rows: [{ owner: "x" }] },
    { rows: [{ Owner: "x" }] },
    { rows: { 0: { owner: "x" } } },
    { rows: { owner: "x" } },
    { "rows[0].owner": "x" },
    { "rows.0.owner": "x" },
    { "rows/0/owner": "x" },
    { "rows[]": [{ owner: "x" }] },
    { "rows[0]": { owner: "x" } },
    { rows: [{ "%6fwner": "x" }] },
  ])
    assert.notEqual(supplied(args as never, place), undefined, JSON.stringify(args));
  for (const args of [{ rows: [{ n: "x" }] }, { owner: "x" }, { rows: [{ owners: "x" }] }, { row: 1, owners: 2 }])
    assert.equal(supplied(args as never, place), undefined, JSON.stringify(args));
});
