import { isObject } from "../../kernel/json.ts";
import type { AccessToken } from "../../ports/authorization-server.ts";
import { whoOf } from "./accounts.ts";
import type { AuthorizationParts } from "./parts.ts";

/** What opaque tokens look like: 256 bits as base64url (I6). Others are not looked up. */
const SHAPE = /^[A-Za-z0-9_-]{43}$/;

/**
 * What an access token stands for. It counts only while its family is there, so that a token that was being issued
 * while the family ended does not outlive it.
 */
export async function findToken(parts: AuthorizationParts, token: string): Promise<AccessToken | undefined> {
  if (!SHAPE.test(token)) return undefined;
  const payload = (await parts.artifacts.find("AccessToken", token))?.payload;
  if (payload === undefined) return undefined;
  const { accountId, clientId, grantId, aud, scope, iat, exp, extra, kind, ...rest } = payload;
  const marks = isObject(extra) ? extra : {};
  const bound = rest["jkt"] !== undefined || rest["x5t#S256"] !== undefined;
  if (kind !== "AccessToken" || bound || typeof accountId !== "string" || typeof aud !== "string") return undefined;
  const expiresAt = Number(exp) * 1000;
  if (!(expiresAt > parts.clock.now())) return undefined;
  if ((await parts.artifacts.find("Grant", String(grantId))) === undefined) return undefined;
  const { tenant, owner } = whoOf(accountId);
  const client = String(clientId);
  return {
    tenant,
    owner,
    client,
    grant: parts.grantId(tenant, owner, client),
    audience: aud,
    scopes: typeof scope === "string" ? scope.split(" ").filter((one) => one !== "") : [],
    environment: String(marks["environment"]),
    issuedAt: Number(iat) * 1000,
    expiresAt,
    ...(typeof marks["secondFactorAt"] === "number" ? { secondFactorAt: marks["secondFactorAt"] } : {}),
  };
}
