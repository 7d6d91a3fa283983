import { decodeProtectedHeader, jwtVerify } from "jose";
import {
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  ResponseBodyError,
} from "openid-client";
import { isObject } from "../../kernel/json.ts";
import type { Checked, Identity, Logout, SignInFailure, SignInProvider } from "../../ports/sign-in-provider.ts";
import type { Clock, Log, Secrets } from "../../ports/world.ts";
import { type Claims, readIdentity } from "./claims.ts";
import { ALGORITHMS, type Connection, connect, type ProviderOptions } from "./connection.ts";

/** Clocks may differ so much, seconds. */
const SKEW_S = 60;
/** A logout token counts so long after it was made, seconds. */
const LOGOUT_S = 300;
const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

/**
 * An OpenID provider behind openid-client: code flow with PKCE S256, state, nonce and issuer (OpenID Connect Core,
 * RFC 7636, RFC 9207).
 * @throws Refused where its configured address may not be used
 */
export function createSignInProvider(
  options: ProviderOptions,
  parts: { secrets: Secrets; clock: Clock; log: Log },
): SignInProvider {
  const connection = connect(options, parts);
  const names = { login: options.login, groups: options.groups };

  const failed = (error: unknown, step: string): SignInFailure => {
    const failure = failureOf(error);
    parts.log.warn("provider.failed", { provider: options.name, step, fault: failure.reason });
    return failure;
  };

  /** Everything the provider says of the person behind fresh tokens: of the ID token, and of userinfo where there is one. */
  async function documents(
    { configuration, metadata }: Connection,
    tokens: { access_token: string },
    idToken: Claims | undefined,
    sub: string,
  ): Promise<readonly Claims[]> {
    const own = idToken === undefined ? [] : [idToken];
    if (metadata.userinfo_endpoint === undefined) return own;
    return [...own, (await fetchUserInfo(configuration, tokens.access_token, sub)) as Claims];
  }

  return {
    async begin(redirectUri, wants) {
      try {
        const { configuration } = await connection();
        const kept = {
          redirectUri,
          verifier: randomPKCECodeVerifier(),
          state: randomState(),
          nonce: randomNonce(),
          ...(wants.again === true ? { again: Math.floor(parts.clock.now() / 1000) } : {}),
        };
        const { acr } = options.secondFactor;
        const url = buildAuthorizationUrl(configuration, {
          redirect_uri: redirectUri,
          scope: [...new Set(["openid", ...options.scopes])].join(" "),
          code_challenge: await calculatePKCECodeChallenge(kept.verifier),
          code_challenge_method: "S256",
          state: kept.state,
          nonce: kept.nonce,
          ...(acr.length > 0 ? { acr_values: acr.join(" ") } : {}),
          ...(wants.again === true ? { prompt: "login", max_age: "1" } : {}),
        });
        return { url: url.href, kept };
      } catch (error) {
        return failed(error, "begin");
      }
    },

    async finish(callback, kept) {
      try {
        const open = await connection();
        const url = new URL(String(kept["redirectUri"]));
        url.search = callback.search;
        const tokens = await authorizationCodeGrant(open.configuration, url, {
          pkceCodeVerifier: String(kept["verifier"]),
          expectedState: String(kept["state"]),
          expectedNonce: String(kept["nonce"]),
          idTokenExpected: true,
        });
        const idToken = tokens.claims() as Claims;
        const sub = String(idToken["sub"]);
        const identity = readIdentity(sub, await documents(open, tokens, idToken, sub), names);
        const { again } = kept;
        if (typeof again === "number" && identity.authAt !== undefined && identity.authAt < (again - SKEW_S) * 1000)
          return { failure: "invalid", reason: "not_signed_in_again" };
        return withRefreshToken(identity, tokens.refresh_token);
      } catch (error) {
        return failed(error, "finish");
      }
    },

    async check(refreshToken, sub): Promise<Checked> {
      let rotated: string | undefined;
      try {
        const open = await connection();
        const tokens = await refresh(open, refreshToken);
        if (tokens === undefined) return { found: "removed" };
        rotated = tokens.refresh_token;
        const idToken = tokens.claims() as Claims | undefined;
        // Another person's answer to this person's token says nothing of anybody (OpenID Connect Core, 12.2).
        if (idToken !== undefined && idToken["sub"] !== sub) throw new Error("The ID token is of another person");
        const identity = readIdentity(sub, await documents(open, tokens, idToken, sub), names);
        return { found: "present", identity: withRefreshToken(identity, rotated ?? refreshToken) };
      } catch (error) {
        failed(error, "check");
        return { found: "unknown", ...(rotated === undefined ? {} : { refreshToken: rotated }) };
      }
    },

    async logout(token) {
      const { keys } = await connection();
      const { typ } = header(token);
      if (typ !== undefined && !/^(?:application\/)?(?:logout\+)?jwt$/i.test(typ)) return undefined;
      const checked = await jwtVerify(token, keys, {
        issuer: options.issuer,
        audience: options.client.id,
        algorithms: [...ALGORITHMS],
        clockTolerance: SKEW_S,
        currentDate: new Date(parts.clock.now()),
        requiredClaims: ["iat", "jti", "events"],
        maxTokenAge: LOGOUT_S,
      }).catch((error: unknown) => {
        const { code } = error as { code?: string };
        // The token is at fault, or the keys could not be had: then nothing is known of it.
        if (/^ERR_J(?:WT|WS|OSE_ALG|WKS_NO_MATCHING|OSE_NOT)/.test(String(code))) return undefined;
        throw error;
      });
      return checked === undefined ? undefined : logoutOf(checked.payload);
    },
  };
}

/** Fresh tokens; undefined: the provider does not take the refresh token any more. */
async function refresh({ configuration }: Connection, refreshToken: string) {
  try {
    return await refreshTokenGrant(configuration, refreshToken);
  } catch (error) {
    if (error instanceof ResponseBodyError && error.error === "invalid_grant") return undefined;
    // Some say 400 and nothing else of a person who is gone; whatever else is wrong with a request is said (RFC 6749, 5.2).
    const { code, cause } = error as { code?: string; cause?: { status?: number } };
    if (code === "OAUTH_RESPONSE_IS_NOT_JSON" && cause?.status === 400) return undefined;
    throw error;
  }
}

function header(token: string): { typ?: string } {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return {};
  }
}

/** What a signed logout token says, as Back-Channel Logout 1.0, 2.4 wants it: the event, a person or session, no nonce. */
function logoutOf(payload: Readonly<Record<string, unknown>>): Logout | undefined {
  const { events, sub, sid, jti, iat, exp } = payload;
  if (!isObject(events) || !isObject(events[LOGOUT_EVENT]) || "nonce" in payload) return undefined;
  if (typeof jti !== "string" || jti === "") return undefined;
  if (typeof sub !== "string" && typeof sid !== "string") return undefined;
  const until = typeof exp === "number" ? exp : Number(iat) + LOGOUT_S;
  return {
    ...(typeof sub === "string" ? { sub } : {}),
    ...(typeof sid === "string" ? { sid } : {}),
    jti,
    expiresAt: (until + SKEW_S) * 1000,
  };
}

const withRefreshToken = (identity: Omit<Identity, "refreshToken">, refreshToken: string | undefined): Identity =>
  refreshToken === undefined ? identity : { ...identity, refreshToken };

/** Which of the three it was. Only registered codes of the provider are passed on, never its text. */
function failureOf(error: unknown): SignInFailure {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const reason = /^[a-z_]{1,40}$/.test(error.error) ? error.error : "error";
    return { failure: error.error === "access_denied" ? "denied" : "invalid", reason: `provider_${reason}` };
  }
  const { code } = error as { code?: unknown };
  const reason = typeof code === "string" && /^[A-Z_0-9]{1,60}$/.test(code) ? code.toLowerCase() : "unavailable";
  // The library's own refusals of what it was answered; everything else is the way there.
  const invalid = reason.startsWith("oauth_") && !/timeout|http_request_forbidden|not_conform/.test(reason);
  return { failure: invalid ? "invalid" : "unavailable", reason };
}
