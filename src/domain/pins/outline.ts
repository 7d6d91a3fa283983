import { hash } from "node:crypto";
import type { Json } from "../../kernel/json.ts";
import { canonical } from "../../protocol/jcs.ts";
import { type Lock, type Pin, type PinnedSource, record } from "./lock.ts";

/** What a lockfile approves, without the definitions themselves: what a later one is compared with. */
export type Outline = Readonly<Record<string, OutlinedServer>>;

interface OutlinedServer {
  /** Hex SHA-256 of the reviewed source. */
  readonly source: string;
  /** Digests of the approved variants, by entry. */
  readonly entries: Readonly<Record<string, readonly string[]>>;
}

export function outline(lock: Lock): Outline {
  const made: Record<string, OutlinedServer> = record({});
  for (const [name, { source, definitions }] of Object.entries(lock.servers)) {
    const entries: Record<string, string[]> = record({});
    for (const [entry, pins] of Object.entries(definitions)) entries[entry] = pins.map(approvedAs).sort();
    made[name] = { source: sourceDigest(source), entries };
  }
  return made;
}

/** Hex SHA-256 of what was reviewed to run or to reach: of the exact command, its walls and its files (H6). */
export function sourceDigest(source: PinnedSource): string {
  return hash("sha256", canonical(source as unknown as Json));
}

/** A definition, and what was accepted in it: more accepted findings are more power. */
function approvedAs({ digest, findings = [] }: Pin): string {
  return [digest, ...findings.toSorted()].join(" ");
}

/** Whether everything that the later one approves was approved before: then nobody gains anything by it. */
export function narrows(later: Outline, before: Outline): boolean {
  return Object.entries(later).every(([name, server]) => {
    const was = own(before, name);
    if (was === undefined || was.source !== server.source) return false;
    return Object.entries(server.entries).every(([entry, digests]) => {
      const had = own(was.entries, entry) ?? [];
      return digests.every((digest) => had.includes(digest));
    });
  });
}

/** What differs, for a person: `files: tool:read_file is approved in another form`. */
export function outlineChanges(before: Outline, later: Outline): string[] {
  const said: string[] = [];
  for (const name of namesOf(before, later)) {
    const [was, is] = [own(before, name), own(later, name)];
    if (is === undefined) said.push(`${name}: no longer reviewed`);
    else if (was !== undefined && was.source !== is.source) said.push(`${name}: comes from another source`);
    else if (was === undefined) said.push(`${name}: a new server`);
    const [had, has] = [was?.entries ?? {}, is?.entries ?? {}];
    if (is !== undefined)
      for (const entry of namesOf(had, has)) {
        const [then, now] = [own(had, entry), own(has, entry)];
        if (then === undefined) said.push(`${name}: ${entry} is approved`);
        else if (now === undefined) said.push(`${name}: ${entry} is no longer approved`);
        else if (then.join() !== now.join()) said.push(`${name}: ${entry} is approved in another form`);
      }
  }
  return said;
}

const namesOf = (a: object, b: object): string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();

function own<T>(from: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}
