import { z } from "zod";
import type { Counters } from "../../ports/counters.ts";
import { inTransaction, openState } from "./state.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS counters (
    tenant TEXT NOT NULL, holder TEXT NOT NULL, window TEXT NOT NULL,
    head INTEGER NOT NULL, counts TEXT NOT NULL, ends_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, holder, window)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS counters_by_end ON counters (ends_at)`;

const COUNTS = z.array(z.int().nonnegative());

/** Long windows in `cardea.db`. Throws when the file cannot be opened. A power cut may take the last batches. */
export function openCounters(path: string): Counters {
  const db = openState(path, "normal", SCHEMA);
  const living = db.prepare("SELECT * FROM counters WHERE ends_at > ?");
  const put = db.prepare("INSERT OR REPLACE INTO counters VALUES (?, ?, ?, ?, ?, ?)");
  const clean = db.prepare("DELETE FROM counters WHERE ends_at <= ?");
  return {
    async load(now) {
      return living.all(now).map((row) => ({
        tenant: String(row.tenant),
        holder: String(row.holder),
        window: String(row.window),
        head: Number(row.head),
        counts: COUNTS.parse(JSON.parse(String(row.counts))),
        endsAt: Number(row.ends_at),
      }));
    },
    async write(rows, now) {
      inTransaction(db, () => {
        for (const row of rows) {
          put.run(row.tenant, row.holder, row.window, row.head, JSON.stringify(row.counts), row.endsAt);
        }
        clean.run(now);
      });
    },
    async close() {
      db.close();
    },
  };
}
