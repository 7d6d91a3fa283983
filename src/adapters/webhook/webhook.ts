import { createHmac } from "node:crypto";
import { Agent, request } from "undici";
import type { Notice, Notifier } from "../../ports/notifier.ts";
import type { Clock, Log, Secrets } from "../../ports/world.ts";
import { checkUrl, createDialer, namesLoopback } from "../dialer/dialer.ts";

/** Milliseconds until the second try, doubled after each, up to the longest. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [1_000, 60_000];
/** Longest wait for an answer, milliseconds. */
const PATIENCE_MS = 5_000;
/** Notices that are on their way at a time; the rest is dropped and said. */
const MOST = 500;
/** How Standard Webhooks write a secret of bytes. */
const PREFIX = "whsec_";

/** Where notices go, and who is told that they do not arrive. */
export interface WebhookParts {
  readonly url: string;
  /** A reference, resolved at each try, so that a rotated one is found. */
  readonly secret: string;
  readonly private: readonly string[];
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Log;
  /** Told after the first try that failed, and where there is none any more. */
  readonly failed: (notice: Notice, tries: number, last: boolean) => void;
}

/**
 * POSTs notices as Standard Webhooks (https://www.standardwebhooks.com, version 1.0.0): headers `webhook-id`,
 * `webhook-timestamp`, `webhook-signature` (HMAC-SHA256). Through the one dialer (C5), without redirects.
 */
export function createWebhook(parts: WebhookParts): Notifier {
  const url = checkUrl(parts.url, "the webhook of approvals");
  const agent = new Agent({
    connect: createDialer({ private: parts.private, loopback: namesLoopback(url) }),
    headersTimeout: PATIENCE_MS,
    bodyTimeout: PATIENCE_MS,
    connections: 2,
  });
  const timers = new Set<NodeJS.Timeout>();
  let underWay = 0;
  let closed = false;

  async function post({ id, type, at, data }: Notice): Promise<void> {
    const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
    const seconds = Math.floor(parts.clock.now() / 1000);
    const { statusCode, body: answer } = await request(url, {
      method: "POST",
      dispatcher: agent,
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(seconds),
        "webhook-signature": signature(parts.secrets.resolve(parts.secret), id, seconds, body),
      },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.dump();
    if (statusCode < 200 || statusCode > 299) throw new Error(`HTTP ${statusCode}`);
  }

  async function attempt(notice: Notice, tries: number): Promise<void> {
    try {
      await post(notice);
      underWay--;
    } catch (error) {
      if (closed) return;
      const fault = error instanceof Error ? error.message : "unknown";
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
      const last = parts.clock.now() + pause >= notice.until;
      parts.log.warn("webhook.failed", { id: notice.id, tries, last, fault });
      if (tries === 1 || last) parts.failed(notice, tries, last);
      if (last) underWay--;
      else later(pause, () => void attempt(notice, tries + 1));
    }
  }

  function later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timer.unref();
    timers.add(timer);
  }

  return {
    send(notice) {
      if (underWay >= MOST) {
        parts.log.warn("webhook.dropped", { id: notice.id });
        return parts.failed(notice, 0, true);
      }
      underWay++;
      void attempt(notice, 1);
    },
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      await agent.destroy();
    },
  };
}

/** `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`. */
function signature(secret: string, id: string, seconds: number, body: string): string {
  const key = secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), "base64") : Buffer.from(secret);
  return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}
