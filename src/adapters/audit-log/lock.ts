import type { DatabaseSync } from "node:sqlite";
import { openWritable } from "../sqlite/db.ts";

/** Another process writes the record of this home. */
export class RecordHeld extends Error {}

/**
 * Held by this process until it ends, however it ends. A second writer would fork the chain. Node has no lock on files
 * (flock, fcntl); SQLite has.
 * @throws RecordHeld where another process holds it
 */
export function takeLock(path: string): DatabaseSync {
  const lock = openWritable(path);
  try {
    lock.exec("PRAGMA busy_timeout = 500; BEGIN EXCLUSIVE");
    return lock;
  } catch {
    lock.close();
    throw new RecordHeld(
      `Another process writes the record in this folder (${path} is locked). Stop it, or use another --home`,
    );
  }
}
