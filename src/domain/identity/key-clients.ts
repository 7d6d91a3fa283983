import type { Principal } from "../../kernel/principal.ts";

/** Keys whose clients are remembered; the oldest is forgotten first. */
const MOST_KEYS = 10_000;
/** Names that are remembered of one key; further ones are not told, so that nobody floods the record with them. */
const MOST_NAMES = 16;
const LONGEST_NAME = 64;

/**
 * Notices an API key that a second client comes with (I5). Clients name themselves, so that this alerts and decides
 * nothing; OAuth clients are told apart by their client id.
 * @param alert told once for each further name of a key, since this process started
 */
export function createKeyClients(alert: (key: Principal, first: string, name: string) => void) {
  const seen = new Map<string, Set<string>>();
  /** The name that came last: most calls of a key name the same client. */
  const last = new WeakMap<Principal, string>();

  function notice(principal: Principal, name: string): void {
    const shown = name.slice(0, LONGEST_NAME).replaceAll(/\p{C}/gu, "\ufffd");
    const names = seen.get(principal.credential);
    if (names === undefined) {
      if (seen.size >= MOST_KEYS) seen.delete(seen.keys().next().value as string);
      seen.set(principal.credential, new Set([shown]));
    } else if (!names.has(shown) && names.size < MOST_NAMES) {
      const [first = ""] = names;
      names.add(shown);
      alert(principal, first, shown);
    }
  }

  return (principal: Principal, name: string | undefined): void => {
    if (name === undefined || principal.client !== undefined || last.get(principal) === name) return;
    last.set(principal, name);
    notice(principal, name);
  };
}
