import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Person } from "../approvals/browser.ts";
import { PROOF } from "../fixtures/administrator.ts";
import { call, type Said } from "../gateway/raw-client.ts";
import { answerText, type RawUpstream, said, startRawUpstream, tool } from "../gateway/raw-upstream.ts";
import { type Gateway, type Place, place, start, until } from "../gateway/setting.ts";

const PASSWORD = "a long password of tests";
const PAGE = "The button on the second page does nothing in the evening, when the office in Harlow is closed.";
const PLAN = "The northern office will be closed in March and everybody moves to the depot at Harlow.";

let upstream: RawUpstream;
let where: Place;
let gateway: Gateway;

before(async () => {
  upstream = await startRawUpstream();
  const words = { where: { type: "string", maxLength: 500 }, text: { type: "string", maxLength: 500 } };
  const inputSchema = { type: "object", properties: words, additionalProperties: false };
  upstream.tools = ["read", "post", "plan", "pay"].map((name) => tool(name, { inputSchema }));
  upstream.spoil = ({ id, params }, res) => {
    const text = params.name === "plan" ? PLAN : params.name === "read" ? PAGE : "ok";
    res.writeHead(200, { "content-type": "application/json" }).end(answerText(id, said(text)));
    return true;
  };
  const tools =
    "{ read: { effect: read }, post: { effect: write, flow: { sink: public } }, plan: { effect: read, flow: { reads: [private] } }, pay: { effect: payment } }";
  const servers = ["web", "mail", "own"].map(
    (name) => `  ${name}: { url: ${upstream.url}, trusted: ${name === "own"}, tools: ${tools} }`,
  );
  where = place(
    [
      "limits: { perCredential: { calls: 100000, per: 1m } }",
      "approvals: { wait: 100ms }",
      "servers:",
      ...servers,
      "access:",
      "  - { role: tester, allow: [web.*, mail.*, own.*], effects: [read, write, payment], approval: none }",
    ].join("\n"),
  );
  mkdirSync(join(where.folder, "policies"));
  const forbid = `forbid (principal, action, resource in Cardea::Server::"mail") when { context.labels.contains("private") };\n`;
  writeFileSync(join(where.folder, "policies", "flow.cedar"), forbid);
  await where.approve("web", "mail", "own");
  gateway = await start(where);
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const arrived = (name: string): number => upstream.received.filter(({ params }) => params.name === name).length;
const say = (key: string, name: string, words: Record<string, string> = { where: "x" }): Promise<Said> =>
  call(gateway.endpoint, key, name, words);
const heldBy = ({ body }: Said): unknown => body.error?.data?.["control"];
const approvalIn = ({ body }: Said): string => /approvals\/(a_[\w-]+)/.exec(body.error?.message ?? "")?.[1] ?? "";
const person = async (): Promise<Person> => new Person(new URL(gateway.endpoint).origin).signIn("owner", PASSWORD);

test("S8 and H4: a false alarm becomes a narrow standing rule, which counts for its cause, its arguments and its person alone", async () => {
  const { key } = await where.key("tester", "person:owner");
  const other = await where.key("tester", "person:somebody");
  const post = (text: string, by = key): Promise<Said> => say(by, "own__post", { where: "board", text });
  await say(key, "web__read");
  const held = await post("one");
  assert.equal(heldBy(held), "S8");
  const owner = await person();
  assert.match((await owner.get(`/approvals/${approvalIn(held)}`)).text, /Always allow calls like this/);
  const limits = {
    "limit.0": "is",
    "limit.1": "any",
    until: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
  };
  const sent = await owner.post(`/approvals/${approvalIn(held)}`, {
    decision: "always",
    password: PASSWORD,
    ...limits,
  });
  assert.equal(sent.status, 303, sent.text);
  const before = arrived("post");
  assert.ok((await post("one")).body.result, "the call that was looked at");
  await until("the standing rule", async () => (await post("two")).body.result);
  assert.ok((await post("three")).body.result);
  assert.ok(arrived("post") >= before + 3, "one click, and no more questions");
  assert.equal(heldBy(await say(key, "own__post", { where: "elsewhere", text: "one" })), "S8", "another place");
  assert.equal(heldBy(await say(key, "own__pay")), "S8", "another call");
  await say(other.key, "web__read");
  assert.equal(heldBy(await post("one", other.key)), "S8", "another person");
  await say(key, "mail__read");
  assert.equal(heldBy(await post("one")), "S8", "another cause, which nobody has looked at");
});

test("S8 and P2: policies see what was read: context.labels", async () => {
  const { key } = await where.key("tester", "person:owner");
  assert.ok((await say(key, "mail__read")).body.result);
  await say(key, "own__plan");
  const before = arrived("read");
  assert.match((await say(key, "mail__read")).text, /error|isError/, "forbidden once something private was read");
  assert.equal(arrived("read"), before);
  assert.ok((await say(key, "own__read")).body.result, "elsewhere the policy says nothing");
});

test("S8: labels outlive the gateway, also one that is killed, and end on the page of the person", async () => {
  const { key, id } = await where.key("tester", "person:owner");
  await say(key, "web__read");
  await say(key, "own__plan");
  gateway.signal("SIGKILL");
  await gateway.gone;
  gateway = await start(where);
  assert.equal(heldBy(await say(key, "own__pay")), "S8");
  assert.match(
    (await say(key, "web__read", { text: Buffer.from(PLAN).toString("hex") })).body.error?.message ?? "",
    /holds private content: plan of own/,
  );
  const owner = await person();
  assert.equal((await owner.post(`/me/flow/${id}/reset`, { password: PASSWORD }, "/me/flow")).status, 303);
  assert.ok((await say(key, "own__pay")).body.result);
});

test("S8 and I5: the successor of a key has read what the key has", async () => {
  const { key, id } = await where.key("tester", "person:owner");
  await say(key, "web__read");
  await say(key, "own__plan");
  const made = await gateway.runWith(PROOF, ["keys", "rotate", id, "--overlap", "1h", "--json", "--proof-stdin"]);
  assert.equal(made.code, 0, made.stderr);
  const next = (JSON.parse(made.stdout) as { key: string }).key;
  assert.equal(heldBy(await say(next, "own__pay")), "S8");
  assert.match((await say(next, "web__read", { text: PLAN })).body.error?.message ?? "", /holds private content/);
});

test("S8 and I9: of somebody who is offboarded no label stays, and no standing rule", async () => {
  const { key, id } = await where.key("tester", "person:eve");
  const kept = await where.key("tester", "person:somebody");
  await say(kept.key, "web__read");
  await say(key, "web__read");
  await say(key, "own__plan");
  const held = await say(key, "own__post", { where: "board" });
  const allowed = await gateway.runWith(PROOF, ["approvals", "always", approvalIn(held), "--proof-stdin"]);
  assert.equal(allowed.code, 0, allowed.stderr);
  const sourcesOf = async (of: string): Promise<number> =>
    (JSON.parse((await gateway.run("flow", "show", of, "--json")).stdout) as { sources: unknown[] }).sources.length;
  assert.equal(await sourcesOf(id), 2);
  const standing = async (): Promise<string[]> => {
    const { stdout } = await gateway.run("approvals", "list", "--json");
    return (JSON.parse(stdout) as { standing: { owner: string }[] }).standing.map(({ owner }) => owner);
  };
  assert.ok((await standing()).includes("person:eve"));
  const { code, stderr } = await gateway.run("offboard", "eve", "--yes", "--json");
  assert.equal(code, 0, stderr);
  assert.ok(!(await standing()).includes("person:eve"));
  assert.equal(await sourcesOf(id), 0);
  assert.ok((await sourcesOf(kept.id)) > 0, "others keep theirs");
});
