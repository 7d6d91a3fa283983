import type { IncomingMessage } from "node:http";
import { type BlockList, isIP } from "node:net";
import { refuse } from "../../kernel/errors.ts";
import { hasUsualHeaders } from "../request.ts";

/** What the operator configured of the way in. */
export interface GuardOptions {
  /** Host header values that are accepted, lower case, with port where it is not the default one. */
  readonly hosts: ReadonlySet<string>;
  /** Origins that are accepted; a request without Origin is none of a browser's. */
  readonly origins: ReadonlySet<string>;
  /** Addresses of proxies whose X-Forwarded-Proto is believed. */
  readonly proxies: BlockList | undefined;
  /** Plain HTTP is accepted (loopback, or the operator said so). */
  readonly plain: boolean;
}

/** Headers that must not be sent twice: two readers could believe different ones. Every `mcp-*` header is one of them. */
const ONCE = new Set([
  "host",
  "authorization",
  "content-type",
  "content-length",
  "content-encoding",
  "transfer-encoding",
  "origin",
  "accept",
  "last-event-id",
  "x-forwarded-proto",
  "traceparent",
]);

/**
 * What every request has to satisfy before anything is read of it (W4, W5, W7): one value per header, a Host and an
 * Origin that are expected (DNS rebinding), TLS here or at a named proxy. Throws `Refused`.
 */
export function guard(req: IncomingMessage, options: GuardOptions): void {
  guardHost(req, options);
  const origin = req.headers.origin;
  if (origin !== undefined && !options.origins.has(origin.toLowerCase()))
    refuse(
      "forbidden_origin",
      "The Origin of this page is not allowed. The operator lists origins under `listen.origins`.",
      {
        path: "Origin",
        control: "W4",
      },
    );
}

/** The guard of public documents, which any page may read: all but the Origin. Throws `Refused`. */
export function guardHost(req: IncomingMessage, options: GuardOptions): void {
  if (!hasUsualHeaders(req)) refuseTwice(req.rawHeaders);
  const host = req.headers.host;
  if (host === undefined || !(options.hosts.has(host) || options.hosts.has(host.toLowerCase())))
    refuse(
      "forbidden_host",
      "The Host header names a host that is not served here. The operator lists hosts under `listen.hosts`.",
      {
        path: "Host",
        control: "W4",
      },
    );
  if (!options.plain && !(req.socket as { encrypted?: boolean }).encrypted && !forwardedTls(req, options.proxies))
    refuse("insecure_transport", "Plain HTTP is not accepted here; use HTTPS.", { control: "W5" });
}

/** Refuses a header of `ONCE` that was sent twice. */
function refuseTwice(raw: readonly string[]): void {
  const seen = new Set<string>();
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    if (!ONCE.has(name) && !name.startsWith("mcp-")) continue;
    if (seen.has(name))
      refuse("invalid_request", `The header ${name} was sent twice; send it once.`, { path: name, control: "W7" });
    seen.add(name);
  }
}

function forwardedTls(req: IncomingMessage, proxies: BlockList | undefined): boolean {
  const address = req.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "";
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  return proxies?.check(address, family) === true && req.headers["x-forwarded-proto"] === "https";
}

/** The bearer credential of the Authorization header (RFC 6750, 2.1); a key anywhere else does not count. */
export function bearerOf(req: IncomingMessage): string | undefined {
  const header = req.headers.authorization;
  if (header === undefined || header.length > 8192) return undefined;
  if (header.startsWith("Bearer ")) {
    const usual = header.slice(7);
    if (/^[A-Za-z0-9._~+/=-]+$/.test(usual)) return usual;
  }
  return /^bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(header.trim())?.[1];
}

/** Names under which clients have been seen to put a credential into the query. */
const CREDENTIAL =
  /^(?:access|auth|bearer|id|refresh)?[-_.]?token$|^(?:x[-_.])?(?:api|access)?[-_.]?key$|^(?:bearer|authorization|password|secret)$/i;

/**
 * A credential in the query is in logs and histories before anybody reads it: such a request is refused, whatever else
 * it brings (I2; RFC 9700, section 4.3.2). Throws `Refused`.
 */
export function refuseQueryCredential(url: string | undefined): void {
  const query = url?.indexOf("?") ?? -1;
  if (url === undefined || query < 0) return;
  for (const [name, value] of new URLSearchParams(url.slice(query + 1)))
    if (CREDENTIAL.test(name) || value.startsWith("ck_"))
      refuse(
        "invalid_request",
        "A credential in the query of the URL never counts; send it as the header `Authorization: Bearer …`, and replace this one: it may be in logs.",
        { path: "Authorization", control: "I2", secretReason: "credential in the query" },
      );
}

/** The server that the path names: `null` for the aggregate `/mcp`, undefined for any other path. */
export function endpointOf(url: string | undefined): string | null | undefined {
  const query = url?.indexOf("?") ?? -1;
  const path = query < 0 ? url : url?.slice(0, query);
  if (path === "/mcp") return null;
  if (path?.startsWith("/mcp/") !== true) return undefined;
  const server = path.slice(5);
  return /^[a-z][a-z0-9-]{0,31}$/.test(server) ? server : undefined;
}
