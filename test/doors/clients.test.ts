import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { BlockList, connect } from "node:net";
import { test } from "node:test";
import { rootCertificates } from "node:tls";
import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "undici";
import { systemClock, systemRandom } from "../../src/adapters/system/world.ts";
import { clientOf, mayAsk, mayConnect } from "../../src/doors/clients.ts";
import { createListener } from "../../src/doors/listen.ts";
import type { Refusal } from "../../src/kernel/errors.ts";
import type { Engine } from "../../src/pipeline/engine.ts";
import { CERTIFICATE, KEY } from "../fixtures/certificate.ts";

function list(...ranges: string[]): BlockList {
  const made = new BlockList();
  for (const range of ranges) {
    const [address = "", bits] = range.split("/");
    made.addSubnet(address, Number(bits), address.includes(":") ? "ipv6" : "ipv4");
  }
  return made;
}

const from = (remoteAddress: string | undefined, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  }) as unknown as IncomingMessage;

const RULES = { clients: list("192.0.2.0/24", "2001:db8::/32"), proxies: list("10.0.0.0/8") };

test("W5: only listed addresses and proxies connect, also in IPv6 dress", () => {
  for (const peer of ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::9", "10.1.2.3", "::ffff:10.1.2.3"])
    assert.equal(mayConnect(peer, RULES), true, peer);
  for (const peer of ["192.0.3.7", "127.0.0.1", "::1", "", "nonsense", undefined])
    assert.equal(mayConnect(peer, RULES), false, peer);
  assert.equal(mayConnect("10.1.2.3", { ...RULES, proxies: undefined }), false);
});

test("W5: behind trusted proxies the last address counts that is none of theirs", () => {
  for (const forwarded of [
    "192.0.2.7",
    "203.0.113.9, 192.0.2.7",
    "192.0.2.7, 10.9.9.9",
    "[2001:db8::5]:443",
    "192.0.2.7:80",
  ])
    assert.equal(mayAsk(from("10.1.2.3", forwarded), RULES), true, forwarded);
  for (const forwarded of [
    undefined,
    "",
    "203.0.113.9",
    "192.0.2.7, 203.0.113.9",
    "192.0.2.7, unknown",
    "192.0.2.7, 203.0.113.9, 10.9.9.9",
    "10.9.9.9",
  ])
    assert.equal(mayAsk(from("10.1.2.3", forwarded), RULES), false, forwarded);
  assert.equal(clientOf(from("10.1.2.3", "192.0.2.7:80, 10.4.4.4"), RULES.proxies), "192.0.2.7");
});

test("W5: nobody but a trusted proxy is believed about whom it speaks for", () => {
  assert.equal(mayAsk(from("203.0.113.9", "192.0.2.7"), RULES), false);
  assert.equal(mayAsk(from("192.0.2.7", "203.0.113.9"), RULES), true);
  assert.equal(clientOf(from("203.0.113.9", "192.0.2.7"), undefined), "203.0.113.9");
});

type Listening = Parameters<typeof createListener>[0];

async function listening(more: Pick<Listening, "tls" | "clients">) {
  const refusals: Refusal[] = [];
  const listener = createListener({
    doors: [
      {
        serves: () => true,
        handle: async (_req: IncomingMessage, res: ServerResponse) => void res.writeHead(200).end("served"),
      },
    ],
    engine: {
      async refuse(_arrived: unknown, refusal: Refusal) {
        refusals.push(refusal);
        return { kind: "refusal", refusal };
      },
    } as unknown as Engine,
    clock: systemClock,
    random: systemRandom(),
    log: { info() {}, warn() {}, error() {} },
    maxHeaderBytes: 16_384,
    requestTimeoutMs: 2_000,
    maxConnections: 100,
    ...more,
  });
  const port = await listener.listen("127.0.0.1", 0);
  return { port, refusals, stop: () => listener.drain(100) };
}

test("W5: a connection from elsewhere is closed before anything is read, and recorded", async (t) => {
  for (const tls of [undefined, { cert: CERTIFICATE, key: KEY }]) {
    const { port, refusals, stop } = await listening({
      tls,
      clients: { clients: list("192.0.2.0/24"), proxies: undefined },
    });
    t.after(stop);
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => {});
    await once(socket, "close");
    assert.deepEqual(
      refusals.map(({ code, control }) => [code, control]),
      [["forbidden_client", "W5"]],
    );
  }
});

test("W5: a proxy's request for a stranger is answered 403, and recorded", async (t) => {
  const { port, refusals, stop } = await listening({
    tls: undefined,
    clients: { clients: list("192.0.2.0/24"), proxies: list("127.0.0.0/8") },
  });
  t.after(stop);
  const ask = async (forwarded: string) => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/`, {
      headers: { "x-forwarded-for": forwarded },
    });
    await body.dump();
    return statusCode;
  };
  assert.deepEqual([await ask("192.0.2.7"), await ask("203.0.113.9")], [200, 403]);
  assert.deepEqual(
    refusals.map(({ code }) => code),
    ["forbidden_client"],
  );
});

test("W5 and I8: with clientCa a client needs a certificate of that authority; others are recorded", async (t) => {
  const mine = await listening({ tls: { cert: CERTIFICATE, key: KEY, ca: CERTIFICATE } });
  const others = await listening({ tls: { cert: CERTIFICATE, key: KEY, ca: rootCertificates[0] } });
  t.after(() => Promise.all([mine.stop(), others.stop()]));
  const ask = async (port: number, options: object) => {
    const dispatcher = new Agent({ connect: { ca: CERTIFICATE, ...options } });
    try {
      const { statusCode, body } = await request(`https://localhost:${port}/`, { dispatcher });
      await body.dump();
      return statusCode;
    } finally {
      await dispatcher.destroy();
    }
  };
  const own = { cert: CERTIFICATE, key: KEY };
  assert.equal(await ask(mine.port, own), 200);
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"]) {
    await assert.rejects(ask(mine.port, { maxVersion }));
    await assert.rejects(ask(others.port, { ...own, maxVersion }));
  }
  const until = Date.now() + 2_000;
  while (mine.refusals.length + others.refusals.length < 4 && Date.now() < until) await pause(10);
  for (const { refusals } of [mine, others])
    assert.deepEqual(
      refusals.map(({ code, control }) => [code, control]),
      [
        ["forbidden_client", "W5"],
        ["forbidden_client", "W5"],
      ],
    );
});
