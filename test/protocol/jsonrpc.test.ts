import assert from "node:assert/strict";
import { test } from "node:test";
import { JSONRPCMessageSchema } from "@modelcontextprotocol/core";
import type { Json } from "../../src/kernel/json.ts";
import { DEFAULT_LIMITS, parseJson } from "../../src/protocol/json.ts";
import {
  errorText,
  notificationText,
  readMessage,
  requestText,
  resultText,
  RpcFault,
} from "../../src/protocol/jsonrpc.ts";

const read = (text: string) => readMessage(parseJson(text, DEFAULT_LIMITS));

function refused(value: Json, code: number, id: string | number | null, says: RegExp): void {
  assert.throws(
    () => readMessage(value),
    (fault) => {
      assert.ok(fault instanceof RpcFault, String(fault));
      assert.deepEqual([fault.code, fault.id], [code, id], JSON.stringify(value));
      assert.match(fault.message, says);
      return true;
    },
  );
}

test("W1: requests, notifications and responses are told apart", () => {
  assert.deepEqual(read('{"jsonrpc":"2.0","id":1.0,"method":"tools/list"}'), {
    kind: "request",
    id: 1,
    method: "tools/list",
    params: {},
  });
  assert.deepEqual(read('{"params":{"name":"x"},"method":"tools/call","id":"","jsonrpc":"2.0"}'), {
    kind: "request",
    id: "",
    method: "tools/call",
    params: { name: "x" },
  });
  assert.deepEqual(read('{"jsonrpc":"2.0","method":"notifications/initialized"}'), {
    kind: "notification",
    method: "notifications/initialized",
    params: {},
  });
  assert.deepEqual(read('{"jsonrpc":"2.0","id":"a","result":{}}'), { kind: "response", id: "a", result: {} });
  const error = { code: -32601, message: "Unknown", data: [1] };
  assert.deepEqual(readMessage({ jsonrpc: "2.0", id: -7, error }), { kind: "response", id: -7, error });
});

test("W1: an error may leave open whose it is, a result may not", () => {
  const error = { code: -32700, message: "Parse error" };
  assert.deepEqual(readMessage({ jsonrpc: "2.0", id: null, error }), { kind: "response", id: null, error });
  assert.deepEqual(readMessage({ jsonrpc: "2.0", error }), { kind: "response", id: null, error });
  refused({ jsonrpc: "2.0", id: null, result: {} }, -32600, null, /"id"/);
  refused({ jsonrpc: "2.0", result: {} }, -32600, null, /"id"/);
});

test("W1: what is no single message as MCP restricts it is refused, under its id where it has one", () => {
  const call = { jsonrpc: "2.0", id: 3, method: "ping" };
  refused([call], -32600, null, /Batches/);
  refused([], -32600, null, /Batches/);
  for (const value of [null, true, 1, "x"]) refused(value, -32600, null, /JSON object/);
  refused({}, -32600, null, /"jsonrpc"/);
  refused({ ...call, jsonrpc: "1.0" }, -32600, 3, /"2\.0"/);
  refused({ ...call, jsonrpc: 2 }, -32600, 3, /"2\.0"/);
  for (const id of [null, 1.5, true, [], {}, 2 ** 53, -(2 ** 53)])
    refused({ ...call, id }, -32600, null, /"id" must be/);
  for (const method of ["", 1, null, "m".repeat(129)]) refused({ ...call, method }, -32600, 3, /1 to 128/);
  for (const params of [[], null, 1, "x"]) refused({ ...call, params }, -32600, 3, /"params" must be an object/);
  refused({ ...call, result: {} }, -32600, 3, /either/);
  refused({ ...call, error: { code: 1, message: "" } }, -32600, 3, /either/);
  refused({ jsonrpc: "2.0", id: 3 }, -32600, 3, /needs "method"/);
  refused({ jsonrpc: "2.0", id: 3, params: {} }, -32600, 3, /needs "method"/);
  refused({ jsonrpc: "2.0", id: 3, result: {}, error: { code: 1, message: "" } }, -32600, 3, /either/);
  for (const result of [null, [], 1]) refused({ jsonrpc: "2.0", id: 3, result }, -32600, 3, /"result"/);
  refused({ jsonrpc: "2.0", id: 3, error: null }, -32600, 3, /"error"/);
  refused({ jsonrpc: "2.0", id: 3, error: { code: 1.5, message: "" } }, -32600, 3, /"code"/);
  refused({ jsonrpc: "2.0", id: 3, error: { code: 1 } }, -32600, 3, /"message"/);
});

test("invariant 4: unknown members, and members that match a known one only by case, are refused", () => {
  const call = { jsonrpc: "2.0", id: 3, method: "tools/call" };
  refused({ ...call, extra: 1 }, -32600, 3, /unknown member/);
  refused(
    parseJson('{"jsonrpc":"2.0","id":3,"method":"x","__proto__":{}}', DEFAULT_LIMITS),
    -32600,
    3,
    /unknown member/,
  );
  for (const name of ["Method", "ID", "JSONRPC", "Params", "rEsult"]) {
    refused({ ...call, [name]: 1 }, -32600, 3, new RegExp(`"${name}" differs .* by case`));
  }
  for (const name of ["NAME", "Arguments", "URI", "RequestState", "inputresponses", "_META", "Cursor"]) {
    refused({ ...call, params: { name: "read", [name]: 1 } }, -32602, 3, new RegExp(`"${name}" of params`));
  }
  // Arguments are the tool's own: there case may tell two apart.
  assert.ok(readMessage({ ...call, params: { name: "x", arguments: { name: 1, NAME: 2 }, other: 1 } }));
});

test("W1: what the builders write is read back, and is a message to the SDK", () => {
  const tricky = 'a"b\\\n\u2028';
  const texts = [
    requestText(tricky, "tools/call", '{"name":"x"}'),
    resultText(7, { resultType: "complete", text: tricky }),
    errorText(tricky, { code: 40310, message: tricky, data: { a: 1 } }),
    errorText(1, { code: -32600, message: "no data" }),
    notificationText("notifications/progress", { progress: 1 }),
    notificationText("notifications/initialized"),
  ];
  for (const text of texts) {
    assert.doesNotMatch(text, /[\r\n]/);
    assert.ok(JSONRPCMessageSchema.safeParse(JSON.parse(text)).success, text);
    const { kind, ...message } = read(text);
    assert.deepEqual({ params: {}, ...JSON.parse(text) }, { jsonrpc: "2.0", params: {}, ...message }, kind);
  }
  assert.equal(
    errorText(null, { code: -32700, message: "x" }),
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}',
  );
});

test("W1: the SDK refuses nothing that is accepted here", () => {
  for (const text of [
    '{"jsonrpc":"2.0","id":9007199254740991,"method":"x","params":{"_meta":{}}}',
    '{"jsonrpc":"2.0","id":"x","method":"y"}',
    '{"jsonrpc":"2.0","id":0,"result":{"a":1}}',
    '{"jsonrpc":"2.0","id":0,"error":{"code":1,"message":""}}',
  ]) {
    assert.ok(read(text));
    assert.ok(JSONRPCMessageSchema.safeParse(JSON.parse(text)).success, text);
  }
});
