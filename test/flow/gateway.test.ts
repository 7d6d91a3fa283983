import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Person } from "../approvals/browser.ts";
import { PROOF } from "../fixtures/administrator.ts";
import { call, post, type Said } from "../gateway/raw-client.ts";
import { answerText, type RawUpstream, said, startRawUpstream, tool } from "../gateway/raw-upstream.ts";
import { type Gateway, place, start, until } from "../gateway/setting.ts";

const PASSWORD = "a long password of tests";
const PAGE = "The account of Harlow Transport is 9921 since June, and invoice 88 is due today.";
const PLAN = "The northern office will be closed in March and everybody moves to the depot at Harlow.";

let upstream: RawUpstream;
let gateway: Gateway;
let keys: Record<"one" | "two" | "service", { key: string; id: string }>;

before(async () => {
  upstream = await startRawUpstream();
  upstream.tools = ["read", "pay", "plan", "broken"].map((name) =>
    tool(name, {
      inputSchema: {
        type: "object",
        properties: { word: { type: "string", maxLength: 500 } },
        additionalProperties: false,
      },
    }),
  );
  upstream.spoil = ({ id, params }, res) => {
    const broken = { jsonrpc: "2.0", id, error: { code: -32603, message: PAGE } };
    const text =
      params.name === "broken"
        ? JSON.stringify(broken)
        : answerText(id, said(params.name === "plan" ? PLAN : params.name === "pay" ? "ok" : PAGE));
    res.writeHead(200, { "content-type": "application/json" }).end(text);
    return true;
  };
  const tools =
    "{ read: { effect: read }, pay: { effect: payment }, plan: { effect: read, flow: { reads: [private] } }, broken: { effect: read } }";
  const where = place(
    [
      "limits: { perCredential: { calls: 100000, per: 1m } }",
      "approvals: { wait: 100ms }",
      "servers:",
      `  out: { url: ${upstream.url}, tools: ${tools} }`,
      `  own: { url: ${upstream.url}, trusted: true, tools: ${tools} }`,
      "access:",
      "  - { role: tester, allow: [out.*, own.*], effects: [read, payment], approval: none }",
    ].join("\n"),
  );
  await where.approve("out", "own");
  keys = {
    one: await where.key("tester", "person:owner"),
    two: await where.key("tester", "person:owner"),
    service: await where.key("tester"),
  };
  gateway = await start(where);
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const paid = (): number => upstream.received.filter(({ params }) => params.name === "pay").length;
const say = (key: string, name: string, word = "x"): Promise<Said> => call(gateway.endpoint, key, name, { word });

/** A call of an older client, in a session of its own. */
async function legacy(key: string, name: string): Promise<Said> {
  const headers = {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const info = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "old", version: "1" } };
  const opened = await post(gateway.endpoint, {
    headers,
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: info }),
  });
  const session = {
    ...headers,
    "mcp-session-id": String(opened.headers["mcp-session-id"]),
    "mcp-protocol-version": "2025-11-25",
  };
  return post(gateway.endpoint, {
    headers: session,
    body: JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { name, arguments: { word: "x" } } }),
  });
}

test("S8: after untrusted content a call that no rule asks for waits, says why, and goes on after one click", async () => {
  const { key } = keys.one;
  assert.ok((await say(key, "own__pay")).body.result, "before anything was read");
  await say(key, "out__read");
  const before = paid();
  const held = await say(key, "own__pay");
  assert.equal(paid(), before);
  assert.equal(held.body.error?.data?.["control"], "S8");
  assert.match(
    held.body.error?.message ?? "",
    /Why: read of out \(word x\) was read at \d\d:\d\d UTC, which comes from outside/,
  );
  const id = /approvals\/([\w-]+)/.exec(held.body.error?.message ?? "")?.[1] ?? "";
  const person = await new Person(new URL(gateway.endpoint).origin).signIn("owner", PASSWORD);
  const { text } = await person.get(`/approvals/${id}`);
  assert.match(text, /Why you are asked/);
  assert.match(text, /read of out \(word x\)/);
  assert.match(text, /match: &quot;own\.pay&quot;/);
  assert.doesNotMatch(text, /Always allow calls like this/, "a payment is decided on each time");
  await person.post(`/approvals/${id}`, { decision: "allow", password: PASSWORD });
  assert.ok((await say(key, "own__pay")).body.result);
  assert.equal(paid(), before + 1);
  assert.ok((await say(key, "own__pay")).body.error, "each call is asked for");
  const [record] = await gateway.recordsOf(held.call);
  assert.deepEqual([record?.decision, record?.control], ["hold", "S8"]);
});

test("S8: a new session, the other era or another name of the client resets nothing; a service is refused", async () => {
  const { key } = keys.two;
  assert.ok((await legacy(key, "own__pay")).body.result);
  await legacy(key, "out__read");
  for (const send of [legacy, say]) {
    const before = paid();
    assert.equal((await send(key, "own__pay")).body.error?.data?.["control"], "S8");
    assert.equal(paid(), before);
  }
  await say(keys.service.key, "out__broken");
  const refused = await say(keys.service.key, "own__pay");
  assert.equal(refused.body.error?.data?.["control"], "S8", "an error is read too");
  assert.match(refused.body.error?.message ?? "", /nobody can be asked/);
});

test("S8: private content does not leave, and the person or an administrator forgets what was read", async () => {
  const { key, id } = keys.two;
  await say(key, "own__plan");
  assert.match(
    (await say(key, "out__read", Buffer.from(PLAN).toString("base64"))).body.error?.message ?? "",
    /holds private content: plan of own .*written as base64/,
  );
  const shown = await gateway.run("flow", "show", id, "--json");
  const { sources } = JSON.parse(shown.stdout) as { sources: { label: string; server: string }[] };
  assert.deepEqual(sources.map(({ label, server }) => `${label} ${server}`).sort(), ["private own", "untrusted out"]);
  const person = await new Person(new URL(gateway.endpoint).origin).signIn("owner", PASSWORD);
  assert.match((await person.get("/me/flow")).text, /From outside[\s\S]*out\.read/);
  const refused = await person.post(`/me/flow/${id}/reset`, { password: "wrong" }, "/me/flow");
  assert.equal(refused.status, 403);
  assert.ok((await say(key, "own__pay")).body.error, "a session alone forgets nothing");
  assert.equal((await person.post(`/me/flow/${id}/reset`, { password: PASSWORD }, "/me/flow")).status, 303);
  assert.ok((await say(key, "own__pay")).body.result);
  const { code } = await gateway.runWith(PROOF, ["flow", "reset", keys.service.id, "--proof-stdin"]);
  assert.equal(code, 0);
  assert.ok((await say(keys.service.key, "own__pay")).body.result);
  const events = await until("both events", async () => {
    const found = (await gateway.audit()).filter(({ type }) => type === "flow.reset");
    return found.length === 2 ? found : undefined;
  });
  assert.deepEqual(events.map(({ credential }) => credential).sort(), [id, keys.service.id].sort());
});
