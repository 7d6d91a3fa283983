/** A person or service that credentials belong to. What is not here may own API keys and nothing else. */
export interface Account {
  readonly tenant: string;
  /** `person:ada@example.com` or `service:nightly-report`: unique, never given to anybody else. */
  readonly owner: string;
  /** Who vouches for it: the name of a sign-in provider, `local`, `issuer` (external authorization server) or `client`. */
  readonly source: string;
  /** The source's own id: the provider's `sub`, a local login, a client id. One account per source and id. */
  readonly sub: string;
  readonly name?: string;
  /** Roles of policy, and roles of administration as `admin:operator|security|approver|auditor` (I11). */
  readonly roles: readonly string[];
  /** This and the other times: milliseconds since the epoch. */
  readonly createdAt: number;
  /** When the source last confirmed account and roles. */
  readonly checkedAt: number;
  /** Offboarded, here or at the source: nothing of the account works any more. */
  readonly endedAt?: number;
}

/**
 * What one account allowed one OAuth client (P9): the leaf credential of every token that comes of it (invariant 9),
 * so that signing in again or asking for more resets neither limits nor labels.
 */
export interface Grant {
  /** `g_…`, the same for the same tenant, owner and client. */
  readonly id: string;
  readonly tenant: string;
  readonly owner: string;
  readonly environment: string;
  /** OAuth client id. */
  readonly client: string;
  readonly clientName: string;
  /** Host of the redirect URI that the consent page showed; undefined for clients that act for themselves. */
  readonly redirectHost?: string;
  /** Everything that was ever consented to and still holds: `<server>:read`, `<server>:write`, `offline_access`. */
  readonly scopes: readonly string[];
  readonly createdAt: number;
  /** When the consent ends. */
  readonly expiresAt: number;
  readonly revokedAt?: number;
  readonly lastUsedAt?: number;
}

/** Where accounts and grants are kept. Every promise rejects when the store cannot answer; callers then refuse. */
export interface DirectoryStore {
  /** Creates or replaces an account. Rejects where the owner belongs to another source and id, and never revives: `endedAt` stays. */
  putAccount(account: Account): Promise<void>;
  /** Ends an account for good and answers it; the first time stays. Undefined where the tenant has none. */
  endAccount(tenant: string, owner: string, at: number): Promise<Account | undefined>;
  /** Lets an ended account in again: an administrator's act. Undefined where the tenant has none. */
  reviveAccount(tenant: string, owner: string): Promise<Account | undefined>;
  /**
   * Creates or replaces a grant; a revoked one becomes valid again, because the person consented anew. Rejects where the
   * account is ended, or the id belongs to another tenant, owner or client.
   */
  putGrant(grant: Grant): Promise<void>;
  revokeGrant(tenant: string, id: string, at: number): Promise<Grant | undefined>;
  /** Notes last uses. Does not change `version`. */
  touchGrants(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void>;
  /** Every tenant's accounts and grants, for the gateway's memory. */
  all(): Promise<{ accounts: Account[]; grants: Grant[] }>;
  /**
   * What changed after this version, so that memory need not be read whole. Undefined: something was removed, which only
   * `all` shows.
   */
  changes(since: number): Promise<{ accounts: Account[]; grants: Grant[] } | undefined>;
  /** A number that grows with every account and grant that any process changes. */
  version(): Promise<number>;
  close(): Promise<void>;
}
