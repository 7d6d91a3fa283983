import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject } from "../../src/kernel/json.ts";
import {
  checkParamHeaders,
  decodeHeaderValue,
  encodeHeaderValue,
  HeaderFault,
  headerAnnotationFault,
  paramHeaders,
} from "../../src/protocol/headers.ts";

const SCHEMA: JsonObject = {
  type: "object",
  properties: {
    tenant: { type: "string", "x-mcp-header": "Tenant" },
    count: { type: "integer", "x-mcp-header": "Count" },
    dry: { type: "boolean", "x-mcp-header": "Dry-Run" },
    free: { type: "string" },
    filter: { type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } } },
  },
};
const raw = (headers: [string, string][]) => new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));

test("W7: visible ASCII goes as it is, all else within the sentinel", () => {
  for (const plain of [
    "",
    "a",
    "crm.find contact",
    "a\tb",
    "~!@#$%",
    "=?base64?",
    "?=",
    "=?base64?abc",
    "x=?base64?YQ==?=",
  ]) {
    assert.equal(encodeHeaderValue(plain), plain);
    assert.equal(decodeHeaderValue(plain), plain);
  }
  assert.equal(encodeHeaderValue("日本"), "=?base64?5pel5pys?=");
  assert.equal(encodeHeaderValue(" a"), "=?base64?IGE=?=");
  assert.equal(encodeHeaderValue("a\r\nX-Evil: 1"), "=?base64?YQ0KWC1FdmlsOiAx?=");
  assert.equal(encodeHeaderValue("=?base64?YQ==?="), "=?base64?PT9iYXNlNjQ/WVE9PT89?=");
  for (const value of ["a\t", "\u007f", "é", "\0", "\ufeff", "😀"]) {
    assert.match(encodeHeaderValue(value), /^=\?base64\?[A-Za-z0-9+/]+=*\?=$/);
    assert.equal(decodeHeaderValue(encodeHeaderValue(value)), value);
  }
});

test("W7: every text survives a header, which stays one line of ASCII", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const header = encodeHeaderValue(value);
      assert.match(header, /^[\t\x20-\x7e]*$/);
      assert.equal(decodeHeaderValue(`\t ${header} `), value);
    }),
  );
});

test("W7: bad padding, alphabet and UTF-8 within the sentinel are refused", () => {
  for (const coded of [
    "YQ",
    "YQ=",
    "YQ===",
    "Y",
    "YR==",
    "Y Q==",
    "YQ==\t",
    "_-8=",
    "YQ==YQ==",
    "a?b=",
    "/w==",
    "7aCA",
    "wA==",
  ]) {
    assert.throws(() => decodeHeaderValue(`=?base64?${coded}?=`), HeaderFault, coded);
  }
  assert.equal(decodeHeaderValue("=?base64??="), "");
  // Too short to hold both ends.
  assert.equal(decodeHeaderValue("=?base64?="), "=?base64?=");
  for (const value of ["caf\u00e9", "a\u00a0", "a\0b", "a\u007f"])
    assert.throws(() => decodeHeaderValue(value), HeaderFault);
});

test("W7: Mcp-Param headers are made from the final arguments, through objects, and not for what has no value", () => {
  const args = { tenant: "Zürich", count: -3, dry: false, free: "x", filter: { region: "eu" } };
  assert.deepEqual(paramHeaders(SCHEMA, args).headers, [
    ["Mcp-Param-Tenant", "=?base64?WsO8cmljaA==?="],
    ["Mcp-Param-Count", "-3"],
    ["Mcp-Param-Dry-Run", "false"],
    ["Mcp-Param-Region", "eu"],
  ]);
  assert.deepEqual(paramHeaders(SCHEMA, { tenant: null, filter: "x" }).headers, []);
  assert.deepEqual(paramHeaders(SCHEMA, { tenant: ["x"], count: 2 ** 60, filter: null }).headers, []);
  assert.deepEqual(paramHeaders({ type: "object" }, args).headers, []);
  const inherited = { type: "object", properties: { toString: { type: "string", "x-mcp-header": "X" } } };
  assert.deepEqual(paramHeaders(inherited as unknown as JsonObject, {}).headers, []);
});

test("W7: headers that were made agree with the arguments they were made of", () => {
  const args = fc.record({
    tenant: fc.option(fc.string({ unit: "binary" })),
    count: fc.maxSafeInteger(),
    dry: fc.boolean(),
    filter: fc.record({ region: fc.string() }),
  });
  fc.assert(
    fc.property(args, (given) => {
      const { headers } = paramHeaders(SCHEMA, given);
      assert.equal(checkParamHeaders(SCHEMA, given, raw(headers)), undefined);
      for (const [name] of headers) {
        const without = headers.filter(([other]) => other !== name);
        assert.match(checkParamHeaders(SCHEMA, given, raw(without)) ?? "", new RegExp(`${name} is missing`));
      }
    }),
    { numRuns: 50 },
  );
});

test("W7: headers that disagree with the arguments are named", () => {
  const check = (args: JsonObject, headers: Record<string, string>) =>
    checkParamHeaders(SCHEMA, args, raw(Object.entries(headers)));
  assert.equal(check({ tenant: "a", count: 42 }, { "Mcp-Param-Tenant": "a", "MCP-PARAM-COUNT": "42.0" }), undefined);
  assert.equal(check({ tenant: "a" }, { "Mcp-Param-Tenant": "=?base64?YQ==?=", "Mcp-Param-Unknown": "x" }), undefined);
  assert.equal(check({}, {}), undefined);
  assert.match(check({ tenant: "a" }, {}) ?? "", /Mcp-Param-Tenant is missing; argument \/tenant/);
  assert.match(check({ tenant: "a" }, { "Mcp-Param-Tenant": "A" }) ?? "", /differs from argument \/tenant/);
  assert.match(
    check({ filter: { region: "eu" } }, { "Mcp-Param-Region": "us" }) ?? "",
    /differs from argument \/filter\/region/,
  );
  assert.match(check({ tenant: "a" }, { "Mcp-Param-Tenant": "=?base64?YQ?=" }) ?? "", /no canonical base64/);
  assert.match(check({}, { "Mcp-Param-Tenant": "a" }) ?? "", /has no value/);
  assert.match(check({ tenant: null }, { "Mcp-Param-Tenant": "" }) ?? "", /has no value/);
  for (const value of ["43", "42x", "0x2a", "4.2e1", "", "forty-two"]) {
    assert.match(check({ count: 42 }, { "Mcp-Param-Count": value }) ?? "", /differs/, value);
  }
  assert.match(check({ dry: true }, { "Mcp-Param-Dry-Run": "True" }) ?? "", /differs/);
  // A number in a header is no number where the argument is a text.
  assert.match(check({ tenant: "42" }, { "Mcp-Param-Tenant": "42.0" }) ?? "", /differs/);
});

test("W7: a tool whose header annotations are invalid is found out", () => {
  const property = (schema: JsonObject): JsonObject => ({ type: "object", properties: { a: schema } });
  const good = { type: "string", "x-mcp-header": "A" };
  assert.equal(headerAnnotationFault(SCHEMA), undefined);
  assert.equal(headerAnnotationFault({ type: "object" }), undefined);
  for (const header of ["", "a b", "a:b", "é", "a\r\nb", 1, null, {}]) {
    assert.match(headerAnnotationFault(property({ type: "string", "x-mcp-header": header })) ?? "", /RFC 9110 token/);
  }
  for (const type of ["number", "object", "array", "null", ["string", "null"], undefined]) {
    const schema = { ...(type !== undefined && { type }), "x-mcp-header": "A" } as JsonObject;
    assert.match(headerAnnotationFault(property(schema)) ?? "", /type integer, string or boolean/);
  }
  const twice = { type: "object", properties: { a: good, b: property({ type: "integer", "x-mcp-header": "a" }) } };
  assert.match(headerAnnotationFault(twice) ?? "", /stands twice/);
  const reversed = { type: "object", properties: { b: { type: "integer", "x-mcp-header": "a" }, a: good } };
  assert.match(headerAnnotationFault(reversed) ?? "", /stands twice/);
  for (const astray of [
    good,
    { $defs: { x: property(good) } },
    { oneOf: [property(good)] },
    { anyOf: [{ allOf: [property(good)] }] },
    { if: property(good) },
    { additionalProperties: good },
    { patternProperties: { "^a": good } },
    property({ type: "array", items: good }),
    property({ type: "array", prefixItems: [{}, good] }),
    property({ not: good }),
    property({ dependencies: { x: good } }),
  ]) {
    assert.match(headerAnnotationFault(astray as JsonObject) ?? "", /chain of "properties"/, JSON.stringify(astray));
  }
  // A property may have the name of the keyword, and data may look like it.
  assert.equal(
    headerAnnotationFault({ type: "object", properties: { "x-mcp-header": { type: "string" } } }),
    undefined,
  );
  assert.equal(headerAnnotationFault({ type: "object", default: good, examples: [good], const: good }), undefined);
});
