import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { openHttpUpstream } from "../../src/adapters/upstream-http/upstream.ts";
import type { HttpUpstreamOptions } from "../../src/adapters/upstream-http/upstream.ts";
import type { Upstream } from "../../src/ports/upstream.ts";
import { ada, bob, callOf, settings, textOf } from "./support.ts";
import type { CallOptions, Seen } from "./support.ts";

const seen: Seen[] = [];
const closing: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closing) await close();
});

/** One request as it came over the wire. */
interface Wire {
  readonly head: string;
  readonly id: number;
  readonly method: string;
  /** How many requests came over this connection before. */
  readonly before: number;
}

const json = (body: string, head = ""): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${head}\r\n${body}`;
const result = (id: number, text = "fine"): string =>
  JSON.stringify({ jsonrpc: "2.0", id, result: { resultType: "complete", content: [{ type: "text", text }] } });
const sse = (body: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n${body}`;
const DISCOVERED = {
  supportedVersions: ["2026-07-28"],
  capabilities: { tools: {} },
  resultType: "complete",
  ttlMs: 0,
  cacheScope: "private",
};

/** A raw modern server: `discover` is answered well, whatever else comes by `answer`. */
async function serve(
  answer: (socket: Socket, wire: Wire) => void,
  more: Partial<HttpUpstreamOptions> = {},
): Promise<Upstream & { wires: Wire[] }> {
  const sockets = new Set<Socket>();
  const wires: Wire[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    let held = "";
    let before = 0;
    socket.on("data", (chunk) => {
      held += chunk.toString();
      const end = held.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = held.slice(0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      const body = held.slice(end + 4);
      if (body.length < length) return;
      held = "";
      const { id, method } = JSON.parse(body === "" ? "{}" : body) as { id: number; method: string };
      const wire = { head, id, method, before: before++ };
      wires.push(wire);
      if (method === "server/discover") socket.write(json(JSON.stringify({ jsonrpc: "2.0", id, result: DISCOVERED })));
      else answer(socket, wire);
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const upstream = openHttpUpstream({
    ...settings("crm", seen, { maxResultBytes: 100_000 }),
    url,
    private: [],
    ...more,
  });
  closing.push(async () => {
    await upstream.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  return Object.assign(upstream, { wires });
}

const FAULTS: [string, (socket: Socket, wire: Wire) => void, RegExp, CallOptions?][] = [
  ["hangs", () => {}, /^upstream_timeout\/unknown/, { deadlineMs: 60 }],
  ["never ends its stream", (s) => s.write(sse(":\n\n")), /^upstream_timeout\/unknown/, { deadlineMs: 60 }],
  ["dies before its answer", (s) => s.destroy(), /^upstream_unavailable\/unknown.*closed the connection/],
  [
    "dies in the middle of its answer",
    (s) => s.end(json('{"jsonrpc"').replace("length: 10", "length: 100")),
    /^upstream_(?:unavailable|invalid)\/unknown/,
  ],
  [
    "dies in the middle of an event",
    (s) => s.end(sse('data: {"jsonrpc":')),
    /^upstream_invalid\/unknown.*without an answer/,
  ],
  [
    "announces more than it sends",
    (s, { id }) => s.end(json(result(id)).replace(/length: \d+/, "length: 5000")),
    /^upstream_(?:unavailable|invalid)\/unknown/,
  ],
  [
    "announces less than it sends",
    (s, { id }) => s.write(json(result(id)).replace(/length: \d+/, "length: 20")),
    /^upstream_invalid\/unknown/,
  ],
  ["answers another request", (s) => s.write(json(result(999_999))), /^upstream_invalid\/unknown.*without an answer/],
  [
    "answers with a string for the number",
    (s, { id }) => s.write(json(result(id).replace(`"id":${id}`, `"id":"${id}"`))),
    /^upstream_invalid/,
  ],
  ["sends no JSON", (s) => s.write(json("{nope")), /^upstream_invalid\/unknown.*invalid message/],
  [
    "sends duplicate keys",
    (s, { id }) => s.write(json(`{"jsonrpc":"2.0","id":${id},"id":${id},"result":{}}`)),
    /^upstream_invalid/,
  ],
  [
    "sends malformed UTF-8",
    (s) => {
      s.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n");
      s.write(Buffer.from([0xc3, 0x28]));
    },
    /^upstream_invalid.*UTF-8/,
  ],
  ["sends U+0000", (s, { id }) => s.write(json(result(id, "a\u0000b"))), /^upstream_invalid/],
  ["sends a batch", (s, { id }) => s.write(json(`[${result(id)}]`)), /^upstream_invalid/],
  [
    "sends HTML",
    (s) => s.write("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\n<hi>"),
    /^upstream_invalid.*content type/,
  ],
  [
    "sends nothing",
    (s) => s.write("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"),
    /^upstream_error\/unknown.*202/,
  ],
  [
    "compresses",
    (s, { id }) => {
      const body = gzipSync(result(id));
      s.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`,
      );
      s.write(body);
    },
    /^upstream_invalid.*compressed/,
  ],
  [
    "redirects to metadata",
    (s) => s.write("HTTP/1.1 307 x\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"),
    /^upstream_error\/unknown.*redirects are not followed/,
  ],
  [
    "asks for credentials",
    (s) =>
      s.write(
        "HTTP/1.1 401 x\r\nwww-authenticate: Bearer realm=evil\r\nset-cookie: a=b\r\ncontent-length: 4\r\n\r\nevil",
      ),
    /^upstream_unavailable\/no: The server crm answered HTTP 401: it does not accept the gateway's credential\.$/,
  ],
  [
    "fails with a page",
    (s) => s.write("HTTP/1.1 502 x\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\nsecret"),
    /^upstream_error\/unknown: The server crm answered HTTP 502\.$/,
  ],
  ["is busy", (s) => s.write("HTTP/1.1 429 x\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n"), /^upstream_busy\/no/],
  [
    "has a huge head",
    (s) => s.write(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(20_000)}\r\n\r\n`),
    /^upstream_invalid\/unknown.*no valid HTTP/,
  ],
  ["speaks no HTTP", (s) => s.write("hello\r\n\r\n"), /^upstream_invalid\/unknown.*no valid HTTP/],
  [
    "floods a message",
    (s, { id }) => s.write(json(result(id, "x".repeat(200_000)))),
    /^upstream_invalid\/unknown.*more than 100000 bytes/,
  ],
  ["floods a stream without end", (s) => s.write(sse(`data: ${"x".repeat(150_000)}`)), /^upstream_invalid/],
  [
    "floods with events",
    (s) => s.write(sse('data: {"jsonrpc":"2.0","method":"notifications/x"}\n\n'.repeat(4_500))),
    /^upstream_invalid/,
  ],
  [
    "injects events",
    (s, { id }) => s.write(sse(`event: endpoint\ndata: http://evil/\n\ndata: x\rdata: ${result(id)}\n\n`)),
    /^upstream_invalid/,
  ],
  [
    "answers an unknown resultType",
    (s, { id }) => s.write(json(`{"jsonrpc":"2.0","id":${id},"result":{"resultType":"evil"}}`)),
    /^upstream_invalid\/yes/,
  ],
  [
    "answers a task that nobody asked for",
    (s, { id }) => s.write(json(`{"jsonrpc":"2.0","id":${id},"result":{"resultType":"task","taskId":"1"}}`)),
    /^upstream_invalid\/yes/,
  ],
  [
    "answers content of a wrong shape",
    (s, { id }) => s.write(json(`{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text"}]}}`)),
    /^upstream_invalid\/yes/,
  ],
];

for (const [what, answer, expected, options] of FAULTS) {
  test(`invariant 11: an upstream that ${what} is refused`, async () => {
    const upstream = await serve(answer);
    const link = await upstream.link(ada);
    assert.match(textOf(await link.send(callOf("echo", {}, options).permit)), expected);
  });
}

for (const [effect, expected] of [
  ["read", /^fine$/],
  ["write", /^upstream_unavailable\/unknown/],
] as const) {
  test(`invariant 3: a reused connection died: a ${effect} is ${effect === "read" ? "sent again, once" : "not sent again, and its fate is unknown"}`, async () => {
    let deaths = 0;
    const upstream = await serve((socket, { id, before }) => {
      if (before === 0) return void socket.write(json(result(id)));
      deaths++;
      socket.destroy();
    });
    const link = await upstream.link(ada);
    // The connection of the discovery must have come to rest to be reused.
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.match(textOf(await link.send(callOf("echo", {}, { effect }).permit)), expected);
    assert.equal(deaths, 1);
    assert.equal(upstream.wires.filter(({ method }) => method === "tools/call").length, effect === "read" ? 2 : 1);
  });
}

test("W3: what is not of this call on its stream is dropped and reported; a second answer changes nothing", async () => {
  seen.length = 0;
  const upstream = await serve((socket, { id }) => {
    const other = { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 4711, progress: 1 } };
    const request = { jsonrpc: "2.0", id: 1, method: "sampling/createMessage", params: {} };
    const lines = [
      JSON.stringify(other),
      JSON.stringify(request),
      result(4711),
      result(id, "first"),
      result(id, "second"),
    ];
    socket.end(sse(lines.map((line) => `data: ${line}\n\n`).join("")));
  });
  const call = callOf("echo", {}, { progress: true });
  assert.equal(textOf(await (await upstream.link(ada)).send(call.permit)), "first");
  assert.deepEqual(call.heard.progress, []);
  assert.deepEqual(
    seen.map(({ type, detail }) => `${type} ${detail.what}`),
    [
      "upstream.unattributed notifications/progress",
      "upstream.unattributed sampling/createMessage",
      "upstream.unattributed an answer to another request",
    ],
  );
});

test("C2, invariant 5: the gateway's credential goes to the upstream, fresh for each request, and nowhere else", async () => {
  let secret = "Bearer one";
  const upstream = await serve((socket, { id }) => void socket.write(json(result(id))), {
    credential: { in: "header", name: "Authorization", value: () => secret },
  });
  const link = await upstream.link(ada);
  secret = "Bearer two";
  await link.send(callOf("echo").permit);
  const heads = upstream.wires.map(({ head }) => /authorization: (.*)/.exec(head)?.[1]);
  assert.deepEqual(heads, ["Bearer one", "Bearer two"]);
  const last = upstream.wires.at(-1)?.head ?? "";
  for (const line of [
    "accept-encoding: identity",
    "mcp-protocol-version: 2026-07-28",
    "mcp-method: tools/call",
    "mcp-name: echo",
  ])
    assert.ok(last.includes(line), line);
  assert.ok(!JSON.stringify([upstream.state(), seen]).includes("Bearer"));
  secret = "Bearer \r\nx: y";
  assert.match(textOf(await link.send(callOf("echo").permit)), /^upstream_unavailable\/no.*cannot be sent/);
});

test("L6: cancelling a call to a modern server closes its stream", async () => {
  let closed = false;
  const upstream = await serve((socket) => {
    socket.on("close", () => {
      closed = true;
    });
    socket.write(sse(":\n\n"));
  });
  const gone = new AbortController();
  const link = await upstream.link(ada);
  setTimeout(() => gone.abort(), 30);
  assert.match(textOf(await link.send(callOf("echo", {}, { signal: gone.signal }).permit)), /^cancelled\/unknown/);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.ok(closed);
});

test("invariant 11: one upstream that floods does not touch a call to another", async () => {
  const bad = await serve((s) => void s.write(sse(`data: ${"x".repeat(150_000)}`)));
  const good = await serve((s, { id }) => void s.write(json(result(id))));
  const [badLink, goodLink] = await Promise.all([bad.link(ada), good.link(ada)]);
  const [, reply] = await Promise.all([badLink.send(callOf("echo").permit), goodLink.send(callOf("echo").permit)]);
  assert.equal(textOf(reply), "fine");
});

test("invariant 11: notifications of one call beyond its pace are dropped and reported, and the answer still comes", async () => {
  seen.length = 0;
  const notice = (id: number, at: number): string =>
    `data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${id},"progress":${at}}}\n\n`;
  const upstream = await serve((s, { id }) => {
    const notices = Array.from({ length: 500 }, (_, at) => notice(id, at)).join("");
    s.write(sse(`${notices}data: ${result(id)}\n\n`));
  });
  const { permit, heard } = callOf("echo", {}, { progress: true });
  assert.equal(textOf(await (await upstream.link(ada)).send(permit)), "fine");
  assert.ok(heard.progress.length >= 100 && heard.progress.length < 150, `${heard.progress.length} were passed on`);
  assert.deepEqual(
    seen.filter(({ type }) => type === "upstream.notices.dropped").map(({ detail }) => detail),
    [{ server: "crm", method: "tools/call" }],
  );
});

test("invariant 11: events by the thousand are read in many turns, in their order, the answer behind them too when the stream has ended", async () => {
  const notice = (id: number, at: number): string =>
    `data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${id},"progress":${at}}}\n\n`;
  const upstream = await serve((s, { id }) => {
    const notices = Array.from({ length: 1_500 }, (_, at) => notice(id, at)).join("");
    s.end(sse(`${notices}data: ${result(id)}\n\n`));
  });
  const { permit, heard } = callOf("echo", {}, { progress: true });
  const link = await upstream.link(ada);
  let turns = 0;
  const turn = (): void => {
    turns++;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  const said = await link.send(permit);
  clearImmediate(next);
  assert.equal(textOf(said), "fine");
  assert.ok(turns >= 5, `${turns} turns`);
  const told = heard.progress.map(({ progress }) => Number(progress));
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
});

test("invariant 11: of a head without end no more is read than a piece beyond its limit", async (t) => {
  const header = "x-more: and another one that says nothing\r\n";
  const sockets: Socket[] = [];
  const connected = (told: unknown): void => void sockets.push((told as { socket: Socket }).socket);
  subscribe("undici:client:connected", connected);
  t.after(() => unsubscribe("undici:client:connected", connected));
  const upstream = await serve((s) => void s.write(`HTTP/1.1 200 OK\r\n${header.repeat(5_000)}`));
  const link = await upstream.link(ada);
  assert.match(textOf(await link.send(callOf("echo").permit)), /^upstream_invalid\/unknown.*no valid HTTP/);
  const read = sockets.map(({ bytesRead }) => bytesRead);
  assert.ok(Math.max(...read) > 16_384 && Math.max(...read) < 40_000, `${read}`);
});

test("invariant 11: a result has fewer members than a list of definitions may have", async () => {
  const many = `[${"0,".repeat(45_000)}0]`;
  const upstream = await serve((s, { id, method }) => {
    const tools = method === "tools/list" ? `"tools":[],"_meta":{"a":${many}},"ttlMs":0,"cacheScope":"private"` : "";
    const said = tools === "" ? `"content":[],"structuredContent":${many}` : tools;
    s.write(json(`{"jsonrpc":"2.0","id":${id},"result":{"resultType":"complete",${said}}}`));
  });
  const link = await upstream.link(ada);
  assert.match(textOf(await link.send(callOf("echo").permit)), /^upstream_invalid\/unknown.*Too many members/);
  assert.deepEqual((await link.list(new AbortController().signal)).tools, []);
});

test("W3: an answer that comes twice is nobody else's, and its connection carries nothing more", async () => {
  let calls = 0;
  const upstream = await serve((socket, { id, before }) => {
    calls++;
    const own = json(result(id, `for ${id}, behind ${before}`));
    if (calls > 1) return void setTimeout(() => socket.write(own), 150);
    socket.write(own);
    setTimeout(() => socket.write(own), 40);
  });
  const [first, second] = [await upstream.link(ada), await upstream.link(bob)];
  const a = textOf(await first.send(callOf("a").permit));
  const b = textOf(await second.send(callOf("b").permit));
  assert.match(a, /^for \d+/);
  assert.doesNotMatch(b, new RegExp(a), "never the other one's");
  for (let at = 0; at < 3; at++) assert.match(textOf(await second.send(callOf("b").permit)), /^for \d+, behind \d+$/);
});
