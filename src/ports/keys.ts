/** One API key as it is kept: everything but the secret, of which only a hash exists (I5). */
export interface KeyRecord {
  /** `k_…`, the leaf credential in principals and records. */
  readonly id: string;
  readonly tenant: string;
  /** `person:ada@example.com` or `service:nightly-report`. */
  readonly owner: string;
  readonly roles: readonly string[];
  /** Patterns that narrow the key; undefined: all that its roles allow. */
  readonly scope?: readonly string[];
  readonly environment: string;
  readonly plan: string;
  /** This and the other times: milliseconds since the epoch. */
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  readonly label?: string;
  /** Of the last use that was written; a crash may lose the last seconds. */
  readonly lastUsedAt?: number;
}

/** A key with the hex SHA-256 of its secret. */
export interface StoredKey {
  readonly record: KeyRecord;
  readonly hash: string;
}

/** Where keys are kept. Every promise rejects when the store cannot answer; nothing is then known and callers refuse. */
export interface KeyStore {
  /** Keeps a new key; survives a power cut once resolved. Rejects when the id exists or the record is another tenant's. */
  create(tenant: string, key: StoredKey): Promise<void>;
  /** The tenant's keys, newest first, revoked and expired ones too. */
  list(tenant: string): Promise<KeyRecord[]>;
  /** Ends a key for good and answers it; the first time of revocation stays. Undefined where this tenant has no such key. */
  revoke(tenant: string, id: string, at: number): Promise<KeyRecord | undefined>;
  /** Lets a key end at that time, or earlier where it ended earlier already (rotation). Undefined where this tenant has no such key. */
  expire(tenant: string, id: string, at: number): Promise<KeyRecord | undefined>;
  /** Notes last uses. Does not change `version`. */
  touch(tenant: string, uses: readonly { readonly id: string; readonly at: number }[]): Promise<void>;
  /** Every tenant's keys, for the gateway's keyring alone. */
  all(): Promise<StoredKey[]>;
  /** A number that changes with every key that any process creates, revokes, edits or removes. */
  version(): Promise<number>;
  close(): Promise<void>;
}
