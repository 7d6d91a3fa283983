import type { ServerView } from "../domain/catalogue/view.ts";
import type { PolicyFault } from "../domain/policy/fault.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Log } from "../ports/world.ts";

/** Things that were told once; after so many everything is told again. */
const MOST = 10_000;

/** Tells the operator and the record which policies do not fit what is pinned now: they deny what they were for. */
export function tellStale(
  faults: readonly PolicyFault[],
  log: Log,
  event: (type: string, facts: JsonObject) => void,
): void {
  for (const { file = "", line = 0, message, remedy } of faults) {
    log.error("policy.stale", { file, line, fault: message, effect: "it denies what it was for", remedy });
    event("policy.stale", { file, line, fault: message });
  }
}

/** Tells the operator and the record what servers publish that may not be used. */
export function reports(log: Log, event: (type: string, facts: JsonObject, server: string) => void) {
  const published = new Map<string, ServerView>();
  const told = new Set<string>();

  function isNews(key: string): boolean {
    if (told.has(key)) return false;
    if (told.size > MOST) told.clear();
    told.add(key);
    return true;
  }

  return {
    /** What a server published last, to whomever; undefined: nothing yet. */
    seen: (server: string): ServerView | undefined => published.get(server),
    /** Says once what is quarantined or faulty. */
    report(view: ServerView): void {
      published.set(view.server, view);
      for (const entry of view.quarantined) {
        if (!isNews(`${entry.server} ${entry.kind} ${entry.name} ${entry.digest} ${entry.quarantine}`)) continue;
        const detail = { kind: entry.kind, digest: entry.digest, why: entry.quarantine ?? "" };
        log.warn("definition.quarantined", { server: entry.server, name: entry.name, ...detail });
        event("definition.quarantined", detail, entry.server);
      }
      for (const fault of view.faults)
        if (isNews(`${view.server} ${fault}`)) log.warn("server.fault", { server: view.server, fault });
    },
  };
}
