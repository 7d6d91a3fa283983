import type { Account } from "../../ports/directory.ts";
import type { KeyStore } from "../../ports/keys.ts";
import type { Log } from "../../ports/world.ts";
import type { BrowserSessions } from "./browser-sessions.ts";
import type { Directory } from "./directory.ts";
import { forgetRefreshToken, keepRefreshToken, ownerOfSession, refreshTokenOf } from "./provider-link.ts";
import { rolesOf } from "./provider-rules.ts";
import {
  beginSignIn,
  type ConfiguredProvider,
  finishSignIn,
  saveChanged,
  type SignInParts,
  type Wants,
} from "./sign-in.ts";

/** Who is meant, and who or what did it, for the record. */
export interface Meant {
  readonly tenant: string;
  readonly owner: string;
  readonly by: string;
}

/** What following people at their providers stands on, beside signing in. */
export interface PeopleParts extends SignInParts {
  readonly directory: Pick<Directory, "account" | "bySource" | "save" | "accounts" | "grantsOf">;
  readonly sessions: Pick<BrowserSessions, "ofOwner">;
  readonly keys: Pick<KeyStore, "list">;
  readonly log: Log;
  /** A person whose provider gives no refresh token is believed so long after a sign-in, milliseconds (`identity.session`). */
  readonly sessionMs: number;
  /** Ends browser sessions and tokens of a person; the account stays. */
  endAccess(who: Meant): Promise<unknown>;
  /** The provider does not take any more what it gave for this person; their roles are held back already. */
  removed(who: Meant): Promise<unknown>;
}

/** People, as their providers vouch for them. */
export interface SignIn {
  /** Names of the providers, in the order of the configuration. */
  readonly providers: readonly string[];
  begin(provider: string, redirectUri: string, wants: Wants): ReturnType<typeof beginSignIn>;
  finish(provider: string, ticket: string | undefined, callback: URL): ReturnType<typeof finishSignIn>;
  /** Looks up everybody who is at work and whose last check is too old. To be called every 5 s or so; never rejects. */
  checkPeople(): Promise<void>;
  /**
   * Looks one person up before a token is renewed, at most every 30 s.
   * @returns whether they still have access; local people and services have while their account is not ended
   */
  renew(account: Account): Promise<boolean>;
  /** Ends what a logout token names (OpenID Connect Back-Channel Logout 1.0). @returns whether the token counts */
  logout(provider: string, token: string): Promise<boolean>;
}

/** At every token a person is looked up at most so often, milliseconds. */
const RENEW_MS = 30_000;
/** Without an answer of the provider for so many checks, roles are held back. */
const PATIENCE = 4;
/** So many people are looked up at the same time. */
const AT_ONCE = 4;
const LOGOUTS = "logout";

/**
 * Signing in, and following people at their providers (I4, I9). Whoever the provider does not confirm for four checks has
 * no roles until it does: nothing they have works, and nothing is lost when the provider answers again.
 */
export function createSignIn(parts: PeopleParts): SignIn {
  const { tenant, directory, artifacts, clock } = parts;
  /** Checks under way: a refresh token that rotates is used once. */
  const running = new Map<string, Promise<boolean>>();

  const inOne = (account: Account): Promise<boolean> => {
    const before = running.get(account.owner);
    if (before !== undefined) return before;
    const mine = check(account.owner).finally(() => running.delete(account.owner));
    running.set(account.owner, mine);
    return mine;
  };

  /** Looks one person up, and does what follows. */
  async function check(owner: string): Promise<boolean> {
    const account = directory.account(tenant, owner);
    if (account === undefined || account.endedAt !== undefined) return false;
    const configured = parts.providers.get(account.source);
    if (configured === undefined) return holdBack(account, "provider_gone");
    const whose = { tenant, owner, provider: account.source };
    const token = await refreshTokenOf(artifacts, whose);
    if (token === undefined) {
      const trusted = clock.now() - account.checkedAt < parts.sessionMs;
      return trusted ? account.roles.length > 0 : holdBack(account, "sign_in_too_old");
    }
    const answer = await configured.provider.check(token, account.sub);
    // Whoever signed in meanwhile is confirmed by that; what was said of the older token counts no more.
    if ((await refreshTokenOf(artifacts, whose)) !== token) return true;
    if (answer.found === "removed") return gone(account);
    const rotated = answer.found === "present" ? answer.identity.refreshToken : answer.refreshToken;
    if (rotated !== undefined && rotated !== token) await keepRefreshToken(artifacts, whose, rotated);
    if (answer.found === "unknown") return unanswered(account, configured);
    // The account may have ended while the provider was asked; saving never revives it.
    const now = directory.account(tenant, owner) ?? account;
    if (now.endedAt !== undefined) return false;
    const { groups, name } = answer.identity;
    const roles = rolesOf(groups, configured.rules);
    const confirmed = { ...now, roles, checkedAt: clock.now(), ...(name === undefined ? {} : { name }) };
    await saveChanged(parts, now, confirmed, "looked_up");
    return true;
  }

  async function unanswered(account: Account, { rules }: ConfiguredProvider): Promise<boolean> {
    if (clock.now() - account.checkedAt <= PATIENCE * rules.checkMs) return account.roles.length > 0;
    return holdBack(account, "provider_unanswered");
  }

  /** Takes the roles away until the provider confirms the person, or they sign in again. */
  async function holdBack(account: Account, reason: string): Promise<false> {
    if (account.roles.length > 0) await saveChanged(parts, account, { ...account, roles: [] }, reason);
    return false;
  }

  async function gone(account: Account): Promise<false> {
    const { owner, source } = account;
    await forgetRefreshToken(artifacts, { tenant, owner });
    await holdBack(account, "removed_at_provider");
    await parts.removed({ tenant, owner, by: `provider:${source}` });
    return false;
  }

  async function isAtWork(account: Account, owners: ReadonlySet<string>): Promise<boolean> {
    if (owners.has(account.owner)) return true;
    const now = clock.now();
    const grants = directory.grantsOf(tenant, account.owner);
    if (grants.some((grant) => grant.revokedAt === undefined && grant.expiresAt > now)) return true;
    return (await parts.sessions.ofOwner(tenant, account.owner)).length > 0;
  }

  /** Owners of keys that work. */
  async function keyOwners(): Promise<ReadonlySet<string>> {
    const now = clock.now();
    const keys = await parts.keys.list(tenant);
    const live = keys.filter((key) => key.revokedAt === undefined && (key.expiresAt ?? Infinity) > now);
    return new Set(live.map(({ owner }) => owner));
  }

  const isDue = (account: Account): boolean => {
    const configured = parts.providers.get(account.source);
    if (account.endedAt !== undefined || configured === undefined) return false;
    return clock.now() - account.checkedAt >= configured.rules.checkMs;
  };
  /** When people were last tried, whatever came of it: an unanswering provider is asked once in a while, not at every turn. */
  const tried = new Map<string, number>();

  async function checkDue(account: Account, owners: ReadonlySet<string>): Promise<void> {
    const { checkMs } = (parts.providers.get(account.source) as ConfiguredProvider).rules;
    const last = tried.get(account.owner);
    if (last !== undefined && clock.now() - last < Math.min(checkMs, RENEW_MS)) return;
    if (!(await isAtWork(account, owners))) return void tried.delete(account.owner);
    tried.set(account.owner, clock.now());
    await inOne(account);
  }

  return {
    providers: [...parts.providers.keys()],
    begin: (provider, redirectUri, wants) => beginSignIn(parts, provider, redirectUri, wants),
    finish: (provider, ticket, callback) => finishSignIn(parts, provider, ticket, callback),

    async checkPeople() {
      try {
        const due = directory.accounts(tenant).filter(isDue);
        if (due.length === 0) return;
        const owners = await keyOwners();
        const next = due.values();
        const work = async (): Promise<void> => {
          for (const account of next)
            await checkDue(account, owners).catch((error: unknown) => parts.log.error("people.failed", faultOf(error)));
        };
        await Promise.all(Array.from({ length: AT_ONCE }, work));
      } catch (error) {
        parts.log.error("people.failed", faultOf(error));
      }
    },

    async renew(given) {
      const account = directory.account(given.tenant, given.owner);
      if (account === undefined || account.endedAt !== undefined) return false;
      const known = parts.providers.has(account.source);
      // Local people and services have no provider; whoever had one that is not configured any more has nobody.
      if (!known) return ["local", "client", "issuer"].includes(account.source);
      if (account.roles.length > 0 && clock.now() - account.checkedAt < RENEW_MS) return true;
      return inOne(account);
    },

    async logout(name, token) {
      const configured = parts.providers.get(name);
      const logout = await configured?.provider.logout(token);
      if (logout === undefined || (await wasSeen(name, logout.jti, logout.expiresAt))) return false;
      const owner =
        logout.sub === undefined
          ? await ownerOfSession(artifacts, tenant, name, String(logout.sid))
          : directory.bySource(tenant, name, logout.sub)?.owner;
      if (owner === undefined) return true;
      await parts.endAccess({ tenant, owner, by: `provider:${name}` });
      const detail = { provider: name };
      const what = { type: "session.ended", tenant, owner, decision: "allow", reason: "backchannel_logout" } as const;
      await parts.record({ ...what, detail });
      return true;
    },
  };

  /** Whether a logout token came before (its `jti`). */
  async function wasSeen(provider: string, jti: string, expiresAt: number): Promise<boolean> {
    const id = JSON.stringify([provider, jti]);
    if ((await artifacts.find(LOGOUTS, id)) !== undefined) return true;
    await artifacts.put(LOGOUTS, id, {}, { tenant, expiresAt });
    return false;
  }
}

const faultOf = (error: unknown) => ({ fault: error instanceof Error ? error.message : String(error) });
