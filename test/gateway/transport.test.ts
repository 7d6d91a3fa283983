import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Agent, request } from "undici";
import { CERTIFICATE, KEY } from "../fixtures/certificate.ts";
import { modern } from "./raw-client.ts";
import { place, start } from "./setting.ts";

const ACCESS = "servers: {}\naccess: [{ role: reader, allow: [] }]\n";

/** Asks what is served, with these headers besides. */
async function ask(url: string, key: string, headers: Record<string, string> = {}, dispatcher?: Agent) {
  const sent = modern(key, "server/discover");
  const answer = await request(url, { method: "POST", ...sent, headers: { ...sent.headers, ...headers }, dispatcher });
  return { status: answer.statusCode, text: await answer.body.text() };
}

test("W5: TLS is served from files, at least 1.2; plain HTTP on that port is no HTTP", async (t) => {
  const where = place("");
  writeFileSync(join(where.folder, "cert.pem"), CERTIFICATE);
  writeFileSync(join(where.folder, "key.pem"), KEY, { mode: 0o600 });
  const tls = `{ cert: ${join(where.folder, "cert.pem")}, key: ${join(where.folder, "key.pem")} }`;
  writeFileSync(where.config, `listen: { tls: ${tls} }\n${ACCESS}`);
  const gateway = await start(where);
  t.after(() => gateway.stop());
  assert.match(gateway.endpoint, /^https:/);
  const key = (await gateway.key("reader")).key;
  const port = new URL(gateway.endpoint).port;
  const trusted = new Agent({ connect: { ca: CERTIFICATE } });
  const old = new Agent({ connect: { ca: CERTIFICATE, maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } });
  t.after(() => Promise.all([trusted.close(), old.close()]));
  assert.equal((await ask(`https://localhost:${port}/mcp`, key, {}, trusted)).status, 200);
  await assert.rejects(ask(`https://localhost:${port}/mcp`, key, {}, old));
  await assert.rejects(ask(`http://127.0.0.1:${port}/mcp`, key));
});

test("W5: behind a trusted proxy only what came by TLS is served; nobody else's word counts", async (t) => {
  const behind = await start(place(`listen: { trustedProxies: [127.0.0.0/8] }\n${ACCESS}`));
  t.after(() => behind.stop());
  const key = (await behind.key("reader")).key;
  assert.equal((await ask(behind.endpoint, key, { "x-forwarded-proto": "https" })).status, 200);
  for (const headers of [{}, { "x-forwarded-proto": "http" }, { "x-forwarded-proto": "https, http" }]) {
    const refused = await ask(behind.endpoint, key, headers as Record<string, string>);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /use HTTPS/);
  }
  const other = await start(place(`listen: { trustedProxies: [10.9.8.7/32] }\n${ACCESS}`));
  t.after(() => other.stop());
  const otherKey = (await other.key("reader")).key;
  assert.equal((await ask(other.endpoint, otherKey, { "x-forwarded-proto": "https" })).status, 403);
});

test("W5: plain HTTP off loopback is refused before anything listens, both ways", async () => {
  for (const yaml of [
    `listen: { host: 0.0.0.0 }\n${ACCESS}`,
    `servers: { crm: { url: "http://crm.example.com/mcp" } }\naccess: [{ role: reader, allow: ["crm.*"] }]\n`,
  ]) {
    const where = place(yaml);
    const { code, stderr, stdout } = await where.run("up", "--port", "0", "--json");
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /without TLS|https/);
    where.remove();
  }
});

test("W4: CORS answers listed origins alone, and a page of another origin is refused", async (t) => {
  const gateway = await start(place(`listen: { origins: ["https://app.example.com"] }\n${ACCESS}`));
  t.after(() => gateway.stop());
  const key = (await gateway.key("reader")).key;
  const preflight = (origin: string) =>
    request(gateway.endpoint, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
  const allowed = await preflight("https://app.example.com");
  assert.equal(allowed.statusCode, 204);
  assert.equal(allowed.headers["access-control-allow-origin"], "https://app.example.com");
  await allowed.body.dump();
  const foreign = await preflight("https://evil.example.com");
  assert.equal(foreign.statusCode, 403);
  assert.equal(foreign.headers["access-control-allow-origin"], undefined);
  await foreign.body.dump();
  assert.equal((await ask(gateway.endpoint, key, { origin: "https://app.example.com" })).status, 200);
  assert.equal((await ask(gateway.endpoint, key, { origin: "https://evil.example.com" })).status, 403);
});
