import { refuse } from "../../kernel/errors.ts";
import type { EndedApprovals } from "../../ports/approvals.ts";
import type { Artifacts } from "../../ports/artifacts.ts";
import type { Account } from "../../ports/directory.ts";
import type { KeyRecord, KeyStore } from "../../ports/keys.ts";
import type { Clock } from "../../ports/world.ts";
import { isLastSecurity } from "./administration.ts";
import type { Directory } from "./directory.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

/** What an offboarding stands on. */
export interface OffboardParts {
  readonly directory: Pick<Directory, "account" | "accounts" | "save" | "end" | "grantsOf" | "revokeGrant">;
  readonly keys: Pick<KeyStore, "list" | "revoke">;
  readonly artifacts: Pick<Artifacts, "removeOwner">;
  readonly approvals: { endOwner(tenant: string, owner: string): Promise<EndedApprovals> };
  /** Removes what was withheld from somebody's calls; nothing of it can be read afterwards. Answers how many. */
  readonly quarantine: { endOwner(tenant: string, owner: string): Promise<number> };
  /** Forgets what their credentials have read. Answers how many rows there were. */
  readonly flow: { endOwner(tenant: string, owner: string): Promise<number> };
  /** Writes to the record; rejects when it is not there. */
  readonly record: (event: LifecycleEvent) => Promise<void>;
  readonly clock: Clock;
}

/** What an offboarding ended, in numbers. */
export interface Ended {
  readonly owner: string;
  /** `ended` now, or it was before. */
  readonly account: "ended" | "ended before";
  readonly keys: number;
  /** Consents to OAuth clients. */
  readonly grants: number;
  /** By kind: tokens, codes, browser sessions … */
  readonly artifacts: Readonly<Record<string, number>>;
  /** Calls that waited for a person or were allowed and not sent, and what they allowed to others that was not used. */
  readonly approvals: number;
  /** What was allowed beforehand for them. */
  readonly standing: number;
  /** Results that were withheld from their calls, and are erased. */
  readonly quarantined: number;
  /** Labels of what their credentials had read (S8). */
  readonly labels: number;
  /** Steps that failed, as sentences; empty: everything is done. Doing it again goes on with what is left. */
  readonly failures: readonly string[];
}

/** What somebody has that offboarding would end. Undefined: nobody of that name is known. */
export interface Holdings {
  readonly account: Account | undefined;
  readonly keys: readonly KeyRecord[];
  readonly grants: number;
}

/** The living keys and consents of an owner. */
export async function holdings(
  parts: Pick<OffboardParts, "directory" | "keys" | "clock">,
  who: { readonly tenant: string; readonly owner: string },
): Promise<Holdings | undefined> {
  const now = parts.clock.now();
  const account = parts.directory.account(who.tenant, who.owner);
  const all = (await parts.keys.list(who.tenant)).filter((key) => key.owner === who.owner);
  const grants = parts.directory.grantsOf(who.tenant, who.owner);
  if (account === undefined && all.length === 0 && grants.length === 0) return undefined;
  return {
    account,
    keys: all.filter((key) => key.revokedAt === undefined && (key.expiresAt ?? Infinity) > now),
    grants: grants.filter((grant) => grant.revokedAt === undefined && grant.expiresAt > now).length,
  };
}

/**
 * Ends a person or service everywhere (I9). The account ends first, because everything is refused whose account is
 * ended; then what belongs to it is ended one by one. Every step is tried, also where another fails.
 * @param who.by the administrator's subject id, or what ended them (`provider`), for the record
 * @throws where nothing ended: the store's error, or Refused for the last account with the duty security
 */
export async function offboard(
  parts: OffboardParts,
  who: { readonly tenant: string; readonly owner: string; readonly by: string },
): Promise<Ended> {
  const { tenant, owner, by } = who;
  const { directory, record } = parts;
  const failures: string[] = [];
  const tried = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch {
      failures.push(`${what} failed`);
      return undefined;
    }
  };
  const said = (type: string, more: Partial<LifecycleEvent> = {}) =>
    tried(`Recording ${type}`, () =>
      record({ type, tenant, owner, decision: "allow", reason: "ok", detail: { by }, ...more }),
    );

  const account = await endAccount(parts, tenant, owner);
  // At once: a running gateway ends these too as soon as it knows, and then nobody could say how many they were.
  const held = await tried("Ending approvals", () => parts.approvals.endOwner(tenant, owner));
  const labels = (await tried("Forgetting what was read", () => parts.flow.endOwner(tenant, owner))) ?? 0;
  const quarantined = (await tried("Erasing withheld results", () => parts.quarantine.endOwner(tenant, owner))) ?? 0;
  if (account === "ended") await said("account.ended");

  let keys = 0;
  const mine = (await tried("Reading the keys", () => parts.keys.list(tenant))) ?? [];
  for (const { id } of mine.filter((key) => key.owner === owner && key.revokedAt === undefined)) {
    if ((await tried(`Revoking ${id}`, () => parts.keys.revoke(tenant, id, parts.clock.now()))) === undefined) continue;
    keys += 1;
    await said("key.revoked", { credential: id });
  }
  let grants = 0;
  for (const { id, client } of directory.grantsOf(tenant, owner).filter((grant) => grant.revokedAt === undefined)) {
    if ((await tried(`Revoking ${id}`, () => directory.revokeGrant(tenant, id))) === undefined) continue;
    grants += 1;
    await said("consent.revoked", { credential: id, client });
  }
  const removed = await tried("Removing tokens and sessions", () => parts.artifacts.removeOwner(tenant, owner));
  const artifacts = Object.fromEntries(removed ?? []);
  const approvals = held === undefined ? 0 : held.pending + held.given;
  const numbers = { keys, grants, artifacts, approvals, standing: held?.standing ?? 0, quarantined, labels };
  await said("person.offboarded", { detail: { by, ...numbers, failures: failures.length } });
  return { owner, account, ...numbers, failures };
}

/** An owner of keys alone gets an account that is ended, so that nobody signs in as them later. */
async function endAccount(parts: OffboardParts, tenant: string, owner: string): Promise<Ended["account"]> {
  const { directory } = parts;
  const account = directory.account(tenant, owner);
  if (account?.endedAt !== undefined) return "ended before";
  if (account === undefined) {
    const now = parts.clock.now();
    const times = { createdAt: now, checkedAt: now, endedAt: now };
    await directory.save({ tenant, owner, source: "key", sub: owner, roles: [], ...times });
    return "ended";
  }
  if (isLastSecurity(directory.accounts(tenant), owner))
    refuse(
      "not_permitted",
      "This is the last administrator with the duty security; without one nothing could be granted any more. Make another first: cardea users create NAME --duty security",
      { control: "I11" },
    );
  await directory.end(tenant, owner);
  return "ended";
}

/**
 * The owner that a person means: `person:ada@example.com`, `ada@example.com`, or the part before the `@` where it is
 * one account's alone.
 * @param known every owner
 */
export function findOwner(text: string, known: readonly string[]): string | undefined {
  for (const exact of [text, `person:${text}`, `service:${text}`]) if (known.includes(exact)) return exact;
  const meant = known.filter((owner) => owner.startsWith(`person:${text}@`));
  return meant.length === 1 ? meant[0] : undefined;
}
