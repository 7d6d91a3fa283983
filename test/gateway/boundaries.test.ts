import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { legacy } from "./hostile.ts";
import { modern, post, type Said } from "./raw-client.ts";
import { type RawUpstream, startRawUpstream } from "./raw-upstream.ts";
import { type Gateway, place, start } from "./setting.ts";

let upstream: RawUpstream;
let gateway: Gateway;
/** A key whose role has rules for `raw` alone. */
let key: string;

before(async () => {
  upstream = await startRawUpstream();
  upstream.templates = [
    { uriTemplate: "doc:///{+path}", name: "all" },
    { uriTemplate: "many:///{+a}a{+b}a{+c}a{+d}a{+e}a{+f}a{+g}a{+h}", name: "many" },
  ];
  upstream.resources = [{ uri: "doc:///public/../listed", name: "listed" }];
  const where = place(
    [
      `servers: { raw: { url: ${upstream.url} }, hidden: { url: ${upstream.url} } }`,
      "access:",
      '  - { role: tester, allow: ["raw.echo", "raw.resource:doc:///public/*", "raw.resource:doc:///{+path}", "raw.resource:many:*"], effects: [read, write], approval: none }',
      '  - { role: other, allow: ["hidden.*"], effects: [read, write], approval: none }',
    ].join("\n"),
  );
  await where.approve("raw", "hidden");
  ({ key } = await where.key("tester"));
  gateway = await start(where);
});

after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

test("P8 W3: a server on which nothing is permitted answers every request as one that does not exist", async () => {
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } };
  const call = modern(key, "tools/call", { name: "echo" });
  const { headers } = call;
  const session = { ...legacy({ key }, "x".repeat(43), "ping").headers, accept: "text/event-stream" };
  const requests: Parameters<typeof post>[1][] = [
    call,
    modern(key, "tools/list"),
    modern(key, "server/discover"),
    modern(key, "subscriptions/listen", { notifications: { toolsListChanged: true } }),
    modern(key, "resources/read", { uri: "doc:///public/a" }),
    legacy({ key }, "", "initialize", hello),
    legacy({ key }, "x".repeat(43), "tools/list"),
    { headers, body: "{" },
    { headers, body: "[]" },
    { headers: { ...headers, "content-type": "text/plain" }, body: "x" },
    { headers: { ...headers, accept: "image/png" }, body: "{}" },
    { headers: session, method: "GET" },
    { headers, method: "GET" },
    { headers: session, method: "DELETE" },
    { headers, method: "OPTIONS" },
    { headers, method: "PUT", body: "{}" },
  ];
  const seen = ({ status, headers: { date: _date, "cardea-call": id, ...rest }, text }: Said) => ({
    status,
    rest,
    text: text.replaceAll(String(id), "ID"),
  });
  for (const [at, sent] of requests.entries()) {
    const forbidden = seen(await post(`${gateway.endpoint}/hidden`, sent));
    assert.equal(forbidden.status, 404, `request ${at}: ${forbidden.text}`);
    assert.deepEqual(forbidden, seen(await post(`${gateway.endpoint}/nothing`, sent)), `request ${at}`);
  }
});

const read = (uri: string): Promise<Said> => post(`${gateway.endpoint}/raw`, modern(key, "resources/read", { uri }));

test("P1 V3: a dot segment, however it is written, leads out of no rule", async () => {
  for (const uri of [
    "doc:///public/../private/b",
    "doc:///public/%2e%2e/private/b",
    "doc:///public/..%2fprivate/b",
    "doc:///public/%252e%252e/private/b",
    "doc:///public/%25252e%25252e/private/b",
    "doc:///public/%2525252e%2525252e/private/b",
    "doc:///public/\\..\\private",
    "doc:///public/..%5cprivate",
    "doc:///public/./../private/b",
    "doc:///public/a?/../../private/b",
    "doc:///public/..;/private",
    "doc:///public/.%09./private",
    "doc:///public/.\t./private",
    "doc:///public/%c0%ae%c0%ae/private",
    "doc:///public/..",
  ]) {
    const answer = await read(uri);
    assert.deepEqual([answer.status, answer.body.error?.code], [200, -32602], `${uri}: ${answer.text}`);
    assert.match(answer.body.error?.message ?? "", /There is no such resource/);
  }
  for (const uri of ["doc:///public/a..b/.hidden/...", "doc:///public/100%25", "doc:///public/../listed"])
    assert.ok((await read(uri)).body.result, uri);
  assert.ok(!upstream.received.some(({ params: { uri } }) => uri?.includes("private")));
});

test("V3 L6: a URI has a limit, and one at the limit is matched in no time", async () => {
  const long = await read(`many:///${"a".repeat(8_190)}`);
  assert.equal(long.body.error?.code, -32602);
  assert.match(long.body.error?.message ?? "", /8192/);
  const started = performance.now();
  await read(`many:///${"a".repeat(8_183)}/`);
  assert.ok(performance.now() - started < 500);
});

test("W3: an answer that nobody asked for is passed on only where the server may ask", async () => {
  const sent = upstream.received.length;
  const answer = await post(
    `${gateway.endpoint}/raw`,
    modern(key, "tools/call", { name: "echo", inputResponses: { a: { action: "accept", content: {} } } }),
  );
  assert.equal(answer.body.error?.code, 40311, answer.text);
  assert.ok(!upstream.received.slice(sent).some(({ method }) => method === "tools/call"));
});

test("L1 L5: what is refused at the door takes from the caller's window", async () => {
  const { headers } = modern(key, "tools/list");
  let refused: Said | undefined;
  for (let at = 0; at < 700 && refused?.status !== 429; at++)
    refused = await post(gateway.endpoint, { headers, body: "{" });
  assert.equal(refused?.status, 429, refused?.text);
  assert.ok(Number(refused?.headers["retry-after"]) > 0);
});
