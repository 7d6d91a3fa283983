import type { Context } from "hono";
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { refuse } from "../../kernel/errors.ts";
import type { WebEnv } from "./environment.ts";

/** Text that is HTML already. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/**
 * A whole page: header with the emblem, the body in `main`, one stylesheet, no script.
 * @param title what the page is for, in the browser's tab; the body has its own `h1`
 * @param options.status a sentence that says what was just done; screen readers say it first
 * @param options.wide for pages with tables
 * @param options.head further elements of the head
 * @param options.aside what stands at the right of the header, for example the way out
 */
export function page(
  title: string,
  body: Html,
  options: { status?: string; wide?: boolean; head?: Html; aside?: Html } = {},
): HtmlEscapedString {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Cardea</title>
<link rel="icon" href="/assets/emblem.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
${options.head ?? ""}
</head>
<body${options.wide === true ? html` class="wide"` : ""}>
<a class="skip" href="#main">Skip to content</a>
<header><a class="brand" href="/me"><img src="/assets/emblem.svg" alt="" width="28" height="28"><span>Cardea</span></a>${options.aside ?? ""}</header>
<main id="main" tabindex="-1">
${options.status === undefined ? "" : html`<p class="notice" role="status">${options.status}</p>`}
${body}
</main>
<footer><p>Cardea guards what programs may do for you.</p></footer>
</body>
</html>` as HtmlEscapedString;
}

/**
 * Sends the browser on after a form, to a place that may lie (at once or by further redirects) off this gateway. Browsers
 * hold redirects of a form against `form-action` (CSP 3, 4.2.4), so it is a page that loads the next one by itself.
 * @param url absolute, or a path here; `javascript:`, `data:` and the like are refused
 * @param where what the person reads, e.g. the host
 */
export function onward(c: Context<WebEnv>, url: string, where: string): Response | Promise<Response> {
  const target = URL.canParse(url, c.var.origin) ? new URL(url, c.var.origin) : undefined;
  if (target === undefined || /^(?:javascript|data|file|vbscript|blob|about):$/.test(target.protocol))
    refuse("invalid_request", "The address to go on to is none that a browser may be sent to.", { control: "I3" });
  const head = html`<meta http-equiv="refresh" content="${`0;url=${target.href}`}">`;
  const body = html`<h1>One moment</h1>
<p>You are taken to ${where}.</p>
<p><a class="button" href="${target.href}">Continue</a></p>`;
  return c.html(page("Continue", body, { head }));
}
