import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock, systemRandom } from "../../src/adapters/system/world.ts";
import { createListener } from "../../src/doors/listen.ts";
import type { Refusal } from "../../src/kernel/errors.ts";
import type { Engine } from "../../src/pipeline/engine.ts";

const refusals: Refusal[] = [];
const served: string[] = [];
const quiet = { error() {}, warn() {}, info() {} };

/** A door that reads its body and takes a moment to answer with its path. */
const door = {
  serves: (url: string | undefined) => url?.startsWith("/mcp") === true,
  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    await req.resume().toArray();
    await pause(30);
    served.push(String(req.url));
    res.writeHead(200, { "content-length": String(req.url?.length) }).end(req.url);
  },
};

const listener = createListener({
  doors: [door],
  engine: {
    async refuse(_arrived: unknown, refusal: Refusal) {
      refusals.push(refusal);
      return { kind: "refusal", refusal };
    },
  } as unknown as Engine,
  clock: systemClock,
  random: systemRandom(),
  log: quiet,
  tls: undefined,
  maxHeaderBytes: 16_384,
  requestTimeoutMs: 2_000,
  maxConnections: 100,
});
let port = 0;

before(async () => {
  port = await listener.listen("127.0.0.1", 0);
});
after(() => listener.drain(100));

/** Everything that comes back until the connection ends. */
async function send(text: string): Promise<string> {
  refusals.length = served.length = 0;
  const socket = connect({ port, host: "127.0.0.1" });
  let got = "";
  socket.setEncoding("latin1").on("data", (chunk) => (got += chunk));
  socket.on("error", () => {});
  socket.write(text, "latin1");
  await once(socket, "close");
  return got;
}

const HOST = "Host: 127.0.0.1\r\n";

for (const [what, request, path] of [
  ["a version that is not spoken", `POST /mcp HTTP/2.0\r\n${HOST}Content-Length: 0\r\n\r\n`, "version"],
  ["no Host", "POST /mcp HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "Host"],
  ["an unknown expectation", `POST /mcp HTTP/1.1\r\n${HOST}Expect: more\r\nContent-Length: 0\r\n\r\n`, "Expect"],
  [
    "an unknown coding",
    `POST /mcp HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    "Transfer-Encoding",
  ],
  [
    "chunks in HTTP/1.0",
    `POST /mcp HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "Transfer-Encoding",
  ],
] as const) {
  test(`W4: ${what} is refused and recorded, and what follows on the connection is not served`, async () => {
    const got = await send(`${request}POST /mcp/next HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`);
    assert.match(got, /^HTTP\/1\.1 400 /);
    assert.equal(got.match(/HTTP\/1\.1 \d/g)?.length, 1);
    assert.equal(JSON.parse(got.slice(got.indexOf("{"))).error.data.path, path);
    await pause(60);
    assert.deepEqual(served, []);
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ["invalid_request"],
    );
  });
}

test("W4: what is no HTTP is answered after the call in front of it, and once", async () => {
  const got = await send(`POST /mcp/first HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n\0\0\0\r\n\r\n`);
  assert.deepEqual(got.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 200", "HTTP/1.1 400"]);
  assert.ok(got.indexOf("/mcp/first") < got.indexOf("HTTP/1.1 400"));
  assert.equal(refusals.length, 1);
});

test("W4: a body that breaks its framing is refused while its own request waits for the rest", async () => {
  const got = await send(`POST /mcp/broken HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`);
  assert.deepEqual(got.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 400"]);
});

test("W4: headers that are too large are refused with 431", async () => {
  const got = await send(`POST /mcp HTTP/1.1\r\n${HOST}X: ${"x".repeat(40_000)}\r\n\r\n`);
  assert.match(got, /^HTTP\/1\.1 431 /);
});
