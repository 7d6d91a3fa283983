import type { errors, KoaContextWithOIDC } from "oidc-provider";
import { whoOf } from "./accounts.ts";
import { CLIENT_CREDENTIALS, JWT_BEARER, redirectHostOf } from "./clients.ts";
import type { AuthorizationParts } from "./parts.ts";
import { REUSED } from "./store.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

type Context = KoaContextWithOIDC;
export type Failure = errors.OIDCProviderError;

const GRANT_TYPES = new Set(["authorization_code", "refresh_token", CLIENT_CREDENTIALS, JWT_BEARER]);
/** Answers that belong to an honest flow: the page was shut, or the person's decision is recorded where it was made. */
const HONEST = new Set(["login_required", "consent_required", "interaction_required", "access_denied"]);
/** What an endpoint's refusal is recorded as. */
const REFUSED: Readonly<Record<string, string>> = {
  authorization: "authorization.refused",
  resume: "authorization.refused",
  registration: "client.refused",
  revocation: "token.refused",
  introspection: "token.refused",
  token: "token.refused",
};

/** The library's name of the endpoint. */
export function routeOf(ctx: object): string | undefined {
  return (ctx as { _matchedRouteName?: string })._matchedRouteName;
}

/** Which event a request was (A1). Undefined: none that is recorded. */
export function eventOf(
  parts: AuthorizationParts,
  ctx: Context,
  failure: Failure | undefined,
): LifecycleEvent | undefined {
  const route = routeOf(ctx) ?? "";
  const type = REFUSED[route];
  if (type === undefined) return undefined;
  if (failure !== undefined || ctx.status >= 400) return refused(parts, ctx, type, failure);
  if (route === "token") return issued(parts, ctx);
  if (route === "registration") return registered(parts, ctx);
  return route === "revocation" ? revoked(parts, ctx) : undefined;
}

function registered(parts: AuthorizationParts, ctx: Context): LifecycleEvent {
  const { client } = ctx.oidc;
  const redirects = [...new Set((client?.redirectUris ?? []).map(redirectHostOf))];
  const detail = { redirects, method: client?.clientAuthMethod ?? "" };
  const by = { tenant: parts.tenant, ...clientOf(ctx) };
  return { type: "client.registered", ...by, decision: "allow", reason: "ok", detail };
}

function revoked(parts: AuthorizationParts, ctx: Context): LifecycleEvent | undefined {
  const token = ctx.oidc.entities.AccessToken ?? ctx.oidc.entities.RefreshToken;
  if (token?.accountId === undefined || token.clientId !== ctx.oidc.client?.clientId) return undefined;
  const whose = holderOf(parts, ctx, token.accountId);
  return { type: "token.revoked", ...whose, decision: "allow", reason: "ok", detail: { kind: token.kind } };
}

function issued(parts: AuthorizationParts, ctx: Context): LifecycleEvent {
  const token = ctx.oidc.entities.AccessToken;
  const detail = {
    grantType: grantTypeOf(ctx),
    scopes: token?.scope?.split(" ") ?? [],
    resource: String(token?.aud ?? ""),
    renewable: ctx.oidc.entities.RefreshToken !== undefined,
  };
  return { type: "token.issued", ...holderOf(parts, ctx, token?.accountId), decision: "allow", reason: "ok", detail };
}

function refused(
  parts: AuthorizationParts,
  ctx: Context,
  type: string,
  failure: Failure | undefined,
): LifecycleEvent | undefined {
  const body = ctx.body as { error?: unknown } | undefined;
  const reason = failure?.error ?? (typeof body?.error === "string" ? body.error : "server_error");
  if (HONEST.has(reason)) return undefined;
  const why = failure?.error_detail ?? failure?.error_description;
  const reused = type === "token.refused" && REUSED.has(failure?.error_detail) && failure?.error_detail !== undefined;
  const { AuthorizationCode, Grant, RefreshToken } = ctx.oidc.entities;
  const accountId = Grant?.accountId ?? RefreshToken?.accountId ?? AuthorizationCode?.accountId;
  return {
    type: reused ? "token.reuse" : type,
    ...holderOf(parts, ctx, accountId),
    decision: "deny",
    reason,
    detail: {
      ...(type === "token.refused" ? { grantType: grantTypeOf(ctx) } : {}),
      // A parser's message may quote what was sent; those hold quotation marks.
      ...(why !== undefined && /^[\w .,;:'()/-]{1,120}$/.test(why) ? { why } : {}),
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

/** Whatever else was sent as a grant type is not recorded. */
function grantTypeOf(ctx: Context): string {
  const type = ctx.oidc.params?.["grant_type"];
  return typeof type === "string" && GRANT_TYPES.has(type) ? type : "other";
}
