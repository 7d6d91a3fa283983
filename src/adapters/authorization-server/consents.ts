import { errors, type Grant as LibraryGrant, type KoaContextWithOIDC, type Provider } from "oidc-provider";
import type { Grant } from "../../ports/directory.ts";
import { living, whoOf } from "./accounts.ts";
import { redirectHostOf, shownName } from "./clients.ts";
import type { AuthorizationParts } from "./parts.ts";
import { openScopes, readResource, readScopes, withReading } from "./resources.ts";

/** What a person is asked for, and what they said before. */
export interface Asked {
  readonly resource: string;
  /** Empty: the client named none. */
  readonly scopes: readonly string[];
  readonly redirectUri: string;
}

/** Reads what an authorization request is for. */
export function askedOf(parts: AuthorizationParts, params: Readonly<Record<string, unknown>>): Asked {
  const { resource, scope, redirect_uri } = params;
  const { url } = readResource(parts.base(), typeof resource === "string" ? resource : `${parts.base()}/mcp`);
  return { resource: url, scopes: readScopes(scope), redirectUri: String(redirect_uri) };
}

/** The person's grant for a client where it still holds. */
export function liveGrant(parts: AuthorizationParts, accountId: string, client: string): Grant | undefined {
  const { tenant, owner } = whoOf(accountId);
  const grant = parts.people.grant(parts.grantId(tenant, owner, client));
  return grant === undefined || grant.revokedAt !== undefined || grant.expiresAt <= parts.clock.now()
    ? undefined
    : grant;
}

/**
 * The library's grant that an authorization request goes on with: the one that the consent page just made, or one for
 * what the person consented to before, for exactly this client, redirect host and resource. Undefined: ask.
 */
export async function grantToUse(
  parts: AuthorizationParts,
  provider: Provider,
  ctx: KoaContextWithOIDC,
): Promise<LibraryGrant | undefined> {
  const { oidc } = ctx;
  const accountId = oidc.session?.accountId;
  const { client, params } = oidc;
  if (accountId === undefined || client === undefined || params === undefined) return undefined;
  const consent = oidc.result?.consent;
  if (consent?.grantId !== undefined) {
    const grant = await provider.Grant.find(consent.grantId);
    // What the person ticked is what the client gets, be it less or more than it asked for (RFC 6749, 3.3).
    if (grant !== undefined) params["scope"] = String(consent["scopes"]);
    return grant;
  }
  // Any program can claim a loopback or custom-scheme redirect: people are asked each time (RFC 8252, 8.6).
  if (client.applicationType === "native" || oidc.prompts.has("consent")) return undefined;
  const asked = askedOf(parts, params);
  const grant = liveGrant(parts, accountId, client.clientId);
  if (grant === undefined || grant.redirectHost !== redirectHostOf(asked.redirectUri)) return undefined;
  if (!(await consentedFor(parts, accountId, client.clientId, asked.resource))) return undefined;
  const held = withReading(grant.scopes);
  const named = asked.scopes.length > 0 ? asked.scopes : readable(parts, accountId, asked.resource);
  if (named.length === 0 || !named.every((scope) => held.includes(scope))) return undefined;
  params["scope"] = named.join(" ");
  return family(parts, provider, {
    accountId,
    client: client.clientId,
    resources: resourcesOf(params, asked),
    scopes: named,
    until: grant.expiresAt,
  });
}

/** A client that names no scope is offered reading (I7). */
function readable(parts: AuthorizationParts, accountId: string, resource: string): string[] {
  const account = living(parts, accountId);
  if (account === undefined) return [];
  return openScopes(parts, readResource(parts.base(), resource), account).filter((scope) => scope.endsWith(":read"));
}

/** Whether a consent of this person to this client was for this resource. */
async function consentedFor(
  parts: AuthorizationParts,
  accountId: string,
  client: string,
  resource: string,
): Promise<boolean> {
  const { tenant, owner } = whoOf(accountId);
  const grants = await parts.artifacts.ofOwner(tenant, "Grant", owner);
  return grants.some(
    ({ payload }) => payload["clientId"] === client && Object.hasOwn(Object(payload["resources"]), resource),
  );
}

/** The indicator as the client wrote it, by which the library looks scopes up, and the canonical one. */
function resourcesOf(params: Readonly<Record<string, unknown>>, asked: Asked): string[] {
  return [...new Set([asked.resource, ...(typeof params["resource"] === "string" ? [params["resource"]] : [])])];
}

/**
 * Begins a family of tokens: a grant of the library's own, by which they end together. It ends with the consent.
 * @param what.until milliseconds since the epoch
 */
export async function family(
  parts: AuthorizationParts,
  provider: Provider,
  what: { accountId: string; client: string; resources: readonly string[]; scopes: readonly string[]; until: number },
): Promise<LibraryGrant> {
  const expiresIn = Math.floor((what.until - parts.clock.now()) / 1000);
  if (expiresIn <= 0) throw new errors.InvalidGrant("the consent is over");
  const made = { accountId: what.accountId, clientId: what.client, expiresIn };
  const grant = new provider.Grant(made as ConstructorParameters<typeof provider.Grant>[0]);
  for (const resource of what.resources) grant.addResourceScope(resource, withReading(what.scopes).join(" "));
  await grant.save();
  return grant;
}

/** What a person decided on the consent page. */
export interface Decided {
  readonly accountId: string;
  readonly client: { readonly clientId: string; readonly clientName?: string | undefined };
  readonly params: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/**
 * Keeps a consent: the person's grant in the directory holds what was ticked now and, of servers that this page could
 * not show, what was ticked before; then a family for the tokens. Where something was taken back, older tokens end.
 * @returns the library's grant
 */
export async function keepConsent(
  parts: AuthorizationParts,
  provider: Provider,
  decided: Decided,
): Promise<LibraryGrant> {
  const { accountId, client, params } = decided;
  const who = whoOf(accountId);
  const account = living(parts, accountId);
  if (account === undefined) throw new errors.AccessDenied("the account is ended");
  const asked = askedOf(parts, params);
  const open = openScopes(parts, readResource(parts.base(), asked.resource), account);
  const ticked = withReading(decided.scopes);
  if (ticked.length === 0 || !ticked.every((scope) => open.includes(scope)))
    throw new errors.InvalidScope("a scope was ticked that is not offered", ticked.join(" "));
  const before = liveGrant(parts, accountId, client.clientId);
  const kept = before?.scopes.filter((scope) => !open.includes(scope)) ?? [];
  const scopes = [...new Set([...kept, ...ticked])].sort();
  const lost = before?.scopes.filter((scope) => !scopes.includes(scope)) ?? [];
  const grown = before === undefined ? [] : scopes.filter((scope) => !before.scopes.includes(scope));
  const now = parts.clock.now();
  const id = parts.grantId(who.tenant, who.owner, client.clientId);
  if (grown.length > 0)
    await parts.record({
      type: "scope.elevated",
      ...who,
      credential: id,
      client: client.clientId,
      decision: "allow",
      reason: "ok",
      detail: { added: grown, scopes, resource: asked.resource },
    });
  if (lost.length > 0) await endFamilies(parts, who, client.clientId);
  await parts.people.saveGrant({
    id,
    ...who,
    environment: parts.environment,
    client: client.clientId,
    clientName: shownName(client.clientName, client.clientId),
    redirectHost: redirectHostOf(asked.redirectUri),
    scopes,
    createdAt: before?.createdAt ?? now,
    expiresAt: decided.until,
    ...(before?.lastUsedAt === undefined ? {} : { lastUsedAt: before.lastUsedAt }),
  });
  const resources = resourcesOf(params, asked);
  return family(parts, provider, {
    accountId,
    client: client.clientId,
    resources,
    scopes: ticked,
    until: decided.until,
  });
}

/** Ends all tokens of one person's grant. Answers how many artifacts ended. */
export async function endFamilies(
  { artifacts }: AuthorizationParts,
  { tenant, owner }: { tenant: string; owner: string },
  client: string,
): Promise<number> {
  let ended = 0;
  for (const grant of await artifacts.ofOwner(tenant, "Grant", owner))
    if (grant.payload["clientId"] === client) ended += await artifacts.removeGrant(String(grant.payload["jti"]));
  return ended;
}
