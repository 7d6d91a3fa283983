import type { Caller } from "./question.ts";

/** All callers that are the same to every rule. */
export interface Who<Entry> {
  /** A short name: it stands in the key of everything that is remembered. */
  readonly id: string;
  /** Whether they could be permitted anything on a server, by its name. */
  readonly reached: Map<string, boolean>;
  /** What they asked about lately, by the name of the thing. */
  readonly lately: Map<string, Entry>;
}

/** Most that are known at once. */
const MOST = 50_000;

/**
 * Finds who stands for a caller.
 * @param flags what the rules look at beside tenant, roles and scope
 * @param heldRoles the caller's roles that have an effect
 */
export function createWhos<Entry>(
  flags: ReadonlySet<string>,
  heldRoles: (caller: Caller) => string[],
): (caller: Caller) => Who<Entry> {
  const callers = new WeakMap<Caller, Who<Entry>>();
  const whos = new Map<string, Who<Entry>>();
  let named = 0;
  return (caller) => {
    const known = callers.get(caller);
    if (known !== undefined) return known;
    const { tenant, owner, credential, client, plan, scope } = caller;
    const all = JSON.stringify([
      tenant,
      heldRoles(caller),
      scope,
      flags.has("owner") && owner,
      flags.has("key") && credential,
      flags.has("client") && [client],
      flags.has("plan") && plan,
    ]);
    let who = whos.get(all);
    if (who === undefined) {
      if (whos.size >= MOST) whos.clear();
      whos.set(all, (who = { id: `${++named}`, reached: new Map(), lately: new Map() }));
    }
    callers.set(caller, who);
    return who;
  };
}
