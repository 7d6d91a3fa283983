import type { SQLOutputValue } from "node:sqlite";
import { z } from "zod";
import type { KeyRecord, KeyStore } from "../../ports/keys.ts";
import { bindRows, ownRowKey, type RowKey } from "./row-mac.ts";
import { inTransaction, openState } from "./state.ts";

const BOUND = "tenant, id, owner, roles, scope, environment, plan, label, created_at, expires_at, revoked_at, hash";

// The triggers count whoever changes a key, this program or a person with an SQL shell; last uses are not counted.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, owner TEXT NOT NULL, roles TEXT NOT NULL, scope TEXT,
    environment TEXT NOT NULL, plan TEXT NOT NULL, label TEXT, created_at INTEGER NOT NULL, expires_at INTEGER,
    revoked_at INTEGER, last_used_at INTEGER, hash TEXT NOT NULL CHECK (length(hash) = 64), mac TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS keys_by_tenant ON keys (tenant, created_at DESC);
  CREATE TABLE IF NOT EXISTS keys_version (only INTEGER PRIMARY KEY CHECK (only = 1), n INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO keys_version VALUES (1, 1);
  CREATE TRIGGER IF NOT EXISTS keys_created AFTER INSERT ON keys BEGIN UPDATE keys_version SET n = n + 1; END;
  CREATE TRIGGER IF NOT EXISTS keys_removed AFTER DELETE ON keys BEGIN UPDATE keys_version SET n = n + 1; END;
  CREATE TRIGGER IF NOT EXISTS keys_changed
    AFTER UPDATE OF id, tenant, owner, roles, scope, environment, plan, label, created_at, expires_at, revoked_at, hash
    ON keys BEGIN UPDATE keys_version SET n = n + 1; END`;

const NAMES = z.array(z.string());

/** Keys in `cardea.db`; a tampered one is unknown. Throws when the file cannot be opened. */
export function openKeys(path: string, rows: RowKey = ownRowKey()): KeyStore {
  const db = openState(path, "full", SCHEMA);
  const bound = bindRows(db, rows, "keys", BOUND, "id");
  const insert = db.prepare("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)");
  const every = db.prepare(`SELECT *, ${bound.check} FROM keys`);
  const ofTenant = db.prepare(`SELECT *, ${bound.check} FROM keys WHERE tenant = ? ORDER BY created_at DESC, id`);
  const one = db.prepare(`SELECT *, ${bound.check} FROM keys WHERE tenant = ? AND id = ?`);
  const changing = `WHERE tenant = ? AND id = ? AND ${bound.intact}`;
  const end = db.prepare(`UPDATE keys SET revoked_at = ? ${changing} AND revoked_at IS NULL`);
  const over = db.prepare(`UPDATE keys SET expires_at = min(?, coalesce(expires_at, ?)) ${changing}`);
  const use = db.prepare(
    "UPDATE keys SET last_used_at = max(?, coalesce(last_used_at, 0)) WHERE tenant = ? AND id = ?",
  );
  const count = db.prepare("SELECT n FROM keys_version");
  const find = (tenant: string, id: string): KeyRecord | undefined => {
    const row = one.get(tenant, id);
    return row !== undefined && bound.counts(row) ? recordOf(row) : undefined;
  };

  return {
    async create(tenant, { record: r, hash }) {
      if (r.tenant !== tenant) throw new Error("A key is created by its own tenant");
      const scope = r.scope === undefined ? null : JSON.stringify(r.scope);
      const who = [
        r.id,
        tenant,
        r.owner,
        JSON.stringify(r.roles),
        scope,
        r.environment,
        r.plan,
        r.label ?? null,
      ] as const;
      const times = [r.createdAt, r.expiresAt ?? null, r.revokedAt ?? null, r.lastUsedAt ?? null] as const;
      inTransaction(db, () => {
        insert.run(...who, ...times, hash);
        bound.seal(tenant, r.id);
      });
    },
    async list(tenant) {
      return ofTenant.all(tenant).filter(bound.counts).map(recordOf);
    },
    async revoke(tenant, id, at) {
      inTransaction(db, () => {
        if (end.run(at, tenant, id).changes === 1) bound.seal(tenant, id);
      });
      return find(tenant, id);
    },
    async expire(tenant, id, at) {
      inTransaction(db, () => {
        if (over.run(at, at, tenant, id).changes === 1) bound.seal(tenant, id);
      });
      return find(tenant, id);
    },
    async touch(tenant, uses) {
      inTransaction(db, () => {
        for (const { id, at } of uses) use.run(at, tenant, id);
      });
    },
    async all() {
      return every
        .all()
        .filter(bound.counts)
        .map((row) => ({ record: recordOf(row), hash: String(row.hash) }));
    },
    async version() {
      return Number(count.get()?.n);
    },
    async close() {
      db.close();
    },
  };
}

function recordOf(row: Record<string, SQLOutputValue>): KeyRecord {
  const optional = {
    ...(row.scope === null ? {} : { scope: NAMES.parse(JSON.parse(String(row.scope))) }),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
    ...(row.revoked_at === null ? {} : { revokedAt: Number(row.revoked_at) }),
    ...(row.label === null ? {} : { label: String(row.label) }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: Number(row.last_used_at) }),
  };
  return {
    id: String(row.id),
    tenant: String(row.tenant),
    owner: String(row.owner),
    roles: NAMES.parse(JSON.parse(String(row.roles))),
    environment: String(row.environment),
    plan: String(row.plan),
    createdAt: Number(row.created_at),
    ...optional,
  };
}
