import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { connect } from "../gateway/client.ts";
import { call, modern, post, type Said, textOf } from "../gateway/raw-client.ts";
import { type RawUpstream, startRawUpstream } from "../gateway/raw-upstream.ts";
import { type Gateway, type Place, place, start } from "../gateway/setting.ts";

let upstream: RawUpstream;
let where: Place;
let gateway: Gateway;
let service: string;
let person: string;

const text = { type: "string", maxLength: 200 };
const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const TOOLS = [
  {
    name: "find",
    description: "Finds contacts",
    inputSchema: {
      ...object({ tenant_id: { ...text, "x-mcp-header": "Tenant" }, filter: { $ref: "#/$defs/filter" }, word: text }),
      required: ["tenant_id"],
      additionalProperties: true,
      $defs: {
        filter: object({ tenant: text, name: text }, { required: ["tenant"], default: { tenant: "x", name: "y" } }),
      },
    },
  },
  {
    name: "mine",
    description: "Lists what is mine",
    inputSchema: object({ login: text, word: text }, { required: ["login"] }),
  },
  {
    name: "issues",
    description: "Does many things with issues",
    inputSchema: {
      ...object({ method: { type: "string", enum: ["list", "close"] }, number: { type: "integer" } }),
      required: ["method"],
    },
  },
  {
    name: "limited",
    description: "Says a word",
    annotations: { readOnlyHint: true, destructiveHint: false, title: "Says" },
    inputSchema: object({ word: { type: "string" }, level: { type: "integer" }, secret: text }),
  },
  {
    name: "read",
    description: "Reads a file",
    inputSchema: object({ path: { type: "string" } }, { required: ["path"] }),
  },
  {
    name: "shell",
    description: "Runs a shell command",
    inputSchema: object({ command: { type: "string" } }, { required: ["command"] }),
  },
];
const HINTS = { readOnlyHint: true, destructiveHint: false };
const HINTED = [
  { name: "erase", annotations: { ...HINTS, openWorldHint: false }, inputSchema: object({ word: text }) },
  { name: "note", annotations: HINTS, inputSchema: object({ word: text }) },
];
const TEMPLATES = [
  { uriTemplate: "crm://{tenant}/{id}", name: "contact" },
  { uriTemplate: "docs://{+path}", name: "doc" },
  { uriTemplate: "api://h/x{?tenant,id}", name: "query" },
];

before(async () => {
  upstream = await startRawUpstream();
  upstream.tools = [...TOOLS, ...HINTED];
  upstream.templates = TEMPLATES;
  upstream.resources = [
    { uri: "crm://default/1", name: "own" },
    { uri: "crm://other/2", name: "foreign" },
    { uri: "CRM://other/3", name: "foreign too" },
  ];
  upstream.prompts = [{ name: "greet", arguments: [{ name: "who", required: true }, { name: "tone" }] }];
  where = place(`
limits: { perCredential: { calls: 100000, per: 1m }, plans: { default: { minute: 100000, day: 1000000 } } }
servers:
  raw:
    url: ${upstream.url}
    tools:
      find: { effect: read, bind: { tenant_id: principal.tenant, /filter/tenant: { value: acme } } }
      mine: { effect: read, bind: { login: principal.login } }
      issues:
        publish:
          list_issues: { fixed: { method: list }, effect: read, description: Lists issues. It changes nothing. }
          close_issue: { fixed: { method: close }, effect: read, description: Closes one issue. }
      limited:
        effect: read
        arguments:
          word: { maxLength: 5, pattern: "^[a-z]+$", default: hi }
          level: { minimum: 1, maximum: 3, required: true }
          secret: { remove: true }
      read: { effect: read, arguments: { path: { guard: { kind: path, roots: [/srv/data] } } } }
      shell: { effect: read }
      erase: { effect: destructive }
    prompts:
      greet: { bind: { who: principal.plan }, arguments: { tone: { guard: { kind: html } } } }
    templates:
      "crm://{tenant}/{id}": { bind: { tenant: principal.tenant } }
      "api://h/x{?tenant,id}": { bind: { tenant: principal.tenant } }
      "docs://{+path}": { arguments: { path: { guard: { kind: path, roots: ["."] } } } }
access: [{ role: tester, allow: ["raw.*", raw.erase, raw.note] }]
`);
  await where.approve("raw");
  service = (await where.key("tester")).key;
  person = (await where.key("tester", "person:ada@example.com")).key;
  gateway = await start(where);
});

after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

beforeEach(() => upstream.received.splice(0));

const own = (name: string, args: Record<string, unknown> = {}, key = service): Promise<Said> =>
  call(`${gateway.endpoint}/raw`, key, name, args);
const sent = () => upstream.received.find(({ method }) => method !== "server/discover" && !method.endsWith("/list"));
const listed = async (method: string, member: string, key = service, endpoint = `${gateway.endpoint}/raw`) =>
  (await post(endpoint, modern(key, method))).body.result?.[member] as Record<string, unknown>[];
const toolNamed = async (name: string, key = service) =>
  (await listed("tools/list", "tools", key)).find((tool) => (tool["name"] as string) === name) as
    | { inputSchema: { properties: Record<string, Record<string, unknown>>; required?: string[]; $defs?: unknown } }
    | undefined;

test("P4: a bound argument is not in the schema that callers see, nor in defaults or requirements, at the root and nested", async () => {
  const tool = await toolNamed("find");
  assert.deepEqual(Object.keys(tool?.inputSchema.properties ?? {}), ["filter", "word"]);
  assert.equal(tool?.inputSchema.required, undefined);
  const filter = tool?.inputSchema.properties["filter"] as Record<string, unknown>;
  assert.deepEqual(Object.keys(filter["properties"] as object), ["name"]);
  assert.deepEqual([filter["required"], filter["default"]], [undefined, { name: "y" }]);
});

test("P4: it is filled in from the principal, objects on the way are made, and the header is made afresh", async () => {
  assert.equal(textOf(await own("find", { word: "x" })), "find x");
  assert.deepEqual(sent()?.params.arguments, { word: "x", tenant_id: "default", filter: { tenant: "acme" } });
  assert.equal(sent()?.headers["mcp-param-tenant"], "default");
});

test("P4: it is refused when supplied, in every spelling, nested place and header copy; nothing is sent", async () => {
  const attempts: Record<string, unknown>[] = [
    { tenant_id: "other" },
    { tenant_id: null },
    { tenantId: "other" },
    { "TENANT-ID": "other" },
    { ｔenant_id: "other" },
    { filter: { tenant: "other" } },
    { filter: { Tenant: "other" } },
    { "filter.tenant": "other" },
    { "filter[tenant]": "other" },
    { filter: [{ tenant: "other" }] },
    { filter: "tenant=other" },
    { filter: null },
    { Filter: { tenant: "other" } },
    { FILTER: { Tenant: "other" } },
    { "tenant%5fid": "other" },
    { "%74enant_id": "other" },
    { "filter/tenant": "other" },
  ];
  for (const attempt of attempts) {
    const answer = await own("find", attempt);
    assert.equal(answer.body.result?.["isError"], true, JSON.stringify(attempt));
    assert.equal(sent(), undefined, JSON.stringify(attempt));
  }
  const asked = modern(service, "tools/call", { name: "find", arguments: { word: "x" } });
  const copied = await post(`${gateway.endpoint}/raw`, {
    ...asked,
    headers: { ...asked.headers, "mcp-param-tenant": "other" },
  });
  assert.deepEqual([copied.status, copied.body.error?.code], [400, -32020]);
  assert.equal(sent(), undefined);
});

test("P4: a principal that lacks the value neither sees nor reaches the tool, and the record says why", async () => {
  assert.equal(await toolNamed("mine"), undefined);
  const refused = await own("mine");
  const unknown = await own("nothing");
  assert.equal(refused.text, unknown.text);
  const [record] = await gateway.recordsOf(refused.call);
  assert.deepEqual([record?.decision, record?.control], ["deny", "P4"]);
  assert.ok(await toolNamed("mine", person));
  assert.equal(textOf(await own("mine", {}, person)), "mine ");
  assert.deepEqual(sent()?.params.arguments, { login: "ada@example.com" });
});

for (const era of ["modern", "legacy"] as const)
  test(`P4 P6 V2: ${era} clients see and call what is published, on both endpoints`, async () => {
    for (const endpoint of [gateway.endpoint, `${gateway.endpoint}/raw`]) {
      upstream.received.splice(0);
      const { client, close } = await connect(endpoint, service, era);
      const prefix = endpoint === gateway.endpoint ? "raw__" : "";
      const names = (await client.listTools()).tools.map(({ name }) => name.slice(prefix.length));
      assert.deepEqual(names, ["find", "list_issues", "close_issue", "limited", "read", "erase", "note"]);
      const result = await client.callTool({ name: `${prefix}list_issues`, arguments: { number: 3 } });
      assert.equal(result.isError, undefined);
      assert.deepEqual(sent()?.params.name, "issues");
      assert.deepEqual(sent()?.params.arguments, { number: 3, method: "list" });
      await close();
    }
  });

test("P6: of a split tool the whole is gone, each part has its own words, and the record names the part", async () => {
  const whole = await own("issues", { method: "close" });
  assert.equal(whole.body.error?.code, -32602);
  const tool = (await toolNamed("list_issues")) as unknown as Record<string, unknown>;
  assert.equal(tool["description"], "Lists issues. It changes nothing.");
  assert.deepEqual(Object.keys((tool["inputSchema"] as { properties: object }).properties), ["number"]);
  const overridden = await own("list_issues", { method: "close" });
  assert.equal(overridden.body.result?.["isError"], true);
  const [record] = await gateway.recordsOf((await own("close_issue", { number: 1 })).call);
  assert.equal(record?.target, "close_issue");
  assert.deepEqual(sent()?.params.arguments, { number: 1, method: "close" });
});

test("V2: what an overlay tightened is what clients see and what is enforced; defaults are filled in, removed ones refused", async () => {
  const { properties, required } = (await toolNamed("limited"))?.inputSchema ?? { properties: {} };
  assert.deepEqual(properties, {
    word: { type: "string", maxLength: 5, pattern: "^[a-z]+$", default: "hi" },
    level: { type: "integer", minimum: 1, maximum: 3 },
  });
  assert.deepEqual(required, ["level"]);
  for (const args of [
    { level: 4 },
    {},
    { level: 1, word: "toolong" },
    { level: 1, word: "A" },
    { level: 1, secret: "x" },
  ])
    assert.equal((await own("limited", args)).body.result?.["isError"], true, JSON.stringify(args));
  assert.equal(sent(), undefined);
  assert.equal(textOf(await own("limited", { level: 2 })), "limited hi");
});

test("P3: the hints that callers see agree with what the operator says, not with the server", async () => {
  const hints = async (name: string) => ((await toolNamed(name)) as unknown as { annotations: object }).annotations;
  assert.deepEqual(await hints("limited"), { readOnlyHint: true, destructiveHint: false, title: "Says" });
  assert.deepEqual(await hints("erase"), { readOnlyHint: false, destructiveHint: true, openWorldHint: false });
  assert.deepEqual(await hints("note"), { readOnlyHint: false, destructiveHint: false });
});

test("V3: a guard's refusal is a tool result that names path and rule", async () => {
  for (const path of ["/etc/passwd", "/srv/data/../../etc/passwd", "/srv/data/%2e%2e/x", "..\\x", "/srv/database"]) {
    const answer = await own("read", { path });
    assert.equal(answer.body.result?.["isError"], true, path);
    assert.match(String(textOf(answer)), /\/path.*path: /s);
  }
  assert.equal(sent(), undefined);
  assert.equal((await own("read", { path: "/srv/data/a b.txt" })).body.result?.["isError"], undefined);
});

test("V2 P6: a tool that takes a raw command is off, answers as unknown, and the record of it names the finding", async () => {
  assert.equal(await toolNamed("shell"), undefined);
  const refused = await own("shell", { command: "ls" });
  assert.equal(refused.text, (await own("nothing", { command: "ls" })).text);
  const [record] = await gateway.recordsOf(refused.call);
  assert.match(String(record?.detail?.["why"]), /off until it is narrowed: \/command takes a raw command/);
});

test("P4: a prompt's bound argument is filled in, not listed, refused, and nothing completes it", async () => {
  const [prompt] = await listed("prompts/list", "prompts");
  assert.deepEqual(
    (prompt?.["arguments"] as { name: string }[] | undefined)?.map(({ name }) => name),
    ["tone"],
  );
  const ask = (params: Record<string, unknown>) =>
    post(`${gateway.endpoint}/raw`, modern(service, "prompts/get", { name: "greet", ...params }));
  assert.ok((await ask({ arguments: { tone: "kind" } })).body.result);
  assert.deepEqual(sent()?.params.arguments, { tone: "kind", who: "default" });
  assert.equal((await ask({ arguments: { who: "other" } })).body.error?.code, -32602);
  assert.match((await ask({ arguments: { tone: "<script>" } })).body.error?.message ?? "", /\/tone/);
  const complete = (argument: object, context = {}) =>
    post(
      `${gateway.endpoint}/raw`,
      modern(service, "completion/complete", { ref: { type: "ref/prompt", name: "greet" }, argument, ...context }),
    );
  upstream.received.splice(0);
  assert.equal((await complete({ name: "who", value: "a" })).body.error?.code, -32602);
  assert.equal(
    (await complete({ name: "tone", value: "a" }, { context: { arguments: { who: "x" } } })).body.error?.code,
    -32602,
  );
  assert.equal(sent(), undefined);
  await complete({ name: "tone", value: "a" });
  assert.deepEqual((sent()?.params as { context?: unknown } | undefined)?.context, { arguments: { who: "default" } });
});

test("P4: a template shows the principal's own value, and resources of another value are neither listed nor readable", async () => {
  const templates = (await listed("resources/templates/list", "resourceTemplates")).map((one) => one["uriTemplate"]);
  assert.deepEqual(templates, ["crm://default/{id}", "docs://{+path}", "api://h/x?tenant=default{&id}"]);
  const all = await listed("resources/templates/list", "resourceTemplates", service, gateway.endpoint);
  assert.equal(all[0]?.["uriTemplate"], "raw+crm://default/{id}");
  assert.deepEqual(
    (await listed("resources/list", "resources")).map((one) => one["uri"]),
    ["crm://default/1"],
  );
  const read = (uri: string) => post(`${gateway.endpoint}/raw`, modern(service, "resources/read", { uri }));
  assert.ok((await read("crm://default/7")).body.result);
  assert.ok((await read("api://h/x?tenant=default&id=1")).body.result);
  upstream.received.splice(0);
  for (const uri of [
    "crm://other/2",
    "crm://oth%65r/2",
    "crm://{tenant}/2",
    "crm://Default/2",
    "CRM://other/2",
    "api://h/x?tenant=other&id=1",
    "api://h/x?tenant=default&id=1&tenant[]=other",
    "api://h/x?tenant=default&id=1%26tenant=other",
    "api://h/x?tenant=default&id=1%2526tenant%253dother",
    "API://h/x?tenant=other&id=1",
  ])
    assert.equal((await read(uri)).body.error?.code, -32602, uri);
  assert.equal(sent(), undefined);
});

test("V3: guards hold for the variables of resource templates", async () => {
  const read = (uri: string) => post(`${gateway.endpoint}/raw`, modern(service, "resources/read", { uri }));
  assert.ok((await read("docs://guide/one.md")).body.result);
  upstream.received.splice(0);
  for (const uri of ["docs:///etc/passwd", "docs://~/x", "docs://a%00b", "docs://c:%5cx"])
    assert.equal((await read(uri)).body.error?.code, -32602, uri);
  assert.equal(sent(), undefined);
});
