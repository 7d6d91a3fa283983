import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openHttpUpstream } from "../../src/adapters/upstream-http/upstream.ts";
import type { HttpUpstreamOptions } from "../../src/adapters/upstream-http/upstream.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import type { Change, Upstream } from "../../src/ports/upstream.ts";
import { observed, startLegacy } from "./legacy-server.ts";
import { ada, ALL, bob, callOf, NONE, permitOf, settings, textOf, until } from "./support.ts";
import type { Seen } from "./support.ts";

const world = observed();
const seen: Seen[] = [];
const opened: Upstream[] = [];
let server: Awaited<ReturnType<typeof startLegacy>>;

before(async () => {
  server = await startLegacy(world);
});
after(async () => {
  await Promise.all(opened.map((upstream) => upstream.close()));
  await server.close();
});

function open(more: Partial<HttpUpstreamOptions> = {}): Upstream {
  const upstream = openHttpUpstream({ ...settings("crm", seen), url: server.url, private: [], ...more });
  opened.push(upstream);
  return upstream;
}

test("W2: a legacy server is recognised, listed over all pages, and called in the neutral model", async () => {
  const upstream = open();
  const link = await upstream.link(ada);
  assert.equal(link.era, "legacy");
  const listing = await link.list(new AbortController().signal);
  assert.equal(listing.tools.length, 13);
  assert.deepEqual(
    listing.prompts.map((each) => each.name),
    ["hello"],
  );
  assert.deepEqual(
    listing.templates.map((each) => each.uriTemplate),
    ["note://{id}"],
  );
  assert.equal(listing.instructions, "Be kind.");
  assert.deepEqual(listing.capabilities, {
    tools: { listChanged: true },
    prompts: {},
    resources: { subscribe: true, listChanged: true },
    logging: {},
  });
  assert.deepEqual(listing.faults, []);
  const reply = await link.send(callOf("echo", { text: "héllo" }).permit);
  assert.equal(reply.kind === "result" && reply.result.resultType, "complete");
  assert.equal(textOf(reply), "héllo");
  assert.deepEqual(upstream.state(), { transport: "http", era: "legacy", links: 1, fault: undefined });
});

test("W3: progress and logs reach their caller alone, logs from the asked level on", async () => {
  const link = await open().link(ada);
  const progress = callOf("progress", {}, { progress: true });
  assert.equal(textOf(await link.send(progress.permit)), "token number");
  assert.deepEqual(progress.heard.progress, [
    { progress: 1, total: 2 },
    { progress: 2, total: 2 },
  ]);
  const log = callOf("log", {}, { logLevel: "warning" });
  await link.send(log.permit);
  assert.deepEqual(log.heard.logs, [{ level: "warning", data: "at warning" }]);
  const quiet = callOf("log");
  await link.send(quiet.permit);
  assert.deepEqual(quiet.heard.logs, []);
});

test("W3: an elicitation on the stream becomes input_required; the same call with the answer goes on", async () => {
  const link = await open().link(ada);
  const asked = await link.send(callOf("elicit").permit);
  assert.ok(asked.kind === "result");
  const { resultType, inputRequests, requestState } = asked.result;
  assert.equal(resultType, "input_required");
  const request = (inputRequests as JsonObject).q1 as JsonObject;
  assert.equal(request.method, "elicitation/create");
  assert.equal((request.params as JsonObject).message, "Which city?");
  const answer = { q1: { action: "accept", content: { city: "Ulm" } } };
  const other = await link.send(
    permitOf("tools/call", {
      name: "elicit",
      arguments: { x: 1 },
      inputResponses: answer,
      requestState: requestState as string,
    }).permit,
  );
  assert.match(textOf(other), /^invalid_params/, "other arguments than those that were judged");
  const stranger = await link.send(
    permitOf(
      "tools/call",
      { name: "elicit", arguments: {}, inputResponses: answer, requestState: requestState as string },
      { key: bob },
    ).permit,
  );
  assert.match(textOf(stranger), /^invalid_params/, "another caller");
  const missing = await link.send(
    permitOf("tools/call", { name: "elicit", arguments: {}, requestState: requestState as string }).permit,
  );
  assert.ok(
    missing.kind === "result" && missing.result.resultType === "input_required",
    "asked again for what is missing",
  );
  const done = await link.send(
    permitOf("tools/call", {
      name: "elicit",
      arguments: {},
      inputResponses: answer,
      requestState: missing.result.requestState as string,
    }).permit,
  );
  assert.equal(textOf(done), "accept Ulm");
  const again = await link.send(
    permitOf("tools/call", {
      name: "elicit",
      arguments: {},
      inputResponses: answer,
      requestState: requestState as string,
    }).permit,
  );
  assert.match(textOf(again), /^invalid_params/, "a state is used once");
});

test("W3: two questions of one call are two rounds; sampling and roots are asked alike", async () => {
  const link = await open().link(ada);
  let params: JsonObject = { name: "twice", arguments: {} };
  for (const [key, city] of [
    ["q1", "Ulm"],
    ["q2", "Bern"],
  ] as const) {
    const reply = await link.send(permitOf("tools/call", params).permit);
    assert.ok(reply.kind === "result" && reply.result.resultType === "input_required");
    assert.deepEqual(Object.keys(reply.result.inputRequests as JsonObject), [key]);
    params = {
      name: "twice",
      arguments: {},
      requestState: reply.result.requestState as string,
      inputResponses: { [key]: { action: "accept", content: { city } } },
    };
  }
  assert.equal(textOf(await link.send(permitOf("tools/call", params).permit)), "Ulm then Bern");
  const asks = [
    [
      "sample",
      { role: "assistant", content: { type: "text", text: "Paris" }, model: "m" },
      '{"type":"text","text":"Paris"}',
    ],
    ["roots", { roots: [{ uri: "file:///w" }] }, "file:///w"],
  ] as const;
  for (const [name, response, expected] of asks) {
    const asked = await link.send(callOf(name).permit);
    assert.ok(asked.kind === "result" && asked.result.resultType === "input_required", name);
    const answer = {
      name,
      arguments: {},
      requestState: asked.result.requestState as string,
      inputResponses: { q1: response as JsonObject },
    };
    assert.equal(textOf(await link.send(permitOf("tools/call", answer).permit)), expected);
  }
});

test("W3: what the operator or the client does not allow to be asked is refused to the upstream and reported", async () => {
  const closed = await open({ requests: { elicitation: false, sampling: false, roots: false } }).link(ada);
  seen.length = 0;
  assert.match(textOf(await closed.send(callOf("roots").permit)), /^upstream_error\/unknown/);
  assert.deepEqual(
    seen.map(({ type, detail }) => [type, detail.method]),
    [["upstream.request.refused", "roots/list"]],
  );
  const plain = await open().link({ ...ada, profile: NONE });
  assert.match(textOf(await plain.send(callOf("roots", {}, { profile: NONE }).permit)), /^upstream_error\/unknown/);
});

test("W3: a request on the GET stream is the running call's, which is asked; with no call it is refused", async () => {
  const upstream = open();
  let heard = 0;
  upstream.onListChange(() => void heard++);
  const link = await upstream.link(ada);
  // The stream stands a moment after the session; what is told before is lost.
  while (heard === 0) {
    await link.send(callOf("change").permit);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  seen.length = 0;
  await assert.rejects(world.unrelated?.() ?? Promise.resolve(), /belongs to no call/);
  assert.deepEqual(
    seen.map(({ type, detail }) => [type, detail.method]),
    [["upstream.request.refused", "elicitation/create"]],
  );
  const running = link.send(callOf("slow", {}, { deadlineMs: 5_000 }).permit);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const answered = world.unrelated?.();
  const asked = await running;
  assert.ok(asked.kind === "result" && asked.result.resultType === "input_required");
  const answer = {
    name: "slow",
    arguments: {},
    requestState: asked.result.requestState as string,
    inputResponses: { q1: { action: "decline" } },
  };
  const resumed = link.send(permitOf("tools/call", answer, { deadlineMs: 300 }).permit);
  assert.equal(((await answered) as { action: string }).action, "decline");
  assert.match(textOf(await resumed), /^upstream_timeout/);
});

test("W3: what the upstream asked and nobody answered is refused when the session ends", async () => {
  const upstream = open();
  const link = await upstream.link(ada);
  const asked = await link.send(callOf("elicit").permit);
  assert.ok(asked.kind === "result" && asked.result.resultType === "input_required");
  const before = world.refused;
  await upstream.close();
  assert.equal(world.refused - before, 1);
});

test("W3: -32042 of a legacy server becomes a URL elicitation, and the accepted call is sent again", async () => {
  const link = await open().link(ada);
  const asked = await link.send(callOf("elicit-url").permit);
  assert.ok(asked.kind === "result");
  assert.deepEqual(asked.result.inputRequests, {
    q1: {
      method: "elicitation/create",
      params: { mode: "url", url: "https://example.com/connect", message: "Connect your account" },
    },
  });
  const answer = {
    name: "elicit-url",
    arguments: {},
    requestState: asked.result.requestState as string,
    inputResponses: { q1: { action: "accept" } },
  };
  assert.equal(textOf(await link.send(permitOf("tools/call", answer).permit)), "connected");
});

test("L6: a cancelled call and one past its deadline end at once, and the upstream is told", async () => {
  const link = await open().link(ada);
  const before = world.cancelled;
  const gone = new AbortController();
  const cancelled = link.send(callOf("slow", {}, { signal: gone.signal }).permit);
  setTimeout(() => gone.abort(), 30);
  assert.match(textOf(await cancelled), /^cancelled\/unknown/);
  assert.match(textOf(await link.send(callOf("slow", {}, { deadlineMs: 50 }).permit)), /^upstream_timeout\/unknown/);
  await until(() => world.cancelled - before === 2);
  assert.match(
    textOf(await link.send(callOf("echo", { text: "x" }, { signal: gone.signal }).permit)),
    /^cancelled\/no/,
  );
});

test("L6: of several calls that wait on one link each ends at its own deadline", async () => {
  const link = await open().link(ada);
  const ended: number[] = [];
  const began = performance.now();
  const wait = async (deadlineMs: number): Promise<void> => {
    assert.match(textOf(await link.send(callOf("slow", {}, { deadlineMs }).permit)), /^upstream_timeout\/unknown/);
    ended.push(deadlineMs);
    assert.ok(performance.now() - began >= deadlineMs, `${deadlineMs} ms are over`);
  };
  await Promise.all([wait(240), wait(60), wait(150), wait(240)]);
  assert.deepEqual(ended, [60, 150, 240, 240]);
  await wait(30);
});

test("W3: list changes and watched resources are heard; a resource is subscribed once and let go with its last watcher", async () => {
  const upstream = open();
  const changes: Change[] = [];
  upstream.onListChange((key, change) => void (key.credential === "k_ada" && changes.push(change)));
  const link = await upstream.link(ada);
  const first: Change[] = [];
  const second: Change[] = [];
  const filter = { notifications: { resourceSubscriptions: ["note://1"], toolsListChanged: true } };
  const one = await link.watch(permitOf("subscriptions/listen", filter).permit, (change) => void first.push(change));
  const two = await link.watch(permitOf("subscriptions/listen", filter).permit, (change) => void second.push(change));
  assert.deepEqual(world.subscribed, ["note://1"]);
  await until(() => server !== undefined);
  await link.send(callOf("touch", { uri: "note://1" }).permit);
  await link.send(callOf("touch", { uri: "note://2" }).permit);
  await link.send(callOf("change").permit);
  await until(() => first.length === 2 && second.length === 2 && changes.length === 1);
  assert.deepEqual(first, [{ kind: "resource", uri: "note://1" }, { kind: "tools" }]);
  one.stop();
  one.stop();
  assert.deepEqual(world.subscribed, ["note://1"]);
  two.stop();
  await until(() => world.subscribed.length === 0);
});

test("W2: two principals have two sessions; a session that the server forgot is opened anew and the call runs once", async () => {
  const upstream = open();
  const [a, b] = await Promise.all([upstream.link(ada), upstream.link(bob)]);
  const [idA, idB] = [textOf(await a.send(callOf("whoami").permit)), textOf(await b.send(callOf("whoami").permit))];
  assert.notEqual(idA, idB);
  server.forget();
  const [x, y] = await Promise.all([a.send(callOf("whoami").permit), a.send(callOf("whoami").permit)]);
  assert.equal(textOf(x), textOf(y), "one new session for both");
  assert.notEqual(textOf(x), idA);
  assert.equal(await upstream.link(ada), a);
});

test("S1: an upstream's error keeps the protocol's code and loses paths; not-found keeps its URI", async () => {
  const link = await open().link(ada);
  const unknown = await link.send(callOf("nothing").permit);
  assert.ok(unknown.kind === "error");
  assert.equal(unknown.refusal.upstreamCode, -32602);
  assert.match(unknown.refusal.message, /Unknown tool at \[path\]/);
  const missing = await link.send(permitOf("resources/read", { uri: "note://9" }).permit);
  assert.ok(missing.kind === "error");
  assert.deepEqual([missing.refusal.upstreamCode, missing.refusal.data], [-32602, { uri: "note://9" }]);
});

test("W2: sessions are capped, ended when idle, and with their credential", async () => {
  const upstream = open({ maxLinks: 1, idleMs: 150 });
  await upstream.link(ada);
  await assert.rejects(upstream.link(bob), /as many sessions/);
  const before = world.sessions;
  await until(() => upstream.state().links === 0);
  await until(() => world.sessions === before - 1);
  await upstream.link({ ...bob, profile: ALL });
  await upstream.end("k_bob");
  assert.deepEqual([upstream.state().links, world.sessions], [0, before - 1], "the server was told when it returns");
  await upstream.link(ada);
  assert.equal(world.sessions, before);
  await upstream.close();
  assert.equal(world.sessions, before - 1);
});
