import assert from "node:assert/strict";
import { writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compile } from "../../src/domain/schema/index.ts";
import type { Json } from "../../src/kernel/json.ts";
import { call, modern, post, type Said } from "./raw-client.ts";
import { answerText, said, startRawUpstream, tool } from "./raw-upstream.ts";
import { place, start } from "./setting.ts";

type Result = Record<string, unknown>;
const text = { type: "string" };
const CONTACT = {
  type: "object",
  properties: {
    id: { type: "integer" },
    name: text,
    ssn: { type: "string", pattern: "^\\d{3}-" },
    rows: {
      type: "array",
      items: { type: "object", properties: { price: text, cost: text }, required: ["price", "cost"] },
    },
  },
  required: ["id", "ssn"],
  additionalProperties: false,
};
const FULL = { id: 7, name: "Ada", ssn: "123-45", rows: [{ price: "1", cost: "secret cost" }] };

/** A gateway before one server whose tools answer what a test says. */
async function setting(t: { after(end: () => Promise<unknown>): void }, tools: string, cedar?: string, access = "") {
  const upstream = await startRawUpstream();
  t.after(() => upstream.close());
  upstream.tools = [tool("find", { outputSchema: CONTACT }), tool("loose"), tool("other", { outputSchema: CONTACT })];
  const where = place(`servers:
  raw:
    url: ${JSON.stringify(upstream.url)}
    trusted: true
    tools: ${tools}
access:
  - { role: tester, allow: [raw.find, raw.loose, raw.other] }
${access}
`);
  if (cedar !== undefined) {
    mkdirSync(join(where.folder, "policies"));
    writeFileSync(join(where.folder, "policies", "keep.cedar"), cedar);
  }
  await where.approve("raw");
  const gateway = await start(where);
  t.after(() => gateway.stop());
  let answer: Result = said("fine");
  upstream.spoil = ({ id }, res) => {
    res.writeHead(200, { "content-type": "application/json" }).end(answerText(id, answer));
    return true;
  };
  const { key } = await gateway.key("tester");
  const endpoint = `${gateway.endpoint}/raw`;
  return {
    gateway,
    key,
    ask: (result: Result, name = "find", by = key) => {
      answer = result;
      return call(endpoint, by, name);
    },
    outputOf: async (name: string, by = key) => {
      const { body } = await post(endpoint, modern(by, "tools/list"));
      return ((body.result?.["tools"] ?? []) as Result[]).find((one) => one["name"] === name)?.["outputSchema"] as Json;
    },
  };
}

const both = (structuredContent: unknown, copy = JSON.stringify(structuredContent)) => ({
  ...said(copy),
  structuredContent,
});
const texts = ({ body }: Said) => ((body.result?.["content"] ?? []) as { text: string }[]).map((one) => one.text);
const structured = ({ body }: Said) => body.result?.["structuredContent"];
const fits = (schema: Json, value: unknown) => compile(schema, { closed: false }).validate(value as Json).valid;

test("S9: only kept fields are answered, in structured content and text copies; the published schema is theirs", async (t) => {
  const { gateway, ask, outputOf } = await setting(
    t,
    `
      find: { effect: read, result: { keep: [id, "$.rows[*].price"] } }
      loose: { effect: read, result: { keep: [id] } }
      other: { effect: read, result: { drop: [ssn, /rows/*/cost] } }`,
  );
  const answer = await ask(both(FULL, JSON.stringify(FULL, null, 2)));
  const left = { id: 7, rows: [{ price: "1" }] };
  assert.deepEqual(structured(answer), left);
  assert.deepEqual(texts(answer), [JSON.stringify(left, null, 2)]);
  const schema = await outputOf("find");
  assert.doesNotMatch(JSON.stringify(schema), /ssn|cost|name/);
  assert.ok(fits(schema, left));
  assert.deepEqual((schema as Result)["required"], ["id"]);
  const [record] = await gateway.recordsOf(answer.call);
  assert.deepEqual(record?.detail, { minimised: { fields: 3, parts: 0 } });
  assert.doesNotMatch(JSON.stringify(record), /123-45|secret cost/);

  const drop = await ask(both(FULL), "other");
  assert.deepEqual(structured(drop), { id: 7, name: "Ada", rows: [{ price: "1" }] });
  assert.deepEqual(texts(drop), [JSON.stringify(structured(drop))]);
  assert.ok(fits(await outputOf("other"), structured(drop)));
  const told = await ask({ ...both(FULL), content: [{ type: "text", text: "The number of Ada is 123-45" }] }, "other");
  assert.match(texts(told).join(), /^One part of this answer could not be reduced/);
  assert.deepEqual(structured(told), structured(drop));

  const bare = await ask(
    {
      content: [
        { type: "text", text: '{"id":1,"ssn":"123-45","\\u0069d2":1,"ID":3}' },
        { type: "text", text: "Ada, 123-45" },
        { type: "text", text: '{"id":1,"id":2,"ssn":"123-45"}' },
        { type: "image", data: "MTIzLTQ1", mimeType: "image/png" },
        { type: "resource_link", uri: "crm://123-45", name: "123-45" },
        {
          type: "resource",
          resource: { uri: "crm://1", mimeType: "application/json", text: '{"id":2,"ssn":"123-45"}' },
        },
        {
          type: "resource",
          resource: { uri: "crm://2", blob: Buffer.from('{"id":3,"ssn":"123-45"}').toString("base64") },
        },
        { type: "resource", resource: { uri: "crm://3", blob: Buffer.from("123-45").toString("base64") } },
      ],
      _meta: { "crm/raw": { ssn: "123-45" } },
    },
    "loose",
  );
  assert.doesNotMatch(bare.text, /123-45|MTIzLTQ1|crm\/raw/);
  assert.deepEqual(bare.body.result?.["content"], [
    { type: "text", text: '{"id":1}' },
    { type: "resource", resource: { uri: "crm://1", mimeType: "application/json", text: '{"id":2}' } },
    { type: "resource", resource: { uri: "crm://2", blob: Buffer.from('{"id":3}').toString("base64") } },
    {
      ...{ type: "text", annotations: { audience: ["assistant"] } },
      text: "5 parts of this answer could not be reduced to the fields that may be seen, and the gateway left it out.",
    },
  ]);
  const [left5] = await gateway.recordsOf(bare.call);
  assert.deepEqual(left5?.detail, { minimised: { fields: 5, parts: 5 } });
});

test("S9: an error of the server is reduced like a result, and a result to which the rule cannot be applied is withheld", async (t) => {
  const { gateway, ask } = await setting(
    t,
    `
      find: { effect: read, result: { keep: [id] } }
      loose: { effect: read, result: { keep: [id] } }
      other: { effect: read }`,
  );
  const failed = await ask({ ...said("no contact 123-45"), isError: true });
  assert.equal(failed.body.result?.["isError"], true);
  assert.match(texts(failed).join(), /^One part of this answer, which is an error of the server,/);
  assert.doesNotMatch(failed.text, /123-45/);
  const list = await ask({ ...both([FULL]) }, "loose");
  assert.match(
    texts(list).join(),
    /withheld the answer of the server raw: the rules keep or leave out fields below \/,/,
  );
  assert.doesNotMatch(list.text, /123-45/);
  const [record] = await gateway.recordsOf(list.call);
  assert.deepEqual([record?.decision, record?.control, record?.executed], ["deny", "S9", "yes"]);
  const plain = await ask(both(FULL), "other");
  assert.deepEqual(structured(plain), FULL);
  assert.equal((await gateway.recordsOf(plain.call))[0]?.detail, undefined);
});

test("S9 P3: rules keep fields by role, every rule that permits a call adds up, and each caller sees their own schema", async (t) => {
  const { gateway, key, ask, outputOf } = await setting(
    t,
    `
      find: { effect: read, result: { drop: [/rows/*/cost] } }
      loose: { effect: read }
      other: { effect: read }`,
    `
@keep("id, name, /rows")
permit (principal in Cardea::Role::"support", action == Cardea::Action::"raw.find", resource);
@keep("id, /rows/*/price")
permit (principal in Cardea::Role::"audit", action == Cardea::Action::"raw.find", resource);
`,
    `  - { role: support, allow: [] }
  - { role: audit, allow: [] }`,
  );
  const keyOf = async (...roles: string[]) => {
    const flags = roles.flatMap((role) => ["--role", role]);
    const { stdout } = await gateway.grant(
      "keys",
      "create",
      "--owner",
      `service:${roles.join("-")}`,
      ...flags,
      "--json",
    );
    return (JSON.parse(stdout) as { key: string }).key;
  };
  const [support, audited, twice] = [await keyOf("support"), await keyOf("audit"), await keyOf("support", "audit")];
  const whole = { id: 7, name: "Ada", ssn: "123-45", rows: [{ price: "1" }] };
  const expected: [string, unknown][] = [
    [key, whole],
    [support, { id: 7, name: "Ada", rows: [{ price: "1" }] }],
    [audited, { id: 7, rows: [{ price: "1" }] }],
    [twice, { id: 7, rows: [{ price: "1" }] }],
  ];
  for (const [by, left] of expected) {
    const answer = await ask(both(FULL), "find", by);
    assert.deepEqual(structured(answer), left);
    assert.deepEqual(texts(answer), [JSON.stringify(left)]);
    const schema = await outputOf("find", by);
    assert.ok(fits(schema, left));
    assert.equal(JSON.stringify(schema).includes("ssn"), by === key);
    assert.equal(JSON.stringify(schema).includes("cost"), false);
  }
  const explained = await gateway.run("policy", "explain", "raw.find", "--role", "support", "--role", "audit");
  assert.match(
    explained.stdout,
    /^Of its results these fields are left: all but \/rows\/\*\/cost; and of those: id, name, \/rows; and of those: id, \/rows\/\*\/price\.$/m,
  );
  assert.match(explained.stdout, /permit policies\/keep\.cedar#1 \(.*keeps id, name, \/rows\)/);
  const shown = await gateway.run("servers", "show", "raw");
  assert.match(shown.stdout, /^Left of results\n {2}find: all but \/rows\/\*\/cost$/m);
});

test("S9: check says fields that do not exist, forms that cannot be read, and both keep and drop, all at once", async (t) => {
  const upstream = await startRawUpstream();
  t.after(() => upstream.close());
  upstream.tools = ["a", "b", "c"].map((name) => tool(name, { outputSchema: CONTACT })).concat(tool("loose"));
  const yaml = (...rules: string[]) =>
    [
      `servers:`,
      `  raw:`,
      `    url: ${JSON.stringify(upstream.url)}`,
      `    tools:`,
      ...rules.map((one) => `      ${one}`),
    ].join("\n");
  const where = place(yaml("a: { effect: read, result: { keep: [id] } }"));
  t.after(async () => where.remove());
  await where.approve("raw");
  const check = async (...rules: string[]) => {
    writeFileSync(where.config, yaml(...rules));
    const { stdout } = await where.run("check", "--json");
    const { faults } = JSON.parse(stdout) as { faults: { line: number; message: string; nearest?: string }[] };
    return faults.map(
      ({ line, message, nearest }) => `${line} ${message}${nearest === undefined ? "" : ` ~${nearest}`}`,
    );
  };
  const forms = await check(
    'a: { result: { keep: ["$.rows[0]"] } }',
    "b: { result: { keep: [id], drop: [ssn] } }",
    "c: { result: {} }",
  );
  assert.equal(forms.length, 3);
  assert.match(forms[0] ?? "", /^5 .*is more than names and wildcards/);
  assert.match(forms[1] ?? "", /^6 .*result says both what is kept and what is left out/);
  assert.match(forms[2] ?? "", /^7 .*result says neither/);
  const fields = await check(
    "a: { effect: read, result: { keep: [id, nmae] } }",
    "b: { effect: read, result: { keep: [/rows/price] } }",
    "loose: { effect: read, result: { drop: [ssn] } }",
  );
  assert.equal(fields.length, 3);
  assert.match(fields[0] ?? "", /^5 .*result\.keep.* names no field of the tool's result: there is no \/nmae ~name$/);
  assert.match(fields[1] ?? "", /^6 .*: \/rows is a list ~\/rows\/\*\/price$/);
  assert.match(fields[2] ?? "", /^7 .*cannot be left out: the pinned output schema names no fields$/);
});
