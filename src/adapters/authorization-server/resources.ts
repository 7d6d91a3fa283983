import { errors } from "oidc-provider";
import type { Account } from "../../ports/directory.ts";
import type { AuthorizationParts } from "./parts.ts";

/** Names that servers can have; whether there is one of that name is told to nobody who is not signed in. */
const SERVER = /^[a-z][a-z0-9-]{0,31}$/;

/** What a token can be for (RFC 8707): the aggregate endpoint, or the endpoint of one server. */
export interface Resource {
  /** Canonical: what the token's audience is. */
  readonly url: string;
  /** Undefined: all. */
  readonly server?: string;
}

/**
 * Reads a resource indicator: `<base>/mcp` or `<base>/mcp/<server>`; scheme and host in any case.
 * @throws InvalidTarget for everything else
 */
export function readResource(base: string, text: string): Resource {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && !/[?#@\\\s]/.test(text)) {
    const aggregate = new URL(`${base}/mcp`);
    if (url.href === aggregate.href) return { url: `${base}/mcp` };
    const server = url.pathname.slice(aggregate.pathname.length + 1);
    if (SERVER.test(server) && url.href === `${aggregate.href}/${server}`)
      return { url: `${base}/mcp/${server}`, server };
  }
  throw new errors.InvalidTarget(`resource must be ${base}/mcp or ${base}/mcp/<server>`);
}

/** The scopes that exist for a resource, whoever asks. */
export function scopesOf(parts: AuthorizationParts, resource: Resource): string[] {
  return serversOf(parts, resource).flatMap((server) => [`${server}:read`, `${server}:write`]);
}

/** The scopes of a resource that this account could use at all (P8). */
export function openScopes(parts: AuthorizationParts, resource: Resource, account: Account): string[] {
  const known = parts.servers();
  return serversOf(parts, resource)
    .filter((server) => known.includes(server) && parts.mayTouch(account, server))
    .flatMap((server) => [`${server}:read`, `${server}:write`]);
}

function serversOf(parts: AuthorizationParts, { server }: Resource): readonly string[] {
  return server === undefined ? parts.servers() : [server];
}

/** The scopes of a request's `scope`, without what is no scope of a server. */
export function readScopes(text: unknown): string[] {
  return typeof text === "string"
    ? [...new Set(text.split(" "))].filter((scope) => /^[a-z0-9-]+:(?:read|write)$/.test(scope))
    : [];
}

/** Writing includes reading, so it is written out where sets are compared. */
export function withReading(scopes: Iterable<string>): string[] {
  const all = [...scopes];
  return [
    ...new Set(all.flatMap((scope) => (scope.endsWith(":write") ? [scope, scope.replace(/write$/, "read")] : [scope]))),
  ];
}
