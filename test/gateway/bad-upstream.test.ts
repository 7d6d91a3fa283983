import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { call, post, modern, textOf } from "./raw-client.ts";
import { answerText, type RawUpstream, type Received, said, startRawUpstream, tool } from "./raw-upstream.ts";
import { type Gateway, place, start } from "./setting.ts";

let bad: RawUpstream;
let good: RawUpstream;
let gateway: Gateway;
let key: string;

before(async () => {
  [bad, good] = [await startRawUpstream(), await startRawUpstream()];
  const outputSchema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
  bad.tools = [tool("echo"), tool("read"), tool("typed", { outputSchema })];
  const where = place(
    [
      "limits:",
      "  perCredential: { calls: 100000, per: 1m }",
      "  plans: { default: { minute: 100000, day: 1000000 } }",
      "  resultSize: 64KiB",
      "servers:",
      `  bad: { url: ${bad.url}, timeout: 700ms, tools: { read: { effect: read } } }`,
      `  good: { url: ${good.url} }`,
      'access: [{ role: tester, allow: ["bad.*", "good.*"], effects: [read, write], approval: none }]',
    ].join("\n"),
  );
  await where.approve("bad", "good");
  key = (await where.key("tester")).key;
  gateway = await start(where);
  await call(gateway.endpoint, key, "bad__echo");
  await call(gateway.endpoint, key, "good__echo");
});

after(async () => {
  await gateway?.stop();
  await bad?.close();
  await good?.close();
});

afterEach(() => {
  bad.spoil = undefined;
});

const json = (res: ServerResponse, text: string, headers: Record<string, string | number | string[]> = {}): void => {
  res.writeHead(200, { "content-type": "application/json", ...headers });
  res.end(text);
};
const stream = (res: ServerResponse): void => void res.writeHead(200, { "content-type": "text/event-stream" });
const event = (text: string): string => `data: ${text}\n\n`;
const answer = ({ id }: Received): string => answerText(id, said("secret of another"));
const log = (data: string): string =>
  JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "error", data } });

interface Bad {
  readonly what: string;
  readonly spoil: (message: Received, res: ServerResponse) => void;
  readonly reason:
    | "upstream_timeout"
    | "upstream_unavailable"
    | "upstream_invalid"
    | "upstream_error"
    | "request_not_governed";
  readonly executed: "yes" | "no" | "unknown";
}

const CASES: readonly Bad[] = [
  { what: "hangs", spoil: () => {}, reason: "upstream_timeout", executed: "unknown" },
  {
    what: "hangs after its headers",
    spoil: (_, res) => void res.writeHead(200, { "content-type": "application/json", "content-length": 99 }).write("{"),
    reason: "upstream_timeout",
    executed: "unknown",
  },
  {
    what: "never ends its stream",
    spoil: (_, res) => {
      stream(res);
      const timer = setInterval(() => res.write(": still here\n\n"), 20);
      res.on("close", () => clearInterval(timer));
    },
    reason: "upstream_timeout",
    executed: "unknown",
  },
  { what: "dies", spoil: (_, res) => void res.destroy(), reason: "upstream_unavailable", executed: "unknown" },
  {
    what: "dies within its answer",
    spoil: (message, res) => {
      res.writeHead(200, { "content-type": "application/json", "content-length": 500 });
      res.write(answer(message), () => res.destroy());
    },
    reason: "upstream_unavailable",
    executed: "unknown",
  },
  {
    what: "ends its stream without an answer",
    spoil: (_, res) => {
      stream(res);
      res.end(event(log("bye")));
    },
    reason: "upstream_invalid",
    executed: "unknown",
  },
  {
    what: "floods with bytes",
    spoil: (message, res) => json(res, answerText(message.id, said("x".repeat(200_000)))),
    reason: "upstream_invalid",
    executed: "unknown",
  },
  {
    what: "floods with events",
    spoil: (_, res) => {
      stream(res);
      const more = (): void => {
        if (!res.destroyed) res.write(event(log("x".repeat(1000))).repeat(50), () => setImmediate(more));
      };
      more();
    },
    reason: "upstream_invalid",
    executed: "unknown",
  },
  {
    what: "floods with one event that never ends",
    spoil: (_, res) => {
      stream(res);
      const more = (): void => {
        if (!res.destroyed) res.write(`data: ${"x".repeat(10_000)}`, () => setImmediate(more));
      };
      more();
    },
    reason: "upstream_invalid",
    executed: "unknown",
  },
  {
    what: "says a length that is too short",
    spoil: (message, res) => json(res, answer(message), { "content-length": 20 }),
    reason: "upstream_invalid",
    executed: "unknown",
  },
  {
    what: "answers another id",
    spoil: (message, res) => json(res, answerText(message.id + 1, said("other"))),
    reason: "upstream_invalid",
    executed: "unknown",
  },
  {
    what: "answers with invalid JSON",
    spoil: (_, res) => json(res, '{"jsonrpc":"2.0",'),
    reason: "upstream_invalid",
    executed: "unknown",
  },
  {
    what: "answers with a key twice",
    spoil: ({ id }, res) => json(res, `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"content":[]}}`),
    reason: "upstream_invalid",
    executed: "unknown",
  },
  {
    what: "answers with a result of the wrong shape",
    spoil: ({ id }, res) => json(res, answerText(id, { content: "text" })),
    reason: "upstream_invalid",
    executed: "yes",
  },
  {
    what: "answers with text/html",
    spoil: (_, res) => void res.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in</h1>"),
    reason: "upstream_invalid",
    executed: "unknown",
  },
  {
    what: "answers compressed",
    spoil: (message, res) => {
      res.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      res.end(gzipSync(answer(message)));
    },
    reason: "upstream_invalid",
    executed: "unknown",
  },
  {
    what: "redirects",
    spoil: (_, res) => void res.writeHead(307, { location: good.url }).end(),
    reason: "upstream_error",
    executed: "unknown",
  },
  {
    what: "asks for a sign-in",
    spoil: (_, res) => void res.writeHead(401, { "www-authenticate": 'Bearer resource_metadata="http://evil"' }).end(),
    reason: "upstream_unavailable",
    executed: "no",
  },
  {
    what: "fails with 500",
    spoil: (_, res) => void res.writeHead(500, { "content-type": "text/plain" }).end("at /srv/app/secret.js:1:1"),
    reason: "upstream_error",
    executed: "unknown",
  },
  {
    what: "asks what was not allowed",
    spoil: ({ id }, res) =>
      json(
        res,
        JSON.stringify({
          jsonrpc: "2.0",
          id,
          result: { resultType: "input_required", inputRequests: { a: { method: "roots/list" } } },
        }),
      ),
    reason: "request_not_governed",
    executed: "unknown",
  },
];

for (const { what, spoil, reason, executed } of CASES)
  test(`W4 A1: an upstream that ${what} is refused and recorded, and its neighbour does not notice`, async () => {
    bad.spoil = (message, res) => {
      spoil(message, res);
      return true;
    };
    const began = performance.now();
    const refused = call(gateway.endpoint, key, "bad__echo", { word: "x" });
    const neighbour = await call(gateway.endpoint, key, "good__echo", { word: "fine" });
    assert.equal(textOf(neighbour), "echo fine");
    assert.ok(performance.now() - began < 500, "within normal time");
    const { body, text, headers, call: id } = await refused;
    assert.ok(performance.now() - began < 3_000, "the refusal comes in time");
    assert.ok(body.error !== undefined, text);
    assert.deepEqual([body.error.data?.["reason"], body.error.data?.["executed"]], [reason, executed], text);
    assert.doesNotMatch(text, /secret|evil|Sign in|\/srv|x{50}/, "nothing of it leaks");
    assert.equal(headers["www-authenticate"], undefined);
    const records = await gateway.recordsOf(id, 2);
    assert.deepEqual(
      records.map((record) => [record.kind, record.executed ?? "-", record.reason]),
      [
        ["intent", "-", "ok"],
        ["outcome", executed, reason],
      ],
    );
    bad.spoil = undefined;
    assert.equal(textOf(await call(gateway.endpoint, key, "bad__echo", { word: "again" })), "echo again");
  });

test("W7: cookies, server headers and injected events end at the gateway", async () => {
  bad.spoil = (message, res) => {
    res.writeHead(200, { "content-type": "text/event-stream", "set-cookie": "a=b", "x-secret": "1", server: "evil" });
    res.write(
      `event: endpoint\ndata: http://evil.example.com\n\nid: 99_99\nretry: 1\n${event(log("hello")).trimEnd()}\n\n`,
    );
    res.end(event(answerText(message.id, said('line\n\nid: 5\ndata: {"jsonrpc":"2.0"}'))));
    return true;
  };
  const answered = await call(gateway.endpoint, key, "bad__echo");
  for (const name of ["set-cookie", "x-secret", "server"]) assert.equal(answered.headers[name], undefined, name);
  assert.doesNotMatch(answered.text, /99_99|retry|endpoint|^id: 5/m);
  if (answered.body.result) assert.equal(textOf(answered), 'line\n\nid: 5\ndata: {"jsonrpc":"2.0"}');
  else assert.equal(answered.body.error?.data?.["reason"], "upstream_invalid");
  bad.spoil = undefined;
  await call(gateway.endpoint, key, "bad__echo");
  assert.equal(bad.received.at(-1)?.headers.cookie, undefined, "no cookie is kept");
  assert.equal(bad.received.at(-1)?.headers.authorization, undefined, "no key is passed on");
});

test("A1: a read that failed has one record", async () => {
  bad.spoil = (_, res) => {
    res.destroy();
    return true;
  };
  const refused = await call(gateway.endpoint, key, "bad__read");
  const records = await gateway.recordsOf(refused.call);
  assert.deepEqual(
    records.map((record) => [record.kind, record.decision, record.reason]),
    [["call", "allow", "upstream_unavailable"]],
  );
});

test("V4 A1: a result that breaks its output schema is denied after it was executed, and both are recorded", async () => {
  for (const structuredContent of [undefined, { n: "secret" }]) {
    bad.spoil = ({ id }, res) => {
      json(res, answerText(id, { ...said("secret"), ...(structuredContent && { structuredContent }) }));
      return true;
    };
    const refused = await call(gateway.endpoint, key, "bad__typed");
    assert.doesNotMatch(refused.text, /secret/);
    assert.equal(refused.body.error?.data?.["executed"], "yes");
    const outcome = (await gateway.recordsOf(refused.call, 2))[1];
    assert.deepEqual(
      [outcome?.decision, outcome?.reason, outcome?.control, outcome?.executed],
      ["deny", "upstream_invalid", "V4", "yes"],
    );
  }
});

test("W4: a listing with one bad definition hides no other, and a list that fails hides no other server", async () => {
  const tools = bad.tools;
  bad.tools = [tool("echo"), { name: "broken" }, tool("bad name!"), tool("read"), { name: 7 }, tool("echo2")];
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const names = async (): Promise<string[]> => {
    const list = await post(gateway.endpoint, modern(key, "tools/list"));
    return ((list.body.result?.["tools"] ?? []) as { name: string }[]).map((one) => one.name).sort();
  };
  assert.deepEqual(await names(), ["bad__echo", "bad__read", "good__echo"]);
  bad.tools = "none" as never;
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  assert.deepEqual(await names(), ["good__echo"]);
  bad.tools = tools;
});
