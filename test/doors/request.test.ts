import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, IncomingMessage } from "node:http";
import { type AddressInfo, connect, Socket } from "node:net";
import { test } from "node:test";
import { hasUsualHeaders, Request, usualHeaders } from "../../src/doors/request.ts";

/** What a server of Node reads of these header lines, with or without the class of this project. */
async function read(lines: readonly string[], ours: boolean): Promise<string> {
  const options = { requireHostHeader: false, ...(ours && { IncomingMessage: Request }) };
  const server = createServer(options, (req, res) => {
    res.end(JSON.stringify([req.headers, req.headersDistinct, req.rawHeaders, req.headers === req.headers]));
  });
  server.on("checkExpectation", (req, res) => res.end(JSON.stringify(req.headers)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(`GET / HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join("")}connection: close\r\n\r\n`, "latin1");
  const text = (await socket.setEncoding("latin1").toArray()).join("");
  server.close();
  return text.slice(text.indexOf("\r\n\r\n"));
}

const USUAL = ["host: a", "content-type: application/json", "accept: */*", "mcp-method: tools/call", "origin: "];

test("W7: headers are read as Node reads them, whatever is sent, how often and in which spelling", async () => {
  for (const lines of [
    USUAL,
    [],
    ["Host: a", "Authorization: Bearer x", "X-Custom:  y "],
    [...USUAL, "host: b"],
    [...USUAL, "accept: text/html", "ACCEPT: c"],
    ["cookie: a=1", "cookie: b=2", "set-cookie: c", "set-cookie: d"],
    ["__proto__: x", "constructor: y", "toString: z"],
    ["mcp-name: a", "mcp-name: a", "Mcp-Name: b", "mcp-param-x: 1"],
    ["mcp-name: \xe9\xff", "content-length: 0", "expect: nothing"],
    ["transfer-encoding: chunked", "host: a"],
    Array.from({ length: 1200 }, (_, at) => `x-${at}: ${at}`),
  ])
    assert.equal(await read(lines, true), await read(lines, false), lines.slice(0, 9).join("; "));
});

test("W7: a request has usual headers alone where nothing else was sent, and nobody put others in their place", () => {
  const sent = (req: IncomingMessage, ...raw: string[]) => Object.assign(req, { rawHeaders: raw });
  assert.equal(hasUsualHeaders(sent(new Request(new Socket()), "host", "a", "mcp-name", "b")), true);
  assert.equal(hasUsualHeaders(sent(new Request(new Socket()), "host", "a", "mcp-param-x", "b")), false);
  assert.equal(hasUsualHeaders(sent(new Request(new Socket()), "host", "a", "host", "b")), false);
  assert.equal(hasUsualHeaders(sent(new IncomingMessage(new Socket()), "host", "a")), false);
  const changed = sent(new Request(new Socket()), "host", "a");
  changed.headers = { "mcp-param-x": "b" };
  assert.equal(hasUsualHeaders(changed), false);
  assert.deepEqual(changed.headers, { "mcp-param-x": "b" });
});

test("W7: only headers that were all sent once are read the short way", () => {
  assert.deepEqual(usualHeaders(["host", "a", "accept", ""]), { host: "a", accept: "" });
  for (const raw of [
    ["Host", "a"],
    ["x", "a"],
    ["accept", "", "accept", "b"],
    ["__proto__", "a"],
  ])
    assert.equal(usualHeaders(raw), undefined, raw.join());
});
