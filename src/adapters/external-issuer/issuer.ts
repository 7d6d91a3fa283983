import { decodeProtectedHeader, errors, type JSONWebKeySet, jwtVerify } from "jose";
import type { TokenIssuer } from "../../ports/token-issuer.ts";
import type { Clock, Log } from "../../ports/world.ts";
import { checkUrl, namesLoopback } from "../dialer/dialer.ts";
import { createDocuments, type Documents } from "../dialer/documents.ts";
import { LEEWAY_MS, type Names, readClaims } from "./claims.ts";
import { createKeys, KeysMissing } from "./keys.ts";

/** An external authorization server as the operator configured it. */
export interface IssuerOptions extends Names {
  readonly issuer: string;
  /** Address of the metadata where it does not follow from the issuer. */
  readonly metadata?: string;
  /** Address of the JWK Set where no metadata names it. */
  readonly keys?: string;
  /** CIDR ranges of private addresses that the issuer may resolve to. */
  readonly private: readonly string[];
}

/** Signatures that are accepted: with public keys alone, whatever a token says of itself (RFC 8725, section 3.1). */
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"];
/** `typ` of access tokens: as RFC 9068 section 2.1 has it, and of servers that set none or the general one. */
const TYPES = new Set<string | undefined>(["at+jwt", "application/at+jwt", "jwt", undefined]);

/** The tokens of an external authorization server, checked by its published keys (I2, I4). Nothing is read before it is needed. */
export function createExternalIssuer(options: IssuerOptions, parts: { clock: Clock; log: Log }): TokenIssuer {
  const { issuer } = options;
  const first = checkUrl(options.keys ?? options.metadata ?? issuer, `the authorization server ${issuer}`);
  const rules = { private: options.private, loopback: namesLoopback(first) };
  const documents = createDocuments(`the authorization server ${issuer}`, rules);
  const unreachable = (error: unknown): void =>
    parts.log.error("issuer.unreachable", { issuer, fault: error instanceof Error ? error.message : String(error) });
  const keys = createKeys(() => readKeys(documents, options), { clock: parts.clock, failed: unreachable });

  return {
    async verify(token) {
      if (!TYPES.has(typeOf(token))) return "malformed";
      const now = parts.clock.now();
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer,
          algorithms: ALGORITHMS,
          clockTolerance: LEEWAY_MS / 1000,
          currentDate: new Date(now),
          requiredClaims: ["sub", "aud", "exp", "iat"],
        });
        return readClaims(payload, options, now) ?? "malformed";
      } catch (error) {
        if (error instanceof errors.JWTExpired) return "expired";
        if (error instanceof errors.JWTClaimValidationFailed) return error.claim === "nbf" ? "expired" : "unknown";
        if (error instanceof KeysMissing || !(error instanceof errors.JOSEError)) throw error;
        return "unknown";
      }
    },
    close: () => documents.close(),
  };
}

/** `typ` in lower case; undefined where there is none, empty where the header cannot be read. */
function typeOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).typ?.toLowerCase();
  } catch {
    return "";
  }
}

/** The JWK Set of an issuer: at the configured address, or where its metadata say. Rejects where there is none. */
export async function readKeys(
  documents: Documents,
  options: Pick<IssuerOptions, "issuer" | "metadata" | "keys">,
): Promise<JSONWebKeySet> {
  const url = options.keys ?? (await keysUrl(documents, options));
  return (await documents.read(url)) as JSONWebKeySet;
}

/** The address of the keys from metadata that name the configured issuer (RFC 8414, section 3.3). Rejects where there are none. */
async function keysUrl(documents: Documents, options: Pick<IssuerOptions, "issuer" | "metadata">): Promise<string> {
  let failure: unknown;
  for (const url of options.metadata === undefined ? metadataUrls(options.issuer) : [options.metadata])
    try {
      const said = (await documents.read(url)) as { issuer?: unknown; jwks_uri?: unknown } | null;
      if (said?.issuer !== options.issuer)
        throw new Error("The metadata are of another issuer than the configured one");
      if (typeof said.jwks_uri !== "string") throw new Error("The metadata name no keys");
      return said.jwks_uri;
    } catch (error) {
      failure = error;
    }
  throw failure;
}

/** Where metadata may be (RFC 8414, section 3.1 and OpenID Connect Discovery, section 4). */
function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname === "/" ? "" : pathname.replace(/\/$/, "");
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}
