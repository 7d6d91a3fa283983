import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { after, test } from "node:test";
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from "node:tls";
import { Client } from "undici";
import type { Dispatcher } from "undici";
import { createDialer } from "../../src/adapters/dialer/dialer.ts";
import { CERTIFICATE, KEY } from "../fixtures/certificate.ts";

const trusted = getCACertificates();
setDefaultCACertificates([...trusted, CERTIFICATE]);
after(() => setDefaultCACertificates(trusted));

const turn = (): Promise<void> => new Promise((next) => setImmediate(next));
const PLAIN = "HTTP/1.1 200 OK\r\n";
const BODY = randomBytes(3_000_000);

/** One answer as the server writes it, by how its body is framed. */
const FRAMINGS: Record<string, (body: typeof BODY) => Buffer> = {
  "content-length": (body) => Buffer.concat([Buffer.from(`${PLAIN}content-length: ${body.length}\r\n\r\n`), body]),
  chunks: (body) => {
    const parts = [Buffer.from(`${PLAIN}transfer-encoding: chunked\r\n\r\n`)];
    for (let at = 0, size = 1; at < body.length; at += size, size = (size * 7) % 40_009) {
      const part = body.subarray(at, at + size);
      parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
    }
    return Buffer.concat([...parts, Buffer.from("0\r\nx-trailer: 1\r\n\r\n")]);
  },
  "the end of the connection": (body) => Buffer.concat([Buffer.from(`${PLAIN}connection: close\r\n\r\n`), body]),
};

/** A server that does this with each request that ends with its head, and a client that reaches it as upstreams are reached. */
async function open(
  secure: boolean,
  answer: (socket: Socket) => void,
): Promise<{ client: Client; socket: () => Socket }> {
  const hear = (socket: Socket): void => {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", () => answer(socket));
  };
  const server = secure ? createTlsServer({ cert: CERTIFICATE, key: KEY }, hear) : createServer(hear);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const dial = createDialer({ private: [], loopback: true });
  let dialled: Socket | undefined;
  const client = new Client(`${secure ? "https" : "http"}://localhost:${port}`, {
    connect: (options, done) =>
      dial(options, ((error: Error | null, socket: Socket) => {
        dialled = socket;
        (done as (error: Error | null, socket: Socket) => void)(error, socket);
      }) as Parameters<typeof dial>[1]),
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  after(async () => {
    await client.destroy();
    server.close();
  });
  return { client, socket: () => dialled as Socket };
}

/** The body of an answer, or the name of the error that ended it. `each` sees every part and may pause. */
function ask(
  client: Client,
  each: (controller: Dispatcher.DispatchController, part: Buffer) => void = () => {},
): Promise<Buffer | string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    client.dispatch(
      { method: "GET", path: "/" },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (controller, part) => {
          parts.push(part);
          each(controller, part);
        },
        onResponseEnd: () => resolve(Buffer.concat(parts)),
        onResponseError: (_controller, error) => resolve(error.name),
      },
    );
  });
}

for (const secure of [false, true]) {
  const way = secure ? "TLS" : "plain TCP";

  for (const [framing, frame] of Object.entries(FRAMINGS)) {
    test(`W3: megabytes over ${way}, framed by ${framing}, come whole, one answer after the other`, async () => {
      const { client } = await open(secure, (socket) => {
        if (framing.startsWith("the end")) socket.end(frame(BODY));
        else socket.write(frame(BODY));
      });
      for (let at = 0; at < 2; at++) assert.ok(BODY.equals((await ask(client)) as Buffer));
    });

    test(`W3: megabytes over ${way}, framed by ${framing}, come whole where their reader pauses, and wait at the server`, async () => {
      const { client, socket } = await open(secure, (server) => {
        if (framing.startsWith("the end")) server.end(frame(BODY));
        else server.write(frame(BODY));
      });
      let waits = 0;
      let most = 0;
      const said = await ask(client, (controller) => {
        most = Math.max(most, socket().readableLength);
        if (Math.random() > 0.2) return;
        controller.pause();
        waits++;
        const on = (): void => {
          most = Math.max(most, socket().readableLength);
          controller.resume();
        };
        if (waits % 8 === 0) setTimeout(on, 2);
        else setImmediate(on);
      });
      assert.ok(BODY.equals(said as Buffer));
      assert.ok(waits > 10, `${waits} pauses`);
      // TLS hands out what it had read of its connection already.
      assert.ok(most <= (secure ? 131_072 : 49_152), `${most} bytes waited here`);
    });
  }

  test(`W3: thousands of small parts over ${way} come at once, in their order, with pauses and without`, async () => {
    const { client } = await open(secure, async (socket) => {
      socket.write(`${PLAIN}transfer-encoding: chunked\r\n\r\n`);
      for (let at = 0; at < 3_000; at++) {
        const text = `${at};`;
        socket.write(`${text.length.toString(16)}\r\n${text}\r\n`);
        if (at % 7 === 0) await turn();
      }
      socket.write("0\r\n\r\n");
    });
    const all = Array.from({ length: 3_000 }, (_, at) => `${at};`).join("");
    assert.equal(String(await ask(client)), all);
    let heard = 0;
    const said = await ask(client, (controller) => {
      if (++heard % 5 !== 0) return;
      controller.pause();
      setImmediate(() => controller.resume());
    });
    assert.equal(String(said), all);
  });

  test(`W3: an answer over ${way} is handed over as it arrives, without waiting in a buffer`, async (t) => {
    const { client, socket } = await open(secure, (server) => void server.write(`${PLAIN}content-length: 2\r\n\r\nhi`));
    assert.equal(String(await ask(client)), "hi");
    const push = t.mock.method(socket(), "push");
    for (let at = 0; at < 3; at++) assert.equal(String(await ask(client)), "hi");
    assert.equal(push.mock.callCount(), 0);
  });

  test(`W3: a connection over ${way} that ends in the middle of an answer is an error, also while its reader pauses`, async () => {
    for (const cut of ["end", "destroy"] as const) {
      const { client } = await open(secure, (socket) => {
        socket.write(`${PLAIN}content-length: 100000\r\n\r\n${"a".repeat(50_000)}`, () =>
          setTimeout(() => socket[cut](), 5),
        );
      });
      assert.match(String(await ask(client)), /Error/);
      let paused = false;
      const said = await ask(client, (controller) => {
        if (paused) return;
        paused = true;
        controller.pause();
        setTimeout(() => controller.resume(), 30);
      });
      assert.match(String(said), /Error/);
    }
  });

  test(`W3: what nobody asked for on an idle connection over ${way} is no answer to the next request`, async () => {
    let asked = 0;
    const { client } = await open(secure, (socket) => {
      asked++;
      const answer = `${PLAIN}content-length: 4\r\n\r\n`;
      socket.write(`${answer}good`);
      if (asked === 1) setTimeout(() => socket.write(`${answer}evil`), 10);
    });
    assert.equal(String(await ask(client)), "good");
    await new Promise((later) => setTimeout(later, 40));
    assert.equal(String(await ask(client)), "good");
  });

  test(`L6: of an answer over ${way} that was given up nothing more is heard`, async () => {
    const { client, socket } = await open(secure, (server) => void server.write(FRAMINGS.chunks?.(BODY) as Buffer));
    let heard = 0;
    const said = await ask(client, (controller) => {
      heard++;
      controller.abort(new Error("given up"));
    });
    assert.equal(said, "Error");
    await new Promise((later) => setTimeout(later, 20));
    assert.equal(heard, 1);
    assert.ok(socket().destroyed);
  });
}
