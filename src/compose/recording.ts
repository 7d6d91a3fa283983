import { userInfo } from "node:os";
import { join } from "node:path";
import type { RecordFields } from "../ports/records.ts";
import { RecordHeld } from "../adapters/audit-log/lock.ts";
import { openRecords } from "../adapters/audit-log/store.ts";
import { openOutbox } from "../adapters/sqlite/outbox.ts";
import { openMasterKey } from "../adapters/vault/master-key.ts";
import { STATE_DB } from "./state.ts";
import { forOperator } from "./unusable.ts";

/** Records an event of a command: at once where no gateway runs on this home, else through its outbox. */
export async function recordEvent(home: string, fields: RecordFields): Promise<void> {
  const master = await forOperator(() => openMasterKey(home));
  let records: Awaited<ReturnType<typeof openRecords>>;
  try {
    records = await openRecords({ dir: home, master, durability: "strict", onFault: () => {} });
  } catch (error) {
    if (!(error instanceof RecordHeld)) return forOperator(() => Promise.reject(error));
    const outbox = openOutbox(join(home, STATE_DB));
    outbox.put(fields);
    outbox.close();
    return;
  }
  try {
    const outbox = openOutbox(join(home, STATE_DB));
    await outbox.drain((waiting) => records.append(waiting));
    outbox.close();
    await records.append(fields);
  } finally {
    await records.close();
  }
}

/** Who gives commands here: the account of the operating system. */
export function operator(): string {
  return `os:${userInfo().username}`;
}
