import type { Keyring } from "../domain/identity/keyring.ts";
import type { Identity } from "./identity.ts";

/** What a running gateway does again and again, with the milliseconds between. */
const EVERY_MS = {
  /** What other processes ended: keys, accounts, grants, tokens. */
  ended: 200,
  /** What other processes decided on approvals. */
  approvals: 200,
  /** What other processes read, or forgot. */
  flow: 200,
  /** What other processes want recorded. */
  events: 200,
  lock: 500,
  limits: 1_000,
  strangers: 1_000,
  /** Who has to be looked up at their provider. */
  people: 5_000,
  /** Last uses. */
  uses: 10_000,
  sweep: 60_000,
} as const;

type Work = () => Promise<unknown> | void;
/** Says a failure to the operator. */
type Quietly = (name: string, work: () => Promise<void> | void) => () => Promise<void>;

/** Begins all of it. @returns what ends it */
export function repeat(works: Readonly<Record<keyof typeof EVERY_MS, Work>>, quietly: Quietly): () => void {
  const timers = Object.entries(works).map(([name, work]) => {
    const quiet = quietly(name, async () => void (await work()));
    return setInterval(() => void quiet(), EVERY_MS[name as keyof typeof EVERY_MS]);
  });
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

/**
 * Leaf credentials that ended since the last look. Rejects where a store is lost, after every memory has noticed it.
 * @param ends ends what else hangs on somebody whose account ended, by what it is
 */
export async function endedCredentials(
  identity: Identity,
  keyring: Keyring,
  ends: Readonly<Record<string, (tenant: string, owner: string) => Promise<unknown>>>,
  quietly: Quietly,
): Promise<ReadonlySet<string>> {
  const [people, keys] = await Promise.allSettled([identity.poll(), keyring.poll()]);
  if (people.status === "rejected") throw people.reason;
  if (keys.status === "rejected") throw keys.reason;
  const { endedOwners, endedGrants } = people.value;
  for (const { tenant, owner } of endedOwners)
    for (const [what, end] of Object.entries(ends)) await quietly(what, async () => void (await end(tenant, owner)))();
  const grants = endedOwners.flatMap(({ tenant, owner }) => identity.directory.grantsOf(tenant, owner));
  return new Set([...keys.value, ...endedGrants, ...grants.map(({ id }) => id)]);
}
