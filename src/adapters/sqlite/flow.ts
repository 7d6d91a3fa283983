import type { SQLOutputValue } from "node:sqlite";
import type { FlowMark, FlowStore } from "../../ports/flow.ts";
import type { MasterKey } from "../vault/master-key.ts";
import { bindRows, ownRowKey, type RowKey } from "./row-mac.ts";
import { inTransaction, openState } from "./state.ts";

const COLUMNS = "tenant, id, credential, owner, label, server, name, at, held";
const COUNT = "BEGIN UPDATE flow_version SET n = n + 1; END;";
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS flow (
    tenant TEXT NOT NULL, id TEXT NOT NULL, credential TEXT NOT NULL, owner TEXT NOT NULL, label TEXT NOT NULL,
    server TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, held TEXT NOT NULL, mac TEXT,
    PRIMARY KEY (tenant, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS flow_by_credential ON flow (tenant, credential);
  CREATE TABLE IF NOT EXISTS flow_version (only INTEGER PRIMARY KEY CHECK (only = 1), n INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO flow_version VALUES (1, 1);
  CREATE TRIGGER IF NOT EXISTS flow_made AFTER INSERT ON flow ${COUNT}
  CREATE TRIGGER IF NOT EXISTS flow_changed AFTER UPDATE OF ${COLUMNS} ON flow ${COUNT}
  CREATE TRIGGER IF NOT EXISTS flow_removed AFTER DELETE ON flow ${COUNT}`;

const LABELS = ["private", "written"] as const;

type Row = Record<string, SQLOutputValue>;
/** What is sealed of a row. */
type Held = Pick<FlowMark, "part" | "what" | "call" | "prints" | "full">;
/** A row that was changed by somebody else closes as much as it can. */
const UNKNOWN: Held = { part: 0, what: "", call: "", prints: [], full: true };

/**
 * Labels in `cardea.db`: rows with a MAC, what was read sealed with the master key and bound to its row. A label is written
 * before the answer leaves and survives the end of the process. Throws when the file cannot be opened.
 */
export function openFlow(path: string, master: MasterKey, rows: RowKey = ownRowKey()): FlowStore {
  const db = openState(path, "normal", SCHEMA);
  const bound = bindRows(db, rows, "flow", COLUMNS, "id");
  const read = `SELECT ${COLUMNS}, ${bound.check} FROM flow WHERE tenant = :tenant`;
  const sql = {
    put: db.prepare(`INSERT INTO flow (${COLUMNS}) VALUES (:tenant, :id, :credential, :owner, :label, :server, :name, :at, :held)
      ON CONFLICT (tenant, id) DO UPDATE SET credential = :credential, owner = :owner, label = :label, server = :server,
      name = :name, at = :at, held = :held`),
    one: db.prepare(`${read} AND id = :id`),
    of: db.prepare(`${read} AND credential = :credential ORDER BY at DESC, id`),
    list: db.prepare(`${read} ORDER BY at DESC, id`),
    reset: db.prepare("DELETE FROM flow WHERE tenant = :tenant AND credential = :credential"),
    end: db.prepare("DELETE FROM flow WHERE tenant = :tenant AND owner = :owner"),
    sweep: db.prepare("DELETE FROM flow WHERE at < :before"),
    version: db.prepare("SELECT n FROM flow_version"),
  };
  const place = (tenant: string, id: string): string => `flow ${tenant} ${id}`;
  const version = (): number => Number(sql.version.get()?.["n"]);
  const markOf = (row: Row): FlowMark => {
    const text = (name: string): string => String(row[name]);
    const held = bound.counts(row) ? heldOf(text("held"), place(text("tenant"), text("id"))) : UNKNOWN;
    return {
      ...{ tenant: text("tenant"), credential: text("credential"), owner: text("owner") },
      label: LABELS.find((label) => label === row["label"]) ?? "untrusted",
      ...{ server: text("server"), name: text("name"), at: Number(row["at"]) },
      ...held,
    };
  };
  const heldOf = (sealed: string, at: string): Held =>
    JSON.parse(master.open(Buffer.from(sealed, "base64url"), at).toString()) as Held;

  return {
    async put({ tenant, credential, owner, label, server, name, at, ...now }) {
      const id = JSON.stringify([credential, label, server, name, now.part]);
      return inTransaction(db, () => {
        // What another process wrote meanwhile stays.
        const before = sql.one.all({ tenant, id }).map(markOf)[0];
        const prints = [...new Set([...(before?.prints ?? []), ...now.prints])];
        const held: Held = { ...now, prints, full: now.full || before?.full === true };
        const sealed = master.seal(Buffer.from(JSON.stringify(held)), place(tenant, id)).toString("base64url");
        sql.put.run({ tenant, id, credential, owner, label, server, name, at, held: sealed });
        bound.seal(tenant, id);
        return version();
      });
    },
    of: async (tenant, credential) => sql.of.all({ tenant, credential }).map(markOf),
    list: async (tenant) => sql.list.all({ tenant }).map(markOf),
    reset: async (tenant, credential) => Number(sql.reset.run({ tenant, credential }).changes),
    endOwner: async (tenant, owner) => Number(sql.end.run({ tenant, owner }).changes),
    sweep: async (before) => void sql.sweep.run({ before }),
    version: async () => version(),
    close: async () => db.close(),
  };
}
