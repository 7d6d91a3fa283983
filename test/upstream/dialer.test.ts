import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Pool } from "undici";
import { isDeclared, parseRange, reachOf, readAddress } from "../../src/adapters/dialer/addresses.ts";
import type { Range, Reach } from "../../src/adapters/dialer/addresses.ts";
import { checkUrl, createDialer, namesLoopback } from "../../src/adapters/dialer/dialer.ts";
import type { DialRules } from "../../src/adapters/dialer/dialer.ts";
import { CERTIFICATE, KEY } from "../fixtures/certificate.ts";

const REACHES: Record<Reach, string[]> = {
  public: ["8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"],
  loopback: [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "[::1]",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
  ],
  private: [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "fd12::1",
    "fec0::1",
    "198.18.0.1",
    "203.0.113.5",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "64:ff9b:1::a00:1",
    "192.0.0.1",
    "240.0.0.1",
    "::ffff:10.0.0.1",
  ],
  never: [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "2002:a9fe:a9fe::",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "0xa9fea9fe",
  ],
};

for (const [reach, spellings] of Object.entries(REACHES))
  test(`C5: ${reach} addresses in every spelling`, () => {
    for (const spelling of spellings) {
      const address = readAddress(spelling);
      assert.ok(address !== undefined, spelling);
      assert.equal(reachOf(address), reach, spelling);
    }
  });

test("C5: names are no addresses", () => {
  for (const name of ["example.com", "localhost", "127.0.0.1.example.com", ""])
    assert.equal(readAddress(name), undefined, name);
});

test("C5: a metadata address counts as declared only by itself", () => {
  const declared = (text: string, range: string, exactly: boolean): boolean =>
    isDeclared(readAddress(text) as NonNullable<ReturnType<typeof readAddress>>, [parseRange(range) as Range], exactly);
  assert.equal(declared("169.254.169.254", "169.254.0.0/16", true), false);
  assert.equal(declared("169.254.169.254", "169.254.169.254/32", true), true);
  assert.equal(declared("10.1.2.3", "10.0.0.0/8", false), true);
  assert.equal(declared("::ffff:10.1.2.3", "10.0.0.0/8", false), true);
  assert.equal(declared("10.1.2.3", "fd00::/8", false), false);
  assert.equal(parseRange("10.0.0.0/33"), undefined);
  assert.throws(() => createDialer({ private: ["ten"], loopback: false }), /no.* range/);
});

/** How a request to `origin` ends, with these rules. */
async function dial(origin: string, rules: DialRules): Promise<string> {
  const pool = new Pool(origin, { connect: createDialer(rules) });
  try {
    const { statusCode, body } = await pool.request({ method: "GET", path: "/" });
    await body.dump();
    return String(statusCode);
  } catch (error) {
    return (error as Error).message;
  } finally {
    await pool.destroy();
  }
}

test("C5: loopback is dialled where the operator's URL names it, and in no other way", async () => {
  const server = createServer((_req, res) => void res.end("hi"));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const open = { private: [], loopback: true };
  assert.equal(await dial(`http://127.0.0.1:${port}`, open), "200");
  assert.equal(await dial(`http://localhost:${port}`, open), "200");
  assert.match(await dial(`http://127.0.0.1:${port}`, { private: [], loopback: false }), /may not be dialled/);
  assert.match(await dial(`http://localhost:${port}`, { private: [], loopback: false }), /may not be dialled/);
  // A trailing dot makes another name of it, which resolves to the same machine.
  assert.match(await dial(`https://localhost.:${port}`, open), /may not be dialled|ENOTFOUND|EAI_AGAIN/);
  assert.match(await dial(`http://8.8.8.8:${port}`, open), /may not be dialled/, "plain http off loopback");
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

test("C5: TLS is verified whatever the environment says", async () => {
  const server = createTlsServer({ cert: CERTIFICATE, key: KEY }, (_req, res) => void res.end("hi"));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  try {
    const { port } = server.address() as AddressInfo;
    assert.match(await dial(`https://127.0.0.1:${port}`, { private: [], loopback: true }), /self-signed certificate/);
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    await new Promise((done) => server.close(done));
  }
});

test("W5: which URLs may be declared", () => {
  assert.equal(checkUrl("https://example.com/mcp", "it").hostname, "example.com");
  for (const url of ["http://localhost:1/", "http://127.0.0.1/", "http://[::1]:8/", "http://127.1/"])
    assert.ok(namesLoopback(checkUrl(url, "it")), url);
  for (const url of [
    "http://example.com",
    "ftp://x",
    "nonsense",
    "file:///etc/passwd",
    "https://u:p@x.example",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
  ])
    assert.throws(() => checkUrl(url, "it"), { name: "Refused" }, url);
});
