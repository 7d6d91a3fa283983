import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, DEFAULT_FUEL, type Result, SchemaFault } from "../../src/domain/schema/index.ts";
import type { Json } from "../../src/kernel/json.ts";

/** CPU milliseconds of this thread that one call may take (design, shows 7). */
const MOST = 100;

function within<Out>(what: string, run: () => Out): Out {
  const before = process.threadCpuUsage();
  const out = run();
  const { user, system } = process.threadCpuUsage(before);
  assert.ok((user + system) / 1_000 < MOST, `${what} took ${(user + system) / 1_000} ms of CPU`);
  return out;
}

function refused(what: string, schema: Json, message: RegExp): void {
  const fault = within(what, () => {
    try {
      compile(schema, { closed: true });
      return undefined;
    } catch (error) {
      return error;
    }
  });
  assert.ok(fault instanceof SchemaFault, `${what} is refused`);
  assert.match(fault.message, message, what);
}

function judged(what: string, schema: Json, value: Json, closed = true): Result {
  const compiled = within(`compiling ${what}`, () => compile(schema, { closed }));
  return within(`judging ${what}`, () => compiled.validate(value));
}

const gaveUp = (result: Result): boolean => !result.valid && result.exhausted;

const nested = (levels: number, wrap: (inner: Json) => Json, core: Json): Json => {
  let value = core;
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
};

test("V5: an exponential pile of $ref over one value is refused before it is used", () => {
  for (const keyword of ["allOf", "anyOf", "oneOf"]) {
    const $defs: Record<string, Json> = { a40: {} };
    for (let i = 0; i < 40; i++) {
      $defs[`a${i}`] = { [keyword]: [{ $ref: `#/$defs/a${i + 1}` }, { $ref: `#/$defs/a${i + 1}` }] };
    }
    refused(`the bomb of ${keyword}`, { $ref: "#/$defs/a0", $defs }, /by more than 10000 subschemas/);
  }
});

test("V5: an exponential pile of $ref along the value runs out of fuel", () => {
  const $defs: Record<string, Json> = { a60: { type: "string" } };
  for (let i = 0; i < 60; i++) {
    const step = { properties: { x: { $ref: `#/$defs/a${i + 1}` } } };
    $defs[`a${i}`] = { allOf: [step, step] };
  }
  const value = nested(60, (x) => ({ x }), "s");
  const result = judged("the deep bomb", { $ref: "#/$defs/a0", $defs: structuredClone($defs) }, value);
  assert.ok(gaveUp(result));
  assert.ok(
    !result.valid &&
      result.errors[0]?.rule === `fuel ${DEFAULT_FUEL}` &&
      /smaller or simpler/.test(result.errors[0].message),
  );
});

test("V5: circles, chains and depth are refused", () => {
  refused("a circle", { $ref: "#" }, /never ends/);
  refused(
    "a circle through allOf",
    { allOf: [{ $ref: "#/$defs/a" }], $defs: { a: { anyOf: [{ $ref: "#" }] } } },
    /never ends/,
  );
  const $defs: Record<string, Json> = { a4000: {} };
  for (let i = 0; i < 4_000; i++) $defs[`a${i}`] = { $ref: `#/$defs/a${i + 1}`, minLength: 0 };
  refused("a chain", { $ref: "#/$defs/a0", $defs }, /in a chain/);
  refused(
    "10,000 levels",
    nested(10_000, (a) => ({ properties: { a } }), {}),
    /levels of JSON/,
  );
  refused(
    "100 levels",
    nested(100, (not) => ({ not }), {}),
    /nested deeper than 64/,
  );
  refused("10,000 levels in enum", { enum: [nested(10_000, (a) => [a], 1)] }, /levels of JSON/);
});

test("V5: a dynamic reference that never ends is given up", () => {
  const schema = {
    $dynamicAnchor: "n",
    $ref: "b",
    $defs: { b: { $id: "b", $dynamicRef: "#n", $defs: { z: { $dynamicAnchor: "n" } } } },
  };
  const result = judged("the dynamic circle", schema, 1);
  assert.ok(gaveUp(result));
});

test("V5: a schema too large is refused", () => {
  const many = (count: number, schema: Json) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, structuredClone(schema)]));
  refused("6,000 subschemas", { properties: many(6_000, {}) }, /more than 5000 subschemas/);
  refused("60,000 values", { enum: Array.from({ length: 60_000 }, (_, i) => i) }, /JSON values/);
  refused("2 million characters", { description: "x".repeat(2_000_000) }, /characters/);
  refused("100 patterns", { patternProperties: many(100, {}) }, /64 different patterns/);
  refused("a counted pattern", { pattern: "((a{100}){100}){100}" }, /steps/);
  refused("a repeated pattern", { pattern: "a{5000}" }, /1000 times/);
  refused("a deep pattern", { pattern: "(".repeat(300) + ")".repeat(300) }, /groups/);
  const compiled = within("4,900 subschemas", () =>
    compile({ properties: many(4_900, { type: "string" }) }, { closed: true }),
  );
  assert.equal(compiled.validate({ p4899: "x" }).valid, true);
});

test("V5: patterns that explode elsewhere take linear time, or run out of fuel", () => {
  const random = Array.from({ length: 250_000 }, (_, i) => "ab"[((i * 2_654_435_761) >>> 13) & 1]).join("");
  for (const pattern of [
    "(a+)+$",
    "^(a|a)*$",
    "(x+x+)+y",
    "(a*)*b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(?:a|b)*a(?:a|b){200}b$",
    "(.?){300}a{300}b*$",
  ]) {
    const compiled = within(`compiling ${pattern}`, () => compile({ pattern }, { closed: true }));
    for (const length of [30, 1_000, 5_000, 50_000, 250_000]) {
      for (const text of [`${"a".repeat(length)}!`, random.slice(0, length)]) {
        within(`${pattern} over ${length} characters`, () => compiled.validate(text));
      }
    }
  }
  const long = judged("(a+)+$", { pattern: "(a+)+$" }, `${"a".repeat(250_000)}!`);
  assert.ok(!long.valid && !long.exhausted, "judged, not given up");
  assert.ok(gaveUp(judged("a costly pattern", { pattern: "(?:a|b)*a(?:a|b){200}b$" }, random)));
});

test("V1: usual patterns are judged over long texts", () => {
  const base64 = `data:image/png;base64,${"QUJD".repeat(50_000)}=`;
  assert.equal(
    judged("a data URI", { pattern: "^data:image/(png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$" }, base64).valid,
    true,
  );
  assert.equal(judged("bounded text", { pattern: "^.{1,1000}$" }, "x".repeat(1_000)).valid, true);
  assert.equal(judged("any text", { pattern: "^[\\s\\S]*$" }, "x\n".repeat(120_000)).valid, true);
});

test("V5: uniqueItems is near linear", () => {
  const items = Array.from({ length: 10_000 }, (_, id) => ({ id, name: `n${id}`, tags: ["a", id] }));
  assert.equal(judged("10,000 objects", { uniqueItems: true }, items).valid, true);
  assert.equal(
    judged("a late pair", { uniqueItems: true }, [...items, { tags: ["a", 9_999], name: "n9999", id: 9_999 }]).valid,
    false,
  );
});

test("V5: quadratic and cubic keywords run out of fuel", () => {
  const cube = Array.from({ length: 100 }, () =>
    Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => 0)),
  );
  const contains = { items: { contains: { contains: { const: 1 } } } };
  assert.ok(gaveUp(judged("contains in items", contains, cube)));
  const names = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`p${i}`, i]));
  const wide = {
    allOf: Array.from({ length: 1_000 }, () => ({ patternProperties: { "^p": { type: "integer" } } })),
    unevaluatedProperties: false,
  };
  assert.ok(gaveUp(judged("1,000 branches over 1,000 properties", wide, names)));
  const $defs = {
    n: {
      anyOf: Array.from({ length: 8 }, (_, minItems) => ({ type: "array", items: { $ref: "#/$defs/n" }, minItems })),
    },
  };
  assert.ok(
    gaveUp(
      judged(
        "anyOf recursion",
        { $ref: "#/$defs/n", $defs },
        nested(30, (x) => [x], [1]),
      ),
    ),
  );
  const alternatives = {
    items: { oneOf: Array.from({ length: 200 }, (_, i) => ({ properties: { a: { const: i } } })) },
  };
  const late = Array.from({ length: 10_000 }, () => ({ a: 199 }));
  assert.ok(gaveUp(judged("oneOf over 10,000 items", alternatives, late)));
});

test("V5: formats take linear time, or run out of fuel", () => {
  const texts: Record<string, (i: number) => string> = {
    regex: (i) => "\\p{L}".repeat(700) + i,
    "idn-hostname": (i) => `${"ü".repeat(50)}${i}`,
    hostname: () => "xn--4dbc5h.".repeat(20) + "a",
    "idn-email": () => `a@${"ب".repeat(20)}.ب`,
    "uri-template": () => "{a,b,c}".repeat(30),
    iri: (i) => `http://ü/${"ü".repeat(50)}${i}`,
    duration: () => `P${"1".repeat(200)}Y`,
    time: () => `00:00:00.${"1".repeat(200)}Z`,
    email: () => `"${"\\a".repeat(20)}"@a.b`,
  };
  for (const [format, text] of Object.entries(texts)) {
    judged(
      `many of ${format}`,
      { items: { format } },
      Array.from({ length: 10_000 }, (_, i) => text(i)),
    );
    for (const one of ["a", "1", "/", "{a}", "~", '"', "0.", "ü"]) {
      judged(`a long ${format}`, { format }, one.repeat(Math.floor(250_000 / one.length)));
    }
  }
});

test("V5: a value nested too deeply is refused, whatever the schema says", () => {
  const deep = nested(100_000, (x) => [x], 1);
  for (const schema of [true, { items: { $ref: "#" } }, { uniqueItems: true }, { const: 1 }] as Json[]) {
    const result = judged("the deep value", schema, deep, false);
    assert.ok(!result.valid && result.errors[0]?.rule === "depth 256");
  }
});

test("V5: less fuel gives up earlier, and giving up refuses", () => {
  const compiled = compile({ items: { type: "integer" } }, { closed: true });
  const value = Array.from({ length: 100 }, (_, i) => i);
  assert.equal(compiled.validate(value).valid, true);
  assert.ok(gaveUp(compiled.validate(value, 50)));
  assert.ok(gaveUp(compiled.validate(value, 0)));
});

test("V1: a usual call is judged in microseconds", () => {
  const properties = {
    path: { type: "string", minLength: 1, maxLength: 4_096 },
    limit: { type: "integer", minimum: 1, maximum: 100 },
    recursive: { type: "boolean" },
    tags: { type: "array", items: { type: "string" } },
    mode: { enum: ["a", "b"] },
  };
  const compiled = compile({ type: "object", properties, required: ["path"] }, { closed: true });
  const value = { path: "/some/file", limit: 5, recursive: true, tags: ["x", "y"], mode: "b" };
  // Work, not time: about 0.4 µs on the reference machine.
  assert.equal(compiled.validate(value, 60).valid, true);
});
