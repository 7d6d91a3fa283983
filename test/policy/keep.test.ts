import assert from "node:assert/strict";
import { test } from "node:test";
import { keptField } from "../../src/compose/minimising.ts";
import { lintPolicy } from "../../src/domain/policy/lint.ts";
import { PolicyFaults } from "../../src/domain/policy/fault.ts";
import type { Thing } from "../../src/domain/policy/catalogue.ts";
import { asks, file, tool } from "./setting.ts";

const output = (...names: string[]) => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
});
const answering = (thing: Thing, outputSchema: object): Thing => ({
  ...thing,
  definition: { ...thing.definition, outputSchema } as Thing["definition"],
});
const find = answering(tool("crm", "find", "read", { word: { type: "string" } }), output("id", "name", "email", "ssn"));
const plain = tool("crm", "plain");
const orders = answering(tool("crm", "orders"), output("id", "total"));
const things = [find, orders, tool("files", "read")];

const SUPPORT = 'principal in Cardea::Role::"support"';
const TEAM = 'principal in Cardea::Role::"team"';
const FIND = 'action == Cardea::Action::"crm.find"';
const access = ["support", "team"].map((role) => ({ role, allow: [] }));
const crm = (text: string, more: object = {}) => asks({ access, cedar: file(text), things, keptField, ...more });

test("S9 P3: what rules keep of a result adds up over every permit that holds, and one without @keep adds nothing", () => {
  const { judge, ask } = crm(`
@keep("id, name, email")
permit (${SUPPORT}, ${FIND}, resource);
@keep("[\\"id\\", \\"/email\\"]")
permit (${TEAM}, ${FIND}, resource);
permit (${TEAM}, ${FIND}, resource) when { context.arguments has word && context.arguments.word == "all" };`);
  const keep = (roles: string[], word = "x") => judge(roles, "crm.find", { arguments: { word } }).obligations?.keep;
  assert.deepEqual(keep(["support"]), [["id", "name", "email"]]);
  assert.deepEqual(keep(["support", "team"]), [
    ["id", "name", "email"],
    ["id", "/email"],
  ]);
  assert.deepEqual(keep(["team"], "all"), [["id", "/email"]]);
  assert.deepEqual(ask(["team"], "crm", "tool", "find").mayKeep, [["id", "/email"], undefined]);
});

test("S9: a rule without @keep costs nothing, and asks for nothing", () => {
  const { judge, ask } = crm(`permit (${SUPPORT}, ${FIND}, resource);`);
  assert.equal(judge(["support"], "crm.find").obligations, undefined);
  assert.equal("mayKeep" in ask(["support"], "crm", "tool", "find"), false);
});

function fault(text: string) {
  try {
    crm(text).policy.close();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof PolicyFaults);
    return error.faults[0];
  }
}

test("S9: a field that no permitted tool answers is a fault with the place and the nearest name", () => {
  const misspelt = fault(`\n@keep("id, emial")\npermit (${SUPPORT}, ${FIND}, resource);`);
  assert.deepEqual([misspelt?.file, misspelt?.nearest], ["policies/x.cedar", "email"]);
  assert.match(misspelt?.message ?? "", /^@keep: "emial" names no field of the tool's result: there is no \/emial/);
  const both = `permit (${SUPPORT}, action in [Cardea::Action::"crm.find", Cardea::Action::"crm.orders"], resource);`;
  assert.equal(fault(`@keep("total, email")\n${both}`), undefined);
  assert.equal(fault(`@keep("totl")\n${both}`)?.nearest, "total");
});

test("S9: @keep is for permits of tools alone, and its fields are readable", () => {
  assert.match(
    fault(`@keep("id")\npermit (${SUPPORT}, action, resource in Cardea::Server::"crm");`)?.message ?? "",
    /@keep is for results of tools, and this rule permits resources too/,
  );
  assert.match(fault(`@keep("id")\nforbid (${SUPPORT}, ${FIND}, resource);`)?.expected ?? "", /no @keep on a forbid/);
  for (const bad of ["", "id,,name", "$.rows[0]", "a.b", "[1]"])
    assert.match(
      fault(`@keep(${JSON.stringify(bad)})\npermit (${SUPPORT}, ${FIND}, resource);`)?.message ?? "",
      /^@keep\(/,
      bad,
    );
});

test("S9: a rule whose fields a newly approved definition no longer answers denies the tool until it is mended", () => {
  const { policy, may } = crm(`@keep("ssn")\npermit (${SUPPORT}, ${FIND}, resource);`);
  assert.ok(may(["support"], "crm", "tool", "find"));
  const stale = policy.follow([answering(find, output("id", "social_security")), orders]);
  assert.match(stale[0]?.message ?? "", /there is no \/ssn/);
  assert.ok(!may(["support"], "crm", "tool", "find"));
  assert.deepEqual(policy.follow(things), []);
  assert.ok(may(["support"], "crm", "tool", "find"));
});

test("S9: of a tool without output schema any field may be kept", () => {
  const { judge } = asks({
    ...{ access, things: [plain], keptField },
    cedar: file(`@keep("anything")\npermit (${SUPPORT}, action == Cardea::Action::"crm.plain", resource);`),
  });
  assert.deepEqual(judge(["support"], "crm.plain").obligations?.keep, [["anything"]]);
});

test("S9 P10: a rule that keeps fields takes away from a wider one, so that lint does not call it superfluous", () => {
  const wide = `permit (${SUPPORT}, action in Cardea::Action::"call", resource in Cardea::Server::"crm");`;
  const overlaps = (annotation: string) =>
    lintPolicy(
      crm(`@id("wide")\n${wide}\n${annotation} @id("z")\npermit (${SUPPORT}, ${FIND}, resource);`).policy,
      undefined,
    )
      .filter(({ kind }) => kind === "overlap")
      .map(({ rule }) => rule);
  assert.deepEqual(overlaps(""), ["policies/x.cedar#z"]);
  assert.deepEqual(overlaps('@keep("id")'), []);
});
