import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** Milliseconds that a statement waits for another process's lock: commands have time. */
let patience = 2_000;

/**
 * How long statements of what is opened from now on wait for another process's lock. A gateway stands still meanwhile, so
 * that it waits shortly and answers that it cannot.
 * @param ms milliseconds
 */
export function waitForLocks(ms: number): void {
  patience = ms;
}

/**
 * Opens a database file for writing; a new one gets mode 0600, and SQLite gives its companions the same.
 * @param path the file
 */
export function openWritable(path: string): DatabaseSync {
  try {
    // Never opened when it is there: closing any descriptor of a file drops this process's locks on it (fcntl(2)).
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return new DatabaseSync(path, { timeout: patience });
}

/** Opens a database file that must exist for reading, beside a process that may be writing it. */
export function openReadable(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: patience });
}
