import { Agent, fetch } from "undici";
import { createDialer } from "../dialer/dialer.ts";

/** Longest answer that is read whole, bytes. */
const LONGEST = 256 * 1024;
/** Longest wait for an answer that nobody limited otherwise, milliseconds. */
const PATIENCE_MS = 5_000;

/** Fetches a public document of somebody else. */
export type Fetch = (
  url: string,
  options?: { headers?: ConstructorParameters<typeof Headers>[0]; signal?: AbortSignal },
) => Promise<Response>;

/**
 * The way out to documents that others name (client metadata, key sets): GET through the one dialer, so that no private
 * address is reached that was not declared; https, no redirects, no credentials, small and quick.
 * @param rules.private declared ranges (CIDR)
 * @param rules.loopback the operator's own URL names loopback literally
 */
export function createFetch(rules: { private: readonly string[]; loopback: boolean }): {
  fetch: Fetch;
  close(): Promise<void>;
} {
  const agent = new Agent({
    connect: createDialer(rules),
    maxResponseSize: LONGEST,
    maxHeaderSize: 16_384,
    headersTimeout: PATIENCE_MS,
    bodyTimeout: PATIENCE_MS,
    allowH2: false,
    // Few and far between: no connection of a stranger is kept.
    keepAliveTimeout: 1,
    keepAliveMaxTimeout: 1,
  });
  return {
    async fetch(url, options = {}) {
      const { protocol } = new URL(url);
      if (protocol !== "https:" && !(protocol === "http:" && rules.loopback))
        throw new Error("Only https documents are fetched");
      const limit = AbortSignal.timeout(PATIENCE_MS);
      const answer = await fetch(url, {
        method: "GET",
        redirect: "manual",
        headers: [...new Headers(options.headers)],
        signal: options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]),
        dispatcher: agent,
      });
      // The library wants the platform's class; both are the same standard.
      return answer as unknown as Response;
    },
    close: () => agent.destroy(),
  };
}

/** Whether a host may serve client metadata documents. @param allowed `host`, `host:port`, `*.domain`, `*` */
export function mayServe(allowed: readonly string[], url: URL): boolean {
  return allowed.some((pattern) => {
    if (pattern === "*") return true;
    if (pattern.startsWith("*.")) return url.host.endsWith(pattern.slice(1));
    return url.host === pattern;
  });
}
