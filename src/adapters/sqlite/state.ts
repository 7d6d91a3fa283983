import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { openWritable } from "./db.ts";

/**
 * Opens `cardea.db`, made for its owner alone (0600), with the given tables.
 * @param durability `full` flushes each commit to the disk; `normal` survives the end of the process, but a power cut
 *   may take the last commits (https://www.sqlite.org/pragma.html#pragma_synchronous)
 * @param schema idempotent SQL
 */
export function openState(path: string, durability: "full" | "normal", schema: string): DatabaseSync {
  const db = path === ":memory:" ? new DatabaseSync(path) : openWritable(path);
  try {
    if (path !== ":memory:") chmodSync(path, 0o600);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability}; PRAGMA trusted_schema = off`);
    db.exec(`BEGIN IMMEDIATE; ${schema}; COMMIT`);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Runs the work in one transaction; nothing of it stays when it throws. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
