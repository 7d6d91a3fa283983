import { createHash } from "node:crypto";
import type { SQLOutputValue } from "node:sqlite";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import type { Artifact, Artifacts } from "../../ports/artifacts.ts";
import type { Clock } from "../../ports/world.ts";
import type { MasterKey } from "../vault/master-key.ts";
import { inTransaction, openState } from "./state.ts";

// The triggers count removals by whoever makes them. What was over anyhow is not counted: nobody could still believe in it.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS artifacts (
    kind TEXT NOT NULL, id BLOB NOT NULL CHECK (length(id) = 32), tenant TEXT NOT NULL, owner TEXT,
    grant_id BLOB, uid BLOB, payload BLOB NOT NULL, put_at INTEGER NOT NULL, expires_at INTEGER, consumed_at INTEGER,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS artifacts_by_grant ON artifacts (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS artifacts_by_owner ON artifacts (tenant, owner, kind) WHERE owner IS NOT NULL;
  CREATE INDEX IF NOT EXISTS artifacts_by_uid ON artifacts (kind, uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS artifacts_by_end ON artifacts (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS artifacts_version (only INTEGER PRIMARY KEY CHECK (only = 1), n INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO artifacts_version VALUES (1, 1);
  CREATE TRIGGER IF NOT EXISTS artifacts_removed AFTER DELETE ON artifacts
    WHEN old.expires_at IS NULL OR old.expires_at > CAST(unixepoch('subsec') * 1000 AS INTEGER)
    BEGIN UPDATE artifacts_version SET n = n + 1; END`;

// What was used up stays used up, whoever writes it again at the same time.
const PUT = `INSERT INTO artifacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)
  ON CONFLICT (kind, id) DO UPDATE SET tenant = excluded.tenant, owner = excluded.owner, grant_id = excluded.grant_id,
    uid = excluded.uid, payload = excluded.payload, put_at = excluded.put_at, expires_at = excluded.expires_at`;
const LIVING = "(expires_at IS NULL OR expires_at > ?)";
const PLACE = "tenant, kind, id, payload, consumed_at";

/**
 * Artifacts in `cardea.db`: ids, second ids and grants as SHA-256, payloads sealed with AES-256-GCM and bound to their
 * place. Throws when the file cannot be opened.
 */
export function openArtifacts(path: string, master: MasterKey, clock: Clock): Artifacts {
  const db = openState(path, "full", SCHEMA);
  const put = db.prepare(PUT);
  const one = db.prepare(`SELECT ${PLACE} FROM artifacts WHERE kind = ? AND id = ? AND ${LIVING}`);
  const byUid = db.prepare(
    `SELECT ${PLACE} FROM artifacts WHERE kind = ? AND uid = ? AND ${LIVING} ORDER BY put_at DESC LIMIT 1`,
  );
  const mine = db.prepare(
    `SELECT ${PLACE} FROM artifacts WHERE tenant = ? AND owner = ? AND kind = ? AND ${LIVING} ORDER BY put_at DESC, id`,
  );
  const ofKind = db.prepare(
    `SELECT ${PLACE}, owner, expires_at FROM artifacts WHERE kind = ? AND ${LIVING} ORDER BY put_at, id`,
  );
  const use = db.prepare(
    `UPDATE artifacts SET consumed_at = ? WHERE kind = ? AND id = ? AND consumed_at IS NULL AND ${LIVING}`,
  );
  const remove = db.prepare("DELETE FROM artifacts WHERE kind = ? AND id = ?");
  const ofGrant = db.prepare("DELETE FROM artifacts WHERE grant_id = ?");
  const kinds = db.prepare(
    "SELECT kind, count(*) AS n FROM artifacts WHERE tenant = ? AND owner = ? GROUP BY kind ORDER BY kind",
  );
  const ofOwner = db.prepare("DELETE FROM artifacts WHERE tenant = ? AND owner = ?");
  // The index has all that is counted; the rows would have to be read past their payloads.
  const waiting = db.prepare(
    "SELECT count(*) AS n FROM artifacts INDEXED BY artifacts_by_end WHERE kind = ? AND expires_at > ?",
  );
  const old = db.prepare("DELETE FROM artifacts WHERE kind = ? AND expires_at IS NOT NULL AND put_at < ?");
  const over = db.prepare("DELETE FROM artifacts WHERE expires_at <= ?");
  const count = db.prepare("SELECT n FROM artifacts_version");

  const read = (row: Record<string, SQLOutputValue>): Artifact => {
    const place = placeOf(String(row.tenant), String(row.kind), row.id as Uint8Array);
    const payload: unknown = JSON.parse(master.open(row.payload as Uint8Array, place).toString());
    if (!isObject(payload)) throw new Error("An artifact's payload is no object");
    return row.consumed_at === null ? { payload } : { payload, consumedAt: Number(row.consumed_at) };
  };
  const maybe = (row: Record<string, SQLOutputValue> | undefined) => (row === undefined ? undefined : read(row));

  return {
    async put(kind, id, payload: JsonObject, { tenant, owner, grant, uid, expiresAt }) {
      const hidden = hash(id);
      const sealed = master.seal(Buffer.from(JSON.stringify(payload)), placeOf(tenant, kind, hidden));
      const marks = [owner ?? null, hashOrNone(grant), hashOrNone(uid)] as const;
      put.run(kind, hidden, tenant, ...marks, sealed, clock.now(), expiresAt ?? null);
    },
    async find(kind, id) {
      return maybe(one.get(kind, hash(id), clock.now()));
    },
    async findByUid(kind, uid) {
      return maybe(byUid.get(kind, hash(uid), clock.now()));
    },
    async consume(kind, id, at) {
      return use.run(at, kind, hash(id), clock.now()).changes === 1;
    },
    async remove(kind, id) {
      remove.run(kind, hash(id));
    },
    async removeGrant(grant) {
      return Number(ofGrant.run(hash(grant)).changes);
    },
    async removeOwner(tenant, owner) {
      return inTransaction(db, () => {
        const found = kinds.all(tenant, owner);
        ofOwner.run(tenant, owner);
        return new Map(found.map((row) => [String(row.kind), Number(row.n)]));
      });
    },
    async ofOwner(tenant, kind, owner) {
      return mine.all(tenant, owner, kind, clock.now()).map(read);
    },
    async all(kind) {
      return ofKind.all(kind, clock.now()).map((row) => ({
        ...{ ...read(row), tenant: String(row.tenant) },
        ...(row.owner === null ? {} : { owner: String(row.owner) }),
        ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
      }));
    },
    async hasRoom(kind, most, before) {
      const full = () => Number(waiting.get(kind, clock.now())?.n) >= most;
      if (!full()) return true;
      old.run(kind, before);
      return !full();
    },
    async sweep(now) {
      return Number(over.run(now).changes);
    },
    async version() {
      return Number(count.get()?.n);
    },
    async close() {
      db.close();
    },
  };
}

/** What a payload is bound to: moved to another row, it does not open. */
function placeOf(tenant: string, kind: string, id: Uint8Array): string {
  return `artifact ${tenant} ${kind} ${Buffer.from(id).toString("hex")}`;
}

function hash(id: string): Buffer {
  return createHash("sha256").update(id).digest();
}

function hashOrNone(id: string | undefined): Buffer | null {
  return id === undefined ? null : hash(id);
}
