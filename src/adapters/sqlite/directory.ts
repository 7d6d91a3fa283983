import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { z } from "zod";
import type { Account, DirectoryStore, Grant } from "../../ports/directory.ts";
import { bindRows, ownRowKey, type RowKey } from "./row-mac.ts";
import { inTransaction, openState } from "./state.ts";

const ACCOUNT = "tenant, owner, source, sub, name, roles, created_at, checked_at, ended_at";
const GRANT =
  "id, tenant, owner, environment, client, client_name, redirect_host, scopes, created_at, expires_at, revoked_at";

// The triggers count whoever changes something, this program or a person with an SQL shell, and mark what changed with
// the count; last uses are not counted.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS accounts (
    tenant TEXT NOT NULL, owner TEXT NOT NULL, source TEXT NOT NULL, sub TEXT NOT NULL, name TEXT, roles TEXT NOT NULL,
    created_at INTEGER NOT NULL, checked_at INTEGER NOT NULL, ended_at INTEGER, changed INTEGER NOT NULL DEFAULT 0, mac TEXT,
    PRIMARY KEY (tenant, owner), UNIQUE (tenant, source, sub)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS grants (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, owner TEXT NOT NULL, environment TEXT NOT NULL, client TEXT NOT NULL,
    client_name TEXT NOT NULL, redirect_host TEXT, scopes TEXT NOT NULL, created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, revoked_at INTEGER, last_used_at INTEGER, changed INTEGER NOT NULL DEFAULT 0, mac TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS accounts_by_change ON accounts (changed);
  CREATE INDEX IF NOT EXISTS grants_by_change ON grants (changed);
  CREATE TABLE IF NOT EXISTS directory_version (
    only INTEGER PRIMARY KEY CHECK (only = 1), n INTEGER NOT NULL, removed INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO directory_version VALUES (1, 1, 1);
  ${triggers("accounts", ACCOUNT)}
  ${triggers("grants", GRANT)}`;

function triggers(table: string, columns: string): string {
  const marked = `UPDATE directory_version SET n = n + 1;
    UPDATE ${table} SET changed = (SELECT n FROM directory_version) WHERE rowid = NEW.rowid;`;
  return `
  CREATE TRIGGER IF NOT EXISTS ${table}_created AFTER INSERT ON ${table} BEGIN ${marked} END;
  CREATE TRIGGER IF NOT EXISTS ${table}_changed AFTER UPDATE OF ${columns} ON ${table} BEGIN ${marked} END;
  CREATE TRIGGER IF NOT EXISTS ${table}_removed AFTER DELETE ON ${table} BEGIN
    UPDATE directory_version SET n = n + 1, removed = n + 1; END;`;
}

const NAMES = z.array(z.string());

type Row = Record<string, SQLOutputValue>;

/**
 * Accounts and grants in `cardea.db`. A tampered account has no roles and is ended, a tampered grant is revoked; neither
 * can be changed here any more. Throws when the file cannot be opened.
 */
export function openDirectory(path: string, rows: RowKey = ownRowKey()): DirectoryStore {
  const db = openState(path, "full", SCHEMA);
  const accounts = bindRows(db, rows, "accounts", ACCOUNT, "owner");
  const grants = bindRows(db, rows, "grants", GRANT, "id");
  const sql = statements(db, accounts, grants);

  const readAccount = (row: Row): Account => {
    if (accounts.counts(row)) return accountIn(row);
    return accountIn({ ...row, roles: "[]", ended_at: row["ended_at"] ?? 0 });
  };
  const readGrant = (row: Row): Grant => {
    if (grants.counts(row)) return grantIn(row);
    return grantIn({ ...row, scopes: "[]", revoked_at: row["revoked_at"] ?? 0 });
  };
  const accountOf = (tenant: string, owner: string): Account | undefined => {
    const row = sql.account.get(tenant, owner);
    return row && readAccount(row);
  };
  const grantOf = (tenant: string, id: string): Grant | undefined => {
    const row = sql.grant.get(tenant, id);
    return row && readGrant(row);
  };
  /** Runs a change of one row; whether it was there, intact. */
  const change = (
    bound: typeof accounts,
    tenant: string,
    id: string,
    run: () => { changes: number | bigint },
  ): boolean =>
    inTransaction(db, () => {
      const done = Number(run().changes) === 1;
      if (done) bound.seal(tenant, id);
      return done;
    });

  return {
    async putAccount(a) {
      const times = [a.createdAt, a.checkedAt, a.endedAt ?? null] as const;
      const who = [a.tenant, a.owner, a.source, a.sub, a.name ?? null, JSON.stringify(a.roles)] as const;
      if (!change(accounts, a.tenant, a.owner, () => sql.putAccount.run(...who, ...times)))
        throw new Error(
          "The owner of this account belongs to another source or another id, or its row was tampered with",
        );
    },
    async endAccount(tenant, owner, at) {
      change(accounts, tenant, owner, () => sql.endAccount.run(at, tenant, owner));
      return accountOf(tenant, owner);
    },
    async reviveAccount(tenant, owner) {
      change(accounts, tenant, owner, () => sql.reviveAccount.run(tenant, owner));
      return accountOf(tenant, owner);
    },
    async putGrant(g) {
      const who = [g.id, g.tenant, g.owner, g.environment, g.client, g.clientName, g.redirectHost ?? null] as const;
      const rest = [JSON.stringify(g.scopes), g.createdAt, g.expiresAt, g.lastUsedAt ?? null] as const;
      inTransaction(db, () => {
        if (accountOf(g.tenant, g.owner)?.endedAt !== undefined)
          throw new Error("The account of this consent is ended");
        if (Number(sql.putGrant.run(...who, ...rest).changes) !== 1)
          throw new Error("The grant belongs to another tenant, owner or client, or its row was tampered with");
        grants.seal(g.tenant, g.id);
      });
    },
    async revokeGrant(tenant, id, at) {
      change(grants, tenant, id, () => sql.revokeGrant.run(at, tenant, id));
      return grantOf(tenant, id);
    },
    async touchGrants(uses) {
      inTransaction(db, () => {
        for (const { id, at } of uses) sql.touch.run(at, id);
      });
    },
    async all() {
      return { accounts: sql.accounts.all().map(readAccount), grants: sql.grants.all().map(readGrant) };
    },
    async changes(since) {
      // Read first: what is removed after it is in the next version.
      if (Number(sql.version.get()?.removed) > since) return undefined;
      const changed = sql.changedAccounts.all(since).map(readAccount);
      return { accounts: changed, grants: sql.changedGrants.all(since).map(readGrant) };
    },
    async version() {
      return Number(sql.version.get()?.n);
    },
    async close() {
      db.close();
    },
  };
}

type Bound = ReturnType<typeof bindRows>;

function statements(db: DatabaseSync, accounts: Bound, grants: Bound) {
  return {
    putAccount: db.prepare(`INSERT INTO accounts (${ACCOUNT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (tenant, owner) DO UPDATE SET name = excluded.name, roles = excluded.roles,
        checked_at = excluded.checked_at, ended_at = coalesce(ended_at, excluded.ended_at)
      WHERE source = excluded.source AND sub = excluded.sub AND ${accounts.intact}`),
    endAccount: db.prepare(
      `UPDATE accounts SET ended_at = ? WHERE tenant = ? AND owner = ? AND ended_at IS NULL AND ${accounts.intact}`,
    ),
    reviveAccount: db.prepare(
      `UPDATE accounts SET ended_at = NULL WHERE tenant = ? AND owner = ? AND ${accounts.intact}`,
    ),
    account: db.prepare(`SELECT *, ${accounts.check} FROM accounts WHERE tenant = ? AND owner = ?`),
    accounts: db.prepare(`SELECT *, ${accounts.check} FROM accounts`),
    changedAccounts: db.prepare(`SELECT *, ${accounts.check} FROM accounts WHERE changed > ?`),
    putGrant:
      db.prepare(`INSERT INTO grants (id, tenant, owner, environment, client, client_name, redirect_host, scopes,
        created_at, expires_at, last_used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET environment = excluded.environment, client_name = excluded.client_name,
        redirect_host = excluded.redirect_host, scopes = excluded.scopes, created_at = excluded.created_at,
        expires_at = excluded.expires_at, revoked_at = NULL
      WHERE tenant = excluded.tenant AND owner = excluded.owner AND client = excluded.client AND ${grants.intact}`),
    revokeGrant: db.prepare(
      `UPDATE grants SET revoked_at = ? WHERE tenant = ? AND id = ? AND revoked_at IS NULL AND ${grants.intact}`,
    ),
    grant: db.prepare(`SELECT *, ${grants.check} FROM grants WHERE tenant = ? AND id = ?`),
    grants: db.prepare(`SELECT *, ${grants.check} FROM grants`),
    changedGrants: db.prepare(`SELECT *, ${grants.check} FROM grants WHERE changed > ?`),
    touch: db.prepare("UPDATE grants SET last_used_at = max(?, coalesce(last_used_at, 0)) WHERE id = ?"),
    version: db.prepare("SELECT n, removed FROM directory_version"),
  };
}

function accountIn(row: Row): Account {
  return {
    tenant: String(row.tenant),
    owner: String(row.owner),
    source: String(row.source),
    sub: String(row.sub),
    ...(row.name === null ? {} : { name: String(row.name) }),
    roles: NAMES.parse(JSON.parse(String(row.roles))),
    createdAt: Number(row.created_at),
    checkedAt: Number(row.checked_at),
    ...(row.ended_at === null ? {} : { endedAt: Number(row.ended_at) }),
  };
}

function grantIn(row: Row): Grant {
  return {
    id: String(row.id),
    tenant: String(row.tenant),
    owner: String(row.owner),
    environment: String(row.environment),
    client: String(row.client),
    clientName: String(row.client_name),
    ...(row.redirect_host === null ? {} : { redirectHost: String(row.redirect_host) }),
    scopes: NAMES.parse(JSON.parse(String(row.scopes))),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    ...(row.revoked_at === null ? {} : { revokedAt: Number(row.revoked_at) }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: Number(row.last_used_at) }),
  };
}
