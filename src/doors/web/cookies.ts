import type { IncomingMessage } from "node:http";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { parse } from "hono/utils/cookie";
import type { WebEnv } from "./environment.ts";

/** Cookies of the pages: the session, a sign-in under way, forms before there is a session. */
export type CookieName = "cardea" | "cardea-signin" | "cardea-form";

/**
 * `__Host-` binds a cookie to this very host, so that no subdomain can set it (RFC 6265bis, 4.1.3.2). Loopback without
 * TLS has no such cookies.
 */
const nameOf = (name: CookieName, secure: boolean): string => (secure ? `__Host-${name}` : name);

/** The cookie's value; undefined where there is none. */
export function readCookie(c: Context<WebEnv>, name: CookieName): string | undefined {
  return getCookie(c, nameOf(name, c.var.secure));
}

/**
 * The cookie's value in a request that no page handles.
 * @param secure browsers come over TLS: only the cookie that is bound to the host counts
 */
export function readCookieOf(req: IncomingMessage, name: CookieName, secure: boolean): string | undefined {
  const full = nameOf(name, secure);
  return parse(req.headers.cookie ?? "", full)[full];
}

/**
 * Sets a cookie: HttpOnly, SameSite=Lax (the way back from a provider is a cross-site GET), Path=/.
 * @param maxAge seconds; undefined: until the browser closes
 */
export function writeCookie(c: Context<WebEnv>, name: CookieName, value: string, maxAge?: number): void {
  setCookie(c, nameOf(name, c.var.secure), value, {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: c.var.secure,
    ...(maxAge === undefined ? {} : { maxAge }),
  });
}

/** Takes a cookie away. */
export function clearCookie(c: Context<WebEnv>, name: CookieName): void {
  writeCookie(c, name, "", 0);
}
