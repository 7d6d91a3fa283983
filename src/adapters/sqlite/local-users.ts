import type { SQLOutputValue } from "node:sqlite";
import type { LocalUser, LocalUserStore } from "../../ports/local-users.ts";
import { openState } from "./state.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS local_users (
    tenant TEXT NOT NULL, login TEXT NOT NULL, password TEXT NOT NULL CHECK (password LIKE '$argon2id$%'),
    totp TEXT, totp_step INTEGER, failures INTEGER NOT NULL, failed_at INTEGER, created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, login)
  ) STRICT`;

/** Local users in `cardea.db`. Throws when the file cannot be opened. */
export function openLocalUsers(path: string): LocalUserStore {
  const db = openState(path, "full", SCHEMA);
  const insert = db.prepare("INSERT INTO local_users VALUES (?, ?, ?, NULL, NULL, 0, NULL, ?)");
  const one = db.prepare("SELECT * FROM local_users WHERE tenant = ? AND login = ?");
  const all = db.prepare("SELECT * FROM local_users WHERE tenant = ? ORDER BY login");
  const remove = db.prepare("DELETE FROM local_users WHERE tenant = ? AND login = ?");
  const password = db.prepare("UPDATE local_users SET password = ? WHERE tenant = ? AND login = ?");
  const totp = db.prepare("UPDATE local_users SET totp = ?, totp_step = ? WHERE tenant = ? AND login = ?");
  const step = db.prepare(
    "UPDATE local_users SET totp_step = ?1 WHERE tenant = ?2 AND login = ?3 AND coalesce(totp_step, -1) < ?1",
  );
  const tried = db.prepare(
    "UPDATE local_users SET failures = failures + 1, failed_at = ? WHERE tenant = ? AND login = ? RETURNING failures",
  );
  const clear = db.prepare("UPDATE local_users SET failures = 0, failed_at = NULL WHERE tenant = ? AND login = ?");

  return {
    async create({ tenant, login, password: text, createdAt }) {
      insert.run(tenant, login, text, createdAt);
    },
    async find(tenant, login) {
      const row = one.get(tenant, login);
      return row === undefined ? undefined : userOf(row);
    },
    async list(tenant) {
      return all.all(tenant).map(userOf);
    },
    async remove(tenant, login) {
      remove.run(tenant, login);
    },
    async setPassword(tenant, login, text) {
      return password.run(text, tenant, login).changes === 1;
    },
    async setSecondFactor(tenant, login, given) {
      return totp.run(given?.sealed ?? null, given?.step ?? null, tenant, login).changes === 1;
    },
    async useStep(tenant, login, at) {
      return step.run(at, tenant, login).changes === 1;
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
