import type { JsonObject } from "../../kernel/json.ts";
import type { Account } from "../../ports/directory.ts";
import type { IssuedToken, TokenIssuer } from "../../ports/token-issuer.ts";
import type { Clock, Log } from "../../ports/world.ts";
import { type Directory, grantId } from "./directory.ts";
import type { ExternalToken, TokenFault } from "./tokens.ts";

/** What is written of an account that a token made or changed (A1). */
export interface AccountEvent {
  readonly type: "account.created" | "account.changed";
  readonly tenant: string;
  readonly owner: string;
  readonly client: string;
  readonly decision: "allow";
  readonly reason: "ok";
  readonly detail: JsonObject;
}

/** What the tokens of an external authorization server stand on. */
export interface ExternalTokensParts {
  readonly issuer: TokenIssuer;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly log: Log;
  readonly tenant: string;
  readonly environment: string;
  /** Roles by the values of the issuer's claim. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Whether an audience is one of this gateway's own resources. */
  isResource(audience: string): boolean;
  /** Writes an event to the record; rejects when it is not there: the token is then refused. */
  record(event: AccountEvent): Promise<void>;
}

/** Who vouches for these accounts. */
const SOURCE = "issuer";
/** A grant stands for the issuer's own consent: it is kept so long, and prolonged in its second half. Milliseconds. */
const GRANT_MS = 30 * 86_400_000;
/** An account whose roles stay the same is noted as checked so often, milliseconds. */
const CHECKED_MS = 3_600_000;

/**
 * Makes the account and the grant behind a token of the external authorization server, and keeps the account's roles as
 * its newest token says them (I4). Ended accounts stay ended and revoked grants revoked, whatever the issuer signs.
 */
export function createExternalTokens(
  parts: ExternalTokensParts,
): (token: string) => Promise<ExternalToken | TokenFault> {
  const { directory, clock, tenant, environment } = parts;
  // Tokens of one person that come at once make one account.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  };

  async function accountOf(token: IssuedToken): Promise<Account | TokenFault> {
    const before = directory.bySource(tenant, SOURCE, token.subject);
    if (before?.endedAt !== undefined) return "ended";
    const owner = before?.owner ?? ownerOf(token);
    if (owner === undefined) return refuse("the token names nobody: its login claim is missing or not verified", token);
    if (before === undefined && directory.account(tenant, owner) !== undefined)
      return refuse("the login belongs to an account of another source", token);
    const mapped = token.groups.flatMap((group) =>
      Object.hasOwn(parts.roles, group) ? (parts.roles[group] ?? []) : [],
    );
    const duties = before?.roles.filter((role) => role.startsWith("admin:")) ?? [];
    const roles = [...new Set([...mapped, ...duties])].sort();
    if (before !== undefined && token.issuedAt < before.checkedAt) return before;
    const same = before !== undefined && before.roles.join() === roles.join() && before.name === token.name;
    if (same && token.issuedAt - before.checkedAt < CHECKED_MS) return before;
    const account: Account = {
      tenant,
      owner,
      source: SOURCE,
      sub: token.subject,
      ...(token.name === undefined ? {} : { name: token.name }),
      roles,
      createdAt: before?.createdAt ?? clock.now(),
      checkedAt: token.issuedAt,
    };
    if (!same)
      await parts.record({
        type: before === undefined ? "account.created" : "account.changed",
        tenant,
        owner,
        client: token.client,
        decision: "allow",
        reason: "ok",
        detail: { source: SOURCE, roles },
      });
    await directory.save(account);
    return account;
  }

  /** The id of the grant; undefined: it was revoked here. */
  async function grantOf(account: Account, token: IssuedToken): Promise<string | undefined> {
    const id = grantId(tenant, account.owner, token.client);
    const before = directory.grant(id);
    if (before?.revokedAt !== undefined) return undefined;
    const now = clock.now();
    const scopes = [...new Set([...(before?.scopes ?? []), ...token.scopes])];
    const lasting = before !== undefined && before.expiresAt - now > GRANT_MS / 2;
    if (lasting && scopes.length === before.scopes.length && before.environment === environment) return id;
    await directory.saveGrant({
      id,
      tenant,
      owner: account.owner,
      environment,
      client: token.client,
      clientName: token.client,
      scopes,
      createdAt: before?.createdAt ?? now,
      expiresAt: Math.max(now + GRANT_MS, token.expiresAt),
    });
    return id;
  }

  function refuse(why: string, token: IssuedToken): TokenFault {
    parts.log.warn("token.refused", { why, client: token.client });
    return "unknown";
  }

  return async (text) => {
    const token = await parts.issuer.verify(text);
    if (typeof token === "string") return token;
    if (!token.audience.some((one) => parts.isResource(one))) return "audience";
    return inTurn(async () => {
      const account = await accountOf(token);
      if (typeof account === "string") return account;
      const grant = await grantOf(account, token);
      if (grant === undefined) return "revoked";
      const { client, audience, scopes, issuedAt, expiresAt, secondFactorAt } = token;
      return {
        tenant,
        owner: account.owner,
        client,
        grant,
        audience,
        scopes,
        environment,
        issuedAt,
        expiresAt,
        ...(secondFactorAt === undefined ? {} : { secondFactorAt }),
      };
    });
  };
}

/** A client that acts for itself is a service; a person is who the login claim names. */
function ownerOf(token: IssuedToken): string | undefined {
  if (token.machine) return /^[\x21-\x7e]{1,200}$/.test(token.client) ? `service:${token.client}` : undefined;
  return token.login === undefined ? undefined : `person:${token.login}`;
}
