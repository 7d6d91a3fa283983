import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Approval, ApprovalStore, Channel, Held, Standing } from "../../ports/approvals.ts";
import type { Clock } from "../../ports/world.ts";
import type { MasterKey } from "../vault/master-key.ts";
import { bindRows, ownRowKey, type RowKey } from "./row-mac.ts";
import { inTransaction, openState } from "./state.ts";

const APPROVAL =
  "id, tenant, digest, owner, credential, client, client_name, era, server, name, method, effect, pinned, published, who, always, unattended, asked_at, expires_at, held, state, decided_at, decided_by, channel, used_at, leg";
const STANDING =
  "id, tenant, owner, server, name, method, pinned, published, limits, created_at, created_by, channel, until, revoked_at";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS approvals (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, digest TEXT NOT NULL, owner TEXT NOT NULL, credential TEXT NOT NULL,
    client TEXT, client_name TEXT, era TEXT NOT NULL, server TEXT NOT NULL, name TEXT NOT NULL, method TEXT NOT NULL,
    effect TEXT NOT NULL, pinned TEXT, published TEXT, who TEXT NOT NULL, always INTEGER NOT NULL,
    unattended INTEGER NOT NULL, asked_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, held TEXT NOT NULL,
    state TEXT NOT NULL, decided_at INTEGER, decided_by TEXT, channel TEXT, used_at INTEGER, leg INTEGER NOT NULL, mac TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS approvals_by_digest ON approvals (tenant, digest, state);
  CREATE INDEX IF NOT EXISTS approvals_by_state ON approvals (state, expires_at);
  CREATE TABLE IF NOT EXISTS standing (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, owner TEXT NOT NULL, server TEXT NOT NULL, name TEXT NOT NULL,
    method TEXT NOT NULL, pinned TEXT, published TEXT, limits TEXT NOT NULL, created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL, channel TEXT NOT NULL, until INTEGER NOT NULL, revoked_at INTEGER, last_used_at INTEGER, mac TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS approvals_version (only INTEGER PRIMARY KEY CHECK (only = 1), n INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO approvals_version VALUES (1, 1);
  ${["approvals", "standing"].map((table) => triggers(table, table === "approvals" ? APPROVAL : STANDING)).join("\n")}`;

function triggers(table: string, columns: string): string {
  const count = "BEGIN UPDATE approvals_version SET n = n + 1; END;";
  return `CREATE TRIGGER IF NOT EXISTS ${table}_made AFTER INSERT ON ${table} ${count}
  CREATE TRIGGER IF NOT EXISTS ${table}_changed AFTER UPDATE OF ${columns} ON ${table} ${count}
  CREATE TRIGGER IF NOT EXISTS ${table}_removed AFTER DELETE ON ${table} ${count}`;
}

/** Living in time: what was asked in the future was asked before the clock went back, and does not count. */
const NOW = "asked_at <= :now AND expires_at > :now";
const NEWEST = 500;

type Row = Record<string, SQLOutputValue>;
type Limits = Standing["limits"];

/**
 * Approvals and standing allows in `cardea.db`; what the person sees is sealed with the master key and bound to its row.
 * Throws when the file cannot be opened.
 */
export function openApprovals(
  path: string,
  master: MasterKey,
  clock: Clock,
  rows: RowKey = ownRowKey(),
): ApprovalStore {
  const db = openState(path, "full", SCHEMA);
  const approvals = bindRows(db, rows, "approvals", APPROVAL, "id");
  const standing = bindRows(db, rows, "standing", STANDING, "id");
  const sql = statements(db, approvals, standing);

  const seal = (value: unknown, place: string): string =>
    master.seal(Buffer.from(JSON.stringify(value)), place).toString("base64url");
  const unseal = (text: SQLOutputValue | undefined, place: string): unknown =>
    JSON.parse(master.open(Buffer.from(String(text), "base64url"), place).toString());
  const approvalIn = (row: Row | undefined): Approval[] => {
    if (row === undefined || !approvals.counts(row)) return [];
    return [approvalOf(row, unseal(row["held"], `approval ${row["tenant"]} ${row["id"]}`) as Held)];
  };
  const standingIn = (row: Row | undefined): Standing[] => {
    if (row === undefined || !standing.counts(row)) return [];
    const held = unseal(row["limits"], `standing ${row["tenant"]} ${row["id"]}`) as Limits | [Limits, string];
    return [Array.isArray(held) ? { ...standingOf(row, held[0]), flow: held[1] } : standingOf(row, held)];
  };
  const find = (tenant: string, id: string): Approval | undefined => approvalIn(sql.get.get({ tenant, id }))[0];
  /** Runs a compare-and-set on one row; whether it did something. */
  const change = (tenant: string, id: string, run: () => { changes: number | bigint }): boolean =>
    inTransaction(db, () => {
      const done = Number(run().changes) === 1;
      if (done) approvals.seal(tenant, id);
      return done;
    });
  const endAll = (found: readonly Row[]): number => {
    let ended = 0;
    for (const { tenant, id } of found) {
      const key = { tenant: String(tenant), id: String(id) };
      if (Number(sql.end.run(key).changes) !== 1) continue;
      approvals.seal(key.tenant, key.id);
      ended += 1;
    }
    return ended;
  };

  return {
    async ask(request, caps) {
      return inTransaction(db, () => {
        const { tenant, id, owner, credential, digest } = request;
        const now = clock.now();
        const living = sql.living.all({ tenant, digest, now }).flatMap(approvalIn)[0];
        if (living !== undefined) return { approval: living, made: false };
        // Calls of services wait for nobody: they take no place from people.
        if (!request.unattended && Number(sql.countAll.get({ tenant, now })?.["n"]) >= caps.perTenant)
          return { full: "perTenant" } as const;
        if (!request.unattended && Number(sql.countOwner.get({ tenant, now, owner })?.["n"]) >= caps.perPerson)
          return { full: "perPerson" } as const;
        if (Number(sql.countMine.get({ tenant, now, credential })?.["n"]) >= caps.perCredential)
          return { full: "perCredential" } as const;
        const held = seal(request.held, `approval ${tenant} ${id}`);
        sql.insert.run({ ...columnsOf(request), held });
        approvals.seal(tenant, id);
        return { approval: { ...request, state: "pending", leg: 0 } as const, made: true };
      });
    },
    get: async (tenant, id) => find(tenant, id),
    async list(tenant, owner) {
      return sql.list.all({ tenant, owner: owner ?? null, most: NEWEST }).flatMap(approvalIn);
    },
    async decide(tenant, id, { state, by, channel, at }, made) {
      return inTransaction(db, () => {
        if (Number(sql.decide.run({ tenant, id, state, by, channel, now: at }).changes) !== 1) return undefined;
        approvals.seal(tenant, id);
        if (made !== undefined) {
          const { limits, flow, pinned, published, lastUsedAt: _used, revokedAt: _revoked, ...rest } = made;
          const sealed = seal(flow === undefined ? limits : [limits, flow], `standing ${made.tenant} ${made.id}`);
          sql.stand.run({ ...rest, pinned: pinned ?? null, published: published ?? null, limits: sealed });
          standing.seal(made.tenant, made.id);
        }
        return find(tenant, id);
      });
    },
    async use(tenant, id, at) {
      return change(tenant, id, () => sql.use.run({ tenant, id, now: at }));
    },
    async useLeg(tenant, id, leg, at) {
      return change(tenant, id, () => sql.useLeg.run({ tenant, id, leg, now: at }));
    },
    async end(tenant, id) {
      return change(tenant, id, () => sql.end.run({ tenant, id }));
    },
    async sweep(now, before) {
      return inTransaction(db, () => {
        const over = sql.over.all({ now });
        endAll(over);
        sql.remove.run({ before });
        sql.removeStanding.run({ before });
        return over.flatMap(approvalIn);
      });
    },
    async endOwner(tenant, owner, at) {
      return inTransaction(db, () => {
        const pending = endAll(sql.asked.all({ tenant, owner }));
        const given = endAll(sql.given.all({ tenant, owner }));
        const mine = sql.standingOf.all({ tenant, owner, now: at });
        for (const { id } of mine) {
          sql.revoke.run({ tenant, id: String(id), now: at });
          standing.seal(tenant, String(id));
        }
        return { pending, given, standing: mine.length };
      });
    },
    async standing(now) {
      return sql.standing.all({ now }).flatMap(standingIn);
    },
    async useStanding(tenant, id, at) {
      return Number(sql.useStanding.run({ tenant, id, now: at }).changes) === 1;
    },
    async revokeStanding(tenant, id, at) {
      return inTransaction(db, () => {
        if (Number(sql.revoke.run({ tenant, id, now: at }).changes) !== 1) return undefined;
        standing.seal(tenant, id);
        return standingIn(sql.oneStanding.get({ tenant, id }))[0];
      });
    },
    async version() {
      return Number(sql.version.get()?.["n"]);
    },
    async close() {
      db.close();
    },
  };
}

type Bound = ReturnType<typeof bindRows>;

function statements(db: DatabaseSync, approvals: Bound, standing: Bound) {
  const one = "tenant = :tenant AND id = :id";
  const read = `SELECT ${APPROVAL}, ${approvals.check} FROM approvals`;
  const readStanding = `SELECT *, ${standing.check} FROM standing`;
  const given = `revoked_at IS NULL AND created_at <= :now AND until > :now AND ${standing.intact}`;
  const values = APPROVAL.split(", ").map((name) =>
    name === "leg" ? "0" : name === "state" ? "'pending'" : `:${name}`,
  );
  const unset = /^:(?:decided_at|decided_by|channel|used_at)$/;
  return {
    insert: db.prepare(
      `INSERT INTO approvals (${APPROVAL}) VALUES (${values.map((one) => (unset.test(one) ? "NULL" : one)).join(", ")})`,
    ),
    get: db.prepare(`${read} WHERE ${one}`),
    living:
      db.prepare(`${read} WHERE tenant = :tenant AND digest = :digest AND state IN ('pending', 'allowed', 'denied')
      AND ${NOW} ORDER BY state = 'allowed' DESC, asked_at DESC`),
    list: db.prepare(
      `${read} WHERE tenant = :tenant AND (:owner IS NULL OR owner = :owner) ORDER BY asked_at DESC, id LIMIT :most`,
    ),
    countAll: db.prepare(
      `SELECT count(*) AS n FROM approvals WHERE tenant = :tenant AND unattended = 0 AND state = 'pending' AND ${NOW}`,
    ),
    countOwner: db.prepare(
      `SELECT count(*) AS n FROM approvals WHERE tenant = :tenant AND owner = :owner AND unattended = 0 AND state = 'pending' AND ${NOW}`,
    ),
    countMine: db.prepare(
      `SELECT count(*) AS n FROM approvals WHERE tenant = :tenant AND credential = :credential AND state = 'pending' AND ${NOW}`,
    ),
    decide: db.prepare(`UPDATE approvals SET state = :state, decided_at = :now, decided_by = :by, channel = :channel
      WHERE ${one} AND state = 'pending' AND ${NOW} AND ${approvals.intact}`),
    use: db.prepare(`UPDATE approvals SET state = 'used', used_at = :now, leg = 1
      WHERE ${one} AND state = 'allowed' AND decided_at <= :now AND ${NOW} AND ${approvals.intact}`),
    useLeg: db.prepare(`UPDATE approvals SET leg = :leg
      WHERE ${one} AND state = 'used' AND leg = :leg - 1 AND used_at <= :now AND ${approvals.intact}`),
    end: db.prepare(
      `UPDATE approvals SET state = 'ended' WHERE ${one} AND state IN ('pending', 'allowed') AND ${approvals.intact}`,
    ),
    over: db.prepare(`${read} WHERE state IN ('pending', 'allowed') AND expires_at <= :now`),
    remove: db.prepare("DELETE FROM approvals WHERE expires_at <= :before"),
    asked: db.prepare(
      "SELECT tenant, id FROM approvals WHERE tenant = :tenant AND owner = :owner AND state IN ('pending', 'allowed')",
    ),
    given: db.prepare(
      "SELECT tenant, id FROM approvals WHERE tenant = :tenant AND decided_by = :owner AND state = 'allowed'",
    ),
    stand: db.prepare(`INSERT INTO standing (id, tenant, owner, server, name, method, pinned, published, limits,
      created_at, created_by, channel, until) VALUES (:id, :tenant, :owner, :server, :name, :method, :pinned, :published,
      :limits, :createdAt, :createdBy, :channel, :until)`),
    standing: db.prepare(`${readStanding} WHERE revoked_at IS NULL AND until > :now ORDER BY created_at DESC, id`),
    standingOf: db.prepare(
      `SELECT id FROM standing WHERE tenant = :tenant AND (owner = :owner OR created_by = :owner) AND revoked_at IS NULL AND until > :now AND ${standing.intact}`,
    ),
    oneStanding: db.prepare(`${readStanding} WHERE ${one}`),
    useStanding: db.prepare(`UPDATE standing SET last_used_at = :now WHERE ${one} AND ${given}`),
    revoke: db.prepare(
      `UPDATE standing SET revoked_at = :now WHERE ${one} AND revoked_at IS NULL AND ${standing.intact}`,
    ),
    removeStanding: db.prepare("DELETE FROM standing WHERE until <= :before OR revoked_at <= :before"),
    version: db.prepare("SELECT n FROM approvals_version"),
  };
}

function columnsOf(request: Parameters<ApprovalStore["ask"]>[0]) {
  const { id, tenant, digest, owner, credential, era, server, name, method, effect } = request;
  return {
    ...{ id, tenant, digest, owner, credential, era, server, name, method, effect },
    client: request.client ?? null,
    client_name: request.clientName ?? null,
    pinned: request.pinned ?? null,
    published: request.published ?? null,
    who: request.by,
    always: request.always ? 1 : 0,
    unattended: request.unattended ? 1 : 0,
    asked_at: request.askedAt,
    expires_at: request.expiresAt,
  };
}

/** A column that may be empty, under the name that it has outside. */
const maybe = <K extends string>(key: K, value: SQLOutputValue | undefined): { [k in K]?: string } =>
  (value === null || value === undefined ? {} : { [key]: String(value) }) as { [k in K]?: string };
const maybeTime = <K extends string>(key: K, value: SQLOutputValue | undefined): { [k in K]?: number } =>
  (value === null || value === undefined ? {} : { [key]: Number(value) }) as { [k in K]?: number };

function approvalOf(row: Row, held: Held): Approval {
  return {
    id: String(row["id"]),
    tenant: String(row["tenant"]),
    digest: String(row["digest"]),
    owner: String(row["owner"]),
    credential: String(row["credential"]),
    ...maybe("client", row["client"]),
    ...maybe("clientName", row["client_name"]),
    era: row["era"] === "modern" ? "modern" : "legacy",
    server: String(row["server"]),
    name: String(row["name"]),
    method: String(row["method"]),
    effect: String(row["effect"]) as Approval["effect"],
    ...maybe("pinned", row["pinned"]),
    ...maybe("published", row["published"]),
    by: row["who"] === "self" ? "self" : "other",
    always: row["always"] === 1,
    unattended: row["unattended"] === 1,
    askedAt: Number(row["asked_at"]),
    expiresAt: Number(row["expires_at"]),
    held,
    state: String(row["state"]) as Approval["state"],
    ...maybeTime("decidedAt", row["decided_at"]),
    ...maybe("decidedBy", row["decided_by"]),
    ...(row["channel"] === null ? {} : { channel: String(row["channel"]) as Channel }),
    ...maybeTime("usedAt", row["used_at"]),
    leg: Number(row["leg"]),
  };
}

function standingOf(row: Row, limits: Standing["limits"]): Standing {
  return {
    id: String(row["id"]),
    tenant: String(row["tenant"]),
    owner: String(row["owner"]),
    server: String(row["server"]),
    name: String(row["name"]),
    method: String(row["method"]),
    ...maybe("pinned", row["pinned"]),
    ...maybe("published", row["published"]),
    limits,
    createdAt: Number(row["created_at"]),
    createdBy: String(row["created_by"]),
    channel: String(row["channel"]) as Channel,
    until: Number(row["until"]),
    ...maybeTime("lastUsedAt", row["last_used_at"]),
    ...maybeTime("revokedAt", row["revoked_at"]),
  };
}
