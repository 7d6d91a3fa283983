import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { Log } from "../ports/world.ts";
import { openRecords } from "../adapters/audit-log/store.ts";
import { openCounters } from "../adapters/sqlite/counters.ts";
import { openKeys } from "../adapters/sqlite/keys.ts";
import { openOutbox } from "../adapters/sqlite/outbox.ts";
import { openSubjects, SUBJECTS_DB } from "../adapters/sqlite/subjects.ts";
import { openMasterKey } from "../adapters/vault/master-key.ts";

/** The store of keys, counters and waiting events, in the home. */
export const STATE_DB = "cardea.db";

/** Opens everything that is kept in the home (mode 0700), for the one process that serves. */
export async function openState(home: string, config: Config, log: Log) {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const master = openMasterKey(home);
  const records = await openRecords({
    dir: home,
    master,
    durability: config.audit.durability,
    onFault: (error) => log.error("record.lost", { fault: error.message }),
  });
  const subjects = openSubjects(join(home, SUBJECTS_DB), master);
  const keys = openKeys(join(home, STATE_DB));
  const counters = openCounters(join(home, STATE_DB));
  const outbox = openOutbox(join(home, STATE_DB));
  return {
    master,
    records,
    subjects,
    keys,
    counters,
    outbox,
    async close(): Promise<void> {
      await records.close();
      outbox.close();
      await counters.close();
      await keys.close();
      subjects.close();
    },
  };
}
