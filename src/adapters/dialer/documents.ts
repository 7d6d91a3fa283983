import { Agent, request } from "undici";
import { checkUrl, createDialer, type DialRules } from "./dialer.ts";

/** Longest document, bytes, and longest wait for it, milliseconds. */
const LONGEST = 512 * 1024;
const PATIENCE_MS = 5_000;

/** Reads JSON documents of somebody whom the operator named. */
export interface Documents {
  /** The document's value. Rejects with an Error unless the answer is 200 with JSON. */
  read(url: string): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * GET through the one dialer (C5): https, or http where the operator's own URL names loopback; small, quick, no redirects.
 * @param what how the operator names it, for errors
 */
export function createDocuments(what: string, rules: DialRules): Documents {
  const agent = new Agent({
    connect: createDialer(rules),
    maxResponseSize: LONGEST,
    headersTimeout: PATIENCE_MS,
    bodyTimeout: PATIENCE_MS,
    connections: 2,
  });
  return {
    async read(url) {
      const { statusCode, body } = await request(checkUrl(url, what), {
        dispatcher: agent,
        headers: { accept: "application/json, application/jwk-set+json" },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (statusCode !== 200) {
        await body.dump();
        throw new Error(`A document of ${what} was answered with HTTP ${statusCode}`);
      }
      return body.json();
    },
    close: () => agent.destroy(),
  };
}
