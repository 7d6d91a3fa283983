import type { SQLOutputValue } from "node:sqlite";
import type { LocalUser, LocalUserStore } from "../../ports/local-users.ts";
import { bindRows, ownRowKey, type RowKey } from "./row-mac.ts";
import { inTransaction, openState } from "./state.ts";

const BOUND = "tenant, login, password, totp, totp_step, created_at";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS local_users (
    tenant TEXT NOT NULL, login TEXT NOT NULL, password TEXT NOT NULL CHECK (password LIKE '$argon2id$%'),
    totp TEXT, totp_step INTEGER, failures INTEGER NOT NULL, failed_at INTEGER, created_at INTEGER NOT NULL, mac TEXT,
    PRIMARY KEY (tenant, login)
  ) STRICT`;

/** Local users in `cardea.db`; a tampered one is unknown. Throws when the file cannot be opened. */
export function openLocalUsers(path: string, rows: RowKey = ownRowKey()): LocalUserStore {
  const db = openState(path, "full", SCHEMA);
  const bound = bindRows(db, rows, "local_users", BOUND, "login");
  const insert = db.prepare("INSERT INTO local_users VALUES (?, ?, ?, NULL, NULL, 0, NULL, ?, NULL)");
  const one = db.prepare(`SELECT *, ${bound.check} FROM local_users WHERE tenant = ? AND login = ?`);
  const all = db.prepare(`SELECT *, ${bound.check} FROM local_users WHERE tenant = ? ORDER BY login`);
  const remove = db.prepare("DELETE FROM local_users WHERE tenant = ? AND login = ?");
  const mine = `WHERE tenant = ? AND login = ? AND ${bound.intact}`;
  const password = db.prepare(`UPDATE local_users SET password = ? ${mine}`);
  const totp = db.prepare(`UPDATE local_users SET totp = ?, totp_step = ? ${mine}`);
  const step = db.prepare(`UPDATE local_users SET totp_step = ? ${mine} AND coalesce(totp_step, -1) < ?`);
  const tried = db.prepare(
    "UPDATE local_users SET failures = failures + 1, failed_at = ? WHERE tenant = ? AND login = ? RETURNING failures",
  );
  const clear = db.prepare("UPDATE local_users SET failures = 0, failed_at = NULL WHERE tenant = ? AND login = ?");

  /** Runs a change of one row; whether it was there, intact. */
  const change = (tenant: string, login: string, run: () => { changes: number | bigint }): boolean =>
    inTransaction(db, () => {
      const done = run().changes === 1;
      if (done) bound.seal(tenant, login);
      return done;
    });

  return {
    async create({ tenant, login, password: text, createdAt }) {
      change(tenant, login, () => insert.run(tenant, login, text, createdAt));
    },
    async find(tenant, login) {
      const row = one.get(tenant, login);
      return row !== undefined && bound.counts(row) ? userOf(row) : undefined;
    },
    async list(tenant) {
      return all.all(tenant).filter(bound.counts).map(userOf);
    },
    async remove(tenant, login) {
      remove.run(tenant, login);
    },
    async setPassword(tenant, login, text) {
      return change(tenant, login, () => password.run(text, tenant, login));
    },
    async setSecondFactor(tenant, login, given) {
      return change(tenant, login, () => totp.run(given?.sealed ?? null, given?.step ?? null, tenant, login));
    },
    async useStep(tenant, login, at) {
      return change(tenant, login, () => step.run(at, tenant, login, at));
    },
    async countTry(tenant, login, at) {
      return Number(tried.get(at, tenant, login)?.["failures"] ?? 0);
    },
    async clearFailures(tenant, login) {
      clear.run(tenant, login);
    },
    async close() {
      db.close();
    },
  };
}

function userOf(row: Record<string, SQLOutputValue>): LocalUser {
  return {
    tenant: String(row.tenant),
    login: String(row.login),
    password: String(row.password),
    ...(row.totp === null ? {} : { totp: String(row.totp) }),
    ...(row.totp_step === null ? {} : { totpStep: Number(row.totp_step) }),
    failures: Number(row.failures),
    ...(row.failed_at === null ? {} : { failedAt: Number(row.failed_at) }),
    createdAt: Number(row.created_at),
  };
}
