import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after, test } from "node:test";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { Client } from "undici";
import { createDialer } from "../../src/adapters/dialer/dialer.ts";
import { writesAtOnce } from "../../src/adapters/dialer/one-write.ts";
import { CERTIFICATE, KEY } from "../fixtures/certificate.ts";

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  after(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Collects what each connection sends until it ends it. */
const received: Promise<Buffer>[] = [];
function collect(socket: Socket): void {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => void chunks.push(chunk));
  received.push(once(socket, "end").then(() => Buffer.concat(chunks)));
}
const plainPort = await portOf(createServer(collect));
const tlsPort = await portOf(createTlsServer({ cert: CERTIFICATE, key: KEY }, collect) as unknown as Server);

async function open(kind: "plain" | "tls"): Promise<Socket> {
  const socket =
    kind === "plain"
      ? connect(plainPort, "127.0.0.1")
      : connectTls({ port: tlsPort, host: "127.0.0.1", servername: "localhost", ca: CERTIFICATE });
  await once(socket, kind === "plain" ? "connect" : "secureConnect");
  return socket;
}

/** What the server gets from a socket that is used so. */
async function sent(kind: "plain" | "tls", joined: boolean, use: (socket: Socket) => void): Promise<Buffer> {
  const socket = await open(kind);
  if (joined) writesAtOnce(socket);
  use(socket);
  socket.end();
  await once(socket, "close");
  return (await received.pop()) as Buffer;
}

const HEAD = "POST /mcp HTTP/1.1\r\nx-name: caf\u00e9 \u00ff\r\n\r\n";
const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, at) => at));

const USES: Record<string, (socket: Socket) => void> = {
  "a head and a body": (socket) => {
    socket.cork();
    socket.write(HEAD, "latin1");
    socket.write(EVERY_BYTE);
    socket.uncork();
  },
  "a head alone, corked and not": (socket) => {
    socket.cork();
    socket.write(HEAD, "latin1");
    socket.uncork();
    socket.write(HEAD, "latin1");
  },
  "a large body between small ones": (socket) => {
    for (const body of [EVERY_BYTE, Buffer.alloc(300_000, EVERY_BYTE), Buffer.alloc(0), EVERY_BYTE]) {
      socket.cork();
      socket.write(HEAD, "latin1");
      socket.write(body);
      socket.uncork();
    }
  },
  "many writes until it is too much": (socket) => {
    socket.cork();
    for (let at = 0; at < 100; at++) socket.write(EVERY_BYTE);
    socket.write("end", "latin1");
    socket.uncork();
  },
  "corked twice": (socket) => {
    socket.cork();
    socket.write("1", "latin1");
    socket.cork();
    socket.write("2", "latin1");
    socket.uncork();
    socket.write("3", "latin1");
    socket.uncork();
    socket.write("4", "latin1");
  },
  "other encodings, views and callbacks in between": (socket) => {
    socket.cork();
    socket.write(HEAD, "latin1");
    socket.write("caf\u00e9 \u20ac", "utf8");
    socket.write("caf\u00e9");
    socket.write("ff00", "hex");
    socket.write(new Uint8Array([1, 2, 255]));
    socket.write(HEAD, "latin1", () => {});
    socket.write(EVERY_BYTE);
    socket.uncork();
  },
  nothing: (socket) => {
    socket.cork();
    socket.uncork();
  },
};

for (const kind of ["plain", "tls"] as const)
  for (const [name, use] of Object.entries(USES))
    test(`RFC 9112 2.1: on a ${kind} connection not a byte differs for ${name}`, async () => {
      const [expected, got] = [await sent(kind, false, use), await sent(kind, true, use)];
      assert.ok(got.equals(expected), `${got.length} bytes instead of ${expected.length}`);
    });

test("W3: a small request is one write of the stream, a large one is written as ever", async () => {
  const written = async (body: Buffer): Promise<string[]> => {
    const socket = await open("plain");
    writesAtOnce(socket);
    const seen: string[] = [];
    const { _write: one, _writev: many } = socket;
    socket._write = (chunk, encoding, done) => {
      seen.push(`one of ${chunk.length}`);
      one.call(socket, chunk, encoding, done);
    };
    socket._writev = (chunks, done) => {
      seen.push(`${chunks.length} at once`);
      many?.call(socket, chunks, done);
    };
    socket.cork();
    socket.write(HEAD, "latin1");
    socket.write(body);
    socket.uncork();
    socket.destroy();
    return seen;
  };
  assert.deepEqual(await written(EVERY_BYTE), [`one of ${HEAD.length + 256}`]);
  assert.deepEqual(await written(Buffer.alloc(16_384)), ["2 at once"]);
});

test("W4: a peer that does not read is felt, and heard of when it reads on", async () => {
  const [server] = [createServer({ pauseOnConnect: true })];
  const socket = connect(await portOf(server), "127.0.0.1");
  const [peer] = (await once(server, "connection")) as [Socket];
  writesAtOnce(socket);
  const body = Buffer.alloc(8_000, "x");
  let requests = 0;
  while (!socket.writableNeedDrain && requests < 10_000) {
    socket.cork();
    socket.write(HEAD, "latin1");
    socket.write(body);
    socket.uncork();
    requests++;
  }
  assert.ok(socket.writableNeedDrain, "the stream's own limit holds");
  let bytes = 0;
  peer.on("data", (chunk: Buffer) => void (bytes += chunk.length));
  peer.resume();
  await once(socket, "drain");
  socket.end();
  await once(peer, "end");
  assert.equal(bytes, requests * (HEAD.length + body.length));
  peer.destroy();
});

test("W4: what is written on a connection that is over fails as ever", async () => {
  const fault = async (joined: boolean): Promise<unknown> => {
    const socket = await open("plain");
    if (joined) writesAtOnce(socket);
    socket.end();
    const failed = once(socket, "error");
    socket.cork();
    socket.write(HEAD, "latin1");
    socket.write(EVERY_BYTE);
    socket.uncork();
    return ((await failed)[0] as NodeJS.ErrnoException).code;
  };
  assert.equal(await fault(true), await fault(false));
});

test("C5: what undici sends through the dialer arrives byte for byte, small, large, and none", async () => {
  const server = createHttpServer((req, res) => void req.pipe(res));
  const port = await portOf(server);
  const client = new Client(`http://127.0.0.1:${port}`, { connect: createDialer({ private: [], loopback: true }) });
  after(() => client.destroy());
  for (const body of [
    EVERY_BYTE,
    Buffer.alloc(200_000, EVERY_BYTE),
    Buffer.from("caf\u00e9 \u20ac \ud83d\ude00"),
    null,
  ]) {
    const answer = await client.request({ method: "POST", path: "/", headers: { "x-name": "caf\u00e9" }, body });
    const got = Buffer.from(await answer.body.arrayBuffer());
    assert.ok(got.equals(body ?? Buffer.alloc(0)));
  }
});
