import type { Judge } from "../domain/catalogue/view.ts";
import { inspectDefinition } from "../domain/inspection/definition/index.ts";
import { entryName, type Lock, type PinKind } from "../domain/pins/index.ts";
import type { JsonObject } from "../kernel/json.ts";

/** Names of the approved tools of every other server. */
export function othersOf({ servers }: Lock, name: string): string[] {
  const others = Object.entries(servers).filter(([server]) => server !== name);
  return others.flatMap(([, { definitions }]) =>
    Object.keys(definitions).flatMap((entry) => (entry.startsWith("tool:") ? [entry.slice("tool:".length)] : [])),
  );
}

/** Findings that keep a definition from everybody, each in one stable word; none where nothing does. */
export function blockingIn(definition: JsonObject, others: readonly string[]): readonly string[] {
  const { verdict, findings } = inspectDefinition(definition, { others });
  return verdict === "block" ? [...new Set(findings.map(({ kind }) => `poisoning:${kind}`))] : [];
}

/**
 * Looks at definitions before anybody sees them (T4), whatever is in the lockfile: one that was approved before a detector
 * knew better, or by hand, is withheld until somebody accepts what is found in it. Each definition is looked at once.
 * @param pins what is approved now
 * @returns why a definition is withheld; undefined: it is approved, and nothing is found or all of it was accepted
 */
export function createPoisoning(pins: {
  lock(): Lock;
  pinned(server: string, kind: string, name: string, digest: string): string | undefined;
}): Judge["pinned"] {
  let of: Lock | undefined;
  let known = new Map<string, readonly string[]>();
  return (server, kind, name, digest, definition) => {
    const unpinned = pins.pinned(server, kind, name, digest);
    if (unpinned !== undefined) return unpinned;
    const now = pins.lock();
    if (now !== of) [of, known] = [now, new Map()];
    const key = `${server}\n${digest}`;
    let blocking = known.get(key);
    if (blocking === undefined) known.set(key, (blocking = blockingIn(definition, othersOf(now, server))));
    if (blocking.length === 0) return undefined;
    const approved = now.servers[server]?.definitions[entryName(kind as PinKind, name)];
    const accepted = approved?.find((pin) => pin.digest === digest)?.findings ?? [];
    const left = blocking.filter((one) => !accepted.includes(one));
    return left.length === 0 ? undefined : left.join(", ");
  };
}
