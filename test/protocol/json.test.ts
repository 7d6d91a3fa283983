import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DEFAULT_LIMITS, decodeUtf8, JsonFault, parseJson } from "../../src/protocol/json.ts";
import { readStrictly } from "../../src/protocol/json-reader.ts";

const read = (text: string, limits = {}) => parseJson(text, { ...DEFAULT_LIMITS, ...limits });
const refused = (text: string, code: string, limits = {}) =>
  assert.throws(
    () => read(text, limits),
    (fault) => fault instanceof JsonFault && fault.code === code,
    text.slice(0, 80),
  );

/** The value with 0 for -0, which JSON.stringify writes as 0. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
  }
  return value === 0 ? 0 : value;
}

test("what is written is read back equal, by the fast and by the strict reader", () => {
  const values = fc.jsonValue({ maxDepth: 6, stringUnit: "binary" });
  fc.assert(
    fc.property(values, fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      fc.pre(!text.includes("\\u0000"));
      const fast = read(text);
      assert.deepEqual(fast, plain(value));
      assert.equal(JSON.stringify(fast, null, indent), text);
      assert.deepStrictEqual(fast, readStrictly(text, DEFAULT_LIMITS));
    }),
    { numRuns: 500 },
  );
});

test("invariant 4: duplicate keys are refused, also when only their escapes differ", () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"name":"read","n\\u0061me":"delete"}',
    '[{"x":{"é":1,"\\u00e9":2}}]',
    '{"__proto__":1,"__proto__":2}',
    '{"1":1,"a":2,"1":3}',
    `{"${"k".repeat(40)}":1,"b":":","${"k".repeat(40)}":2}`,
    `{"a":${JSON.stringify('":1,"'.repeat(9))},"a":0}`,
  ]) {
    refused(text, "duplicate");
  }
  const text = '{"a":{":":1},"b":[{"a":1},{"a":1}],"A":"\\":\\\\","c":":::\\""}';
  assert.deepEqual(read(text), { a: { ":": 1 }, b: [{ a: 1 }, { a: 1 }], A: '":\\', c: ':::"' });
});

test("invariant 4: escaped keys keep their names though the native parser confuses them with earlier ones", () => {
  for (const [place, [name, seen, escaped]] of [
    ["\n", "\\\\", "\\n"],
    ['"', "\\\\", '\\"'],
    ["admin", "\\\\", "\\u0061dmin"],
    ["\na", "\\\\n", "\\na"],
    [`${"k".repeat(30)}\n`, `${"k".repeat(30)}\\\\`, `${"k".repeat(30)}\\n`],
  ].entries() as Iterable<[number, [string, string, string]]>) {
    // A first member of its own for each case, so that the second is the first that followed it.
    const first = `"first of case ${place}":1`;
    for (let i = 0; i < 3; i++) JSON.parse(`{${first},"${seen}":2}`);
    assert.deepEqual(Object.keys(read(`{${first},"${escaped}":2}`) as object).at(-1), name);
  }
});

test("invariant 4: numbers that do not survive the round trip are refused, the others become their plain value", () => {
  for (const token of [
    ..."12345678901234567890 9007199254740993 1e400 -1e400 1e-400 0.1000000000000000055 1.0000000000000001".split(" "),
    ..."123456789012345678e-3 9223372036854775807 5e-325 1e99999999999999999999 0.30000000000000004000001".split(" "),
    `1${"0".repeat(400)}`,
  ]) {
    refused(token, "number");
    refused(`{"a":[${token}]}`, "number");
  }
  const plain: [string, number][] = [
    ...([
      ["1.0", 1],
      ["1e2", 100],
      ["-0", 0],
      ["-0.0e5", 0],
      ["0e999999999999", 0],
      ["0.10", 0.1],
    ] as [string, number][]),
    ...([
      ["9007199254740992", 2 ** 53],
      ["1E+2", 100],
      ["5e-324", 5e-324],
      ["-1.50e3", -1500],
    ] as [string, number][]),
    ["0.30000000000000004", 0.1 + 0.2],
    ["1.7976931348623157e308", Number.MAX_VALUE],
    [`1${"0".repeat(21)}`, 1e21],
  ];
  for (const [token, value] of plain) assert.deepStrictEqual(read(`[${token}]`), [value], token);
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.deepStrictEqual(read(`[${String(value)}]`), [value + 0]);
      assert.deepStrictEqual(read(`[${value.toExponential()}]`), [value + 0]);
    }),
  );
});

test("W4: U+0000 and half surrogate pairs are refused in strings and keys, escaped or not", () => {
  refused('{"a":"x\\u0000"}', "nul");
  refused('{"a\\u0000":1}', "nul");
  refused('"\\u0000"', "nul");
  refused('{"a":["\\ud800"]}', "surrogate");
  refused('{"a\\uDC00":1}', "surrogate");
  refused('{"a":"\ud800"}', "surrogate");
  refused('"\ud800"', "surrogate");
  refused(`{"a":"${"x".repeat(50)}\\u0000"}`, "nul");
  refused(`["${"é".repeat(500)}\\udfff"]`, "surrogate");
  refused('{"a":"\0"}', "syntax");
  assert.deepEqual(read('{"a":"\\\\u0000","b":"\\\\ud800","c":"\\ud83d\\ude00"}'), {
    a: "\\u0000",
    b: "\\ud800",
    c: "😀",
  });
});

test("W4: one name twice among a thousand members is refused without saying where", () => {
  const members = Array.from({ length: 1_200 }, (_, at) => `"m${at}":1`);
  assert.equal(Object.keys(read(`{${members}}`) as object).length, 1_200);
  refused(`{${members},"m7":1}`, "duplicate");
  refused(`{${members},"\\u006d7":1}`, "duplicate");
});

test("W4: depth, number of members and items, and length of strings are bounded", () => {
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  assert.ok(read(nested(64)));
  refused(nested(65), "depth");
  refused(nested(2_000_000), "depth");
  refused('{"a":{"a":{}}}', "depth", { maxDepth: 2 });
  assert.deepEqual(read('{"a":[1,2,"[[["]}', { maxNodes: 4, maxDepth: 2 }), { a: [1, 2, "[[["] });
  refused('{"a":[1,2,3]}', "size", { maxNodes: 3 });
  // What is certainly too much is not read to its end: the fault in it is not reached.
  refused(`[${"0,".repeat(1_000)}nope`, "size", { maxNodes: 900 });
  refused(`[${"0,".repeat(1_000)}nope`, "syntax", { maxNodes: 1_001 });
  // Empty containers and commas in strings count nothing.
  assert.deepEqual(read('[[],{},",,,,"]', { maxNodes: 3 }), [[], {}, ",,,,"]);
  assert.deepEqual(read('{"abcd":"\\n\\n\\n\\n"}', { maxString: 4 }), { abcd: "\n\n\n\n" });
  refused('{"a":"12345"}', "size", { maxString: 4 });
  refused('{"12345":1}', "size", { maxString: 4 });
  const named = (count: number, last = "") =>
    `{${Array.from({ length: count }, (_, at) => `"m${at}" :"m",`).join("")}${last}"m":1}`;
  for (const last of ["", '"\\n":1,']) {
    const names = last === "" ? 3 : 4;
    assert.equal(Object.keys(read(named(2, last), { maxNames: names }) as object).length, names);
    refused(named(3, last), "size", { maxNames: names });
  }
  const often = `[${'{"a":1,"b":2},'.repeat(500)}{"a":":"}]`;
  assert.equal((read(often, { maxNames: 2 }) as unknown[]).length, 501);
  refused(often, "size", { maxNames: 1 });
  refused('"12345"', "size", { maxString: 4 });
});

test("W4: a __proto__ key is a plain own property", () => {
  for (const text of ['{"__proto__":{"admin":true},"b":1}', '{"__pro\\u0074o__":{"admin":true},"b":1}']) {
    const value = read(text) as { admin?: boolean };
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.ok(Object.hasOwn(value, "__proto__"));
    assert.equal(value.admin, undefined);
    assert.equal(({} as { admin?: boolean }).admin, undefined);
  }
});

test("W4: a fault says what, where and what is accepted, and shows no values and little of the keys", () => {
  const message = (text: string) => {
    try {
      read(text);
    } catch (fault) {
      assert.ok(fault instanceof JsonFault);
      return fault.message;
    }
    throw new Error("accepted");
  };
  assert.equal(
    message('{\n  "params": {"a/b": 1, "a/b": "s3cret"}}'),
    "A member stands twice (line 2, column 24, at /params/a~1b); accepted: each name once in its object",
  );
  assert.match(message('{"a":[1,2 3]}'), /line 1, column 11, at \/a.*accepted: "," or "\]"/);
  const long = message(`{"${"k".repeat(5000)}":{"\u001b[31m\u202e":1e999}}`.replace("\u001b", "\\u001b"));
  assert.match(long, /at …k*\/\?\[31m\?\)/);
  assert.ok(!/s3cret|\u202e|\u001b/.test(long) && long.length < 250);
});

test("W4: UTF-8 is decoded without replacement, and a byte order mark is refused", () => {
  const at = (bytes: number[]) => {
    try {
      decodeUtf8(Buffer.from(bytes));
    } catch (fault) {
      assert.ok(fault instanceof JsonFault && fault.code === "syntax");
      return fault.offset;
    }
    return undefined;
  };
  assert.equal(decodeUtf8(Buffer.from("a\ufffdb")), "a\ufffdb");
  assert.equal(decodeUtf8(Uint8Array.of(0xc3, 0xa9)), "é");
  assert.equal(decodeUtf8(Buffer.from("é😀\ufeff")), "é😀\ufeff");
  assert.equal(at([0x22, 0xc3, 0xa9, 0x22]), undefined);
  assert.equal(at([0x22, 0xc3, 0x22]), 2);
  assert.equal(at([0x22, 0xff, 0x22]), 1);
  assert.equal(at([0x22, 0xe2, 0x82]), 3);
  assert.equal(at([0xed, 0xa0, 0x80]), 1);
  assert.equal(at([0xef, 0xbb, 0xbf, 0x31]), 0);
});
