import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { echo, hang, openStreams, session, within } from "./hanging.ts";
import { call, textOf } from "./raw-client.ts";
import { type RawUpstream, startRawUpstream } from "./raw-upstream.ts";
import { type Gateway, type Place, place, start, until } from "./setting.ts";

let upstream: RawUpstream;
let where: Place;
let gateway: Gateway;

before(async () => {
  upstream = await startRawUpstream();
  where = place(
    [
      `servers: { raw: { url: ${upstream.url} } }`,
      'access: [{ role: tester, allow: ["raw.*"], effects: [read, write], approval: none }]',
    ].join("\n"),
  );
  await where.approve("raw");
  gateway = await start(where);
});

after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

test("I5 H3: a key that is revoked loses its streams, sessions and running calls; nobody else does", async () => {
  const mine = await gateway.key("tester");
  const other = await gateway.key("tester");
  const [id, id2] = [await session(gateway.endpoint, mine.key), await session(gateway.endpoint, other.key)];
  const streams = await openStreams(gateway.endpoint, mine.key, id);
  const { held, release } = hang(upstream);
  const running = [echo(gateway.endpoint, mine.key, id), call(gateway.endpoint, mine.key, "raw__echo", { word: "x" })];
  const theirs = echo(gateway.endpoint, other.key, id2);
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
  const id = await session(gateway.endpoint, key);
  const streams = await openStreams(gateway.endpoint, key, id);
  const { held, release } = hang(upstream);
  const running = [echo(gateway.endpoint, key, id), call(gateway.endpoint, key, "raw__echo", { word: "x" })];
  await until("they reached the upstream", () => held.length === 2);
  gateway.signal("SIGTERM");
  await within(2_000, "streams end", Promise.all(streams.map((stream) => stream.ended)));
  release();
  for (const answer of await Promise.all(running)) assert.equal(textOf(answer), "late", answer.text);
  assert.equal(await gateway.gone, 0);

  gateway = await start(where);
  const again = await session(gateway.endpoint, key);
  const stuck = hang(upstream);
  const late = [echo(gateway.endpoint, key, again), call(gateway.endpoint, key, "raw__echo", { word: "x" })];
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
