import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { Log } from "../ports/world.ts";
import { systemClock, systemRandom } from "../adapters/system/world.ts";
import { openRecords } from "../adapters/audit-log/store.ts";
import { waitForLocks } from "../adapters/sqlite/db.ts";
import { openCounters } from "../adapters/sqlite/counters.ts";
import { openKeys } from "../adapters/sqlite/keys.ts";
import { openOutbox } from "../adapters/sqlite/outbox.ts";
import { openSubjects, SUBJECTS_DB } from "../adapters/sqlite/subjects.ts";
import type { RowKey } from "../adapters/sqlite/row-mac.ts";
import { openHome } from "../adapters/files/home.ts";
import { type MasterKey, openMasterKey } from "../adapters/vault/master-key.ts";
import { Unusable } from "./unusable.ts";

/** A gateway waits so long for a command's lock on the store, milliseconds; then it refuses. */
const LOCK_MS = 250;

/** The store of keys, counters and waiting events, in the home. */
export const STATE_DB = "cardea.db";

/** Whether a home is there and has this file. */
export const hasState = (home: string, file = ""): boolean => existsSync(join(home, file));

/** Throws `Unusable` where there is no folder of that name, or no state in it: a mistyped `--home` makes none. */
export function needState(home: string, file = ""): void {
  if (!hasState(home, file))
    throw new Unusable(`There is no state in ${home}. Name the gateway's own folder: --home DIR`);
}

/** What rows that give authority are bound with, alike for the gateway and for commands. */
export const rowKeyOf = (master: MasterKey): Uint8Array => master.derive("directory rows");

/** Opens everything that is kept in the home (mode 0700), for the one process that serves. What fails leaves nothing open. */
export async function openState(home: string, config: Config, log: Log) {
  const opening = new AsyncDisposableStack();
  try {
    openHome(home, (why) => log.warn("home.closed", { why }));
    const master = openMasterKey(home);
    const seen = new Set<string>();
    const rows: RowKey = {
      key: rowKeyOf(master),
      tampered({ table, tenant, id }) {
        if (seen.has(`${table} ${id}`)) return;
        seen.add(`${table} ${id}`);
        log.error("directory.tampered", { table, row: id, effect: "it counts for nothing" });
        const who =
          table === "keys" || table === "grants" ? { credential: id } : { subject: subjectOf(tenant, table, id) };
        const event = {
          kind: "event",
          type: "directory.tampered",
          time: systemClock.now(),
          call: systemRandom().id("c_"),
        } as const;
        records
          .append({ ...event, ...who, tenant, decision: "deny", reason: "mac_wrong", detail: { table } })
          .catch(() => log.error("record.failed", { type: event.type }));
      },
    };
    const subjectOf = (tenant: string, table: string, id: string): string =>
      subjects.ensure(tenant, table === "accounts" ? id : `person:${id}`).subject;
    // Before the record: a record without this store is the sign of a store that was removed.
    const keys = openKeys(join(home, STATE_DB), rows);
    opening.defer(() => keys.close());
    const records = await openRecords({
      dir: home,
      master,
      durability: config.audit.durability,
      onFault: (error) => log.error("record.lost", { fault: error.message }),
    });
    opening.defer(() => records.close());
    waitForLocks(LOCK_MS);
    const subjects = openSubjects(join(home, SUBJECTS_DB), master);
    opening.defer(() => subjects.close());
    const counters = openCounters(join(home, STATE_DB));
    opening.defer(() => counters.close());
    const outbox = openOutbox(join(home, STATE_DB));
    opening.defer(() => outbox.close());
    return {
      master,
      records,
      rows,
      subjects,
      keys,
      counters,
      outbox,
      close: () => opening.disposeAsync(),
    };
  } catch (error) {
    await opening.disposeAsync();
    throw error;
  }
}
