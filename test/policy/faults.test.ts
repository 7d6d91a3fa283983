import assert from "node:assert/strict";
import { test } from "node:test";
import { type PolicyFault, PolicyFaults } from "../../src/domain/policy/fault.ts";
import { createPolicy, type PolicyInput } from "../../src/domain/policy/policy.ts";
import { tool } from "./setting.ts";

function faults(input: Partial<PolicyInput>): readonly PolicyFault[] {
  try {
    createPolicy({
      access: [{ role: "dev", allow: [] }],
      servers: ["files", "crm"],
      environment: "dev",
      now: () => 0,
      ...input,
    }).close();
  } catch (error) {
    if (error instanceof PolicyFaults) return error.faults;
    throw error;
  }
  return [];
}

const inFile = (text: string) => faults({ cedar: [{ file: "policies/x.cedar", text }] });

test("P7: all faults of the short form are reported at once, with place and nearest name", () => {
  const found = faults({
    access: [
      { role: "de v", allow: ["files.*"] },
      { role: "dev", allow: ["fils.read", "files", "crm.*"] },
    ],
  });
  assert.deepEqual(
    found.map(({ path, nearest }) => ({ path, nearest })),
    [
      { path: "access[0].role", nearest: undefined },
      { path: "access[1].allow[0]", nearest: "files" },
      { path: "access[1].allow[1]", nearest: undefined },
    ],
  );
  assert.match(found[1]?.message ?? "", /"fils" is not configured \(known: files, crm\)/);
});

test("P7: Cedar that does not parse names file and line", () => {
  const [fault, ...more] = inFile("// é\n\npermit (princpal, action, resource);");
  assert.equal(fault?.file, "policies/x.cedar");
  assert.equal(fault?.line, 3);
  assert.match(fault?.message ?? "", /princpal/);
  assert.deepEqual(more, []);
});

test("P7: an attribute, action or type that does not exist is an error at load with the nearest name", () => {
  const [attribute] = inFile(
    '// é\nforbid (principal, action == Cardea::Action::"call", resource)\nwhen { resource.nam like "x" };',
  );
  assert.deepEqual([attribute?.line, attribute?.nearest], [3, "name"]);
  const action = inFile('forbid (principal, action == Cardea::Action::"cal", resource);');
  assert.match(action[0]?.nearest ?? "", /^call$/);
  assert.match(inFile("forbid (principal is Cardea::Usr, action, resource);")[0]?.nearest ?? "", /Cardea::User/);
});

test("P7: a policy that can never apply is a fault", () => {
  const found = inFile('forbid (principal, action == Cardea::Action::"call", resource is Cardea::Prompt);');
  assert.match(found.map((fault) => fault.message).join(), /can never apply/);
});

test("P7: a role or server that nobody declared is a fault wherever Cedar names it", () => {
  assert.deepEqual(
    inFile(`permit (principal in Cardea::Role::"dev", action, resource in Cardea::Server::"files");
forbid (principal in Cardea::Role::"dve", action, resource in Cardea::Server::"fles");
forbid (principal, action, resource) when { resource in Cardea::Server::"cmr" };
forbid (principal, action, resource == Cardea::Tool::"fles.x");
forbid (principal, action, resource == Cardea::Tool::"files");`).map(({ line, nearest }) => [line, nearest]),
    [
      [2, "dev"],
      [2, "files"],
      [3, "crm"],
      [4, "files"],
      [5, undefined],
    ],
  );
});

test("P7: an annotation that nothing keeps is a fault", () => {
  const [fault] = inFile(
    '@redact("id")\npermit (principal in Cardea::Role::"dev", action, resource in Cardea::Server::"files");',
  );
  assert.match(fault?.message ?? "", /annotation @redact is unknown \(accepted: @id, @description, @owner, /);
  assert.deepEqual(
    inFile(
      '@id("a") @owner("ada")\npermit (principal in Cardea::Role::"dev", action, resource in Cardea::Server::"files");',
    ),
    [],
  );
});

test("P7: a fault reads as one of the configuration: place, expectation, nearest name and remedy", () => {
  const texts = [
    'forbid (principal, action == Cardea::Action::"cal", resource);',
    "permit (princpal, action, resource);",
    'forbid (principal, action, resource in Cardea::Server::"fles");',
    'forbid (principal in Cardea::Role::"dve", action, resource);',
    '@aproval("x") forbid (principal, action, resource in Cardea::Server::"files");',
  ];
  for (const text of texts) {
    const found = inFile(`\n${text}`);
    assert.ok(found.length > 0);
    assert.match(
      new PolicyFaults(found).message,
      /^policies\/x\.cedar:2 {2}[^\n]+\n {2}expected: [^\n]+\n( {2}did you mean: [^\n]+\n)? {2}help: [^\n]+\n/,
    );
  }
});

test("P7: templates and two policies of one name are faults, an empty file is none", () => {
  assert.match(inFile("permit (principal in ?principal, action, resource);")[0]?.message ?? "", /template/);
  const twice = '@id("a") forbid (principal, action, resource in Cardea::Server::"files");\n';
  assert.match(inFile(twice + twice)[0]?.message ?? "", /Two policies are called/);
  assert.deepEqual(inFile("// nothing yet\n"), []);
});

test("P7: more than ten policies of a file keep their own lines", () => {
  const lines = Array.from(
    { length: 12 },
    (_, i) => `forbid (principal, action, resource == Cardea::Tool::"${i === 11 ? "x" : "crm"}.t${i}");`,
  );
  assert.deepEqual(
    inFile(lines.join("\n")).map((fault) => fault.line),
    [12],
  );
});

test("P7: a server's name that would make patterns ambiguous is a fault", () => {
  assert.equal(faults({ servers: ["files.old"] })[0]?.path, "servers");
});

test("P7: what is too deep, too long, a template or turned around is a fault with its line, and a byte order mark is none", () => {
  const one = (body: string) => inFile(`\n\nforbid (principal, action, resource) when { ${body} };`);
  const said = (body: string) => one(body).map(({ line, message }) => [line, message] as const);
  const many = (n: number, by = " || ") => Array.from({ length: n }, (_, i) => `resource.name == "${i}"`).join(by);
  const [[line, deep] = []] = said(`${"(".repeat(3000)}true${")".repeat(3000)}`);
  assert.deepEqual([line, deep], [3, "Brackets are more than 64 deep here"]);
  assert.match(said(many(20_000))[0]?.[1] ?? "", /too many operators/);
  assert.deepEqual(said(many(490)), []);
  assert.deepEqual(said(`"${"(".repeat(100)}" != resource.name`), []);
  assert.match(said("true // a \u202e b\n")[0]?.[1] ?? "", /changes the direction/);
  assert.deepEqual(inFile("\n\npermit (principal in ?principal, action, resource);")[0]?.line, 3);
  assert.deepEqual(inFile('\ufeffforbid (principal, action, resource in Cardea::Server::"files");'), []);
});

test("P7: a fault names what is meant, and no name that Cedar made up", () => {
  const things = [tool("files", "a", "read", { word: { type: "string" } })];
  const said = (body: string) =>
    faults({
      things,
      servers: ["files"],
      cedar: [
        {
          file: "policies/x.cedar",
          text: `forbid (principal, action in Cardea::Action::"call", resource) when { ${body} };`,
        },
      ],
    });
  const [unknown] = said('context.arguments has wrod && context.arguments.wrod == "x"');
  assert.match(unknown?.message ?? "", /has the parameter "wrod"/);
  assert.equal(unknown?.nearest, "word");
  const typed = said("context.arguments has word && context.arguments.word == 3");
  assert.ok(typed.length > 0 && typed.every(({ remedy }) => !remedy.includes("policy0")));
});
