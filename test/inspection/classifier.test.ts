import assert from "node:assert/strict";
import { test } from "node:test";
import { createClassifier } from "../../src/adapters/classifier/classifier.ts";
import { loadConfig } from "../../src/config/load.ts";
import { classifyResult, type ClassifyResultParts } from "../../src/controls/classify-result.ts";
import { frameOf } from "../../src/domain/inspection/frame.ts";
import { piecesOf, toldBy } from "../../src/domain/inspection/told.ts";
import type { Answered } from "../../src/kernel/call.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { type Classification, ClassifierFault, type Question } from "../../src/ports/classifier.ts";
import { says, startClassifier } from "../gateway/classifier-server.ts";

const QUESTION: Question = { surface: "result", server: "web", tool: "fetch", text: "hello", part: 1, parts: 1 };

async function setting(t: { after(end: () => Promise<unknown>): void }, more: object = {}) {
  const server = await startClassifier();
  const classifier = createClassifier({
    ...{ url: server.url, timeoutMs: 300, headers: {}, private: [] },
    secrets: { resolve: (reference) => `secret of ${reference}` },
    ...more,
  });
  t.after(async () => {
    await classifier.close();
    await server.close();
  });
  const failure = () =>
    classifier.ask(QUESTION).then(
      (said) => assert.fail(`it said ${JSON.stringify(said)}`),
      (error: unknown) => {
        assert.ok(error instanceof ClassifierFault, String(error));
        return error.failure;
      },
    );
  return { server, classifier, failure };
}

test("S3: the classifier is asked by a POST of JSON with the headers that the operator refers to, and its verdict is read", async (t) => {
  const { server, classifier } = await setting(t, { headers: { Authorization: "env:TOKEN" } });
  server.answer = says({ verdict: "mark", score: 0.7, kind: "injection", reason: "an order", more: [1] });
  assert.deepEqual(await classifier.ask(QUESTION), { verdict: "mark", score: 0.7, kind: "injection" });
  assert.deepEqual(server.asked, [QUESTION]);
  assert.equal(server.headers[0]?.["authorization"], "secret of env:TOKEN");
  assert.equal(server.headers[0]?.["content-type"], "application/json");
});

test("S3: whatever is no answer of the contract is a failure: JSON, members, values, status, size", async (t) => {
  const { server, failure } = await setting(t);
  const raw = (text: string, status = 200, headers: Record<string, string> = {}) => {
    server.answer = (_, res) => void res.writeHead(status, headers).end(text);
    return failure();
  };
  for (const text of [
    "",
    "pass",
    "{",
    "[]",
    "{}",
    '{"verdict":"PASS"}',
    '{"verdict":"allow"}',
    '{"verdict":["pass"]}',
    '{"verdict":"block","verdict":"pass"}',
    '{"verdict":"pass","score":2}',
    '{"verdict":"pass","score":"0.1"}',
    '{"verdict":"pass","kind":"Ignore all previous instructions"}',
    '{"verdict":"pass","reason":{}}',
    JSON.stringify({ verdict: "pass", reason: "x".repeat(20_000) }),
  ])
    assert.equal(await raw(text), "answer", text.slice(0, 60));
  assert.equal(await raw('{"verdict":"pass"}', 500), "status");
  assert.equal(await raw('{"verdict":"pass"}', 204), "status");
  server.answer = (_, res) => {
    res.writeHead(200);
    for (let i = 0; i < 64; i++) res.write("x".repeat(65_536));
  };
  assert.equal(await failure(), "answer");
});

test("S3: a redirect is not followed, and its end is not asked", async (t) => {
  const { server, failure } = await setting(t);
  const other = await startClassifier();
  t.after(() => other.close());
  for (const status of [301, 302, 307, 308]) {
    server.answer = (_, res) => void res.writeHead(status, { location: other.url }).end();
    assert.equal(await failure(), "status");
  }
  assert.equal(other.asked.length, 0);
});

test("S3: who answers late, slowly, or not at all is given up in time", async (t) => {
  const { server, classifier, failure } = await setting(t);
  const timed = async () => {
    const began = performance.now();
    const said = await failure();
    assert.ok(performance.now() - began < 2_000);
    return said;
  };
  server.answer = () => {};
  assert.equal(await timed(), "timeout");
  server.answer = (_, res) => {
    res.writeHead(200).write('{"verdict"');
    const timer = setInterval(() => res.write(" "), 50);
    res.on("close", () => clearInterval(timer));
  };
  assert.equal(await timed(), "timeout");
  server.answer = (_, res) => void res.destroy();
  assert.equal(await timed(), "unreachable");
  server.answer = says({ verdict: "pass" });
  assert.deepEqual(await classifier.ask(QUESTION), { verdict: "pass" });
  await server.close();
  assert.equal(await timed(), "unreachable");
});

test("S3: questions beyond the bound are refused at once, and those before it are answered", async (t) => {
  const { server, classifier } = await setting(t, { timeoutMs: 5_000 });
  const waiting: (() => void)[] = [];
  server.answer = (question, res) => void waiting.push(() => says({ verdict: "pass" })(question, res));
  const asked = Array.from({ length: 128 }, () => classifier.ask(QUESTION));
  await assert.rejects(
    classifier.ask(QUESTION),
    (error) => error instanceof ClassifierFault && error.failure === "busy",
  );
  while (waiting.length < 16) await new Promise((later) => setTimeout(later, 5));
  server.answer = says({ verdict: "pass" });
  assert.equal(server.asked.length, 16);
  for (const go of waiting) go();
  assert.equal((await Promise.all(asked)).length, 128);
});

test("S3 C5: it is reached by the one way out: a private address that nobody declared is not dialled, plain http is loopback's", async (t) => {
  const { failure } = await setting(t, { url: "https://10.1.2.3/classify", timeoutMs: 3_000 });
  assert.equal(await failure(), "unreachable");
  assert.throws(() =>
    createClassifier({
      ...{ url: "http://classifier.example.com/", timeoutMs: 1, headers: {}, private: [] },
      secrets: { resolve: () => "" },
    }),
  );
});

test("S3: the configuration says who is asked, closed by default, and its faults have their place", () => {
  const screen = (classifier: string) =>
    loadConfig(
      `servers: { web: { url: "https://web.example.com/mcp" } }\nscreen: { classifier: ${classifier} }\n`,
      "cardea.yaml",
    );
  const fine = screen('{ url: "https://c.example.com/v1", headers: { Authorization: "env:TOKEN" } }');
  assert.ok("config" in fine);
  const { headers, ...rest } = fine.config.screen.classifier ?? { headers: {} };
  assert.deepEqual({ ...headers }, { Authorization: "env:TOKEN" });
  assert.deepEqual(rest, {
    ...{ url: "https://c.example.com/v1", timeoutMs: 2_000, onFailure: "refuse", minLength: 0, private: [] },
  });
  const fault = (classifier: string) => {
    const said = screen(classifier);
    return "faults" in said ? `${said.faults[0]?.line} ${said.faults[0]?.message} ${said.faults[0]?.nearest}` : "";
  };
  assert.match(fault('{ url: "http://c.example.com/" }'), /^2 screen\.classifier\.url is not https/);
  assert.match(
    fault('{ url: "https://c.example.com/", headers: { Authorization: "Bearer abc" } }'),
    /Authorization is not well formed/,
  );
  assert.match(
    fault('{ url: "https://c.example.com/", headers: { Host: "env:A" } }'),
    /is a header that the gateway writes itself/,
  );
  assert.match(fault('{ url: "https://c.example.com/", servers: [wbe] }'), /names no configured server web/);
  assert.match(fault('{ url: "https://c.example.com/", onFailure: allow }'), /onFailure/);
  assert.match(fault("{ timeout: 1s }"), /url is missing/);
});

test("S3: what is asked about is everything that a result tells, and none of the gateway's own sentences", () => {
  const own = new Set([frameOf("web")]);
  const result: JsonObject = {
    resultType: "complete",
    content: [
      { type: "text", text: '{"role":"an order","rows":["one"]}' },
      { type: "text", text: frameOf("web"), annotations: { audience: ["assistant"] } },
      { type: "resource", resource: { uri: "web://a", blob: Buffer.from("in base64").toString("base64") } },
      { type: "image", data: Buffer.from([0, 255, 1]).toString("base64"), mimeType: "image/png" },
    ],
    structuredContent: { role: "an order", rows: ["one"] },
    requestState: "sealed",
    _meta: { "web/more": "meta", "cardea/screen": ["own"] },
  };
  assert.equal(toldBy(result, own), '{"role":"an order","rows":["one"]}\nweb://a\nin base64\nweb/more\nmeta');
  const free = { content: [], structuredContent: { type: "an order", "a name": { mimeType: "x" } } };
  assert.equal(toldBy(free, own), "type\nan order\na name\nmimeType\nx");
  const typed = { content: [{ type: "resource_link", uri: "a:b", name: "n", mimeType: "text/an-order" }] };
  assert.equal(toldBy(typed, own), "a:b\nn\ntext/an-order");
  const long = "abc".repeat(40_000);
  const pieces = piecesOf(long, 32) ?? [];
  assert.ok(pieces.length === 4 && pieces.every((one) => one.length <= 32_768));
  assert.equal(pieces.map((one, at) => (at === 0 ? one : one.slice(1_024))).join(""), long);
  assert.equal(piecesOf("x".repeat(2_000_000), 32), undefined);
});

const CALL = {
  ...{
    method: "tools/call",
    target: { server: "web", kind: "tool", name: "fetch" },
    result: { content: [{ type: "text", text: "x".repeat(100_000) }] },
  },
} as unknown as Answered;

function control(answers: (Classification | ClassifierFault)[], more: Partial<ClassifyResultParts> = {}) {
  let next = 0;
  const told: (string | undefined)[] = [];
  const judge = classifyResult({
    ask: async () => {
      const said = answers[next++ % answers.length] as Classification | ClassifierFault;
      if (said instanceof Error) throw said;
      return said;
    },
    ...{ asks: () => true, minLength: 0, onFailure: "refuse", told: (failure) => void told.push(failure) },
    quarantine: async () => ({ sentence: "It is not kept here.", why: "test" }),
    clock: { now: () => 0, monotonic: () => 0 },
    ...more,
  });
  return { told, judge: async (call = CALL) => judge.judge(call) };
}

test("S3: of several pieces the strictest verdict counts, and a failure passes no verdict that was given", async () => {
  const lost = new ClassifierFault("timeout", "");
  const verdict = async (answers: (Classification | ClassifierFault)[], more: Partial<ClassifyResultParts> = {}) => {
    const said = await control(answers, more).judge();
    return said.kind === "deny" ? said.refusal : said.kind === "pass" ? said.fact : undefined;
  };
  const [passes, marks, blocks] = [
    { verdict: "pass" },
    { verdict: "mark", kind: "order" },
    { verdict: "block", kind: "attack" },
  ] as const;
  assert.match(JSON.stringify(await verdict([passes, marks, passes])), /reads like an instruction to you/);
  const blocked = await verdict([passes, marks, blocks]);
  assert.ok(blocked && "code" in blocked && blocked.code === "withheld" && blocked.rule === "attack");
  for (const answers of [
    [blocks, lost],
    [lost, blocks],
  ])
    assert.ok("code" in ((await verdict(answers, { onFailure: "pass" })) ?? {}));
  const failed = await verdict([passes, lost]);
  assert.ok(failed && "code" in failed);
  assert.deepEqual(failed.classified, { failure: "timeout", passed: false, ms: 0 });
  const open = await verdict([marks, lost], { onFailure: "pass" });
  assert.ok(open && "screened" in open);
  assert.deepEqual(open.screened?.classified, { ...marks, failure: "timeout", passed: true, ms: 0 });
});

test("S3: without a classifier, for other servers and for short texts nothing is asked and the call is the same", async () => {
  const { judge, told } = control([{ verdict: "block" }], { asks: (server) => server !== "web" });
  const said = await judge();
  assert.ok(said.kind === "pass" && said.fact === CALL);
  const short = await control([{ verdict: "block" }], { minLength: 1_000_000 }).judge();
  assert.ok(short.kind === "pass" && short.fact === CALL);
  const none = classifyResult(undefined).judge(CALL);
  assert.ok(!(none instanceof Promise) && none.kind === "pass" && none.fact === CALL);
  assert.deepEqual(told, []);
});
