import assert from "node:assert/strict";
import { test } from "node:test";
import { refusalOfFault, screenedMessage } from "../../src/protocol/upstream-error.ts";

test("S1: paths, hosts, addresses, SQL, stacks and escapes are cut from an upstream's errors", () => {
  const cases: [string, string][] = [
    [
      "ENOENT: no such file or directory, open '/home/ada/.ssh/id_rsa'",
      "ENOENT: no such file or directory, open '[path]'",
    ],
    ["cannot open C:\\Users\\ada\\x.txt now", "cannot open [path] now"],
    ["connect ECONNREFUSED 10.1.2.3:5432", "connect ECONNREFUSED [address]"],
    ["connect ECONNREFUSED ::1:5432", "connect ECONNREFUSED ::1:5432"],
    ["getaddrinfo ENOTFOUND db.prod.internal", "getaddrinfo ENOTFOUND [address]"],
    ["see https://user:pw@wiki.corp/x?y for more", "see [address] for more"],
    ["postgres://u:p@db/x is down", "[address] is down"],
    ["syntax error in SELECT * FROM users WHERE id=1", "syntax error in [query]"],
    ["Boom\n    at Object.run (/srv/app/index.js:3:5)\n    at main", "Boom"],
    ['Traceback (most recent call last):\n  File "x.py", line 3', ""],
    ["\u001b[31mred\u001b[0m and\u0000 hidden\u202e\u200b text", "red and hidden text"],
    ["Tool read/write is not available, use and/or", "Tool read/write is not available, use and/or"],
    ["x".repeat(400), `${"x".repeat(299)}…`],
  ];
  for (const [text, expected] of cases) assert.equal(screenedMessage(text), expected);
});

test("invariant 3: an error tells that nothing was executed only where the request was turned away at the door", () => {
  const fault = { code: -32602, message: "no" };
  assert.equal(refusalOfFault("crm", fault, "{}", true).executed, "no");
  assert.equal(refusalOfFault("crm", fault, "{}", false).executed, "unknown");
  assert.equal(refusalOfFault("crm", { code: -32603, message: "no" }, "{}", true).executed, "unknown");
});

test("W7: of an error's data nothing passes but the URI that was asked for", () => {
  const fault = { code: -32002, message: "Resource not found", data: { uri: "note://1", secret: "x" } };
  const { refusal } = refusalOfFault("crm", fault, '{"uri":"note://1"}', false);
  assert.deepEqual([refusal.upstreamCode, refusal.data], [-32602, { uri: "note://1" }]);
  assert.equal(refusalOfFault("crm", fault, '{"uri":"note://2"}', false).refusal.data, undefined);
  assert.equal(refusalOfFault("crm", { code: 1234, message: "x" }, "{}", false).refusal.upstreamCode, undefined);
});
