import { timingSafeEqual } from "node:crypto";
import { refuse } from "../../kernel/errors.ts";
import type { KeyRecord, KeyStore } from "../../ports/keys.ts";
import type { Clock } from "../../ports/world.ts";
import type { Directory } from "./directory.ts";
import { readKey } from "./key-format.ts";

/** Why a bearer credential counts for nothing. For the record; the caller learns only that it is not valid. */
export type KeyFault = "malformed" | "unknown" | "expired" | "revoked" | "environment" | "account_ended";

export type Authenticated =
  | { readonly ok: true; readonly key: KeyRecord }
  | { readonly ok: false; readonly reason: KeyFault };

/** All keys in memory, so that no request waits for the store. */
export interface Keyring {
  /**
   * Whose key this is. Constant time in the secret; expiry, revocation and environment are told only to who has it.
   * @throws Refused (`control_failed`) while the store does not answer: a revocation could go unnoticed
   */
  authenticate(bearer: string, environment: string): Authenticated;
  /**
   * Reads the keys again if any process changed them. To be called every 200 ms or so. Rejects when the store is lost.
   * @returns the ids of keys that were used here and count for nothing any more: revoked, removed, expired, account ended
   */
  poll(): Promise<readonly string[]>;
  /** Reads the keys again. Rejects when the store is lost. */
  refresh(): Promise<void>;
  /** Writes the last uses, every 10 s or so and before the store closes. Rejects when it failed; nothing is then lost. */
  flush(): Promise<void>;
}

interface Entry {
  readonly record: KeyRecord;
  readonly hash: Buffer;
}

/** What a bearer was found to be: whose key, and the environment that the text itself names. */
interface Proved {
  readonly record: KeyRecord;
  readonly environment: string;
}

const NOBODY = Buffer.alloc(32);
const no = (reason: KeyFault): Authenticated => ({ ok: false, reason });

/**
 * Loads every key (I1, I5). Rejects when the store cannot be read: without it nobody can be told apart.
 * @param directory where accounts are: a key whose owner's account is ended counts for nothing (I9). Who has no account
 *   may own keys. Polled by its owner, before the keyring.
 */
export async function createKeyring(
  store: KeyStore,
  clock: Clock,
  directory?: Pick<Directory, "account">,
): Promise<Keyring> {
  let keys = new Map<string, Entry>();
  /**
   * Keys by the whole text that proved them, so that who comes again is not hashed again. At most three texts prove one
   * key (the secret, in each environment), and all are forgotten with the keys that they were compared with.
   */
  const proved = new Map<string, Proved>();
  let version: number | undefined;
  let lost = false;
  const used = new Map<string, { tenant: string; at: number }>();
  /** Keys that somebody came with and that have not ended since. */
  const active = new Set<string>();

  async function load(onlyIfChanged: boolean): Promise<void> {
    try {
      // The version is read first: a change between the two reads is seen again at the next poll.
      const now = await store.version();
      if (!onlyIfChanged || now !== version) {
        const all = await store.all();
        keys = new Map(all.map(({ record, hash }) => [record.id, { record, hash: Buffer.from(hash, "hex") }]));
        proved.clear();
        version = now;
      }
      lost = false;
    } catch (error) {
      lost = true;
      throw error;
    }
  }
  await load(false);

  // Loads run one after another, so that an older answer never replaces a newer one.
  let turn = Promise.resolve();
  const inTurn = (onlyIfChanged: boolean): Promise<void> => {
    const mine = turn.then(() => load(onlyIfChanged));
    turn = mine.catch(() => {});
    return mine;
  };

  /**
   * The owner's account is ended, or left without any role because its provider does not confirm it any more (I9). Who
   * only ever owned keys (source `key`) has no roles but those of the keys.
   */
  function offboarded({ tenant, owner }: KeyRecord): boolean {
    const account = directory?.account(tenant, owner);
    if (account === undefined) return false;
    return account.endedAt !== undefined || (account.roles.length === 0 && account.source !== "key");
  }

  /** Compares the secret, in constant time. */
  function prove(bearer: string): Proved | "malformed" | "unknown" {
    const read = readKey(bearer);
    if (read === undefined) return "malformed";
    const entry = keys.get(read.id);
    if (!timingSafeEqual(read.hash, entry?.hash ?? NOBODY) || entry === undefined) return "unknown";
    const found = { record: entry.record, environment: read.environment };
    proved.set(bearer, found);
    return found;
  }

  return {
    authenticate(bearer, environment) {
      if (lost)
        refuse("control_failed", "Keys cannot be checked now; try again in a moment", { control: "I5", retryAfter: 1 });
      const known = proved.get(bearer) ?? prove(bearer);
      if (typeof known === "string") return no(known);
      const { record } = known;
      const now = clock.now();
      if (record.revokedAt !== undefined) return no("revoked");
      if (record.expiresAt !== undefined && record.expiresAt <= now) return no("expired");
      if (record.environment !== environment || known.environment !== environment) return no("environment");
      if (offboarded(record)) return no("account_ended");
      const use = used.get(record.id);
      if (use === undefined) {
        used.set(record.id, { tenant: record.tenant, at: now });
        active.add(record.id);
      } else use.at = now;
      return { ok: true, key: record };
    },
    async poll() {
      await inTurn(true);
      const now = clock.now();
      const ended = [...active].filter((id) => {
        const record = keys.get(id)?.record;
        if (record === undefined || record.revokedAt !== undefined || (record.expiresAt ?? Infinity) <= now)
          return true;
        return offboarded(record);
      });
      for (const id of ended) active.delete(id);
      return ended;
    },
    refresh: () => inTurn(false),
    async flush() {
      const uses = [...used];
      used.clear();
      try {
        for (const [tenant, some] of Map.groupBy(uses, ([, use]) => use.tenant)) {
          await store.touch(
            tenant,
            some.map(([id, { at }]) => ({ id, at })),
          );
        }
      } catch (error) {
        for (const [id, use] of uses) if (!used.has(id)) used.set(id, use);
        throw error;
      }
    },
  };
}
