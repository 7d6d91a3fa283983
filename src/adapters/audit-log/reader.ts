import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AuditReader } from "../../ports/records.ts";
import { openSubjects, type Subjects, SUBJECTS_DB } from "../sqlite/subjects.ts";
import { openMasterKey } from "../vault/master-key.ts";
import { FILES, segmentsIn } from "./files.ts";
import { headOf, queryRecords, recordsAfter } from "./query.ts";
import { verifyRecord } from "./verify.ts";

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
    log: join(home, FILES.log),
    anchor: copies.anchor ?? join(home, FILES.anchor),
    publicKey: copies.publicKey ?? join(home, FILES.publicKey),
    copied: copies.publicKey !== undefined,
    sealed: join(home, FILES.key),
  };
  if (segmentsIn(paths.log).length === 0 && !existsSync(paths.anchor)) {
    throw new Error(`There is no record in ${home} yet`);
  }
  const segments = () => {
    const there = segmentsIn(paths.log);
    // A log that is gone while its anchor is there is a finding of `verify`, not a reason not to run.
    if (there.length > 0) return there;
    throw new Error(`${paths.log} is empty, but its anchor is there; run: cardea audit verify`);
  };
  const subjectsPath = join(home, SUBJECTS_DB);
  let opened: Subjects | undefined;
  const subjects = () => {
    opened ??= openSubjects(subjectsPath, openMasterKey(home, false), true);
    return opened;
  };
  return {
    head: () => headOf(segments()),
    query: async (query) => queryRecords(segments(), query),
    after: async (seq, query) => recordsAfter(segments(), seq, query),
    verify: (progress) => verifyRecord(paths, () => openMasterKey(home, false), progress),
    subjectOf: (tenant, owner) => (existsSync(subjectsPath) ? subjects().find(tenant, owner) : undefined),
    identify(subject) {
      try {
        return subjects().identify(subject);
      } catch {
        return undefined;
      }
    },
    unseal(subject, sealed) {
      try {
        return subjects().unseal(subject, sealed);
      } catch {
        return undefined;
      }
    },
    close: () => opened?.close(),
  };
}
