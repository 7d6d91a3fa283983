import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type BodyLimits, collectBody, wholeBody } from "../../src/doors/mcp/body.ts";
import { Request } from "../../src/doors/request.ts";

const LIMITS: BodyLimits = { maxDepth: 8, maxNodes: 100, maxString: 100, maxBytes: 20, timeoutMs: 5_000 };

/** A server that reads as the door does: at once where it can. It answers with how, and with what it read. */
async function reader(t: TestContext) {
  const requests: IncomingMessage[] = [];
  const server = createServer({ IncomingMessage: Request }, async (req, res) => {
    requests.push(req);
    await undefined;
    const whole = wholeBody(req, LIMITS);
    const said = [whole !== undefined, req.complete, req.readableEnded].join(" ");
    const bytes = whole ?? (await collectBody(req, LIMITS).catch(() => Buffer.from("too large")));
    const text = `${said} ${bytes.toString()}`;
    setImmediate(() => res.writeHead(200, { "content-length": text.length }).end(text));
  });
  t.after(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").setEncoding("latin1");
  t.after(() => socket.destroy());
  const [accepted] = (await once(server, "connection")) as [Socket & { parser: { incoming: unknown } }];
  return { socket, accepted, requests };
}

/** Sends pieces one after the other, and gives the body of the answer. */
async function ask(socket: Socket, ...pieces: string[]): Promise<string> {
  for (const piece of pieces) {
    socket.write(piece);
    await pause(20);
  }
  let got = "";
  for (; ; got += String(socket.read() ?? "")) {
    const body = /\r\n\r\n(.*)$/s.exec(got)?.[1];
    if (body !== undefined && body.length === Number(/content-length: (\d+)/i.exec(got)?.[1])) return body;
    if (socket.readableLength === 0) await once(socket, "readable");
  }
}

const head = (line: string): string => `POST / HTTP/1.1\r\nHost: a\r\n${line}\r\n\r\n`;

test("W4: a body that came with its head is read at once, before Node has told of its end", async (t) => {
  const { socket } = await reader(t);
  for (const text of ["one", "two"])
    assert.equal(await ask(socket, head("Content-Length: 3") + text), `true false true ${text}`);
});

test("W4: a body that comes in pieces, in chunks or not at all, or that is too large, is waited for", async (t) => {
  const { socket } = await reader(t);
  assert.equal(await ask(socket, `${head("Content-Length: 6")}one`, "two"), "false false false onetwo");
  assert.equal(
    await ask(socket, `${head("Transfer-Encoding: chunked")}3\r\none\r\n0\r\n\r\n`),
    "false false false one",
  );
  assert.equal(await ask(socket, head("Content-Length: 0")), "false true false ");
  assert.equal(await ask(socket, head("Content-Length: 21") + "x".repeat(21)), "false false false too large");
});

test("I2: a connection that waits for its next request holds nothing of the one before", async (t) => {
  const { socket, accepted, requests } = await reader(t);
  await ask(socket, `${head("Content-Length: 3")}one`);
  await pause(20);
  assert.equal(accepted.parser.incoming, null);
  assert.equal(requests[0]?.complete, true);
});
