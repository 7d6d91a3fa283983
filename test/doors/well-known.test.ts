import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { request } from "undici";
import { systemClock, systemRandom } from "../../src/adapters/system/world.ts";
import { createWellKnownDoor, metadataPath } from "../../src/doors/well-known.ts";
import type { Refusal } from "../../src/kernel/errors.ts";

const refusals: string[] = [];
const hosts = new Set<string>();
let base = "";
const door = createWellKnownDoor({
  engine: {
    async refuse(_call, refusal: Refusal) {
      refusals.push(refusal.code);
      return { kind: "refusal", refusal };
    },
  },
  clock: systemClock,
  random: systemRandom(),
  guard: { hosts, origins: new Set(), proxies: undefined, plain: true },
  base: () => base,
  issuer: () => base,
});
const server = createServer((req, res) => void door.handle(req, res));

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  hosts.add(new URL(base).host);
});
after(() => void server.close());

async function read(path: string, more: { method?: string; headers?: Record<string, string> } = {}) {
  const { statusCode, headers, body } = await request(`${base}${path}`, {
    method: (more.method ?? "GET") as "GET",
    headers: more.headers,
  });
  return { status: statusCode, headers, text: await body.text() };
}

test("RFC 9728 section 2: each endpoint is a resource of its own that names its authorization server", async () => {
  const aggregate = await read(metadataPath(undefined));
  assert.equal(aggregate.status, 200);
  assert.equal(aggregate.headers["content-type"], "application/json");
  assert.deepEqual(JSON.parse(aggregate.text), {
    resource: `${base}/mcp`,
    authorization_servers: [base],
    bearer_methods_supported: ["header"],
    resource_name: "Cardea",
  });
  assert.equal((await read("/.well-known/oauth-protected-resource")).text, aggregate.text);
  assert.deepEqual(JSON.parse((await read(metadataPath("files"))).text), {
    resource: `${base}/mcp/files`,
    authorization_servers: [base],
    bearer_methods_supported: ["header"],
    scopes_supported: ["files:read"],
    resource_name: "Cardea: files",
  });
});

test("P8: every well-formed name answers alike, and there is nothing at any other path", async () => {
  const names = await Promise.all(
    ["files", "nothing"].map(async (name) => (await read(metadataPath(name))).text.replaceAll(name, "X")),
  );
  assert.equal(names[0], names[1]);
  for (const path of [
    "/.well-known/oauth-protected-resource/",
    "/.well-known/oauth-protected-resource/mcp/",
    "/.well-known/oauth-protected-resource/mcp/Files",
    "/.well-known/oauth-protected-resource/mcp/a/b",
    "/.well-known/oauth-protected-resource/other",
    undefined,
  ])
    assert.equal(door.serves(path), false, path);
  assert.equal(door.serves("/.well-known/oauth-protected-resource/mcp/files?x=1"), true);
});

test("I1: any page may read the documents, and nothing else; the Host has to be one of ours", async () => {
  const origin = "https://app.example.com";
  const answer = await read(metadataPath("files"), { headers: { origin } });
  assert.equal(answer.headers["access-control-allow-origin"], "*");
  assert.match(String(answer.headers["cache-control"]), /max-age/);
  const preflight = await read(metadataPath("files"), { method: "OPTIONS", headers: { origin } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers["access-control-allow-methods"], "GET, HEAD");
  const head = await read(metadataPath("files"), { method: "HEAD" });
  assert.deepEqual(
    [head.status, head.text, head.headers["content-length"]],
    [200, "", answer.headers["content-length"]],
  );
  const post = await read(metadataPath("files"), { method: "POST" });
  assert.deepEqual([post.status, post.headers["allow"]], [405, "GET, HEAD"]);
  const foreign = await read(metadataPath("files"), { headers: { host: "evil.example" } });
  assert.equal(foreign.status, 403);
  assert.deepEqual(refusals, ["wrong_http_method", "forbidden_host"]);
});
