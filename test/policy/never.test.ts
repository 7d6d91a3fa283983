import assert from "node:assert/strict";
import { test } from "node:test";
import { PolicyFaults } from "../../src/domain/policy/fault.ts";
import { asks, file, tool } from "./setting.ts";

const things = [
  tool("files", "read", "read", { "word!": { type: "string" }, env: { enum: ["dev", "prod"] } }),
  tool("crm", "find", "read", {
    "word!": { type: "string" },
    f: { type: "object", properties: { k: { const: "a" } } },
  }),
];

function faults(text: string): (readonly [string, string | undefined])[] {
  try {
    asks({ access: [{ role: "dev", allow: [] }], cedar: file(text), things }).policy.close();
    return [];
  } catch (error) {
    if (!(error instanceof PolicyFaults)) throw error;
    return error.faults.map(({ message, nearest }) => [message, nearest] as const);
  }
}
const calls = (body: string) =>
  faults(`forbid (principal, action in Cardea::Action::"call", resource) when { ${body} };`);

test("P7: a comparison that can never hold is a fault with the nearest value", () => {
  for (const [body, message, near] of [
    ['context.environment == "production"', /context\.environment is never "production"/, "prod"],
    ['context.environment != "prodd"', /never "prodd"/, "prod"],
    ['"devv" == context.environment', /never "devv"/, "dev"],
    ['resource.effect == "destructve"', /resource\.effect is never/, "destructive"],
    ['["read", "wrte"].contains(resource.effect)', /never "wrte"/, "write"],
    ['context.client.location == "onprem"', /context\.client\.location is never/, undefined],
    ['resource.server.training == "non"', /resource\.server\.training is never/, "no"],
    ['resource.name == "raed"', /resource\.name is never/, "read"],
    ['context.arguments has env && context.arguments.env == "production"', /arguments\.env is never/, "prod"],
    ['context.arguments has f && context.arguments.f has k && context.arguments.f.k == "b"', /f\.k is never/, "a"],
    ['context.labels.contains("privat")', /context\.labels never holds "privat"/, "private"],
    ['context.labels.containsAny(["private", "untrustd"])', /never holds "untrustd"/, "untrusted"],
    ['["privte"].containsAll(context.labels)', /never holds "privte"/, "private"],
    ['context.arguments.word == "a" && context.arguments.word == "b"', /cannot be "a" and "b" at once/, undefined],
    ['[Cardea::Action::"call"].contains(action)', /The group Action::"call" is compared/, undefined],
    ['Cardea::Action::"call" == action', /The group Action::"call" is compared/, undefined],
  ] as const) {
    const [[said, nearest] = ["", undefined], ...more] = calls(body);
    assert.match(said, message, body);
    assert.deepEqual([nearest, more], [near, []], body);
  }
  for (const body of [
    'context.environment == "staging" && resource.effect != "read" && resource.name == "find"',
    'context.arguments has env && context.arguments.env == "prod"',
    'context.arguments.word == "a" || context.arguments.word == "b"',
    'context.labels.containsAny(["private", "untrusted"]) && !context.labels.contains("private")',
    'resource.server.location == "on-premises" && context.client.retention == "none"',
  ])
    assert.deepEqual(calls(body), [], body);
});

test("P7: a person or key that is named in a form that nobody's name has is a fault", () => {
  const [[said, near] = []] = faults('forbid (principal == Cardea::User::"eve@example.com", action, resource);');
  assert.match(said ?? "", /User::"eve@example\.com" is nobody's/);
  assert.equal(near, "person:eve@example.com");
  assert.match(faults('forbid (principal in Cardea::Key::"nosuch", action, resource);')[0]?.[0] ?? "", /is nobody's/);
  assert.deepEqual(faults('forbid (principal == Cardea::User::"acme/service:x", action, resource);'), []);
});
