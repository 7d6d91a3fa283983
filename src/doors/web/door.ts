import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { html } from "hono/html";
import type { BrowserSessions } from "../../domain/identity/browser-sessions.ts";
import type { Arrived } from "../../kernel/call.ts";
import { CATALOGUE, Refused, type Refusal } from "../../kernel/errors.ts";
import type { Answer } from "../../pipeline/engine.ts";
import type { Clock, Log, Random } from "../../ports/world.ts";
import type { Door } from "../listen.ts";
import { readCookie } from "./cookies.ts";
import type { WebEnv } from "./environment.ts";
import { page } from "./page.ts";
import { EMBLEM, STYLE } from "./style.ts";

export type { WebEnv } from "./environment.ts";

/** What the pages stand on. */
export interface WebParts {
  /** Where browsers find the gateway, without a trailing slash. */
  base(): string;
  /** Host, Origin, TLS and single headers (W4, W5, W7). Throws `Refused`. */
  guard(req: IncomingMessage): void;
  /** Browsers come over TLS: cookies are `__Host-` and Secure. */
  readonly secure: boolean;
  readonly sessions: BrowserSessions;
  /** Records a refusal; what could not be recorded answers as `record_failed` (the engine's `refuse`). */
  refuse(arrived: Arrived, refusal: Refusal, type: string): Promise<Answer>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const CSP = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/**
 * On every answer of a page. The referrer stays within this origin: `no-referrer` would make browsers send forms with
 * `Origin: null` (Fetch, "append a request Origin header"), which no page of ours can be told apart by.
 */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CSP,
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

const ASSETS: ReadonlyMap<string, { type: string; text: string }> = new Map([
  ["style.css", { type: "text/css; charset=utf-8", text: STYLE }],
  ["emblem.svg", { type: "image/svg+xml", text: EMBLEM }],
]);

/**
 * The way in for browsers: guard → session → the route. It serves every path whose first segment one of the routes
 * has; what is refused there is recorded, then told as a page (as JSON below /api).
 */
export function createWebDoor(parts: WebParts, routes: readonly Hono<WebEnv>[]): Door {
  const app = new Hono<WebEnv>();
  const firsts = new Set(["assets", ...routes.flatMap((some) => some.routes.map(({ path }) => firstOf(path)))]);

  app.use(async (c, next) => {
    c.set("call", String(c.env.outgoing.getHeader("cardea-call")));
    c.set("random", parts.random);
    c.set("origin", new URL(parts.base()).origin);
    c.set("secure", parts.secure);
    const session = await parts.sessions.of(readCookie(c, "cardea"));
    if (session !== undefined) c.set("session", session);
    await next();
  });
  app.get("/assets/:name", (c) => {
    const asset = ASSETS.get(c.req.param("name"));
    if (asset === undefined) return c.notFound();
    return c.body(asset.text, 200, { "content-type": asset.type, "cache-control": "public, max-age=600" });
  });
  for (const some of routes) app.route("/", some);
  app.notFound((c) => told(c.req.path, c.var.call, NO_PAGE));
  app.onError((error, c) => told(c.req.path, c.var.call, refusalOf(error)));

  const refusalOf = (error: unknown): Refusal => {
    if (error instanceof Refused) return error.refusal;
    parts.log.error("page.failed", { fault: error instanceof Error ? error.message : String(error) });
    return { code: "control_failed", message: "The gateway failed, so nothing was done. Try again in a moment." };
  };

  /** Records a refusal, then makes its answer. */
  async function told(path: string, call: string, refusal: Refusal): Promise<Response> {
    const arrived = { id: call, at: parts.clock.now(), started: parts.clock.monotonic(), endpoint: undefined };
    const answer = await parts.refuse({ ...arrived, bearer: undefined }, refusal, "page");
    const said = answer.kind === "refusal" ? answer.refusal : refusal;
    const headers = new Headers();
    if (said.retryAfter !== undefined) headers.set("retry-after", String(said.retryAfter));
    const { http } = CATALOGUE[said.code];
    const status = http === 200 ? 400 : http;
    if (firstOf(path) === "api") {
      headers.set("content-type", "application/json");
      const error = { code: said.code, message: said.message, ...(said.path ? { path: said.path } : {}), call };
      return new Response(JSON.stringify({ error }), { status, headers });
    }
    headers.set("content-type", "text/html; charset=utf-8");
    return new Response(errorPage(said, call), { status, headers });
  }

  const listener = getRequestListener((request, env) => app.fetch(request, env as HttpBindings), {
    overrideGlobalObjects: false,
  });

  return {
    serves: (url) => url?.startsWith("/") === true && firsts.has(firstOf(url)),
    async handle(req: IncomingMessage, res: ServerResponse) {
      const call = parts.random.id("c_");
      // Set before anything runs, so that no answer is without them, whoever writes it.
      for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value);
      if (parts.secure) res.setHeader("strict-transport-security", "max-age=31536000");
      res.setHeader("cardea-call", call);
      try {
        parts.guard(req);
      } catch (error) {
        const answer = await told(req.url ?? "", call, refusalOf(error));
        const text = await answer.text();
        const length = { "content-length": Buffer.byteLength(text) };
        res.writeHead(answer.status, { ...Object.fromEntries(answer.headers), ...length });
        return void res.end(text);
      }
      await listener(req, res);
    },
  };
}

const NO_PAGE: Refusal = { code: "unknown_path", message: "There is no such page here, or not with this method." };

function firstOf(path: string): string {
  return path.slice(1).split(/[/?#]/, 1)[0] as string;
}

/** Says a refusal to a person. */
function errorPage(refusal: Refusal, call: string): string {
  const title = CATALOGUE[refusal.code].fault === "caller" ? "This did not work" : "Something failed here";
  const body = html`<h1>${title}</h1>
<p class="lead">${refusal.message}</p>
<p class="actions"><a class="button" href="/me">Go to your page</a></p>
<p class="muted small">If you ask for help, name this number: <code>${call}</code></p>`;
  return page(title, body);
}
