import { decodeJwt, errors as jose, type JWTVerifyGetKey, jwtVerify } from "jose";
import { errors, type Provider, type TokenEndpointGrantContext } from "oidc-provider";
import type { Account } from "../../ports/directory.ts";
import { namesLoopback } from "../dialer/dialer.ts";
import { createDocuments } from "../dialer/documents.ts";
import { readClaims } from "../external-issuer/claims.ts";
import { readKeys } from "../external-issuer/issuer.ts";
import { createKeys } from "../external-issuer/keys.ts";
import { JWT_BEARER } from "./clients.ts";
import { ALGORITHMS } from "./algorithms.ts";
import { issue, keepAccount, resourceOf } from "./machines.ts";
import type { AssertionIssuer, AuthorizationParts } from "./parts.ts";
import { readScopes } from "./resources.ts";

/** The only type of assertion that counts here (Identity Assertion Authorization Grant, 4). */
const TYPE = "oauth-id-jag+jwt";
/** Clocks may differ by so much, seconds. */
const LEEWAY_S = 30;
/** Longest life of an assertion, seconds: its use is remembered until then. */
const LONGEST_S = 3_600;
/** Kind of the artifacts that tell a second use apart. */
const USED = "IdentityAssertion";

/** The source of accounts whose issuer is no sign-in provider (see `Account.source`). */
const SHARED = "issuer";

interface Trusted extends AssertionIssuer {
  readonly get: JWTVerifyGetKey;
}

/**
 * Enterprise-managed authorization: a client that the operator trusts with it brings what the organisation's identity
 * provider says of a person (RFC 7523 with ID-JAG), and gets a short token without a consent page.
 * @returns ends the connections to the issuers
 */
export function grantToAssertions(provider: Provider, parts: AuthorizationParts): () => Promise<void> {
  const closes: (() => Promise<void>)[] = [];
  const trusted = new Map<string, Trusted>();
  for (const one of parts.settings.assertions) {
    const loopback = namesLoopback(new URL(one.keys ?? one.metadata ?? one.issuer));
    const documents = createDocuments(`the issuer ${one.issuer}`, { private: one.private, loopback });
    closes.push(() => documents.close());
    const failed = (error: unknown) =>
      parts.log.warn("assertions.keys", {
        issuer: one.issuer,
        fault: error instanceof Error ? error.message : String(error),
      });
    trusted.set(one.issuer, {
      ...one,
      get: createKeys(() => readKeys(documents, one), { clock: parts.clock, failed }),
    });
  }
  const handler = async (ctx: TokenEndpointGrantContext<{ assertion?: string }>): Promise<void> => {
    const { client, params } = ctx.oidc;
    if (client.clientAuthMethod === "none") throw new errors.UnauthorizedClient("the client has to prove itself");
    if (typeof params.assertion !== "string")
      throw new errors.InvalidRequest("missing required parameter(s) 'assertion'");
    const from = trusted.get(issuerOf(params.assertion));
    if (from === undefined) throw new errors.InvalidGrant("nobody known made the assertion");
    const claims = await verified(parts, from, params.assertion, client.clientId);
    const resource = resourceOf(parts, claims["resource"] ?? params.resource);
    if (params.resource !== undefined && resourceOf(parts, params.resource).url !== resource.url)
      throw new errors.InvalidTarget("the assertion is for another resource");
    await once(parts, claims);
    const said = readClaims(claims, from, parts.clock.now());
    const account = await personOf(parts, from, said);
    const asked = [readScopes(claims["scope"]), readScopes(params.scope)].filter((scopes) => scopes.length > 0);
    const scopes = asked.reduce((some, more) => some.filter((scope) => more.includes(scope)), asked[0] ?? []);
    if (asked.length > 0 && scopes.length === 0)
      throw new errors.InvalidScope("the assertion allows none of these scopes", "");
    if (said?.secondFactorAt !== undefined) ctx.oidc.entity("SecondFactor", said.secondFactorAt);
    await issue(provider, parts, ctx, { account, resource, scopes });
  };
  if (trusted.size > 0)
    provider.registerGrantType(JWT_BEARER, handler, ["assertion", "scope", "resource"], ["resource"]);
  return async () => void (await Promise.all(closes.map((close) => close())));
}

function issuerOf(assertion: string): string {
  try {
    return decodeJwt(assertion).iss ?? "";
  } catch {
    throw new errors.InvalidGrant("the assertion is no JWT");
  }
}

/** The claims, once signature, type, issuer, audience, times and client were checked. @throws InvalidGrant */
async function verified(parts: AuthorizationParts, from: Trusted, assertion: string, client: string) {
  try {
    const { payload } = await jwtVerify(assertion, from.get, {
      typ: TYPE,
      algorithms: [...ALGORITHMS],
      issuer: from.issuer,
      audience: parts.base(),
      maxTokenAge: LONGEST_S,
      clockTolerance: LEEWAY_S,
      currentDate: new Date(parts.clock.now()),
      requiredClaims: ["sub", "exp", "iat", "jti", "client_id"],
    });
    const wrong =
      (Array.isArray(payload.aud) && payload.aud.length !== 1) ||
      payload["client_id"] !== client ||
      typeof payload.jti !== "string" ||
      typeof payload.sub !== "string" ||
      Number(payload.exp) - Number(payload.iat) > LONGEST_S;
    if (wrong) throw new errors.InvalidGrant("the assertion was made for somebody else, or lives too long");
    return payload;
  } catch (error) {
    if (error instanceof jose.JOSEError) throw new errors.InvalidGrant(`the assertion does not hold: ${error.code}`);
    throw error;
  }
}

/** Each assertion counts once (ID-JAG, 9; RFC 7523, 3). @throws InvalidGrant */
async function once(
  { artifacts, clock, tenant }: AuthorizationParts,
  claims: { iss?: string; jti?: string; exp?: number },
) {
  const id = JSON.stringify([claims.iss, claims.jti]);
  const expiresAt = (Number(claims.exp) + 2 * LEEWAY_S) * 1000;
  await artifacts.put(USED, id, {}, { tenant, expiresAt });
  if (!(await artifacts.consume(USED, id, clock.now()))) throw new errors.InvalidGrant("the assertion was used before");
}

/**
 * The person's account: known by the issuer's own id, made at the first assertion. Roles follow the assertion where it
 * says any; administration is never theirs by it.
 * @throws InvalidGrant where it is ended, or the login belongs to somebody whom another source vouches for
 */
async function personOf(
  parts: AuthorizationParts,
  from: Trusted,
  said: ReturnType<typeof readClaims>,
): Promise<Account> {
  // A sign-in provider's ids are its own; others share one source and say whose id it is.
  const sub = from.source === SHARED ? said?.subject : said?.subject.slice(from.issuer.length + 1);
  if (said === undefined || sub === undefined) throw new errors.InvalidGrant("the assertion names nobody");
  const before = parts.people.bySource(parts.tenant, from.source, sub);
  if (before?.endedAt !== undefined) throw new errors.InvalidGrant("the account is ended");
  const owner = before?.owner ?? (said.login === undefined ? undefined : `person:${said.login}`);
  if (owner === undefined) throw new errors.InvalidGrant("the assertion says no login");
  if (before === undefined && parts.people.account(parts.tenant, owner) !== undefined)
    throw new errors.InvalidGrant("the login belongs to somebody else");
  const now = parts.clock.now();
  const mapped = said.groups.flatMap((group) => (Object.hasOwn(from.roles, group) ? (from.roles[group] ?? []) : []));
  const duties = before?.roles.filter((role) => role.startsWith("admin:")) ?? [];
  const roles = said.groups.length === 0 ? (before?.roles ?? []) : [...new Set([...mapped, ...duties])];
  if (before !== undefined && String(roles) === String(before.roles)) return before;
  const name = before?.name ?? said.name;
  const account: Account = {
    tenant: parts.tenant,
    owner,
    source: from.source,
    sub,
    ...(name === undefined ? {} : { name }),
    roles,
    createdAt: before?.createdAt ?? now,
    checkedAt: now,
  };
  await keepAccount(parts, account, before);
  return account;
}
