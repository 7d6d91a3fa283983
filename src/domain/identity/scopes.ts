import type { Effect, Kind } from "../../kernel/call.ts";

/** What one OAuth scope opens: reading on one server, or also what changes something there (I7). */
export interface Scope {
  readonly server: string;
  readonly access: "read" | "write";
}

const SHAPE = /^([a-z][a-z0-9-]{0,31}):(read|write)$/;
/** Asks for refresh tokens (OpenID Connect Core, section 11); opens nothing by itself. */
const OFFLINE = "offline_access";

/** Reads `<server>:read` or `<server>:write`; undefined for everything else. */
export function readScope(text: string): Scope | undefined {
  const [, server, access] = SHAPE.exec(text) ?? [];
  return server === undefined ? undefined : { server, access: access as Scope["access"] };
}

/**
 * Whether a token with these scopes may do what needs this one: writing includes reading.
 * @param needed as `neededScope` names it, e.g. `files:read`
 */
export function covers(scopes: ReadonlySet<string>, needed: string): boolean {
  if (scopes.has(needed)) return true;
  return needed.endsWith(":read") && scopes.has(`${needed.slice(0, -5)}:write`);
}

/**
 * The one scope that a call needs: `files:read` for tools that only read, prompts, resources and completion;
 * `files:write` for every other tool.
 * @param effect of a tool; undefined: it is not known, so it writes
 */
export function neededScope(server: string, effect: Effect | undefined, kind: Kind): string {
  return `${server}:${kind === "tool" && effect !== "read" ? "write" : "read"}`;
}

/**
 * What a consent page can offer this person: of what the client asked for, the scopes of servers that exist and that
 * the person could use. A client that names no server is offered reading on all of them (I7: reading first).
 * @param servers that the resource stands for: all, or the one of an endpoint
 * @param mayTouch whether the person could be permitted anything on a server
 * @param asked scopes of the client's request, in any order
 */
export function offered(
  servers: readonly string[],
  mayTouch: (server: string) => boolean,
  asked: readonly string[],
): string[] {
  const open = servers.filter(mayTouch);
  const named = asked.some((text) => readScope(text) !== undefined);
  const wanted = named ? asked : open.map((server) => `${server}:read`);
  const given = new Set(wanted.filter((text) => open.includes(readScope(text)?.server ?? "")));
  if (asked.includes(OFFLINE)) given.add(OFFLINE);
  return [...given];
}
