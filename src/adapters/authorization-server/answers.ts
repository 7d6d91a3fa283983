import { EventEmitter } from "node:events";
import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import { whoOf } from "./accounts.ts";
import { eventOf, type Failure, routeOf } from "./events.ts";
import type { AuthorizationParts } from "./parts.ts";

type Context = KoaContextWithOIDC;

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
};

/**
 * Stands around the library: headers, our own words where the library has some of its own, and the record. What is not
 * recorded is not handed out (A1, invariant 6).
 */
export function standAround(provider: Provider, parts: AuthorizationParts): void {
  const failures = new WeakMap<object, Failure>();
  const note = (ctx: object, error: Failure) => void failures.set(ctx, error);
  provider.on("grant.error", note);
  provider.on("authorization.error", note);
  provider.on("registration_create.error", note);
  provider.on("revocation.error", note);
  provider.on("introspection.error", note);
  const unavailable = new WeakSet<object>();
  provider.on("server_error", (ctx, error) => {
    parts.log.error("oauth.failed", { fault: error.message });
    if (isLocked(error)) unavailable.add(ctx);
  });
  // Without a listener koa prints to the standard error output.
  EventEmitter.prototype.on.call(provider, "error", (error: Error) =>
    parts.log.error("oauth.failed", { fault: error.message }),
  );
  provider.use(async (context, next) => {
    const ctx = context as Context;
    for (const [name, value] of Object.entries(HEADERS)) ctx.set(name, value);
    narrow(ctx);
    try {
      await next();
    } catch (error) {
      parts.log.error("oauth.failed", { fault: error instanceof Error ? error.message : String(error) });
      unavailable.add(ctx);
    }
    if (unavailable.has(ctx)) await sayUnavailable(parts, ctx);
    const failure = failures.get(ctx);
    try {
      const event = eventOf(parts, ctx, failure);
      if (event !== undefined) await parts.record(event);
    } catch (error) {
      parts.log.error("oauth.unrecorded", { fault: error instanceof Error ? error.message : String(error) });
      ctx.status = 503;
      ctx.remove("location");
      ctx.body = { error: "temporarily_unavailable", error_description: "What happened could not be recorded" };
      return;
    }
    reword(parts, ctx);
  });
}

/** Whether another process held the store for too long (https://www.sqlite.org/rescode.html#busy). */
const isLocked = (error: Error & { errcode?: number }): boolean => error.errcode === 5;

/** RFC 6749, 4.1.2.1 and 5.2: nothing was decided. Whoever was sent to a client already is told there. */
async function sayUnavailable(parts: AuthorizationParts, ctx: Context): Promise<void> {
  if (ctx.response.get("location") !== "" && ctx.status < 400) return;
  const [error, message] = ["temporarily_unavailable", "The gateway cannot reach its store. Try again in a moment."];
  ctx.status = 503;
  ctx.remove("location");
  ctx.set("retry-after", "5");
  if (ctx.accepts("json", "html") === "html") {
    ctx.type = "html";
    ctx.body = await parts.errorPage({ status: 503, error, message });
  } else ctx.body = { error, error_description: message };
}

/** Anything but a code by query is refused by query: the library would use the fragment, or a page with a script. */
function narrow(ctx: Context): void {
  const { response_type: type, response_mode: mode } = ctx.query;
  const odd = {
    ...(typeof type === "string" && type !== "code" ? { response_type: "unsupported" } : {}),
    ...(typeof mode === "string" && mode !== "query" ? { response_mode: "unsupported" } : {}),
  };
  if (ctx.method === "GET" && Object.keys(odd).length > 0) ctx.query = { ...ctx.query, ...odd };
}

/** The library's own words, replaced by ours. */
function reword(parts: AuthorizationParts, ctx: Context): void {
  const route = routeOf(ctx);
  const body = ctx.body as Record<string, unknown> | undefined;
  if (ctx.status === 404 && body === undefined) {
    ctx.status = 405;
    ctx.body = { error: "invalid_request", error_description: "This endpoint is not served with this method" };
  } else if (body?.["error"] === "server_error") {
    body["error_description"] = "The authorization server failed; nothing was issued. Try again in a moment.";
  } else if (route === "discovery" && ctx.status === 200) {
    ctx.body = metadata(parts, body ?? {});
  } else if (route === "introspection" && typeof body?.["sub"] === "string") {
    ctx.body = { ...body, sub: whoOf(body["sub"]).owner };
  }
}

/** RFC 8414: what is not offered is not told of, and nothing that names a server. */
function metadata(parts: AuthorizationParts, told: Record<string, unknown>): Record<string, unknown> {
  const {
    claims_parameter_supported: _,
    claims_supported: __,
    claim_types_supported: ___,
    scopes_supported: ____,
    ...kept
  } = told;
  return {
    ...kept,
    response_modes_supported: ["query"],
    revocation_endpoint_auth_methods_supported: told["token_endpoint_auth_methods_supported"],
    introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
    ...(parts.settings.assertions.length > 0
      ? { authorization_grant_profiles_supported: ["urn:ietf:params:oauth:grant-profile:id-jag"] }
      : {}),
  };
}
