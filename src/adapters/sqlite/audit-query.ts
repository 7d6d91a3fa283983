import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { RecordQuery, StoredRecord } from "../../ports/records.ts";

/** What the query names, newest first. Throws SQLite's error. */
export function queryRecords(db: DatabaseSync, query: RecordQuery): StoredRecord[] {
  const { where, values } = conditions(query);
  const sql = `SELECT seq, bytes, hash FROM records WHERE ${where} ORDER BY time DESC, seq DESC LIMIT ?`;
  return db
    .prepare(sql)
    .all(...values, query.limit)
    .map(stored);
}

/** What the query names among the records after `seq`, oldest first. Throws SQLite's error. */
export function recordsAfter(db: DatabaseSync, seq: number, query: RecordQuery): StoredRecord[] {
  const { where, values } = conditions(query);
  // In the order of the chain; an index would have to be sorted.
  const sql = `SELECT seq, bytes, hash FROM records NOT INDEXED WHERE seq > ? AND ${where} ORDER BY seq LIMIT ?`;
  return db
    .prepare(sql)
    .all(seq, ...values, query.limit)
    .map(stored);
}

function conditions(query: RecordQuery): { where: string; values: SQLInputValue[] } {
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > 10_000) {
    throw new RangeError(`limit is ${query.limit}; accepted are whole numbers from 1 to 10,000`);
  }
  const where = ["tenant = ?"];
  const values: SQLInputValue[] = [query.tenant];
  const add = (condition: string, value: SQLInputValue | undefined) => {
    if (value === undefined) return;
    where.push(condition);
    values.push(value);
  };
  add("subject = ?", query.subject);
  add("server = ?", query.server);
  add("target = ?", query.target);
  add("decision = ?", query.decision);
  // The index of refusals is partial: only this literal condition lets SQLite choose it.
  if (query.decision !== undefined && query.decision !== "allow") where.push("decision <> 'allow'");
  add("time >= ?", query.since);
  add("time <= ?", query.until);
  return { where: where.join(" AND "), values };
}

function stored(row: Record<string, unknown>): StoredRecord {
  const bytes = Buffer.from(row.bytes as Uint8Array).toString();
  return { ...JSON.parse(bytes), seq: row.seq, hash: Buffer.from(row.hash as Uint8Array).toString("hex") };
}
