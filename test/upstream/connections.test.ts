import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, test } from "node:test";
import type { Dispatcher } from "undici";
import { Connections } from "../../src/adapters/upstream-http/connections.ts";

/** Answers wait until they are let go; `/cut` closes the connection instead. */
const waiting: ServerResponse[] = [];
let opened = 0;
const server = createServer((req, res) => {
  if (req.url === "/cut") req.socket.destroy();
  else if (req.url === "/wait") waiting.push(res);
  else res.end("done");
});
server.on("connection", () => void opened++);
await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
const { port } = server.address() as AddressInfo;
after(() => void server.close());

function open(): Connections {
  opened = 0;
  const connections = new Connections(`http://127.0.0.1:${port}`, {
    pipelining: 1,
    connect: (_options, done) => {
      const socket = connect(port, "127.0.0.1", () => done(null, socket));
      socket.once("error", (error) => done(error, null));
    },
  });
  after(() => connections.destroy());
  return connections;
}

function ask(connections: Connections, path: string, started?: (c: Dispatcher.DispatchController) => void) {
  return new Promise<string>((resolve) => {
    let text = "";
    connections.dispatch(
      { method: "POST", path, body: "x" },
      {
        onRequestStart: (controller) => started?.(controller),
        onResponseStart: () => {},
        onResponseData: (_controller, chunk) => void (text += chunk.toString()),
        onResponseEnd: () => resolve(text),
        onResponseError: (_controller, error) => resolve(error.name),
      },
    );
  });
}

test("W3: requests one after the other share a connection; those at the same time have one each", async () => {
  const connections = open();
  for (let at = 0; at < 3; at++) assert.equal(await ask(connections, "/"), "done");
  assert.equal(opened, 1);
  const slow = [ask(connections, "/wait"), ask(connections, "/wait"), ask(connections, "/wait")];
  while (waiting.length < 3) await new Promise((next) => setTimeout(next, 5));
  assert.equal(await ask(connections, "/"), "done", "nobody waits behind another one's answer");
  for (const res of waiting.splice(0)) res.end("late");
  assert.deepEqual(await Promise.all(slow), ["late", "late", "late"]);
  assert.equal(opened, 4);
  await Promise.all([1, 2, 3, 4].map(() => ask(connections, "/")));
  assert.equal(opened, 4);
});

test("W3: after a connection broke or its request was given up, the next request is answered all the same", async () => {
  const connections = open();
  assert.equal(await ask(connections, "/cut"), "SocketError");
  assert.equal(await ask(connections, "/"), "done");
  const given = await ask(connections, "/wait", (controller) =>
    setTimeout(() => controller.abort(new Error("given up")), 30),
  );
  assert.equal(given, "Error");
  waiting.splice(0);
  assert.equal(await ask(connections, "/"), "done");
});

test("W4: once they are closed, what is under way and every later request fails", async () => {
  const connections = open();
  const slow = ask(connections, "/wait");
  while (waiting.length === 0) await new Promise((next) => setTimeout(next, 5));
  waiting.splice(0);
  await connections.destroy();
  assert.equal(await slow, "ClientDestroyedError");
  assert.equal(await ask(connections, "/"), "ClientDestroyedError");
  assert.equal(await ask(connections, "/"), "ClientDestroyedError");
});
