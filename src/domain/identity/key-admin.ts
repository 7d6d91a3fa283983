import { refuse } from "../../kernel/errors.ts";
import { isPlainOwner } from "../../kernel/principal.ts";
import type { KeyRecord, KeyStore } from "../../ports/keys.ts";
import type { Clock, Random } from "../../ports/world.ts";
import type { Directory } from "./directory.ts";
import { type Environment, mintKey } from "./key-format.ts";
import type { AskProof, Proven } from "./proof.ts";
import type { Act } from "./administration.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

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
  readonly type: "key.created" | "key.rotated" | "key.revoked";
  readonly key: KeyRecord;
  /** The administrator who did it; undefined for who revokes what is their own, or who proved nothing. */
  readonly by?: Proven;
  /** Of a rotation: the id of the new key. */
  readonly next?: string;
}

/** The event of a key as it is recorded. */
export function keyEvent({ type, key, next }: KeyEvent): LifecycleEvent {
  const facts = { roles: [...key.roles], plan: key.plan, ...(next === undefined ? {} : { next }) };
  const { tenant, owner } = key;
  return { type, tenant, owner, credential: key.id, decision: "allow", reason: "ok", detail: facts };
}

/** What the administration of one tenant's keys stands on. */
export interface KeyAdminParts {
  readonly store: KeyStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly tenant: string;
  readonly environment: Environment;
  /** Who is ended gets no keys; undefined: nobody has an account yet. */
  readonly directory?: Pick<Directory, "account">;
  /** Writes the event to the record; rejects when it is not there. */
  readonly record: (event: KeyEvent) => Promise<void>;
  /** Lets a successor have read what the key before it has (S8); rejects when that cannot be stored. Undefined: nothing is. */
  readonly inherit?: (from: string, to: string) => Promise<void>;
}

/**
 * Creates a key. A key whose creation cannot be recorded is revoked again and not handed out.
 * @param by the administrator's proof for `keys.grant`; undefined for the key of the first start alone
 */
export async function createKey(
  parts: KeyAdminParts,
  asked: NewKey,
  by?: Proven,
): Promise<{ key: string; record: KeyRecord }> {
  await by?.must("keys.grant");
  const account = parts.directory?.account(parts.tenant, asked.owner);
  // Who has an account is who that account says; other names must not be taken for one that is written differently.
  if (account === undefined && asked.owner.startsWith("person:") && !isPlainOwner(asked.owner))
    refuse(
      "invalid_request",
      "There is no account of this owner, and it is not written as sign-in writes one: small letters of one script, and nothing that cannot be seen.",
      { path: "owner", control: "I5" },
    );
  if (account?.endedAt !== undefined)
    refuse("not_permitted", `${asked.owner} was offboarded. Let them in again first: cardea users revive`, {
      control: "I9",
    });
  const { store, clock, random, tenant, environment } = parts;
  const { key, id, hash } = mintKey(random, environment);
  const record: KeyRecord = { ...asked, id, tenant, environment, createdAt: clock.now() };
  await store.create(tenant, { record, hash });
  try {
    await parts.record({ type: "key.created", key: record, ...(by === undefined ? {} : { by }) });
  } catch (error) {
    await store.revoke(tenant, id, clock.now());
    throw error;
  }
  return { key, record };
}

/**
 * Revokes a key, then records it: a record that cannot be written must not keep a key alive.
 * @param by who proved themselves for it; ending grants nothing, so that nobody has to
 * @returns undefined: there is no such key
 */
export async function revokeKey(parts: KeyAdminParts, id: string, by?: Proven): Promise<KeyRecord | undefined> {
  await by?.must("keys.revoke");
  const { store, clock, tenant } = parts;
  const key = await store.revoke(tenant, id, clock.now());
  if (key !== undefined) await parts.record({ type: "key.revoked", key, ...(by === undefined ? {} : { by }) });
  return key;
}

/** A new key beside the one that it follows. */
export interface RotatedKey {
  readonly key: string;
  readonly record: KeyRecord;
  readonly old: KeyRecord;
}

/**
 * Gives a key a successor with the same owner, roles and scope; the old one goes on for the overlap, so that no client
 * has to change in the same moment.
 * @param overlapMs milliseconds
 * @param by the administrator's proof for `keys.grant`
 * @throws Error where the key has ended
 * @returns undefined: there is no such key
 */
export async function rotateKey(
  parts: KeyAdminParts,
  id: string,
  overlapMs: number,
  by: Proven,
): Promise<RotatedKey | undefined> {
  const { store, clock, tenant } = parts;
  const now = clock.now();
  const before = (await store.list(tenant)).find((key) => key.id === id);
  if (before === undefined) return undefined;
  if (before.revokedAt !== undefined || (before.expiresAt ?? Infinity) <= now)
    refuse("not_permitted", `${id} has ended and has no successor; create a new key.`, { control: "I5" });
  const { owner, roles, scope, plan, label, createdAt, expiresAt } = before;
  const asked = {
    ...{ owner, roles, plan },
    ...(scope === undefined ? {} : { scope }),
    ...(label === undefined ? {} : { label }),
    // As long as the old one was meant to live.
    ...(expiresAt === undefined ? {} : { expiresAt: now + (expiresAt - createdAt) }),
  };
  const made = await createKey(parts, asked, by);
  try {
    await parts.inherit?.(id, made.record.id);
  } catch (error) {
    await store.revoke(tenant, made.record.id, clock.now());
    throw error;
  }
  const old = (await store.expire(tenant, id, now + overlapMs)) ?? before;
  await parts.record({ type: "key.rotated", key: old, by, next: made.record.id });
  return { ...made, old };
}

/** Living keys that nobody used for so long, or at all since they were made so long ago (P10). @param ms milliseconds */
export function unusedKeys(keys: readonly KeyRecord[], ms: number, now: number): KeyRecord[] {
  const living = keys.filter((key) => key.revokedAt === undefined && (key.expiresAt ?? Infinity) > now);
  return living.filter((key) => (key.lastUsedAt ?? key.createdAt) <= now - ms);
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
  /** @throws Refused where no administrator with the duty proves that they want it */
  prove(act: Act, ask: AskProof): Promise<Proven>;
  /** Creates and records; the key's text exists in this answer alone. */
  create(asked: NewKey, by: Proven): Promise<{ key: string; record: KeyRecord }>;
  /** Creates a successor and lets the old key end after the overlap, milliseconds. Undefined: there is no such key. */
  rotate(id: string, overlapMs: number, by: Proven): Promise<RotatedKey | undefined>;
  list(): Promise<KeyRecord[]>;
  /** Revokes and records. Undefined: there is no such key. */
  revoke(id: string): Promise<KeyRecord | undefined>;
  close(): Promise<void>;
}
