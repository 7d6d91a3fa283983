import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Outlet } from "../../src/doors/mcp/outlet.ts";

test("W4: an answer before the body is whole reaches the client: the connection ends when the rest has come", async () => {
  const server = createServer((req, res) => {
    const outlet = new Outlet(res, []);
    outlet.leave(req);
    outlet.answer(413, "{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let got = "";
  socket.setEncoding("latin1").on("data", (text: string) => (got += text));
  socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n0123456789");
  while (!got.includes("\r\n\r\n{}")) await once(socket, "data");
  assert.match(got, /^HTTP\/1\.1 413 [^]*connection: close/i);
  await pause(100);
  assert.equal(socket.readableEnded, false, "the rest of the body is still taken");
  socket.write("0123456789");
  await once(socket, "end");
  server.close();
});
