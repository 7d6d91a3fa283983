import type { SQLOutputValue } from "node:sqlite";
import type { AboutQuarantined, Quarantined, QuarantineStore, Room } from "../../ports/quarantine.ts";
import type { Clock } from "../../ports/world.ts";
import type { MasterKey } from "../vault/master-key.ts";
import { open, seal } from "../vault/seal.ts";
import { bindRows, ownRowKey, type RowKey } from "./row-mac.ts";
import { inTransaction, openState } from "./state.ts";

/** A file of its own, so that it stays out of backups and what is removed from it is gone. */
export const QUARANTINE_DB = "quarantine.db";

const COLUMNS =
  "id, tenant, owner, credential, server, digest, at, expires_at, bytes, about, state, first_by, first_at, released_by, released_at";
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS quarantine (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, owner TEXT NOT NULL, credential TEXT NOT NULL, server TEXT NOT NULL,
    digest TEXT NOT NULL, at INTEGER NOT NULL, expires_at INTEGER NOT NULL, bytes INTEGER NOT NULL, about TEXT NOT NULL,
    state TEXT NOT NULL, first_by TEXT, first_at INTEGER, released_by TEXT, released_at INTEGER, mac TEXT,
    content BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS quarantine_by_owner ON quarantine (tenant, owner);
  CREATE INDEX IF NOT EXISTS quarantine_by_digest ON quarantine (tenant, credential, digest);
  CREATE INDEX IF NOT EXISTS quarantine_by_end ON quarantine (expires_at);`;

type Row = Record<string, SQLOutputValue>;

/**
 * Withheld results: rows with a MAC, contents sealed with AES-256-GCM under a key of their own and bound to their row. Pages
 * that become free are overwritten (https://www.sqlite.org/pragma.html#pragma_secure_delete), and the write-ahead log, which
 * holds older pages, is emptied after each removal. Throws when the file cannot be opened.
 */
export function openQuarantine(
  path: string,
  master: MasterKey,
  clock: Clock,
  rows: RowKey = ownRowKey(),
): QuarantineStore {
  const key = master.derive("quarantine");
  // Keeping flushes nothing, so that a server whose results are kept stops nobody; emptying the log does.
  const db = openState(path, "normal", SCHEMA);
  db.exec("PRAGMA secure_delete = ON");
  const bound = bindRows(db, rows, "quarantine", COLUMNS, "id");
  const read = `SELECT ${COLUMNS}, ${bound.check} FROM quarantine`;
  const one = "tenant = :tenant AND id = :id";
  const held = `${one} AND state = 'held' AND expires_at > :now AND ${bound.intact}`;
  const sums = "SELECT count(*) AS n, coalesce(sum(bytes), 0) AS bytes FROM quarantine WHERE tenant = :tenant";
  const sql = {
    put: db.prepare(`INSERT INTO quarantine (id, tenant, owner, credential, server, digest, at, expires_at, bytes, about,
      state, content) VALUES (:id, :tenant, :owner, :credential, :server, :digest, :at, :expires, :bytes, :about, 'held', :content)`),
    same: db.prepare(
      `${read} WHERE tenant = :tenant AND credential = :credential AND digest = :digest AND expires_at > :now`,
    ),
    all: db.prepare(sums),
    mine: db.prepare(`${sums} AND owner = :owner`),
    get: db.prepare(`${read} WHERE ${one} AND expires_at > :now`),
    content: db.prepare(`SELECT content FROM quarantine WHERE ${one}`),
    list: db.prepare(
      `${read} WHERE tenant = :tenant AND (:owner IS NULL OR owner = :owner) AND expires_at > :now ORDER BY at DESC, id`,
    ),
    second: db.prepare(
      `UPDATE quarantine SET first_by = :by, first_at = :now WHERE ${held} AND (first_at IS NULL OR first_at <= :since OR first_by = :by)`,
    ),
    release: db.prepare(`UPDATE quarantine SET state = 'released', released_by = :by, released_at = :now
      WHERE ${held} AND (:first IS NULL OR first_by = :first)`),
    hold: db.prepare(
      `UPDATE quarantine SET state = 'held', released_by = NULL, released_at = NULL WHERE ${one} AND ${bound.intact}`,
    ),
    remove: db.prepare(`DELETE FROM quarantine WHERE ${one}`),
    removeOwner: db.prepare("DELETE FROM quarantine WHERE tenant = :tenant AND owner = :owner"),
    over: db.prepare(`${read} WHERE expires_at <= :now`),
    empty: db.prepare("PRAGMA wal_checkpoint(TRUNCATE)"),
    removeOver: db.prepare("DELETE FROM quarantine WHERE expires_at <= :now"),
  };
  const place = (tenant: string, id: string, what: string): string => `quarantine ${what} ${tenant} ${id}`;
  const itemIn = (row: Row): Quarantined[] => {
    if (!bound.counts(row)) return [];
    const sealed = Buffer.from(String(row["about"]), "base64url");
    const about = open(key, sealed, place(String(row["tenant"]), String(row["id"]), "about")).toString();
    return [itemOf(row, JSON.parse(about) as AboutQuarantined)];
  };
  /** Runs a compare-and-set on one row; whether it did something. */
  const change = (tenant: string, id: string, run: () => { changes: number | bigint }): boolean =>
    inTransaction(db, () => {
      const done = Number(run().changes) === 1;
      if (done) bound.seal(tenant, id);
      return done;
    });
  /** Whether a log is still to be emptied: another process was reading it. */
  let unfinished = true;
  const erase = <T>(result: T): T => {
    unfinished = sql.empty.get()?.["busy"] !== 0;
    return result;
  };
  const fits = (row: Row | undefined, bytes: number, room: Room): boolean =>
    Number(row?.["n"]) < room.items && Number(row?.["bytes"]) + bytes <= room.bytes;

  return {
    async keep(item, content, room, share) {
      const { id, tenant, owner, credential, server, digest, at, expiresAt, bytes, about } = item;
      return inTransaction(db, () => {
        const same = sql.same.all({ tenant, credential, digest, now: clock.now() }).flatMap(itemIn)[0];
        if (same !== undefined) return { item: same };
        if (!fits(sql.all.get({ tenant }), bytes, room)) return { full: "tenant" } as const;
        if (!fits(sql.mine.get({ tenant, owner }), bytes, share)) return { full: "owner" } as const;
        sql.put.run({
          ...{ id, tenant, owner, credential, server, digest, at, expires: expiresAt, bytes },
          about: seal(key, Buffer.from(JSON.stringify(about)), place(tenant, id, "about")).toString("base64url"),
          content: seal(key, Buffer.from(content), place(tenant, id, "content")),
        });
        bound.seal(tenant, id);
        return { item: { ...item, state: "held" } as const };
      });
    },
    get: async (tenant, id) => sql.get.all({ tenant, id, now: clock.now() }).flatMap(itemIn)[0],
    async content(tenant, id) {
      const sealed = sql.content.get({ tenant, id })?.["content"];
      return sealed instanceof Uint8Array ? open(key, sealed, place(tenant, id, "content")).toString() : undefined;
    },
    list: async (tenant, owner) => sql.list.all({ tenant, owner: owner ?? null, now: clock.now() }).flatMap(itemIn),
    second: async (tenant, id, by, now, since) =>
      change(tenant, id, () => sql.second.run({ tenant, id, by, now, since })),
    release: async (tenant, id, by, now, first) =>
      change(tenant, id, () => sql.release.run({ tenant, id, by, now, first: first ?? null })),
    hold: async (tenant, id) => void change(tenant, id, () => sql.hold.run({ tenant, id })),
    remove: async (tenant, id) => erase(Number(sql.remove.run({ tenant, id }).changes) === 1),
    async removeOwner(tenant, owner) {
      const removed = Number(sql.removeOwner.run({ tenant, owner }).changes);
      return removed === 0 ? 0 : erase(removed);
    },
    async sweep(now) {
      const over = inTransaction(db, () => {
        const found = sql.over.all({ now }).flatMap(itemIn);
        return { found, removed: Number(sql.removeOver.run({ now }).changes) };
      });
      return over.removed > 0 || unfinished ? erase(over.found) : over.found;
    },
    close: async () => db.close(),
  };
}

function itemOf(row: Row, about: AboutQuarantined): Quarantined {
  const text = (name: string): string => String(row[name]);
  return {
    ...{ id: text("id"), tenant: text("tenant"), owner: text("owner"), credential: text("credential") },
    ...{ server: text("server"), digest: text("digest"), at: Number(row["at"]) },
    ...{ expiresAt: Number(row["expires_at"]), bytes: Number(row["bytes"]), about },
    state: row["state"] === "released" ? "released" : "held",
    ...(row["first_by"] === null ? {} : { firstBy: text("first_by"), firstAt: Number(row["first_at"]) }),
    ...(row["released_by"] === null ? {} : { releasedBy: text("released_by") }),
  };
}
