import { hash } from "node:crypto";
import type { Context } from "hono";
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { type BrowserSession, same } from "../../domain/identity/browser-sessions.ts";
import { refuse } from "../../kernel/errors.ts";
import { readCookie, writeCookie } from "./cookies.ts";
import type { WebEnv } from "./environment.ts";

/** Longest form, in bytes. */
const LONGEST = 32 * 1024;
/** Most fields of a form. */
const MOST_FIELDS = 500;

/**
 * Reads a form that a page of this gateway sent: urlencoded, small, from our own origin, with the token of its session.
 * A field that is sent several times answers its values joined with a space (`scope`).
 * @param session undefined for forms before sign-in: their token hangs on a cookie (see `openForm`)
 * @throws Refused where anything of that is not so
 */
export async function readForm(
  c: Context<WebEnv>,
  session: BrowserSession | undefined,
): Promise<ReadonlyMap<string, string>> {
  checkOrigin(c);
  const type = c.req.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded")
    refuse("wrong_content_type", "Forms are sent here as application/x-www-form-urlencoded.", { control: "W4" });
  const fields = new Map<string, string>();
  let count = 0;
  for (const [name, value] of new URLSearchParams(await readBody(c))) {
    if (++count > MOST_FIELDS) refuse("body_too_large", `A form has at most ${MOST_FIELDS} fields.`, { control: "W4" });
    if (value.includes("\0") || name.includes("\0")) refuse("invalid_request", "A field holds a NUL character.");
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before} ${value}`);
  }
  const expected = session === undefined ? openToken(readCookie(c, "cardea-form")) : session.csrf;
  if (expected === undefined || !same(fields.get("csrf") ?? "", expected))
    refuse(
      "forbidden_origin",
      "This form is too old, or another page sent it. Nothing was changed. Go back, load the page again and repeat it.",
      { path: "csrf", control: "P9" },
    );
  return fields;
}

/**
 * Only our own pages may send forms (Fetch Metadata, and Origin as RFC 6454 says): of the public address, or of the
 * name that this request came by (the guard accepted it).
 */
export function checkOrigin(c: Context<WebEnv>): void {
  const origin = c.req.header("origin")?.toLowerCase();
  const site = c.req.header("sec-fetch-site");
  const here = `${new URL(c.var.origin).protocol}//${c.req.header("host")?.toLowerCase()}`;
  if ((origin !== undefined && origin !== c.var.origin && origin !== here) || (site ?? "same-origin") !== "same-origin")
    refuse("forbidden_origin", "This form was sent by a page of another site. Nothing was changed.", {
      path: "Origin",
      control: "P9",
    });
}

/** The text of a small body. @throws Refused where it is larger */
export async function readBody(c: Context<WebEnv>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body = c.req.raw.body;
  if (body === null) return "";
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > LONGEST)
      refuse("body_too_large", `A form may have at most ${LONGEST} bytes.`, { control: "W4", executed: "no" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The hidden field that forms of a signed-in browser carry. */
export function csrfField(session: BrowserSession): HtmlEscapedString {
  return html`<input type="hidden" name="csrf" value="${session.csrf}" />` as HtmlEscapedString;
}

/** The hidden field of forms before sign-in; it sets the cookie that it hangs on. `readForm(c, undefined)` looks at both. */
export function openForm(c: Context<WebEnv>): HtmlEscapedString {
  let cookie = readCookie(c, "cardea-form");
  if (openToken(cookie) === undefined) {
    cookie = Buffer.from(c.var.random.bytes(32)).toString("base64url");
    writeCookie(c, "cardea-form", cookie);
  }
  return html`<input type="hidden" name="csrf" value="${openToken(cookie)}" />` as HtmlEscapedString;
}

/** The page holds a hash of the cookie, so that reading the page does not give the cookie away. */
function openToken(cookie: string | undefined): string | undefined {
  return cookie !== undefined && /^[A-Za-z0-9_-]{43}$/.test(cookie)
    ? hash("sha256", `form ${cookie}`, "base64url")
    : undefined;
}
