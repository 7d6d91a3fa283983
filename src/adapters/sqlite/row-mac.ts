import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

/** A row whose MAC is wrong: somebody wrote it who does not hold the master key. It counts for nothing. */
export interface TamperedRow {
  readonly table: string;
  readonly tenant: string;
  /** Owner, login or id. */
  readonly id: string;
}

/** What rows that give authority are bound with. */
export interface RowKey {
  /** 32 bytes, derived from the master key. */
  readonly key: Uint8Array;
  /** Gets a tampered row at every reading. */
  readonly tampered: (row: TamperedRow) => void;
}

/** A key of one opening alone: rows that another opening wrote count for nothing. */
export const ownRowKey = (): RowKey => ({ key: randomBytes(32), tampered: () => {} });

/**
 * Binds the rows of a table to their place and to every column that authority hangs on: HMAC-SHA256 in the column `mac`.
 * An older row in its own place is not told from a newer one.
 * @param columns in SQL, separated by commas
 * @param id the column that names the row beside the tenant
 */
export function bindRows(db: DatabaseSync, rows: RowKey, table: string, columns: string, id: string) {
  const key = createSecretKey(rows.key);
  db.function(`${table}_mac`, { varargs: true }, (...values: SQLOutputValue[]) =>
    createHmac("sha256", key)
      .update(JSON.stringify([table, ...values]))
      .digest("base64"),
  );
  const mac = `${table}_mac(${columns})`;
  const sealed = db.prepare(`UPDATE ${table} SET mac = ${mac} WHERE tenant = ? AND ${id} = ?`);
  return {
    /** A condition in SQL: nobody else wrote the row. Every change of a row that is there asks for it. */
    intact: `mac IS ${mac}`,
    /** What a row is read with, beside its columns. */
    check: `(mac IS ${mac}) AS intact`,
    /** Writes the MAC of a row that was made or changed a moment ago in the same transaction. */
    seal: (tenant: string, name: string): void => void sealed.run(tenant, name),
    /** Whether a row that was read with `check` counts; tells the others. */
    counts(row: Record<string, SQLOutputValue>): boolean {
      if (row["intact"] === 1) return true;
      rows.tampered({ table, tenant: String(row["tenant"]), id: String(row[id]) });
      return false;
    },
  };
}
