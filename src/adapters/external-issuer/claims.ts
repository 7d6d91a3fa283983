import type { JWTPayload } from "jose";
import type { IssuedToken } from "../../ports/token-issuer.ts";

/** Clocks may differ by so much, milliseconds. */
export const LEEWAY_MS = 30_000;
/** Values of `amr` that stand for a second factor (RFC 8176). */
const SECOND_FACTOR = ["mfa", "otp", "hwk", "pop"];
const LONGEST = 256;
const MOST = 1_000;

/** The claims that the operator named. */
export interface Names {
  /** The claim that names the person. */
  readonly login: string;
  /** The claim that roles hang on; nested ones as `realm_access.roles`. */
  readonly claim: string;
}

/**
 * What the checked claims of an access token say (RFC 9068, section 2.2). Undefined where the subject, the client or a
 * time is missing, or the claims are those of an ID token.
 * @param now milliseconds since the epoch
 */
export function readClaims(claims: JWTPayload, names: Names, now: number): IssuedToken | undefined {
  const { iss, sub, iat, exp, aud } = claims;
  const client = text(claims["client_id"] ?? claims["azp"] ?? claims["cid"] ?? claims["appid"]);
  if (iss === undefined || text(sub) === undefined || client === undefined) return undefined;
  if (typeof iat !== "number" || typeof exp !== "number") return undefined;
  if (claims["nonce"] !== undefined || claims["at_hash"] !== undefined) return undefined;
  const login = loginOf(claims, names.login);
  const name = text(claims["name"]);
  const proved = secondFactorAt(claims, now);
  return {
    subject: `${iss} ${sub}`,
    client,
    machine: sub === client,
    ...(login === undefined ? {} : { login }),
    ...(name === undefined ? {} : { name }),
    groups: list(claimAt(claims, names.claim)),
    scopes: scopesOf(claims),
    audience: list(aud),
    issuedAt: Math.min(iat * 1000, now),
    expiresAt: exp * 1000 + LEEWAY_MS,
    ...(proved === undefined ? {} : { secondFactorAt: proved }),
  };
}

/** A claim by its name; else by a path with dots. */
function claimAt(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: unknown = claims;
  for (const step of name.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}

/** A login that may name a person: printable, without spaces; a mail address only where nobody says it is unverified. */
function loginOf(claims: JWTPayload, name: string): string | undefined {
  const login = text(claimAt(claims, name))?.normalize("NFC");
  if (login === undefined || /[\s\p{C}]/u.test(login)) return undefined;
  if (name === "email" && [false, "false"].includes(claims["email_verified"] as never)) return undefined;
  return login.includes("@") ? login.toLowerCase() : login;
}

/** `scope` is a text with spaces (RFC 9068, section 2.2.3); some servers write a list, or call it `scp`. */
function scopesOf(claims: JWTPayload): string[] {
  const said = claims["scope"] ?? claims["scp"];
  return typeof said === "string" ? list(said.split(" ")) : list(said);
}

/** Without the time of signing in (`auth_time`) nobody knows how old the proof is, so that it does not count. */
function secondFactorAt(claims: JWTPayload, now: number): number | undefined {
  const at = claims["auth_time"];
  if (typeof at !== "number" || !list(claims["amr"]).some((one) => SECOND_FACTOR.includes(one))) return undefined;
  return at * 1000 > now + LEEWAY_MS ? undefined : Math.min(at * 1000, now);
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" && value.length <= LONGEST ? value : undefined;

/** Some servers write a single value without its list. */
function list(value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values
    .map(text)
    .filter((one) => one !== undefined)
    .slice(0, MOST);
}
