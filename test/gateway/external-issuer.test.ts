import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { legacy } from "./hostile.ts";
import { modern, post, textOf } from "./raw-client.ts";
import { type RawUpstream, startRawUpstream, tool } from "./raw-upstream.ts";
import { type Gateway, place, start } from "./setting.ts";

let upstream: RawUpstream;
let gateway: Gateway;
let url = "";
let issuer = "";
let sign: (claims?: JWTPayload) => Promise<string>;

const documents = new Map<string, unknown>();
const server = createServer((req, res) => {
  const found = documents.get(String(req.url));
  res.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
  res.end(JSON.stringify(found ?? {}));
});

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  documents.set("/jwks", { keys: [{ ...(await exportJWK(publicKey)), kid: "k1" }] });
  documents.set("/.well-known/openid-configuration", { issuer, jwks_uri: `${issuer}/jwks` });
  sign = (claims = {}) =>
    new SignJWT({ sub: "u1", client_id: "c1", email: "ada@example.com", groups: ["eng"], aud: url, ...claims })
      .setProtectedHeader({ alg: "ES256", kid: "k1", typ: "at+jwt" })
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime("10m")
      .sign(privateKey);
  upstream = await startRawUpstream();
  upstream.tools = [tool("look"), tool("change"), tool("hidden")];
  upstream.resources = [{ uri: "note://a", name: "a" }];
  const where = place(
    [
      `servers: { raw: { url: ${upstream.url}, tools: { look: { effect: read } } } }`,
      'access: [{ role: tester, allow: ["raw.look", "raw.change", "raw.resource:*"], effects: [read, write], approval: none }]',
      `identity: { issuer: { issuer: ${issuer}, roles: { eng: [tester] } } }`,
    ].join("\n"),
  );
  await where.approve("raw");
  gateway = await start(where);
  url = gateway.endpoint;
});

after(async () => {
  await gateway?.stop();
  await upstream?.close();
  server.closeAllConnections();
  server.close();
});

const callTool = (token: string, name: string, more: Record<string, string> = {}, endpoint = url) => {
  const sent = modern(token, "tools/call", { name, arguments: {} });
  return post(endpoint, { ...sent, headers: { ...sent.headers, ...more } });
};
const challenge = (scope: string) =>
  `Bearer error="insufficient_scope", scope="${scope}", resource_metadata="${url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")}", error_description="This needs the scope ${scope}, which the access token does not have. Authorise again and ask for what is missing."`;

test("I4: a token of the external server opens what its claims' roles and its scopes allow", async () => {
  const token = await sign({ scope: "raw:read" });
  assert.equal(textOf(await callTool(token, "raw__look")), "look ");
  assert.equal(textOf(await callTool(await sign({ scope: "raw:write" }), "raw__change")), "change ");
  const stranger = await callTool(
    await sign({ sub: "u2", email: "bo@example.com", groups: [], scope: "raw:write" }),
    "raw__look",
  );
  assert.equal(stranger.body.error?.code, -32602);
});

test("I7: a missing scope is HTTP 403 with exactly that scope, before the first byte, in both eras, and recorded", async () => {
  const token = await sign({ scope: "raw:read" });
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } };
  const opened = await post(url, legacy({ key: token }, "", "initialize", hello));
  const session = String(opened.headers["mcp-session-id"]);
  const stream = { accept: "text/event-stream" };
  const old = (more = {}) =>
    legacy({ key: token }, session, "tools/call", { name: "raw__change", arguments: {} }, more);
  for (const answer of [
    await callTool(token, "raw__change"),
    await callTool(token, "raw__change", stream),
    await post(url, old()),
    await post(url, old(stream)),
  ]) {
    assert.equal(answer.status, 403);
    assert.equal(answer.headers["www-authenticate"], challenge("raw:write"));
    assert.equal(answer.body.error?.code, 40312);
    const [record] = await gateway.recordsOf(answer.call);
    assert.deepEqual(
      [record?.decision, record?.reason, record?.control, record?.detail],
      ["deny", "insufficient_scope", "I7", { scopes: ["raw:write"] }],
    );
  }
  assert.equal(upstream.received.filter(({ params }) => params.name === "change").length, 1);
});

test("I7: to watch a resource needs reading, in both eras", async () => {
  const token = await sign({ scope: "other:read" });
  const listed = await post(url, modern(token, "resources/list"));
  const [resource] = (listed.body.result?.["resources"] ?? []) as { uri: string }[];
  assert.ok(resource, listed.text);
  const wanted = { notifications: { resourceSubscriptions: [resource.uri] } };
  const watched = await post(url, modern(token, "subscriptions/listen", wanted));
  const read = await post(url, modern(token, "resources/read", { uri: resource.uri }));
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } };
  const opened = await post(url, legacy({ key: token }, "", "initialize", hello));
  const session = String(opened.headers["mcp-session-id"]);
  const old = await post(url, legacy({ key: token }, session, "resources/subscribe", { uri: resource.uri }));
  for (const answer of [watched, read, old]) {
    assert.equal(answer.status, 403, answer.text);
    assert.equal(answer.headers["www-authenticate"], challenge("raw:read"));
  }
});

test("P1: what policy does not permit is unknown, whatever scope is missing; lists do not hang on scopes", async () => {
  const token = await sign({ scope: "" });
  const hidden = await callTool(token, "raw__hidden");
  assert.deepEqual([hidden.status, hidden.body.error?.code], [200, -32602]);
  const tools = (await post(url, modern(token, "tools/list"))).body.result?.["tools"] as { name: string }[];
  assert.deepEqual(tools.map(({ name }) => name).sort(), ["raw__change", "raw__look"]);
});

test("RFC 8707: a token counts at its own resource alone", async () => {
  const one = await sign({ aud: `${url}/raw`, scope: "raw:read" });
  assert.equal(textOf(await callTool(one, "look", {}, `${url}/raw`)), "look ");
  for (const [token, endpoint] of [
    [one, url],
    [await sign({ aud: issuer }), url],
    [await sign({ aud: url }), `${url}/raw`],
    [await sign({ aud: "c1" }), url],
  ] as const) {
    const answer = await callTool(token, "look", {}, endpoint);
    assert.equal(answer.status, 401);
    assert.match(String(answer.headers["www-authenticate"]), /error="invalid_token"/);
    assert.equal((await gateway.recordsOf(answer.call))[0]?.detail?.["why"], "audience");
  }
});

test("RFC 9728: the metadata name the external server, and the embedded one is off", async () => {
  const { hostname, port } = new URL(url);
  const base = `http://${hostname}:${port}`;
  const found = await fetch(`${base}/.well-known/oauth-protected-resource/mcp`);
  assert.deepEqual(((await found.json()) as { authorization_servers: string[] }).authorization_servers, [issuer]);
  assert.equal((await fetch(`${base}/.well-known/oauth-authorization-server`)).status, 404);
  assert.equal((await fetch(`${base}/oauth/token`, { method: "POST" })).status, 404);
});

test("I2: a forged token is refused; API keys still count", async () => {
  const [head, body] = (await sign({ scope: "raw:write" })).split(".");
  assert.equal((await callTool(`${head}.${body}.${"A".repeat(86)}`, "raw__look")).status, 401);
  const { key } = await gateway.key("tester");
  assert.equal(textOf(await callTool(key, "raw__change")), "change ");
});
