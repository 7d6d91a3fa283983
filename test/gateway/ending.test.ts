import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { after, before, test } from "node:test";
import { request } from "undici";
import { legacy } from "./hostile.ts";
import { call, modern, post, type Said, textOf } from "./raw-client.ts";
import { answerText, type RawUpstream, said, startRawUpstream } from "./raw-upstream.ts";
import { type Gateway, type Place, place, start, until } from "./setting.ts";

let upstream: RawUpstream;
let where: Place;
let gateway: Gateway;

before(async () => {
  upstream = await startRawUpstream();
  where = place(
    [`servers: { raw: { url: ${upstream.url} } }`, 'access: [{ role: tester, allow: ["raw.*"] }]'].join("\n"),
  );
  await where.approve("raw");
  gateway = await start(where);
});

after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } };

/** Opens a legacy session and returns its id. */
async function session(key: string): Promise<string> {
  const opened = await post(gateway.endpoint, legacy({ key }, "", "initialize", hello));
  return String(opened.headers["mcp-session-id"]);
}

const echo = (key: string, id: string): Promise<Said> =>
  post(gateway.endpoint, legacy({ key }, id, "tools/call", { name: "raw__echo", arguments: { word: "x" } }));

/** Calls of tools hang from now on; returns what answers them. */
function hang(): { held: (() => void)[]; release(): void } {
  const held: (() => void)[] = [];
  upstream.spoil = (message, res: ServerResponse) => {
    held.push(() =>
      res.writeHead(200, { "content-type": "application/json" }).end(answerText(message.id, said("late"))),
    );
    return true;
  };
  return {
    held,
    release() {
      upstream.spoil = undefined;
      for (const answer of held) answer();
    },
  };
}

/** A GET stream or a subscription that is open; `ended` resolves with its text. */
async function streamOf(sent: { headers: Record<string, string>; body?: string; method: "GET" | "POST" }) {
  const { statusCode, body } = await request(gateway.endpoint, sent);
  assert.equal(statusCode, 200);
  return { ended: body.text().catch(() => "") };
}

const openStreams = async (key: string, id: string) => [
  await streamOf({ headers: { ...legacy({ key }, id, "x").headers, accept: "text/event-stream" }, method: "GET" }),
  await streamOf({
    ...modern(key, "subscriptions/listen", { notifications: { toolsListChanged: true } }),
    method: "POST",
  }),
];

const within = <T>(ms: number, what: string, coming: Promise<T>): Promise<T> =>
  Promise.race([
    coming,
    new Promise<never>((_, reject) => setTimeout(() => reject(new Error(`Not within ${ms} ms: ${what}`)), ms).unref()),
  ]);

test("I5 H3: a key that is revoked loses its streams, sessions and running calls; nobody else does", async () => {
  const mine = await gateway.key("tester");
  const other = await gateway.key("tester");
  const [id, id2] = [await session(mine.key), await session(other.key)];
  const streams = await openStreams(mine.key, id);
  const { held, release } = hang();
  const running = [echo(mine.key, id), call(gateway.endpoint, mine.key, "raw__echo", { word: "x" })];
  const theirs = echo(other.key, id2);
  await until("they reached the upstream", () => held.length === 3);
  const { code } = await gateway.run("keys", "revoke", mine.id);
  assert.equal(code, 0);
  for (const answer of await within(1_500, "calls are answered", Promise.all(running))) {
    assert.equal(answer.status, 401, answer.text);
    const record = (await gateway.recordsOf(answer.call, 2)).at(-1);
    assert.deepEqual([record?.reason, record?.executed], ["unauthenticated", "unknown"]);
  }
  await within(1_000, "streams end", Promise.all(streams.map((stream) => stream.ended)));
  release();
  assert.equal(textOf(await theirs), "late");
});

test("H2: calls of either era end whole within the drain, streams end at once; what outlasts it is told so", async () => {
  const { key } = await gateway.key("tester");
  const id = await session(key);
  const streams = await openStreams(key, id);
  const { held, release } = hang();
  const running = [echo(key, id), call(gateway.endpoint, key, "raw__echo", { word: "x" })];
  await until("they reached the upstream", () => held.length === 2);
  gateway.signal("SIGTERM");
  await within(2_000, "streams end", Promise.all(streams.map((stream) => stream.ended)));
  release();
  for (const answer of await Promise.all(running)) assert.equal(textOf(answer), "late", answer.text);
  assert.equal(await gateway.gone, 0);

  gateway = await start(where);
  const again = await session(key);
  const stuck = hang();
  const late = [echo(key, again), call(gateway.endpoint, key, "raw__echo", { word: "x" })];
  await until("they reached the upstream", () => stuck.held.length === 2);
  gateway.signal("SIGTERM");
  for (const answer of await within(13_000, "they are answered", Promise.all(late))) {
    assert.deepEqual([answer.status, answer.body.error?.code], [503, 50300], answer.text);
    assert.equal(answer.body.error?.data?.["executed"], "unknown");
    const record = (await gateway.recordsOf(answer.call, 2)).at(-1);
    assert.deepEqual([record?.reason, record?.executed], ["shutting_down", "unknown"]);
  }
  upstream.spoil = undefined;
  assert.equal(await gateway.gone, 0);
  gateway = await start(where);
});
