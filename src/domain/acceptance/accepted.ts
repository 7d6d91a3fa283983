import { hash } from "node:crypto";

/** A file that grants power: the configuration, a policy, the lockfile. */
export interface GrantingFile {
  /** `cardea.yaml`, `policies/crm.cedar`, `cardea.lock`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What an administrator accepted (invariant 12). */
export interface Accepted {
  /** Hex SHA-256 by name. */
  readonly digests: Readonly<Record<string, string>>;
  /** The texts of all but the lockfile, so that a person is shown what changed. */
  readonly texts: Readonly<Record<string, string>>;
}

/** The text of a file, as a person reads it. */
export const textOf = (file: GrantingFile): string => Buffer.from(file.bytes).toString("utf8");

/** @param whole names of files whose text is kept */
export function acceptedOf(files: readonly GrantingFile[], whole: (name: string) => boolean): Accepted {
  return {
    digests: Object.fromEntries(files.map(({ name, bytes }) => [name, hash("sha256", bytes)])),
    texts: Object.fromEntries(files.filter(({ name }) => whole(name)).map((file) => [file.name, textOf(file)])),
  };
}

/** Hex SHA-256 over the names and texts of all files: one number to compare and to record. */
export function digestOf(accepted: Accepted): string {
  return hash("sha256", JSON.stringify(Object.entries(accepted.digests).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** The names of files that were added, changed or removed. */
export function changedFiles(before: Accepted, now: Accepted): string[] {
  const names = new Set([...Object.keys(before.digests), ...Object.keys(now.digests)]);
  return [...names].filter((name) => own(before.digests, name) !== own(now.digests, name)).sort();
}

/** Most lines of a file that are shown. */
const MOST_LINES = 40;

/** The lines of a file that went (`- …`) and came (`+ …`); a file with many is cut, and says so. */
export function lineChanges(before: string | undefined, now: string | undefined): string[] {
  const [old, next] = [linesOf(before), linesOf(now)];
  const gone = surplus(old, next).map((line) => `- ${line}`);
  const come = surplus(next, old).map((line) => `+ ${line}`);
  const all = [...gone, ...come];
  if (all.length === 0) return ["(only the order of lines or empty lines)"];
  if (all.length <= MOST_LINES) return all;
  return [...all.slice(0, MOST_LINES), `… and ${all.length - MOST_LINES} more lines: compare the file yourself`];
}

const linesOf = (text: string | undefined): string[] => (text ?? "").split("\n").filter((line) => line.trim() !== "");

/** The lines that occur more often in `a` than in `b`, in their order. */
function surplus(a: readonly string[], b: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of b) left.set(line, (left.get(line) ?? 0) + 1);
  return a.filter((line) => {
    const times = left.get(line) ?? 0;
    left.set(line, times - 1);
    return times <= 0;
  });
}

function own<T>(from: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}
