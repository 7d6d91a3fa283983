import type { KeyRecord, KeyStore } from "../../ports/keys.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { type Environment, mintKey } from "./key-format.ts";

/** What is asked for when a key is created. */
export interface NewKey {
  readonly owner: string;
  readonly roles: readonly string[];
  readonly scope?: readonly string[];
  readonly plan: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  readonly label?: string;
}

/** A lifecycle event of a key (A1). */
export interface KeyEvent {
  readonly type: "key.created" | "key.revoked";
  readonly key: KeyRecord;
}

/** What the administration of one tenant's keys stands on. */
export interface KeyAdminParts {
  readonly store: KeyStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly tenant: string;
  readonly environment: Environment;
  /** Writes the event to the record; rejects when it is not there. */
  readonly record: (event: KeyEvent) => Promise<void>;
}

/** Creates a key. A key whose creation cannot be recorded is revoked again and not handed out. */
export async function createKey(parts: KeyAdminParts, asked: NewKey): Promise<{ key: string; record: KeyRecord }> {
  const { store, clock, random, tenant, environment } = parts;
  const { key, id, hash } = mintKey(random, environment);
  const record: KeyRecord = { ...asked, id, tenant, environment, createdAt: clock.now() };
  await store.create(tenant, { record, hash });
  try {
    await parts.record({ type: "key.created", key: record });
  } catch (error) {
    await store.revoke(tenant, id, clock.now());
    throw error;
  }
  return { key, record };
}

/** Revokes a key, then records it: a record that cannot be written must not keep a key alive. Undefined: no such key. */
export async function revokeKey(parts: KeyAdminParts, id: string): Promise<KeyRecord | undefined> {
  const { store, clock, tenant } = parts;
  const key = await store.revoke(tenant, id, clock.now());
  if (key !== undefined) await parts.record({ type: "key.revoked", key });
  return key;
}

/** The keys of one tenant, as commands see them. */
export interface KeyAdmin {
  /** The environment that this gateway serves and its keys carry. */
  readonly environment: string;
  /** The URL that clients connect to, for the snippet. */
  readonly endpoint: string;
  /** The roles, servers and plans that the configuration knows. */
  roles(): readonly string[];
  servers(): readonly string[];
  plans(): readonly string[];
  now(): number;
  /** Creates and records; the key's text exists in this answer alone. */
  create(asked: NewKey): Promise<{ key: string; record: KeyRecord }>;
  list(): Promise<KeyRecord[]>;
  /** Revokes and records. Undefined: there is no such key. */
  revoke(id: string): Promise<KeyRecord | undefined>;
  close(): Promise<void>;
}
