import { errors, type Grant as LibraryGrant, type Provider, type TokenEndpointGrantContext } from "oidc-provider";
import type { Account } from "../../ports/directory.ts";
import { accountIdOf } from "./accounts.ts";
import { CLIENT_CREDENTIALS, shownName } from "./clients.ts";
import { family } from "./consents.ts";
import type { AuthorizationParts } from "./parts.ts";
import { openScopes, type Resource, readResource, readScopes, withReading } from "./resources.ts";

/** The library's grant outlives its one token by so much, milliseconds. */
const MARGIN_MS = 60_000;

/** What a token without a consent page is for. */
export interface Wanted {
  readonly account: Account;
  readonly resource: Resource;
  /** Empty: reading. */
  readonly scopes: readonly string[];
}

/** Clients that act for themselves (RFC 6749, 4.4): the account is `service:<client id>`, there is no refresh token. */
export function grantToServices(provider: Provider, parts: AuthorizationParts): void {
  if (!parts.settings.clients.some((client) => client.service !== undefined)) return;
  const handler = async (ctx: TokenEndpointGrantContext): Promise<void> => {
    const { client, params } = ctx.oidc;
    if (client.clientAuthMethod === "none") throw new errors.UnauthorizedClient("the client has to prove itself");
    const account = await serviceOf(parts, client.clientId);
    const resource = resourceOf(parts, params.resource);
    await issue(provider, parts, ctx, { account, resource, scopes: readScopes(params.scope) });
  };
  provider.registerGrantType(CLIENT_CREDENTIALS, handler, ["scope", "resource"], ["resource"]);
}

/** The service's account, with the roles that the operator configured. @throws InvalidGrant where it was ended */
async function serviceOf(parts: AuthorizationParts, id: string): Promise<Account> {
  const service = parts.settings.clients.find((client) => client.id === id)?.service;
  if (service === undefined) throw new errors.UnauthorizedClient("the client acts for people alone");
  const owner = `service:${id}`;
  const before = parts.people.account(parts.tenant, owner);
  if (before !== undefined && (before.source !== "client" || before.sub !== id))
    throw new errors.InvalidGrant("the service's name belongs to somebody else");
  if (before?.endedAt !== undefined) throw new errors.InvalidGrant("the account is ended");
  if (before !== undefined && String(before.roles) === String(service.roles)) return before;
  const now = parts.clock.now();
  const account: Account = {
    tenant: parts.tenant,
    owner,
    source: "client",
    sub: id,
    roles: service.roles,
    createdAt: before?.createdAt ?? now,
    checkedAt: now,
  };
  await keepAccount(parts, account, before);
  return account;
}

/** Keeps an account that came to be or changed because its client brought a proof; recorded first. */
export async function keepAccount(
  parts: AuthorizationParts,
  account: Account,
  before: Account | undefined,
): Promise<void> {
  const { tenant, owner, source, roles } = account;
  const type = before === undefined ? "account.created" : "account.changed";
  await parts.record({ type, tenant, owner, decision: "allow", reason: "ok", detail: { source, roles: [...roles] } });
  await parts.people.save(account);
}

/** The one resource of a request; none: the aggregate. @throws InvalidTarget */
export function resourceOf(parts: AuthorizationParts, asked: unknown): Resource {
  const one: unknown = Array.isArray(asked) && asked.length === 1 ? asked[0] : asked;
  if (one !== undefined && typeof one !== "string") throw new errors.InvalidTarget("name one resource");
  return readResource(parts.base(), one ?? `${parts.base()}/mcp`);
}

/**
 * Issues a short token without a refresh token, within what the account's roles allow. Its grant is kept in the
 * directory like a person's; one that was revoked stays so until somebody consents anew.
 * @throws InvalidScope where nothing of what is asked for is allowed
 */
export async function issue(
  provider: Provider,
  parts: AuthorizationParts,
  ctx: TokenEndpointGrantContext,
  { account, resource, scopes }: Wanted,
): Promise<void> {
  const { client } = ctx.oidc;
  const open = openScopes(parts, resource, account);
  const given =
    scopes.length === 0
      ? open.filter((scope) => scope.endsWith(":read"))
      : scopes.filter((scope) => open.includes(scope));
  if (given.length === 0) throw new errors.InvalidScope("none of these scopes is allowed here", scopes.join(" "));
  await keepGrant(parts, account, client, given);
  const accountId = accountIdOf(account);
  const until = parts.clock.now() + parts.settings.accessTokenMs + MARGIN_MS;
  const grant: LibraryGrant = await family(parts, provider, {
    accountId,
    client: client.clientId,
    resources: [resource.url],
    scopes: given,
    until,
  });
  ctx.oidc.entity("Grant", grant);
  const token = new provider.AccessToken({
    accountId,
    client,
    grantId: grant.jti,
    gty: String(ctx.oidc.params.grant_type),
  } as ConstructorParameters<typeof provider.AccessToken>[0]);
  const known = { audience: resource.url, scope: open.join(" "), accessTokenFormat: "opaque" as const };
  token.resourceServer = new provider.ResourceServer(resource.url, known);
  token.scope = given.join(" ");
  ctx.oidc.entity("AccessToken", token);
  const value = await token.save();
  ctx.body = { access_token: value, expires_in: token.expiration, scope: token.scope, token_type: "Bearer" };
}

async function keepGrant(
  parts: AuthorizationParts,
  account: Account,
  client: { clientId: string; clientName?: string | undefined },
  given: readonly string[],
): Promise<void> {
  const { tenant, owner } = account;
  const id = parts.grantId(tenant, owner, client.clientId);
  const before = parts.people.grant(id);
  if (before?.revokedAt !== undefined) throw new errors.InvalidGrant("the grant was revoked");
  const now = parts.clock.now();
  const scopes = [...new Set([...(before?.scopes ?? []), ...withReading(given)])].sort();
  const enough = before !== undefined && before.expiresAt > now + parts.settings.consentMs / 2;
  if (enough && String(scopes) === String([...before.scopes].sort())) return;
  await parts.people.saveGrant({
    id,
    tenant,
    owner,
    environment: parts.environment,
    client: client.clientId,
    clientName: shownName(client.clientName, client.clientId),
    ...(before?.redirectHost === undefined ? {} : { redirectHost: before.redirectHost }),
    scopes,
    createdAt: before?.createdAt ?? now,
    expiresAt: Math.max(before?.expiresAt ?? 0, now + parts.settings.consentMs),
    ...(before?.lastUsedAt === undefined ? {} : { lastUsedAt: before.lastUsedAt }),
  });
}
