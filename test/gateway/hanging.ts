/** Calls that hang, streams that are open, and how long a test waits for their end. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { request } from "undici";
import { legacy } from "./hostile.ts";
import { modern, post, type Said } from "./raw-client.ts";
import { answerText, type RawUpstream, said } from "./raw-upstream.ts";

const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } };

/** Opens a legacy session and returns its id. */
export async function session(endpoint: string, key: string): Promise<string> {
  const opened = await post(endpoint, legacy({ key }, "", "initialize", hello));
  return String(opened.headers["mcp-session-id"]);
}

/** Calls a tool in a legacy session. */
export const echo = (endpoint: string, key: string, id: string): Promise<Said> =>
  post(endpoint, legacy({ key }, id, "tools/call", { name: "raw__echo", arguments: { word: "x" } }));

/** Calls of tools hang from now on; returns what answers them. */
export function hang(upstream: RawUpstream): { held: (() => void)[]; release(): void } {
  const held: (() => void)[] = [];
  upstream.spoil = (message, res: ServerResponse) => {
    held.push(() =>
      res.writeHead(200, { "content-type": "application/json" }).end(answerText(message.id, said("late"))),
    );
    return true;
  };
  return {
    held,
    release() {
      upstream.spoil = undefined;
      for (const answer of held) answer();
    },
  };
}

/** A GET stream or a subscription that is open; `ended` resolves with its text. */
async function streamOf(
  endpoint: string,
  sent: { headers: Record<string, string>; body?: string; method: "GET" | "POST" },
) {
  const { statusCode, body } = await request(endpoint, sent);
  assert.equal(statusCode, 200);
  return { ended: body.text().catch(() => "") };
}

/** A standing stream of a legacy session and a subscription of the modern era. */
export const openStreams = async (endpoint: string, key: string, id: string) => [
  await streamOf(endpoint, {
    headers: { ...legacy({ key }, id, "x").headers, accept: "text/event-stream" },
    method: "GET",
  }),
  await streamOf(endpoint, {
    ...modern(key, "subscriptions/listen", { notifications: { toolsListChanged: true } }),
    method: "POST",
  }),
];

export const within = <T>(ms: number, what: string, coming: Promise<T>): Promise<T> =>
  Promise.race([
    coming,
    new Promise<never>((_, reject) => setTimeout(() => reject(new Error(`Not within ${ms} ms: ${what}`)), ms).unref()),
  ]);
