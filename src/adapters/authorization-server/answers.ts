import { EventEmitter } from "node:events";
import type { errors, KoaContextWithOIDC, Provider } from "oidc-provider";
import { whoOf } from "./accounts.ts";
import type { AuthorizationParts, Event } from "./parts.ts";
import { REUSED } from "./store.ts";

type Failure = errors.OIDCProviderError;
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
  provider.on("server_error", (_ctx, error) => parts.log.error("oauth.failed", { fault: error.message }));
  // Without a listener koa prints to the standard error output.
  EventEmitter.prototype.on.call(provider, "error", (error: Error) =>
    parts.log.error("oauth.failed", { fault: error.message }),
  );
  provider.use(async (context, next) => {
    const ctx = context as Context;
    for (const [name, value] of Object.entries(HEADERS)) ctx.set(name, value);
    narrow(ctx);
    await next();
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

/** Anything but a code by query is refused by query: the library would use the fragment, or a page with a script. */
function narrow(ctx: Context): void {
  const { response_type: type, response_mode: mode } = ctx.query;
  const odd = {
    ...(typeof type === "string" && type !== "code" ? { response_type: "unsupported" } : {}),
    ...(typeof mode === "string" && mode !== "query" ? { response_mode: "unsupported" } : {}),
  };
  if (ctx.method === "GET" && Object.keys(odd).length > 0) ctx.query = { ...ctx.query, ...odd };
}

/** Which event a request was. Undefined: none that is recorded. */
function eventOf(parts: AuthorizationParts, ctx: Context, failure: Failure | undefined): Event | undefined {
  const route = (ctx as { _matchedRouteName?: string })._matchedRouteName;
  if (route === "token")
    return failure === undefined && ctx.status === 200 ? issued(parts, ctx) : refused(parts, ctx, failure);
  if (route === "registration" && ctx.status === 201)
    return {
      type: "client.registered",
      tenant: parts.tenant,
      ...clientOf(ctx),
      decision: "allow",
      reason: "ok",
      detail: {
        redirects: [...(ctx.oidc.client?.redirectUris ?? [])],
        method: ctx.oidc.client?.clientAuthMethod ?? "",
      },
    };
  if (route !== "revocation" || ctx.status !== 200) return undefined;
  const token = ctx.oidc.entities.AccessToken ?? ctx.oidc.entities.RefreshToken;
  if (token?.accountId === undefined || token.clientId !== ctx.oidc.client?.clientId) return undefined;
  return {
    type: "token.revoked",
    ...holderOf(parts, ctx, token.accountId),
    decision: "allow",
    reason: "ok",
    detail: { kind: token.kind },
  };
}

function issued(parts: AuthorizationParts, ctx: Context): Event {
  const token = ctx.oidc.entities.AccessToken;
  const detail = {
    grantType: String(ctx.oidc.params?.["grant_type"]),
    scopes: token?.scope?.split(" ") ?? [],
    resource: String(token?.aud ?? ""),
    renewable: ctx.oidc.entities.RefreshToken !== undefined,
  };
  return { type: "token.issued", ...holderOf(parts, ctx, token?.accountId), decision: "allow", reason: "ok", detail };
}

function refused(parts: AuthorizationParts, ctx: Context, failure: Failure | undefined): Event {
  const why = failure as { error_detail?: string } | undefined;
  const reused = REUSED.has(why?.error_detail) && why !== undefined;
  const { AuthorizationCode, RefreshToken } = ctx.oidc.entities;
  const accountId = ctx.oidc.entities.Grant?.accountId ?? RefreshToken?.accountId ?? AuthorizationCode?.accountId;
  return {
    type: reused ? "token.reuse" : "token.refused",
    ...holderOf(parts, ctx, accountId),
    decision: "deny",
    reason: String((ctx.body as { error?: string } | undefined)?.error ?? "invalid_request"),
    detail: {
      grantType: shortened(ctx.oidc.params?.["grant_type"]),
      ...(why?.error_detail ? { why: why.error_detail } : {}),
    },
  };
}

function holderOf(parts: AuthorizationParts, ctx: Context, accountId: string | undefined) {
  if (accountId === undefined) return { tenant: parts.tenant, ...clientOf(ctx) };
  const who = whoOf(accountId);
  const id = ctx.oidc.client?.clientId;
  const credential = id === undefined ? {} : { credential: parts.grantId(who.tenant, who.owner, id) };
  return { ...who, ...credential, ...clientOf(ctx) };
}

function clientOf(ctx: Context): { client?: string } {
  const id = ctx.oidc.client?.clientId;
  return id === undefined ? {} : { client: id };
}

/** Whatever was sent as a name is recorded as no more than one. */
function shortened(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 80) : "";
}

/** The library's own words, replaced by ours. */
function reword(parts: AuthorizationParts, ctx: Context): void {
  const route = (ctx as { _matchedRouteName?: string })._matchedRouteName;
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
