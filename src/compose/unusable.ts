import { Refused } from "../kernel/errors.ts";
import { PolicyFaults } from "../domain/policy/fault.ts";

/** What a person has to mend before a command can go on; its message is all that is shown. */
export class Unusable extends Error {}

/** Why the system refused a path (errno(3)). */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "this account has no right to it",
  EPERM: "this account has no right to it",
  EROFS: "the file system is read-only",
  ENOENT: "it is not there, and cannot be made there",
  ENOTDIR: "a part of its path is no folder",
  EEXIST: "something else of this name is there",
  EISDIR: "it is a folder",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EIO: "the disk reports an error",
};

/**
 * The sentence for a failure that a person can mend.
 * @param home the folder of the state, for the advice
 * @returns undefined for a defect
 */
export function explain(error: unknown, home: string): string | undefined {
  if (error instanceof Unusable || error instanceof PolicyFaults || error instanceof Refused) return error.message;
  if (!(error instanceof Error)) return undefined;
  const { code = "", path } = error as NodeJS.ErrnoException;
  const why = REASONS[code];
  if (why === undefined || path === undefined) return undefined;
  // A file is written under another name first; the person knows the one that it is to have.
  const name = String(path).replace(/(\.[0-9a-f]{12}|\.new)$/, "");
  const help = name === home || name.startsWith(`${home}/`) ? "; mend that, or use another folder: --home DIR" : "";
  return `${name} cannot be used: ${why}${help}`;
}

/**
 * Does work whose plain errors are sentences for the operator (keys, locks, stores, lockfile), and passes them on as
 * `Unusable`. Defects and the system's own errors stay what they are.
 */
export async function forOperator<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asUnusable(error);
  }
}

function asUnusable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Unusable) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ERR_SQLITE_ERROR")
    return new Unusable(`A database of the home cannot be opened (${error.message}). Bring it back from your copy`);
  const defect = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return defect || code !== undefined ? error : new Unusable(error.message);
}
