import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Thing } from "../../src/domain/policy/catalogue.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { asks, file, tool } from "./setting.ts";

const TEXT = { type: "string", maxLength: 500 };
const object = (properties: object, more: object = {}): object => ({ type: "object", properties, ...more });
const thing = (name: string, inputSchema: object): Thing => ({
  ...{ server: "files", kind: "tool", name, effect: "read" },
  definition: { name, inputSchema } as unknown as Thing["definition"],
});

/** Ways in which a schema lets a member in that stands in no `properties` of its own. */
const HIDDEN: Record<string, (name: string) => object> = {
  open: () => object({ x: TEXT }),
  additional: () => object({}, { additionalProperties: true }),
  allOf: (name) => ({ type: "object", allOf: [object({ [name]: TEXT })] }),
  anyOf: (name) => ({ type: "object", anyOf: [object({ [name]: TEXT }), object({ y: TEXT })] }),
  ref: (name) => ({ type: "object", $ref: "#/$defs/A", $defs: { A: object({ [name]: TEXT }) } }),
  dependent: (name) => object({ x: TEXT }, { dependentSchemas: { x: object({ [name]: TEXT }) } }),
  pattern: (name) => object({}, { patternProperties: { [`^${name}$`]: TEXT }, additionalProperties: false }),
};
const plain = [
  tool("files", "plain", "read", { word: TEXT }),
  tool("files", "deep", "read", { f: object({ k: TEXT }) }),
];
const access = [{ role: "dev", allow: ["files.*"] }];
const FORBIDS = `@id("w") forbid (principal, action in Cardea::Action::"call", resource in Cardea::Server::"files")
when { context.arguments has word && context.arguments.word like "bad*" };
@id("k") forbid (principal, action in Cardea::Action::"call", resource in Cardea::Server::"files")
when { context.arguments has f && context.arguments.f has k && context.arguments.f.k == "bad" };`;

test("P2: a forbid holds for a member that a schema lets in without declaring it where types are read", () => {
  for (const [way, make] of Object.entries(HIDDEN)) {
    // A member of several types, or of a reference that leads nowhere, is a fault at load.
    const nested = ["anyOf", "ref"].includes(way) ? [] : [thing("nest", object({ f: make("k") }))];
    const things = [...plain, thing("flat", make("word")), ...nested];
    const { judge, may } = asks({ access, cedar: file(FORBIDS), things });
    const sent = (name: string, args: JsonObject) => judge(["dev"], `files.${name}`, { arguments: args }).allow;
    assert.equal(sent("flat", { word: "bad1" }), false, way);
    assert.equal(sent("nest", { f: { k: "bad" } }), false, way);
    assert.ok(sent("flat", { x: "1" }), way);
    assert.ok(nested.length === 0 || (sent("nest", { f: { x: "1" } }) && sent("nest", {})), way);
    assert.ok(may(["dev"], "files", "tool", "flat"));
  }
  const { judge } = asks({ access, cedar: file(FORBIDS), things: [...plain, thing("flat", HIDDEN["allOf"]!("word"))] });
  assert.deepEqual(judge(["dev"], "files.flat", { arguments: { word: "good" } }), {
    ...{ allow: false, policies: [] },
    reason: "policy evaluation failed: the argument word is not declared where policies can read it",
    refused: { rule: "policies/x.cedar#w", path: "/word" },
  });
});

test("P2: a definition approved anew does not drop a forbid on a member that it declares elsewhere now", () => {
  const { policy, judge } = asks({ access, cedar: file(FORBIDS), things: plain });
  assert.equal(judge(["dev"], "files.plain", { arguments: { word: "bad" } }).allow, false);
  policy.follow([
    ...plain.slice(1),
    thing("plain", HIDDEN["allOf"]!("word")),
    tool("files", "plain2", "read", { word: TEXT }),
  ]);
  assert.equal(judge(["dev"], "files.plain", { arguments: { word: "bad" } }).allow, false);
  assert.equal(judge(["dev"], "files.plain2", { arguments: { word: "good" } }).allow, true);
});

test("P2: whether a record is there is asked without judging what else is in it", () => {
  const things = [tool("files", "deep", "read", { f: object({ k: TEXT }) })];
  const { judge } = asks({ access, cedar: file(FORBIDS.slice(FORBIDS.indexOf('@id("k")'))), things });
  assert.ok(judge(["dev"], "files.deep", { arguments: { f: { k: "good", more: 1 }, other: 1 } }).allow);
});

/** Schemas at most so deep. */
function schemas(depth: number): fc.Arbitrary<object> {
  if (depth === 0) return fc.constantFrom(TEXT, { type: ["string", "null"] }, { type: "object" });
  const below = fc.oneof(fc.constant(TEXT), schemas(depth - 1));
  const several = fc.array(schemas(depth - 1), { minLength: 1, maxLength: 2 });
  return fc.record(
    {
      type: fc.constant("object"),
      properties: fc.dictionary(fc.constantFrom("word", "f", "k", "x"), below, { maxKeys: 3 }),
      allOf: several,
      anyOf: several,
      additionalProperties: fc.boolean(),
      patternProperties: fc.constantFrom({ "^w": TEXT }, { "^k$": TEXT }),
      $ref: fc.constantFrom("#/$defs/A", "#/properties/f"),
    },
    { requiredKeys: ["type"] },
  );
}
const value = fc.constantFrom("bad", "bad1", "good");
const inner = fc.dictionary(fc.constantFrom("word", "k", "x"), value, { maxKeys: 3 });
const values = fc.dictionary(fc.constantFrom("word", "f", "x", "__proto__"), fc.oneof(value, inner), { maxKeys: 3 });

test("P2: over all schemas a forbid on a member never lets a call with the forbidden value through", () => {
  let [loaded, allowed] = [0, 0];
  fc.assert(
    fc.property(schemas(2), fc.array(values, { minLength: 1, maxLength: 8 }), (inputSchema, calls) => {
      const things = [...plain, thing("any", { ...inputSchema, $defs: { A: object({ word: TEXT }) } })];
      let set: ReturnType<typeof asks>;
      try {
        set = asks({ access, cedar: file(FORBIDS), things });
      } catch {
        // A rule that cannot be enforced is refused at load.
        return;
      }
      loaded++;
      for (const args of calls as JsonObject[]) {
        const { word, f } = args;
        const k = typeof f === "object" && f !== null ? (f as JsonObject)["k"] : undefined;
        const { allow } = set.judge(["dev"], "files.any", { arguments: args });
        if (allow) allowed++;
        assert.ok(!allow || !(Object.hasOwn(args, "word") && String(word).startsWith("bad")), JSON.stringify(args));
        assert.ok(!allow || k !== "bad", JSON.stringify(args));
      }
      set.policy.close();
    }),
    { numRuns: 300 },
  );
  assert.ok(loaded > 50 && allowed > 50, `${loaded} sets, ${allowed} calls`);
});

test("P2: references that lead back do not make reading a definition take long", () => {
  const members = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, { $ref: "#/$defs/A" }]));
  const before = performance.now();
  const { policy } = asks({
    things: [thing("wide", { type: "object", $ref: "#/$defs/A", $defs: { A: object(members) }, properties: members })],
  });
  assert.ok(performance.now() - before < 1_000);
  assert.ok(policy.actions.has("files.wide"));
});
