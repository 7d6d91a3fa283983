import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Json, JsonObject } from "../../src/kernel/json.ts";
import { canonical } from "../../src/protocol/jcs.ts";
import { DEFAULT_LIMITS, parseJson } from "../../src/protocol/json.ts";

test("T3: RFC 8785 3.2.2: literals, numbers and strings of the example", () => {
  const value = {
    numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
    literals: [null, true, false],
  };
  assert.equal(
    canonical(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test("T3: RFC 8785 3.2.3: members are sorted by UTF-16 code units", () => {
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  const order = [...canonical(value).matchAll(/:"([^"]+)"/g)].map((member) => member[1]);
  assert.deepEqual(order, [
    "Carriage Return",
    "One",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
  ]);
});

test("T3: RFC 8785 appendix B: numbers by their IEEE 754 bits", () => {
  const samples: [string, string][] = [
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ];
  for (const [bits, text] of samples) assert.equal(canonical(Buffer.from(bits, "hex").readDoubleBE()), text);
});

test("T3: what is no JSON value has no canonical form", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, "\ud800", { "\udc00": 1 }, [undefined], 1n, () => 1]) {
    assert.throws(() => canonical(value as Json), TypeError);
  }
});

test("T3: equal values have one text, whatever the order of their members, and it reads back as the value", () => {
  const values = fc.jsonValue({ maxDepth: 5, stringUnit: "binary" }) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(values, (value) => {
      const text = canonical(value);
      assert.equal(canonical(reversed(value)), text);
      if (!text.includes("\\u0000")) assert.equal(canonical(parseJson(text, DEFAULT_LIMITS)), text);
    }),
    { numRuns: 300 },
  );
});

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value as JsonObject).reverse();
  return Object.fromEntries(members.map(([name, member]) => [name, reversed(member)]));
}
