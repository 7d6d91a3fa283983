import { createPrivateKey } from "node:crypto";
import {
  type ClientMetadata,
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
  type Provider,
} from "oidc-provider";
import { accountIdOf, living } from "./accounts.ts";
import { ALGORITHMS } from "./algorithms.ts";
import { judgeClient, judgeRegistration, staticMetadata } from "./clients.ts";
import { grantToUse } from "./consents.ts";
import { type Fetch, mayServe } from "./outbound.ts";
import type { AuthorizationParts, StaticClient } from "./parts.ts";
import { openScopes, readResource, scopesOf } from "./resources.ts";
import { secondFactorOf } from "./sessions.ts";
import { createStore } from "./store.ts";

/** An authorization code lives so long, seconds (RFC 6749, 4.1.2: at most ten minutes). */
const CODE_S = 60;
/** A person has so long for signing in and for consent, seconds. */
const INTERACTION_S = 15 * 60;
/** Client metadata documents are remembered by their HTTP headers, within these bounds, seconds. */
const DOCUMENT_S = { min: 60, max: 3_600 };
/** Longest life of a client assertion, seconds: its replay is remembered until then. */
const ASSERTION_S = 3_600;
const KIB = 1024;
/** Longest address of a client metadata document, characters. */
const LONGEST_ID = 500;

/** Everything that the library can be told, or would otherwise decide by a default that is not ours. */
export function configure(parts: AuthorizationParts, fetch: Fetch, provider: () => Provider): Configuration {
  const { settings } = parts;
  const secure = parts.base().startsWith("https:");
  return {
    adapter: createStore(parts),
    clients: settings.clients.flatMap((client) => usable(parts, client)),
    clientDefaults: {
      grant_types: ["authorization_code"],
      response_types: ["code"],
      id_token_signed_response_alg: "EdDSA",
    },
    clientAuthMethods: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
    enabledJWA: { clientAuthSigningAlgValues: [...ALGORITHMS], idTokenSigningAlgValues: ["EdDSA"] },
    extraClientMetadata: {
      // One name that nobody uses: the library asks about the whole only where there is one.
      properties: ["judged"],
      validator: (ctx, _key, _value, metadata) => {
        if (ctx?.oidc.route === "registration") judgeRegistration(ctx.oidc.body ?? {});
        judgeClient(parts, metadata);
      },
    },
    acceptQueryParamAccessTokens: false,
    allowOmittingSingleRegisteredRedirectUri: false,
    assertJwtClientAuthClaimsAndHeader: async (_ctx, claims) => {
      if (Number(claims["exp"]) > Date.now() / 1000 + ASSERTION_S)
        throw new errors.InvalidClientAuth(`a client assertion lives at most ${ASSERTION_S} seconds`);
    },
    clientBasedCORS: (_ctx, origin) => parts.allowsOrigin(origin),
    conformIdTokenClaims: true,
    cookies: cookies(parts, secure),
    // Tokens hang on the account and the consent, not on how long a browser stays open.
    expiresWithSession: async () => false,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    revokeGrantPolicy: () => true,
    extraTokenClaims: async (ctx) => markToken(parts, ctx),
    features: features(parts),
    fetch: (url, options) => fetch(String(url), options as Parameters<Fetch>[1]),
    fetchResponseBodyLimits: { "client_id metadata document": 16 * KIB, jwks_uri: 64 * KIB, sector_identifier_uri: 0 },
    findAccount: (ctx, accountId) => findAccount(parts, ctx, accountId),
    interactions: {
      policy: policy(),
      url: (_ctx, interaction) => `${parts.base()}/interaction/${interaction.uid}`,
    },
    jwks: { keys: [signingKey(parts)] },
    loadExistingGrant: (ctx) => grantToUse(parts, provider(), ctx),
    pkce: { required: () => true },
    renderError: async (ctx, out) => {
      const said = { status: ctx.status, error: String(out.error), message: sentence(out.error_description) };
      ctx.type = "html";
      ctx.body = await parts.errorPage(said);
    },
    responseTypes: ["code"],
    routes: {
      authorization: "/oauth/authorize",
      token: "/oauth/token",
      registration: "/oauth/register",
      revocation: "/oauth/revoke",
      introspection: "/oauth/introspect",
      jwks: "/oauth/jwks",
    },
    scopes: [],
    subjectTypes: ["public"],
    ttl: {
      AccessToken: seconds(settings.accessTokenMs),
      AuthorizationCode: CODE_S,
      Grant: seconds(settings.consentMs),
      IdToken: CODE_S,
      Interaction: INTERACTION_S,
      // A family ends with its consent, however often it is renewed.
      RefreshToken: (ctx) => {
        const left = ctx.oidc.entities.Grant?.exp ?? Infinity;
        return Math.max(1, Math.min(seconds(settings.refreshTokenMs), left - Math.floor(Date.now() / 1000)));
      },
      Session: seconds(settings.sessionMs),
    },
  };
}

/** One whose secret or keys cannot be had is unknown; the others are not harmed by it. */
function usable(parts: AuthorizationParts, client: StaticClient): ClientMetadata[] {
  try {
    return [staticMetadata(client, parts.settings.assertions.length > 0)];
  } catch (error) {
    parts.log.error("client.unusable", {
      client: client.id,
      why: error instanceof Error ? error.message : String(error),
    });
    return [];
  }
}

function features(parts: AuthorizationParts): Configuration["features"] {
  const { registration } = parts.settings;
  return {
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false },
    clientIdMetadataDocument: {
      enabled: registration.metadata.length > 0,
      ack: "draft-02",
      cacheDuration: DOCUMENT_S,
      allowFetch: async (_ctx, id) => {
        const url = new URL(id);
        return (
          id.length <= LONGEST_ID && url.pathname !== "/" && url.search === "" && mayServe(registration.metadata, url)
        );
      },
      allowClient: async () => true,
    },
    introspection: {
      enabled: true,
      allowedPolicy: async (_ctx, client, token) =>
        client.clientAuthMethod !== "none" && client.clientId === token.clientId,
    },
    registration: { enabled: registration.dynamic, initialAccessToken: false, issueRegistrationAccessToken: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: async (_ctx, _client, several) => several ?? `${parts.base()}/mcp`,
      useGrantedResource: async () => true,
      getResourceServerInfo: async (ctx, indicator) => resourceInfo(parts, ctx, indicator),
    },
    // RFC 7009, 2.1: a token of another client is not ended; who asks learns nothing (2.2).
    revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => client.clientId === token.clientId },
  };
}

/** What the library may issue for a resource. Once the account is known: of its scopes, those that its roles still allow. */
function resourceInfo(parts: AuthorizationParts, ctx: KoaContextWithOIDC, indicator: string) {
  const { params, entities } = ctx.oidc;
  if (Array.isArray(params?.["resource"]) && params["resource"].length > 1)
    throw new errors.InvalidTarget("name one resource");
  const resource = readResource(parts.base(), indicator);
  const account = entities.Account === undefined ? undefined : living(parts, entities.Account.accountId);
  const scopes = account === undefined ? scopesOf(parts, resource) : openScopes(parts, resource, account);
  const held = ctx.oidc.entities.RefreshToken?.scope ?? entities.AuthorizationCode?.scope;
  if (ctx.oidc.route === "token" && held !== undefined && !held.split(" ").some((scope) => scopes.includes(scope)))
    throw new errors.InvalidGrant("the account's roles allow none of the scopes any more");
  return { audience: resource.url, scope: scopes.join(" "), accessTokenFormat: "opaque" as const };
}

/** The account where it lives and, at a renewal, its source still vouches for it. */
async function findAccount(parts: AuthorizationParts, ctx: KoaContextWithOIDC, accountId: string) {
  const account = living(parts, accountId);
  if (account === undefined) return undefined;
  const renewal = ctx.oidc.route === "token" && ctx.oidc.params?.["grant_type"] === "refresh_token";
  if (renewal && parts.renew !== undefined && !(await parts.renew(account))) return undefined;
  if (renewal && living(parts, accountId) === undefined) return undefined;
  return { accountId, claims: async () => ({ sub: accountIdOf(account) }) };
}

/** What every access token says beside what the library keeps: leaf credential, environment, second factor. */
function markToken(parts: AuthorizationParts, ctx: KoaContextWithOIDC | undefined): Record<string, unknown> {
  const entities = ctx?.oidc.entities;
  const source = entities?.RefreshToken ?? entities?.AuthorizationCode;
  const said = entities?.["SecondFactor"];
  const at = typeof said === "number" ? said : secondFactorOf(source?.acr);
  return { environment: parts.environment, ...(at === undefined ? {} : { secondFactorAt: at }) };
}

/** Asks for a sign-in as the library does, and for consent wherever `grantToUse` found none. */
function policy() {
  const { Check, base } = interactionPolicy;
  const all = base();
  const consent = all.get("consent");
  for (const reason of ["op_scopes_missing", "op_claims_missing", "rs_scopes_missing", "rar_prompt"])
    consent?.checks.remove(reason);
  consent?.checks.add(
    new Check("consent_missing", "the person has not consented to this", "consent_required", (ctx) =>
      ctx.oidc.grant?.jti === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
    ),
  );
  return all;
}

function cookies({ master }: AuthorizationParts, secure: boolean): Configuration["cookies"] {
  const options = { httpOnly: true, sameSite: "lax", signed: true, secure } as const;
  // `__Host-` needs Path=/, which the other two have not: several flows run side by side, each bound to its own path.
  const name = (rest: string, prefix: string) => (secure ? `${prefix}${rest}` : rest);
  return {
    names: {
      session: name("cardea-as", "__Host-"),
      interaction: name("cardea-interaction", "__Secure-"),
      resume: name("cardea-resume", "__Secure-"),
    },
    long: { ...options, path: "/" },
    short: options,
    keys: [master.derive("authorization server cookies").toString("base64url")],
  };
}

/** Ed25519 from the master key (RFC 8032: a private key is 32 bytes). Tokens are opaque; clients may look for a key set. */
function signingKey({ master }: AuthorizationParts) {
  const pkcs8 = Buffer.concat([
    Buffer.from("302e020100300506032b657004220420", "hex"),
    master.derive("authorization server key"),
  ]);
  const jwk = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" }).export({ format: "jwk" });
  return { kty: "OKP", crv: "Ed25519", x: String(jwk.x), d: String(jwk.d), use: "sig", alg: "EdDSA" };
}

/** The library's descriptions as sentences. */
function sentence(text: string | undefined): string {
  const said = text ?? "The request cannot be served";
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}${/[.!?]$/.test(said) ? "" : "."}`;
}

function seconds(ms: number): number {
  return Math.max(1, Math.floor(ms / 1000));
}
