import { Refused } from "../../kernel/errors.ts";
import type { Executed, Refusal } from "../../kernel/errors.ts";
import type { Loss } from "../upstream-link/transport.ts";

const MAX_RETRY_AFTER_S = 86_400;

/** Seconds of a `Retry-After` header (RFC 9110 10.2.3), in either form. */
function retryAfter(value: string | string[] | undefined, now: number): number | undefined {
  if (typeof value !== "string") return undefined;
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - now) / 1_000);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_S) : undefined;
}

/**
 * What an HTTP status without a JSON-RPC message becomes. Nothing of the answer but its number is told (W7).
 * @param now milliseconds since the epoch
 */
export function lossOfStatus(server: string, status: number, header: string | string[] | undefined, now: number): Loss {
  const wait = retryAfter(header, now);
  // A client error says that the request was not taken up; a server error may come after it was.
  const executed: Executed = status >= 400 && status < 500 ? "no" : "unknown";
  const make = (code: Refusal["code"], message: string): Loss => ({
    refusal: { code, message, executed, ...(wait !== undefined && { retryAfter: wait }) },
    executed,
    status,
  });
  if (status === 401 || status === 403)
    return make(
      "upstream_unavailable",
      `The server ${server} answered HTTP ${status}: it does not accept the gateway's credential.`,
    );
  if (status === 429) return make("upstream_busy", `The server ${server} answered HTTP 429.`);
  if (status === 503) return make("upstream_unavailable", `The server ${server} answered HTTP 503.`);
  if (status >= 300 && status < 400)
    return make("upstream_error", `The server ${server} answered HTTP ${status}; redirects are not followed.`);
  return make("upstream_error", `The server ${server} answered HTTP ${status}.`);
}

/** Name of undici's error for what is no HTTP; its code is often missing. */
const NO_HTTP = "HTTPParserError";
/** Errors by which a client says that what came back is no HTTP, or not the HTTP that was announced. */
const INVALID = /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|UND_ERR_INFO)/;

/** What a failed connection becomes. @param sent the request may have reached the server */
export function lossOfError(server: string, error: Error, sent: boolean): Loss {
  if (error instanceof Refused) return { refusal: error.refusal, executed: sent ? "unknown" : "no" };
  const code = String((error as { code?: unknown }).code ?? "");
  const shown = /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? ` (${code})` : "";
  if (!sent)
    return {
      refusal: {
        code: "upstream_unavailable",
        message: `The server ${server} could not be reached${shown}.`,
        executed: "no",
      },
      executed: "no",
    };
  const invalid = error.name === NO_HTTP || INVALID.test(code);
  const message = invalid
    ? `The server ${server} sent no valid HTTP${shown}.`
    : `The server ${server} closed the connection before its answer was complete${shown}.`;
  return {
    refusal: { code: invalid ? "upstream_invalid" : "upstream_unavailable", message, executed: "unknown" },
    executed: "unknown",
  };
}
