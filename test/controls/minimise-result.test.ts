import assert from "node:assert/strict";
import { test } from "node:test";
import { minimiseResult, type MinimiseResultParts } from "../../src/controls/minimise-result.ts";
import { minimiserOf, type ResultRule } from "../../src/domain/shaping/minimise.ts";
import type { Answered } from "../../src/kernel/call.ts";
import type { Json, JsonObject } from "../../src/kernel/json.ts";

const text = (said: string) => ({ type: "text", text: said });

function judged(
  result: JsonObject,
  rules: readonly ResultRule[],
  more: Partial<MinimiseResultParts> = {},
  method = "tools/call",
) {
  const published = { definition: { name: "find" }, digest: "sha256:1" };
  const parts: MinimiseResultParts = {
    ...{ rulesOf: () => rules.map(minimiserOf), seenBy: () => published, validate: () => [] },
    ...more,
  };
  const call = {
    method,
    target: { server: "crm" },
    result: { resultType: "complete", ...result },
  } as unknown as Answered;
  const said = minimiseResult(parts, () => true).judge(call);
  assert.ok(!(said instanceof Promise));
  return { call, said };
}

function left(structured: Json | undefined, texts: string[], ...rules: ResultRule[]) {
  const content = texts.map(text);
  const { said } = judged({ content, ...(structured !== undefined && { structuredContent: structured }) }, rules);
  assert.equal(said.kind, "pass");
  if (said.kind !== "pass") return [];
  const blocks = said.fact.result["content"] as { text: string }[];
  return blocks.map((block) => block.text).filter((one) => !one.includes("the gateway left it out"));
}

test("S9: texts that repeat a list item by item, or one value of it, are reduced as those items are", () => {
  const result = [
    { id: 1, ssn: "a" },
    { id: 2, ssn: "b" },
  ];
  const texts = result.map((one) => JSON.stringify(one, null, 2));
  const expected = [{ id: 1 }, { id: 2 }].map((one) => JSON.stringify(one, null, 2));
  assert.deepEqual(left({ result }, texts, { keep: ["/result/*/id"] }), expected);
  assert.deepEqual(left({ result }, texts, { drop: ["/result/*/ssn"] }), expected);
  assert.deepEqual(left(result, texts, { drop: ["/*/ssn"] }), expected);
  assert.deepEqual(left({ result: "a text" }, ["a text", "another"], { keep: ["result"] }), ["a text"]);
  assert.deepEqual(left({ result: ["x", 7] }, ["x", "7", "8"], { keep: ["result"] }), ["x", "7"]);
  assert.deepEqual(left({ result: ["x"], more: ["x"] }, ["x"], { drop: ["more"] }), []);
});

test("S9: equal items are reduced alike, and the one member of an object is told from the object", () => {
  const both = { a: { x: 1, y: 2 } };
  assert.deepEqual(left([both, both], [JSON.stringify(both)], { drop: ["/*/a/y"] }), ['{"a":{"x":1}}']);
  const nested = { result: { result: 1, x: 2 } };
  assert.deepEqual(left(nested, ['{"result":1,"x":2}'], { keep: ["/result/result"] }), ['{"result":1}']);
});

test("S9: with drop a text that is other JSON goes, with keep it is reduced by itself; a spelling of it is no other", () => {
  const value = { id: 1, ssn: "a" };
  assert.deepEqual(left(value, ['{"wrapped":{"id":1,"ssn":"a"}}'], { drop: ["ssn"] }), []);
  assert.deepEqual(left(value, ['{"wrapped":{"id":1,"ssn":"a"}}', '{"id":9,"ssn":"b"}'], { keep: ["id"] }), [
    "{}",
    '{"id":9}',
  ]);
  assert.deepEqual(left(value, ['{"\\u0073sn":"a", "i\\u0064":1}'], { drop: ["ssn"] }), ['{"id":1}']);
  assert.deepEqual(left(value, ['{"id":1,"ssn":"a","ssn":"a"}', '{"id":1,"ssn":"a"} ssn a'], { keep: ["id"] }), []);
});

test("S9: of several rules only what each of them keeps is left", () => {
  const value = { id: 1, name: "x", ssn: "a" };
  const copy = JSON.stringify(value);
  assert.deepEqual(left(value, [copy], { keep: ["id", "name"] }, { keep: ["id", "ssn"] }), ['{"id":1}']);
  assert.deepEqual(left(value, [copy], { drop: ["ssn"] }, { keep: ["id", "ssn"] }), ['{"id":1}']);
  assert.deepEqual(left(value, [copy], { keep: ["id"] }, { keep: ["ssn"] }), ["{}"]);
});

test("S9: it fails closed: no schema of what is left, what does not fit it, another method, no object", () => {
  const result = { content: [], structuredContent: { id: 1 } };
  const rules = [{ keep: ["id"] }];
  const refused = (...args: Parameters<typeof judged>) => {
    const { said } = judged(...args);
    assert.equal(said.kind, "deny");
    return said.kind === "deny" ? said.refusal : undefined;
  };
  assert.match(refused(result, rules, { seenBy: () => undefined })?.message ?? "", /no output schema can be made/);
  const published = { definition: { name: "find", outputSchema: {} }, digest: "sha256:1" };
  const wrong = { path: "/id", rule: "minItems 1", message: "secret text" };
  const unfit = refused(result, rules, { seenBy: () => published, validate: () => [wrong] });
  assert.match(
    unfit?.message ?? "",
    /does not fit the published output schema: minItems 1\. The call was carried out\.$/,
  );
  assert.match(refused({ contents: [] }, rules, {}, "resources/read")?.message ?? "", /for the results of tools/);
  assert.match(refused({ ...result, structuredContent: "id" }, rules)?.message ?? "", /below \/, and there is neither/);
});

test("S9: where nothing is configured, and for what a server asks first, the call is the same", () => {
  const result = { resultType: "input_required", inputRequests: {} };
  const asked = judged(result, [{ keep: ["id"] }]);
  assert.ok(asked.said.kind === "pass" && asked.said.fact === asked.call);
  const plain = judged({ content: [] }, []);
  assert.ok(plain.said.kind === "pass" && plain.said.fact === plain.call);
  const none = minimiseResult(undefined, () => true).judge(plain.call);
  assert.ok(!(none instanceof Promise) && none.kind === "pass" && none.fact === plain.call);
});

test("S9: what stands beside the content of a block says nothing of the fields that went", () => {
  const json = '{"id":1,"ssn":"078-05-1120"}';
  const annotations = { audience: ["user"], lastModified: "1978-05-11", priority: 0.1978 };
  const { said } = judged(
    {
      content: [
        { ...text(json), annotations },
        { type: "resource", annotations, resource: { uri: "a:b", text: json, mimeType: "text/078-05-1120" } },
        { type: "resource", resource: { uri: "a:b", text: json, mimeType: "application/json" } },
      ],
    },
    [{ keep: ["id"] }],
  );
  assert.ok(said.kind === "pass");
  assert.deepEqual(said.fact.result["content"], [
    text('{"id":1}'),
    { type: "resource", resource: { uri: "a:b", text: '{"id":1}' } },
    { type: "resource", resource: { uri: "a:b", text: '{"id":1}', mimeType: "application/json" } },
  ]);
});
