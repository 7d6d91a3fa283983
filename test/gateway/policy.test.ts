import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { resolveFiles } from "../../src/adapters/files/project.ts";
import { policyCommand } from "../../src/cli/policy.ts";
import { openPolicyAdmin } from "../../src/compose/policy-admin.ts";
import { call, modern, post } from "./raw-client.ts";
import { answerText, type RawUpstream, startRawUpstream, tool } from "./raw-upstream.ts";
import { type Gateway, place, start, until } from "./setting.ts";

const RULES = `@id("ok") @hint("Words begin with ok.")
permit (principal in Cardea::Role::"tester", action == Cardea::Action::"raw.echo", resource)
when { context.arguments has word && context.arguments.word like "ok*" };
@id("greet")
permit (principal in Cardea::Role::"tester", action == Cardea::Action::"raw.prompt:greet", resource)
when { context.arguments.who == "ada" };
@id("docs")
permit (principal in Cardea::Role::"tester", action == Cardea::Action::"read", resource in Cardea::Server::"raw")
when { context.arguments.uri like "doc:///public/*" };
`;

let upstream: RawUpstream;
let gateway: Gateway;
let key: string;

before(async () => {
  upstream = await startRawUpstream();
  upstream.tools = [tool("echo"), tool("other")];
  upstream.prompts = [{ name: "greet", arguments: [{ name: "who", required: true }] }];
  upstream.templates = [{ uriTemplate: "doc:///{+path}", name: "all" }];
  const bare = "access: [{ role: tester, allow: [] }, { role: guest, allow: [] }]\naudit: { policyFields: true }\n";
  const where = place(`servers: { raw: { url: ${upstream.url}, tools: { echo: { effect: read } } } }\n${bare}`);
  await where.approve("raw");
  mkdirSync(join(where.folder, "policies"));
  writeFileSync(join(where.folder, "policies/raw.cedar"), RULES);
  ({ key } = await where.key("tester"));
  gateway = await start(where);
});

after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const raw = (): string => `${gateway.endpoint}/raw`;
const reached = (): number =>
  upstream.received.filter(({ method }) => !method.endsWith("list") && method !== "server/discover").length;

test("P8: a server that no rule names for the caller does not exist for them, also where Cedar files speak of it", async () => {
  const { key: guest } = await gateway.key("guest");
  const [here, none] = [raw(), `${gateway.endpoint}/none`];
  const told = await Promise.all([here, none].map((url) => post(url, modern(guest, "tools/list", {}))));
  const [first, second] = told.map(({ status, body }) => JSON.stringify([status, body.error]).replace(/c_[\w-]+/, ""));
  assert.equal(first, second);
  assert.equal(told[0]?.status, 404);
});

test("P2 P7: values that no rule permits answer with the argument, the rule and its hint, and nothing is sent", async () => {
  const before = reached();
  const no = await call(raw(), key, "echo", { word: "no" });
  assert.ok(no.body.result, no.text + gateway.said());
  const result = no.body.result as { isError?: boolean; content?: { text?: string }[] };
  assert.equal(no.status, 200);
  assert.equal(result.isError, true);
  assert.match(result.content?.[0]?.text ?? "", /\/arguments\/word.*policies\/raw\.cedar#ok.*Words begin with ok\./);
  assert.equal(reached(), before);
  const yes = await call(raw(), key, "echo", { word: "ok then" });
  assert.notEqual((yes.body.result as { isError?: boolean }).isError, true);
  assert.equal(reached(), before + 1);
  const [denied] = await gateway.recordsOf(String(no.headers["cardea-call"]));
  const [allowed] = await gateway.recordsOf(String(yes.headers["cardea-call"]));
  assert.deepEqual([denied?.decision, denied?.control], ["deny", "P2"]);
  assert.deepEqual([allowed?.decision, allowed?.rules], ["allow", ["policies/raw.cedar#ok"]]);
  assert.ok(!JSON.stringify([denied, allowed]).includes("ok then"), "what policies look at is sealed");
  assert.ok(typeof allowed?.fields === "string");
});

test("P8: what could not be permitted with any arguments is as unknown as what does not exist, in every kind", async () => {
  const text = (answer: { text: string }) => answer.text.replaceAll(/"id":\d+/g, "");
  const ask = (method: string, params: Record<string, unknown>) => post(raw(), modern(key, method, params));
  assert.equal(
    text(await call(raw(), key, "other", { word: "ok" })),
    text(await call(raw(), key, "nothing", { word: "ok" })),
  );
  assert.equal(
    text(await call(raw(), key, "other", { wrong: 1 })),
    text(await call(raw(), key, "nothing", { wrong: 1 })),
  );
  const listed = await ask("tools/list", {});
  assert.deepEqual(
    (listed.body.result?.["tools"] as { name: string }[] | undefined)?.map(({ name }) => name),
    ["echo"],
  );
  const [secret, none] = [
    await ask("resources/read", { uri: "doc:///private/a" }),
    await ask("resources/read", { uri: "no:///a" }),
  ];
  assert.equal(text(secret).replaceAll("doc:///private/a", ""), text(none).replaceAll("no:///a", ""));
  assert.ok((await ask("resources/read", { uri: "doc:///public/a" })).body.result);
  assert.ok((await ask("prompts/get", { name: "greet", arguments: { who: "ada" } })).body.result);
  const eve = await ask("prompts/get", { name: "greet", arguments: { who: "eve" } });
  assert.equal((eve.body as { error?: { code: number } }).error?.code, -32602);
});

test("P7 P10: policy diff names exactly the calls whose decision changes, beside the running gateway", async () => {
  await call(raw(), key, "echo", { word: "ok 1" });
  const changed = await call(raw(), key, "echo", { word: "okay 2" });
  const proposal = join(gateway.folder, "proposal");
  cpSync(join(gateway.folder, "policies"), join(proposal, "policies"), { recursive: true });
  cpSync(gateway.config, join(proposal, "cardea.yaml"));
  const same = await gateway.run("policy", "diff", "current", proposal, "--json");
  assert.deepEqual([same.code, JSON.parse(same.stdout).changes], [0, []], same.stderr);
  writeFileSync(join(proposal, "policies/raw.cedar"), RULES.replace('"ok*"', '"ok *"'));
  const { code, stdout } = await gateway.run("policy", "diff", "current", proposal, "--json");
  const { changes, notJudged } = JSON.parse(stdout) as {
    changes: { call: string; before: string; after: string }[];
    notJudged: unknown[];
  };
  assert.equal(code, 1);
  assert.deepEqual(
    changes.map((one) => [one.call, one.before, one.after]),
    [[changed.headers["cardea-call"], "allow", "deny"]],
  );
  assert.deepEqual(notJudged, []);
  const unused = JSON.parse((await gateway.run("policy", "unused", "--since", "1h", "--json")).stdout) as {
    rules: { id: string }[];
  };
  assert.deepEqual(unused.rules, []);
});

test("P2: completions suggest no value that policy refuses, of prompts and of templates", async () => {
  upstream.spoilt = new Set(["completion/complete"]);
  const suggest = async (ref: object, name: string, values: string[]) => {
    upstream.spoil = (message, res) => {
      const completion = { values, total: 30, hasMore: true };
      res.writeHead(200, { "content-type": "application/json" }).end(answerText(message.id, { completion }));
      return true;
    };
    const { body, text } = await post(
      raw(),
      modern(key, "completion/complete", { ref, argument: { name, value: "" } }),
    );
    assert.ok(body.result, text);
    return body.result["completion"];
  };
  const greet = { type: "ref/prompt", name: "greet" };
  assert.deepEqual(await suggest(greet, "who", ["ada", "eve", "adam"]), { values: ["ada"], hasMore: true });
  assert.deepEqual(await suggest(greet, "who", ["ada"]), { values: ["ada"], total: 30, hasMore: true });
  const docs = { type: "ref/resource", uri: "doc:///{+path}" };
  const paths = ["public/a", "private/b", "public/../private/c", "public/%2e%2e/private/d"];
  assert.deepEqual(await suggest(docs, "path", paths), { values: ["public/a"], hasMore: true });
  upstream.spoil = undefined;
});

test("P7 V2 H1 S8: policy diff sees limits of arguments, who is asked, guards and the flow of information", async () => {
  const [short, long] = [
    await call(raw(), key, "echo", { word: "ok 3" }),
    await call(raw(), key, "echo", { word: "ok, a longer one" }),
  ].map(({ headers }) => headers["cardea-call"]);
  const { home, config, folder: cwd } = gateway;
  const files = resolveFiles({ home, config, cwd, env: {} });
  const with_ = (name: string, tool: string): string => {
    const folder = join(gateway.folder, name);
    cpSync(join(gateway.folder, "policies"), join(folder, "policies"), { recursive: true });
    const text = readFileSync(gateway.config, "utf8");
    writeFileSync(
      join(folder, "cardea.yaml"),
      text.replace("echo: { effect: read }", `echo: { effect: read, ${tool} }`),
    );
    return folder;
  };
  const diff = async (a: string, b: string) => {
    let stdout = "";
    const io = { out: (text: string) => void (stdout += text), err() {}, json: true, home: files.home, colour: false };
    await policyCommand(["diff", a, b], io, () => openPolicyAdmin(files, () => Date.now()));
    const told = JSON.parse(stdout) as {
      changes: { call: string; before: string; after: string }[];
      notJudged: { why: string }[];
    };
    const of = (id: unknown) =>
      told.changes.filter(({ call: one }) => one === id).map((one) => `${one.before} → ${one.after}`);
    return { short: of(short), long: of(long), why: told.notJudged.map(({ why }) => why).join() };
  };
  const limited = with_("limited", "arguments: { word: { maxLength: 8 } }");
  assert.deepEqual(await diff("current", limited), { short: [], long: ["allow → deny"], why: "" });
  assert.deepEqual((await diff(limited, "current")).long, ["deny → allow"]);
  assert.deepEqual((await diff("current", with_("listed", "arguments: { word: { enum: [ok 3] } }"))).long, [
    "allow → deny",
  ]);
  const [self, other] = ["self", "other"].map((by) => with_(by, `approval: { by: ${by}, expires: 5m }`));
  assert.deepEqual((await diff(String(self), String(other))).short, ["approval by self → approval by other"]);
  assert.deepEqual((await diff("current", String(self))).short, ["allow → approval by self"]);
  assert.deepEqual((await diff(String(self), String(self))).short, []);
  const guarded = await diff("current", with_("guarded", "arguments: { word: { guard: { kind: id } } }"));
  assert.match(guarded.why, /the guards of raw\.echo differ/);
  const flows = await diff("current", with_("flows", "flow: { sink: destructive }"));
  assert.deepEqual([flows.short, /flow of information differs/.test(flows.why)], [[], true]);
});

test("P1 T3: a rule that does not fit a newly approved definition denies its own tool, and that is recorded", async () => {
  upstream.tools = [
    tool("echo", { inputSchema: { type: "object", properties: { text: { type: "string" } } } }),
    tool("other"),
  ];
  const approved = await gateway.grant("servers", "approve", "raw", "--all");
  assert.match(
    approved.stdout,
    /\n {2}stale rule: policies\/raw\.cedar:1 {2}[^\n]*"word"[^\n]*\nStale rules do not fit what is approved now\./,
  );
  assert.equal(approved.stdout.split("stale rule:").length, 2, "only the one that names what is gone");
  await until("the rule is told as stale", async () => (await gateway.audit({ type: "policy.stale" }))[0], 15_000);
  const answer = await call(raw(), key, "echo", { text: "ok" });
  assert.match(answer.text, /There is no such tool here/);
  assert.match(readFileSync(gateway.lock, "utf8"), /"text"/);
  const greet = await post(raw(), modern(key, "prompts/get", { name: "greet", arguments: { who: "ada" } }));
  assert.ok(greet.body.result, greet.text);
});
