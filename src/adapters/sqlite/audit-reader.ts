import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AuditReader } from "../../ports/records.ts";
import { openMasterKey } from "../vault/master-key.ts";
import { queryRecords, recordsAfter } from "./audit-query.ts";
import { verifyRecord } from "./audit-verify.ts";
import { FILES, openReadable } from "./db.ts";
import { openSubjects, type Subjects } from "./subjects.ts";

/**
 * Opens the record in a home for reading, beside a running gateway or without one.
 * @param home the folder of the state
 * @param copies an anchor and a public key that were kept elsewhere, used by `verify` in place of those in the home
 * @throws Error where there is no record
 */
export async function openAuditReader(
  home: string,
  copies: { readonly anchor?: string; readonly publicKey?: string } = {},
): Promise<AuditReader> {
  const paths = {
    db: join(home, FILES.db),
    anchor: copies.anchor ?? join(home, FILES.anchor),
    publicKey: copies.publicKey ?? join(home, FILES.publicKey),
  };
  if (!existsSync(paths.db) && !existsSync(paths.anchor)) throw new Error(`There is no record in ${home} yet`);
  // A store that is gone while its anchor is there is a finding of `verify`, not a reason not to run.
  const db = existsSync(paths.db) ? openReadable(paths.db) : undefined;
  const store = () => {
    if (db === undefined) throw new Error(`${paths.db} is missing, but its anchor is there; run: cardea audit verify`);
    return db;
  };
  let opened: Subjects | undefined;
  const subjects = () => {
    opened ??= openSubjects(join(home, FILES.subjects), openMasterKey(home, false), true);
    return opened;
  };
  return {
    head: () => Number(store().prepare("SELECT max(seq) AS seq FROM records").get()?.seq ?? 0),
    query: async (query) => queryRecords(store(), query),
    after: async (seq, query) => recordsAfter(store(), seq, query),
    verify: (progress) => verifyRecord(paths, progress),
    subjectOf: (tenant, owner) => (existsSync(join(home, FILES.subjects)) ? subjects().find(tenant, owner) : undefined),
    identify(subject) {
      try {
        return subjects().identify(subject);
      } catch {
        return undefined;
      }
    },
    close() {
      db?.close();
      opened?.close();
    },
  };
}
