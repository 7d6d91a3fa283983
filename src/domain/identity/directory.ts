import { hash } from "node:crypto";
import { refuse } from "../../kernel/errors.ts";
import type { Account, DirectoryStore, Grant } from "../../ports/directory.ts";
import type { Clock } from "../../ports/world.ts";

/** What ended since the last look, here or in another process. */
export interface Endings {
  readonly endedOwners: { readonly tenant: string; readonly owner: string }[];
  /** Grants that were used here and count for nothing any more. */
  readonly endedGrants: string[];
}

/**
 * All accounts and grants in memory, so that no request waits for the store. Reading throws a `Refused`
 * (`control_failed`) while the store does not answer: an ending could go unnoticed. Writing rejects with the store.
 */
export interface Directory {
  account(tenant: string, owner: string): Account | undefined;
  bySource(tenant: string, source: string, sub: string): Account | undefined;
  grant(id: string): Grant | undefined;
  /** The grants of one owner, newest first, revoked and expired ones too. */
  grantsOf(tenant: string, owner: string): Grant[];
  /** The accounts of a tenant by owner, ended ones too. */
  accounts(tenant: string): Account[];
  /** Keeps an account. Rejects where its owner belongs to another source and id; never revives. */
  save(account: Account): Promise<void>;
  /** Ends an account for good; here at once, in other processes at their next poll. Undefined: there is none. */
  end(tenant: string, owner: string): Promise<Account | undefined>;
  /** Lets an ended account in again. Undefined: there is none. */
  revive(tenant: string, owner: string): Promise<Account | undefined>;
  /** Keeps what a person consented to; one that was revoked is valid again. Rejects where the account is ended. */
  saveGrant(grant: Grant): Promise<void>;
  revokeGrant(tenant: string, id: string): Promise<Grant | undefined>;
  /** Reads what any process changed, and tells nobody. For judging right before an act. Rejects when the store is lost. */
  refresh(): Promise<void>;
  /** Follows what any process changed. To be called every 200 ms or so. Rejects when the store is lost. */
  poll(): Promise<Endings>;
  /** Notes that a grant was used. @param now milliseconds since the epoch */
  touch(grantId: string, now: number): void;
  /** Writes the last uses, every 10 s or so and before the store closes. Rejects when it failed; nothing is then lost. */
  flush(): Promise<void>;
}

/** 32 letters, so that five bits of a byte choose one without bias. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** The leaf credential of one owner's consent to one client: `g_` and 16 letters, 80 bits of SHA-256 (invariant 9). */
export function grantId(tenant: string, owner: string, client: string): string {
  const digest = hash("sha256", JSON.stringify([tenant, owner, client]), "buffer");
  return `g_${Array.from(digest.subarray(0, 16), (byte) => LETTERS[byte & 31]).join("")}`;
}

/** Accounts and grants as they are looked up. */
class Memory {
  readonly owners = new Map<string, Map<string, Account>>();
  readonly sources = new Map<string, Account>();
  readonly grants = new Map<string, Grant>();

  constructor(all: { accounts: readonly Account[]; grants: readonly Grant[] } = { accounts: [], grants: [] }) {
    for (const account of all.accounts) this.put(account);
    for (const grant of all.grants) this.grants.set(grant.id, grant);
  }
  put(account: Account): void {
    const before = this.owners.get(account.tenant)?.get(account.owner);
    if (before !== undefined) this.sources.delete(sourceKey(before.tenant, before.source, before.sub));
    let owners = this.owners.get(account.tenant);
    if (owners === undefined) this.owners.set(account.tenant, (owners = new Map()));
    owners.set(account.owner, account);
    this.sources.set(sourceKey(account.tenant, account.source, account.sub), account);
  }
  *accounts(): Iterable<Account> {
    for (const owners of this.owners.values()) yield* owners.values();
  }
}

const sourceKey = (tenant: string, source: string, sub: string): string => JSON.stringify([tenant, source, sub]);

/** Loads every account and grant. Rejects when the store cannot be read: without it nobody can be told apart. */
export async function createDirectory(store: DirectoryStore, clock: Clock): Promise<Directory> {
  let memory = new Memory();
  let version: number | undefined;
  let lost = false;
  /** Last uses that are not written yet, milliseconds since the epoch. */
  const used = new Map<string, { at: number }>();
  /** Grants that somebody came with and that have not ended since. */
  const active = new Set<string>();
  /** Owners that are known to be ended, and those of them whose end was not told yet, by the same key. */
  const ended = new Set<string>();
  const untold = new Map<string, { tenant: string; owner: string }>();

  async function load(): Promise<void> {
    try {
      // The version is read first: a change between the two reads is seen again at the next poll.
      const now = await store.version();
      if (now !== version) {
        const changes = version === undefined ? undefined : await store.changes(version);
        if (changes === undefined) loadAll(await store.all());
        else apply(changes);
        version = now;
      }
      lost = false;
    } catch (error) {
      lost = true;
      throw error;
    }
  }

  /** Puts everything in the place of what was known. What is not there any more is as good as ended. */
  function loadAll(all: Awaited<ReturnType<DirectoryStore["all"]>>): void {
    const before = memory;
    memory = new Memory(all);
    for (const account of memory.accounts()) notice(account);
    for (const account of before.accounts())
      if (memory.owners.get(account.tenant)?.has(account.owner) !== true) notice({ ...account, endedAt: clock.now() });
  }

  function apply(changes: { accounts: readonly Account[]; grants: readonly Grant[] }): void {
    for (const account of changes.accounts) {
      memory.put(account);
      notice(account);
    }
    for (const grant of changes.grants) memory.grants.set(grant.id, grant);
  }

  /** Who is ended and was not is told at the next poll; at the start nobody is told. */
  function notice(account: Account): void {
    const key = JSON.stringify([account.tenant, account.owner]);
    if (account.endedAt === undefined) return void ended.delete(key);
    if (version !== undefined && !ended.has(key)) untold.set(key, { tenant: account.tenant, owner: account.owner });
    ended.add(key);
  }
  await load();

  // Loads and writes run one after another, so that an older answer never replaces a newer one.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  };

  const known = (): Memory => {
    if (lost)
      refuse("control_failed", "Accounts cannot be checked now; try again in a moment", {
        control: "I1",
        retryAfter: 1,
      });
    return memory;
  };
  const remember = (account: Account | undefined): Account | undefined => {
    if (account !== undefined) memory.put(account);
    return account;
  };
  const over = (grant: Grant | undefined, now: number): boolean =>
    grant === undefined ||
    grant.revokedAt !== undefined ||
    grant.expiresAt <= now ||
    memory.owners.get(grant.tenant)?.get(grant.owner)?.endedAt !== undefined;

  return {
    account: (tenant, owner) => known().owners.get(tenant)?.get(owner),
    bySource: (tenant, source, sub) => known().sources.get(sourceKey(tenant, source, sub)),
    grant: (id) => known().grants.get(id),
    grantsOf(tenant, owner) {
      const mine = [...known().grants.values()].filter((grant) => grant.tenant === tenant && grant.owner === owner);
      return mine.sort((a, b) => b.createdAt - a.createdAt);
    },
    accounts: (tenant) =>
      [...(known().owners.get(tenant)?.values() ?? [])].sort((a, b) => (a.owner < b.owner ? -1 : 1)),
    save: (account) =>
      inTurn(async () => {
        await store.putAccount(account);
        const before = memory.owners.get(account.tenant)?.get(account.owner)?.endedAt;
        memory.put(before === undefined ? account : { ...account, endedAt: before });
      }),
    end: (tenant, owner) => inTurn(async () => remember(await store.endAccount(tenant, owner, clock.now()))),
    revive: (tenant, owner) => inTurn(async () => remember(await store.reviveAccount(tenant, owner))),
    saveGrant: (grant) =>
      inTurn(async () => {
        await store.putGrant(grant);
        const { revokedAt: _, ...valid } = grant;
        memory.grants.set(grant.id, valid);
      }),
    revokeGrant: (tenant, id) =>
      inTurn(async () => {
        const grant = await store.revokeGrant(tenant, id, clock.now());
        if (grant !== undefined) memory.grants.set(id, grant);
        return grant;
      }),
    refresh: () => inTurn(load),
    poll: () =>
      inTurn(async () => {
        await load();
        const now = clock.now();
        const endedGrants = [...active].filter((id) => over(memory.grants.get(id), now));
        for (const id of endedGrants) active.delete(id);
        const endedOwners = [...untold.values()];
        untold.clear();
        return { endedOwners, endedGrants };
      }),
    touch(id, now) {
      active.add(id);
      const use = used.get(id);
      if (use === undefined) used.set(id, { at: now });
      else use.at = now;
    },
    async flush() {
      const uses = [...used];
      used.clear();
      try {
        if (uses.length > 0) await store.touchGrants(uses.map(([id, { at }]) => ({ id, at })));
      } catch (error) {
        for (const [id, use] of uses) if (!used.has(id)) used.set(id, use);
        throw error;
      }
    },
  };
}
