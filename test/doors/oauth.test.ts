import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createOAuthDoor } from "../../src/doors/oauth.ts";
import type { Refusal } from "../../src/kernel/errors.ts";

type Parts = Parameters<typeof createOAuthDoor>[0];

/** A door whose authorization server sends every browser to a program. */
async function ask(leaving: Parts["leaving"]) {
  const recorded: Refusal[] = [];
  let port = 0;
  const door = createOAuthDoor({
    authorization: {
      serves: () => true,
      async handle(
        _req: unknown,
        res: { statusCode: number; setHeader(n: string, v: string): void; end(b: string): void },
      ) {
        res.statusCode = 303;
        res.setHeader("location", "http://127.0.0.1:9/callback?code=secret");
        res.setHeader("set-cookie", "a=b");
        res.end("onward");
      },
    } as unknown as Parts["authorization"],
    engine: {
      async refuse(_call: unknown, refusal: Refusal) {
        recorded.push(refusal);
        return { kind: "refusal", refusal };
      },
    } as unknown as Parts["engine"],
    guard: {
      hosts: { has: () => true } as unknown as Set<string>,
      origins: new Set(),
      proxies: undefined,
      plain: true,
    },
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    random: { bytes: (n) => new Uint8Array(n), id: (prefix) => `${prefix}1` },
    leaving,
    count() {},
  });
  const server = createServer((req, res) => void door.handle(req, res)).listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
  const answer = await fetch(`http://127.0.0.1:${port}/oauth/authorize`, { redirect: "manual" });
  const text = await answer.text();
  server.close();
  return { answer, text, recorded };
}

test("I6: a browser is sent on once its session was seen to", async () => {
  const left: string[] = [];
  const { answer, text, recorded } = await ask(async (_req, location) => void left.push(location));
  assert.equal(answer.status, 303);
  assert.equal(text, "onward");
  assert.deepEqual(left, ["http://127.0.0.1:9/callback?code=secret"]);
  assert.deepEqual(recorded, []);
});

test("I6: where the session cannot be ended nobody is sent anywhere; that is said and recorded", async () => {
  const { answer, text, recorded } = await ask(() => Promise.reject(new Error("the store is lost")));
  assert.equal(answer.status, 500);
  assert.equal(answer.headers.get("location"), null);
  assert.equal(answer.headers.get("set-cookie"), null);
  assert.doesNotMatch(text, /secret|store is lost/);
  assert.match(text, /could not be ended/);
  assert.deepEqual(
    recorded.map(({ code, control }) => [code, control]),
    [["control_failed", "I6"]],
  );
});
