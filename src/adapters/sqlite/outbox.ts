import type { RecordFields } from "../../ports/records.ts";
import { inTransaction, openState } from "./state.ts";

const SCHEMA = "CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, fields TEXT NOT NULL) STRICT";

/**
 * Events of commands that ran beside a gateway: one process writes the record, so they wait here, on the disk, until
 * the gateway has recorded them.
 */
export interface Outbox {
  put(fields: RecordFields): void;
  /** Records what waits, oldest first; an event is removed once it is recorded. */
  drain(record: (fields: RecordFields) => Promise<void>): Promise<void>;
  close(): void;
}

export function openOutbox(path: string): Outbox {
  const db = openState(path, "full", SCHEMA);
  const insert = db.prepare("INSERT INTO outbox (fields) VALUES (?)");
  const waiting = db.prepare("SELECT id, fields FROM outbox ORDER BY id LIMIT 100");
  const remove = db.prepare("DELETE FROM outbox WHERE id = ?");
  let draining = false;
  return {
    put(fields) {
      inTransaction(db, () => insert.run(JSON.stringify(fields)));
    },
    async drain(record) {
      if (draining) return;
      draining = true;
      try {
        for (const row of waiting.all()) {
          await record(JSON.parse(String(row["fields"])) as RecordFields);
          remove.run(row["id"] as number);
        }
      } finally {
        draining = false;
      }
    },
    close: () => db.close(),
  };
}
