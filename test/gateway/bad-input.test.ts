import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "undici";
import { ANSWERS, bytes, type Given, HTTP, JSON_RPC, LEGACY, legacy, MODERN, withHeaders } from "./hostile.ts";
import { call, modern, post, raw, type Said, textOf } from "./raw-client.ts";
import { type RawUpstream, startRawUpstream, tool } from "./raw-upstream.ts";
import { type Gateway, place, start } from "./setting.ts";

let upstream: RawUpstream;
let gateway: Gateway;
let url: string;
let given: Given;

/** Of the gateway's machine and code, which must not leave. */
const INSIDE = /cardea-gateway-|\/src\/|node_modules|\.ts:\d|\n +at /;

before(async () => {
  upstream = await startRawUpstream();
  const properties = { region: { type: "string", "x-mcp-header": "Region" } };
  upstream.tools = [tool("echo"), tool("mirrored", { inputSchema: { type: "object", properties } })];
  const where = place(
    [
      "limits:",
      "  perCredential: { calls: 100000, per: 1m }",
      "  plans: { default: { minute: 100000, day: 1000000 } }",
      "  body: 64KiB",
      "  headers: 8KiB",
      "  jsonDepth: 32",
      "  requestTimeout: 1s",
      `servers: { raw: { url: ${upstream.url} } }`,
      'access: [{ role: tester, allow: ["raw.*"], effects: [read, write], approval: none }]',
    ].join("\n"),
  );
  await where.approve("raw");
  const { key } = await where.key("tester");
  const other = (await where.key("tester")).key;
  gateway = await start(where);
  url = gateway.endpoint;
  const clientInfo = { name: "raw", version: "1" };
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const opened = await post(url, legacy({ key }, "", "initialize", hello));
  given = { key, other, host: new URL(url).host, session: String(opened.headers["mcp-session-id"]) };
});

after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

/** Calls that reached the upstream since it had received `from` messages, but for the good ones. */
const reached = (from: number) =>
  upstream.received.slice(from).filter((one) => one.method === "tools/call" && one.params.name !== "echo");

// Before all others: a theft is told once, and the cases below try the same session with the same key.
test("I6: a session id that another key brings is refused like an unknown one, recorded as a theft once, and logged", async () => {
  const { key, other, session } = given;
  const unknown = await post(url, legacy({ key: other }, "A".repeat(43), "tools/list"));
  const [first, again] = [
    await post(url, legacy({ key: other }, session, "tools/list")),
    await post(url, legacy({ key: other }, session, "tools/list")),
  ];
  const shown = (answer: Said) => [answer.status, answer.text.replaceAll(answer.call, "")];
  assert.deepEqual(shown(first), shown(unknown));
  const [theft, refusal] = (await gateway.recordsOf(first.call, 2)).sort((a, b) => b.kind.localeCompare(a.kind));
  assert.deepEqual(
    [theft?.type, theft?.decision, theft?.control, refusal?.reason],
    ["session.stolen", "deny", "I6", "unknown_session"],
  );
  const mine = await call(url, key, "raw__echo", { word: "hi" });
  const [owner] = await gateway.recordsOf(mine.call);
  assert.deepEqual(theft?.detail, { owner: owner?.subject, ownerCredential: owner?.credential });
  assert.equal(theft?.subject, refusal?.subject);
  assert.notEqual(theft?.subject, owner?.subject);
  assert.equal((await gateway.recordsOf(again.call)).length, 1);
  assert.equal(gateway.said().split("session.stolen").length, 2);
  assert.equal((await post(url, legacy({ key }, session, "tools/list"))).status, 200);
});

for (const [name, rows] of [
  ["W4 W5 W7: HTTP", HTTP],
  ["W4: JSON and JSON-RPC", JSON_RPC],
  ["W3 W7: 2026-07-28", MODERN],
  ["W3 I6: 2025-11-25", LEGACY],
] as const)
  describe(name, { concurrency: 4 }, () => {
    for (const [what, reason, says, make] of rows)
      test(`${what}: ${reason}`, async () => {
        const from = upstream.received.length;
        const sent = make(given);
        const answer = await (typeof sent === "string" ? raw(url, sent) : post(url, sent));
        const [status, code] = ANSWERS[reason];
        // Inside a session, errors about methods and parameters are answers like others.
        const inSession = rows === LEGACY && (reason === "unknown_method" || reason === "invalid_params");
        assert.equal(answer.status, inSession ? 200 : status, answer.text);
        assert.equal(answer.body.error?.code, code, answer.text);
        assert.match(answer.body.error?.message ?? "", says);
        assert.doesNotMatch(answer.text, INSIDE);
        for (const key of [given.key, given.other])
          assert.ok(!answer.text.includes(key.slice(-20)), "no key is echoed");
        const records = await gateway.recordsOf(answer.call);
        assert.deepEqual(
          records.map((record) => [record.decision, record.reason, record.error]),
          [["deny", reason, code]],
        );
        assert.equal(textOf(await call(url, given.key, "raw__echo", { word: what })), `echo ${what}`);
        assert.deepEqual(reached(from), [], "nothing of it was sent upstream");
      });
  });

test("W1: a standing stream can be taken up again from every event id that it gave", async () => {
  const { headers } = legacy(given, given.session, "x");
  const idOf = async (last?: string): Promise<string> => {
    const answer = await request(url, { headers: { ...headers, ...(last && { "last-event-id": last }) } });
    assert.equal(answer.statusCode, 200, last);
    for await (const part of answer.body) {
      const id = /^id: (.+)$/m.exec(String(part))?.[1];
      if (id !== undefined) return id;
    }
    throw new Error("The stream gave no id");
  };
  const first = await idOf();
  const second = await idOf();
  assert.equal(await idOf(first), first);
  assert.equal(await idOf(second), second);
});

test("V1: a member that is called __proto__ is one like any other", async () => {
  const sent = modern(given.key, "tools/call", { name: "raw__echo", arguments: { word: "hi" } });
  const answer = await post(url, { ...sent, body: sent.body.replace('"word":"hi"', '"__proto__":{"word":"hi"}') });
  assert.equal(answer.body.result?.["isError"], true);
  assert.match(answer.text, /__proto__: this property is not known; accepted are word/);
});

test("I1 and I2: a credential in a cookie or in the body counts for nothing, and the challenge says where to sign in", async () => {
  const { headers, body } = withHeaders(given, { authorization: null });
  const form = { ...headers, "content-type": "application/x-www-form-urlencoded" };
  for (const answer of [
    await post(url, { headers: { ...headers, cookie: `access_token=${given.key}` }, body }),
    await post(url, { headers: form, body: `access_token=${given.key}` }),
    await post(url, { headers, body: body.replace("{", `{"access_token":"${given.key}",`) }),
  ]) {
    assert.equal(answer.status, 401);
    const metadata = url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp");
    assert.equal(answer.headers["www-authenticate"], `Bearer realm="cardea", resource_metadata="${metadata}"`);
    assert.equal((await gateway.recordsOf(answer.call))[0]?.reason, "unauthenticated");
  }
});

test("I2: a credential in the query is refused, whatever the header says, and recorded", async () => {
  const { headers, body } = withHeaders(given, {});
  for (const query of [
    `access_token=${given.key}`,
    `key=${given.key}`,
    "api_key=x",
    "Access-Token=x",
    `x=${given.key}`,
  ]) {
    const answer = await post(`${url}?${query}`, { headers, body });
    assert.equal(answer.status, 400, query);
    assert.match(answer.body.error?.message ?? "", /credential in the query/);
    assert.ok(!answer.text.includes(given.key));
    const [record] = await gateway.recordsOf(answer.call);
    assert.deepEqual([record?.reason, record?.control], ["invalid_request", "I2"]);
    assert.ok(!JSON.stringify(record).includes(given.key));
  }
});

test("I2: an endpoint's challenge names reading there, alike whether there is such a server", async () => {
  const { headers, body } = withHeaders(given, { authorization: "Bearer unknown-unknown-unknown-unknown" });
  for (const name of ["raw", "nothing"]) {
    const answer = await post(`${url}/${name}`, { headers, body });
    const metadata = url.replace("/mcp", `/.well-known/oauth-protected-resource/mcp/${name}`);
    assert.equal(
      answer.headers["www-authenticate"],
      `Bearer realm="cardea", error="invalid_token", scope="${name}:read", resource_metadata="${metadata}"`,
    );
  }
});

test("W4: a request that hides behind another in one connection is not heard", async () => {
  const from = upstream.received.length;
  const hidden = bytes(given, [], modern(given.key, "tools/call", { name: "raw__mirrored" }).body);
  await raw(url, bytes(given, ["content-length: 5", "transfer-encoding: chunked"], `0\r\n\r\n${hidden}`));
  await raw(url, bytes(given, ["content-length: 99999999", "connection: keep-alive"], hidden));
  await raw(url, bytes(given, ["content-type: text/plain", "connection: keep-alive", "content-length: 10"], hidden));
  assert.deepEqual(reached(from), []);
});

test("A1 A5: refusals are found by `audit query` and `audit export`", async () => {
  const denied = await call(url, given.key, "raw__nothing");
  const anonymous = await post(url, withHeaders(given, { authorization: null }));
  await gateway.recordsOf(denied.call);
  await gateway.recordsOf(anonymous.call);
  const query = await gateway.run("audit", "query", "--decision", "deny", "--limit", "1000", "--json");
  assert.equal(query.code, 0, query.stderr);
  assert.ok(query.stdout.includes(denied.call));
  const exported = await gateway.run("audit", "export", "--tenant=-");
  assert.equal(exported.code, 0, exported.stderr);
  assert.ok(exported.stdout.includes(anonymous.call));
  assert.ok(!exported.stdout.includes(given.key.slice(-20)));
  assert.equal((await gateway.run("audit", "verify")).code, 0);
});
