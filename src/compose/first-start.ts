import { existsSync } from "node:fs";
import { join } from "node:path";
import { FILES, segmentsIn } from "../adapters/audit-log/files.ts";
import { openAuditReader } from "../adapters/audit-log/reader.ts";
import { hasState, STATE_DB } from "./state.ts";
import { Unusable } from "./unusable.ts";

const hasRecord = (home: string): boolean =>
  segmentsIn(join(home, FILES.log)).length > 0 || existsSync(join(home, FILES.anchor));

/**
 * Whoever removes the store must not become the first administrator of a home that had one (invariant 12).
 * @throws Unusable where there is a record and no store; a first start has neither
 */
export function refuseLostStore(home: string): void {
  if (!hasState(home, STATE_DB) && hasRecord(home)) throw new Unusable(lostStore(home, `${STATE_DB} is missing`));
}

/** What is said where the record knows more than the store. @param what is wrong with the store */
export function lostStore(home: string, what: string): string {
  return `${home} was in use before, and ${what}: nobody is made administrator there anew. Bring ${STATE_DB} back from a backup, or start with another home (--home DIR)`;
}

/**
 * Whether the record of this home shows that there was an administrator, whatever the store says. What cannot be read
 * counts as if it did.
 */
export async function administratorRecorded(home: string, tenant: string): Promise<boolean> {
  if (!hasRecord(home)) return false;
  try {
    const reader = await openAuditReader(home);
    try {
      // Recorded as soon as there is one, and never before.
      return (await reader.query({ tenant, type: "config.accepted", limit: 1 })).length > 0;
    } finally {
      reader.close();
    }
  } catch {
    return true;
  }
}
