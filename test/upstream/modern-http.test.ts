import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { openHttpUpstream } from "../../src/adapters/upstream-http/upstream.ts";
import type { HttpUpstreamOptions } from "../../src/adapters/upstream-http/upstream.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import type { Change, Upstream, UpstreamLink } from "../../src/ports/upstream.ts";
import { startFixture } from "../fixtures/conformance-server.ts";
import { ada, bob, callOf, NONE, permitOf, settings, textOf, until } from "./support.ts";

const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closing) await close();
});

/** A server of its own for each test, because it tells everybody what changed. */
async function fixture(): Promise<string> {
  const { url, close } = await startFixture();
  closing.push(close);
  return url;
}

function openAt(url: string, more: Partial<HttpUpstreamOptions> = {}): Upstream {
  const upstream = openHttpUpstream({ ...settings("crm", []), url, private: [], ...more });
  closing.unshift(() => upstream.close());
  return upstream;
}

async function open(more: Partial<HttpUpstreamOptions> = {}): Promise<Upstream> {
  return openAt(await fixture(), more);
}

/** The same server seen through a door that turns the stateless era away, so that its older half is spoken to. */
async function olderHalf(): Promise<string> {
  const inner = await fixture();
  const door = createServer((req, res) => {
    if (req.headers["mcp-method"] !== undefined) return void res.writeHead(405).end();
    const { host: _host, ...headers } = req.headers;
    const onward = httpRequest(inner, { method: req.method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(res);
      answer.on("error", () => res.destroy());
    });
    onward.on("error", () => res.destroy());
    res.on("close", () => onward.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((ready) => door.listen(0, "127.0.0.1", ready));
  closing.push(async () => {
    door.closeAllConnections();
    await new Promise((done) => door.close(done));
  });
  return `http://127.0.0.1:${(door.address() as AddressInfo).port}/mcp`;
}

const links: [string, () => Promise<UpstreamLink>][] = [
  ["modern", async () => (await open()).link(ada)],
  ["legacy", async () => openAt(await olderHalf()).link(ada)],
];

describe("modern and dual-era upstreams over HTTP", { concurrency: true }, () => {
  for (const [era, linkOf] of links) {
    test(`W2: the SDK's dual-era server, spoken to as ${era}: list, call, error, progress, log, read, complete`, async () => {
      const link = await linkOf();
      assert.equal(link.era, era);
      const listing = await link.list(new AbortController().signal);
      assert.deepEqual(listing.faults, []);
      assert.ok(
        listing.tools.length > 20 &&
          listing.resources.length > 0 &&
          listing.templates.length > 0 &&
          listing.prompts.length > 0,
      );
      assert.deepEqual(listing.capabilities.tools, { listChanged: true });
      assert.equal(textOf(await link.send(callOf("echo", { text: 'grüß\u2028"dich"' }).permit)), 'grüß\u2028"dich"');
      const failed = await link.send(callOf("test_error_handling").permit);
      assert.equal(failed.kind === "result" && failed.result.isError, true);
      const progress = callOf("test_tool_with_progress", {}, { progress: true });
      assert.equal(textOf(await link.send(progress.permit)), "Progress complete");
      assert.deepEqual(
        progress.heard.progress.map((each) => each.progress),
        [0, 50, 100],
      );
      const log = callOf("test_tool_with_logging", {}, { logLevel: "info" });
      await link.send(log.permit);
      assert.equal(log.heard.logs.length, 3);
      const read = await link.send(permitOf("resources/read", { uri: "test://static-text" }).permit);
      assert.ok(read.kind === "result" && read.result.cacheScope !== undefined, textOf(read));
      const gone = await link.send(permitOf("resources/read", { uri: "test://no" }).permit);
      assert.ok(gone.kind === "error" && gone.refusal.upstreamCode === -32602);
      const completed = await link.send(
        permitOf("completion/complete", {
          ref: { type: "ref/prompt", name: "test_prompt_with_arguments" },
          argument: { name: "arg1", value: "" },
        }).permit,
      );
      assert.ok(completed.kind === "result" && completed.result.completion !== undefined, textOf(completed));
    });

    test(`W3: input_required of a ${era} server: questions, answers, several at once`, async () => {
      const link = await linkOf();
      const name = "test_input_required_result_multiple_inputs";
      const answers: Record<string, JsonObject> = {
        "elicitation/create": { action: "accept", content: { name: "Ada" } },
        "sampling/createMessage": { role: "assistant", content: { type: "text", text: "Hello" }, model: "m" },
        "roots/list": { roots: [{ uri: "file:///w" }] },
      };
      let params: JsonObject = { name, arguments: {} };
      for (let round = 0; ; round++) {
        const reply = await link.send(permitOf("tools/call", params).permit);
        assert.ok(reply.kind === "result", textOf(reply));
        if (reply.result.resultType === "complete") {
          assert.equal(textOf(reply), "Hello Ada, 1 roots");
          break;
        }
        assert.ok(round < 3);
        const inputResponses = Object.fromEntries(
          Object.entries(reply.result.inputRequests as JsonObject).map(([key, ask]) => [
            key,
            answers[String((ask as JsonObject).method)] as JsonObject,
          ]),
        );
        params = { name, arguments: {}, inputResponses, requestState: reply.result.requestState as string };
      }
    });

    test(`W3: subscriptions of a ${era} server: watched resources and list changes`, async () => {
      const link = await linkOf();
      const changes: Change[] = [];
      const uri = "test://watched-resource";
      const watch = await link.watch(
        permitOf("subscriptions/listen", { notifications: { resourceSubscriptions: [uri], promptsListChanged: true } })
          .permit,
        (change) => void changes.push(change),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      await link.send(callOf("test_trigger_resource_update", { uri }).permit);
      await link.send(callOf("test_trigger_prompt_change").permit);
      await until(() => changes.length >= 2);
      watch.stop();
      await link.send(callOf("test_trigger_prompt_change").permit);
      assert.deepEqual(changes, [{ kind: "resource", uri }, { kind: "prompts" }]);
    });
  }

  test("W2: a legacy stream that ends before its answer is taken up again, and the caller's side can mirror it (SEP-1699)", async () => {
    const link = await (links[1] as (typeof links)[1])[1]();
    const call = callOf("test_reconnection");
    assert.equal(textOf(await link.send(call.permit)), "Answered after the stream was closed");
    assert.deepEqual(call.heard.polls, [500]);
  });

  test("W2: list changes of a modern server are heard without being asked for", async () => {
    const upstream = await open();
    const heard: string[] = [];
    upstream.onListChange((key, change) => void heard.push(`${key.credential} ${change.kind}`));
    const link = await upstream.link(ada);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await link.send(callOf("test_trigger_tool_change").permit);
    await until(() => heard.length === 1);
    assert.deepEqual(heard, ["k_ada tools"]);
  });

  test("W7: Mcp-* headers are made from the body that is sent; arguments with x-mcp-header are mirrored", async () => {
    const link = await (await open()).link(ada);
    const listing = await link.list(new AbortController().signal);
    const definition = listing.tools.find((tool) => tool.name === "test_x_mcp_header") as JsonObject;
    assert.equal(
      textOf(await link.send(callOf("test_x_mcp_header", { region: "Zürich" }, { definition }).permit)),
      "region Zürich",
    );
    const wrong = await link.send(callOf("test_x_mcp_header", { region: "Bern" }).permit);
    assert.ok(wrong.kind === "error" && wrong.executed === "no", textOf(wrong));
  });

  test("S10: capabilities are what the client has and the operator allows; what is missing is said in the protocol's words", async () => {
    const denied = await (await open({ requests: { elicitation: false, sampling: false, roots: false } })).link(ada);
    const asked = await denied.send(callOf("test_missing_capability").permit);
    assert.ok(asked.kind === "error");
    assert.equal(asked.refusal.code, "missing_capability");
    assert.deepEqual(asked.refusal.data, { requiredCapabilities: { sampling: {} } });
    const none = await (await open()).link({ ...ada, profile: NONE });
    assert.equal(
      textOf(await none.send(callOf("test_input_required_result_capabilities", {}, { profile: NONE }).permit)),
      "nothing to ask with",
    );
  });

  test("invariant 9: two principals at once never see each other's progress", async () => {
    const upstream = await open();
    const [a, b] = await Promise.all([upstream.link(ada), upstream.link(bob)]);
    const calls = [
      callOf("test_tool_with_progress", {}, { progress: true }),
      callOf("test_tool_with_progress", {}, { key: bob, progress: true }),
    ] as const;
    await Promise.all([a.send(calls[0].permit), b.send(calls[1].permit)]);
    for (const { heard } of calls) assert.equal(heard.progress.length, 3);
  });

  test("W5, C5: plain http off loopback and private addresses are refused before anything is sent", async () => {
    assert.throws(() => openAt("http://example.com/mcp"), /plain http off loopback/);
    assert.throws(
      () => openAt("https://user:secret@example.com/mcp"),
      (error: Error) => !error.message.includes("secret"),
    );
    for (const url of [
      "https://10.0.0.1/mcp",
      "https://169.254.169.254/latest",
      "https://[fd00:ec2::254]/",
      "https://[::ffff:10.0.0.1]/",
    ])
      await assert.rejects(openAt(url).link(ada), /may not be dialled/);
  });

  test("L6: nobody there: nothing was executed, and no secret is told", async () => {
    const upstream = openAt("http://127.0.0.1:9/mcp", {
      credential: { in: "query", name: "key", value: () => "s3cret" },
    });
    await assert.rejects(upstream.link(ada), (error: Error & { refusal?: { executed: string } }) => {
      assert.match(error.message, /could not be reached \(ECONNREFUSED\)/);
      return !error.message.includes("s3cret") && error.refusal?.executed === "no";
    });
    assert.match(String(upstream.state().fault), /could not be reached/);
  });
});
