import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { FILES, segmentAt, segmentsIn } from "../../src/adapters/audit-log/files.ts";
import { openRecords, type RecordsOptions } from "../../src/adapters/audit-log/store.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import type { RecordFields } from "../../src/ports/records.ts";

/** A home of its own for one test. */
export function home(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "cardea-audit-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The `n`th record of a test. */
export function record(n: number, more: Partial<RecordFields> = {}): RecordFields {
  return {
    kind: "call",
    type: "tools/call",
    time: 1_700_000_000_000 + n,
    call: `c_${n}`,
    trace: n.toString(16).padStart(32, "0"),
    tenant: "default",
    subject: `s_${n % 3}`,
    credential: "k_1",
    era: "modern",
    server: "files",
    target: "read_text_file",
    targetKind: "tool",
    decision: "allow",
    reason: "ok",
    executed: "yes",
    ms: 1.5,
    ...more,
  };
}

/** Opens the record in `dir`; faults are collected. */
export async function open(dir: string, more: Partial<RecordsOptions> = {}) {
  const faults: Error[] = [];
  const onFault = (error: Error) => void faults.push(error);
  const records = await openRecords({ dir, master: openMasterKey(dir), durability: "group", onFault, ...more });
  return { records, faults };
}

/** Positions of the first records of the segments in `dir`. */
export const firsts = (dir: string): number[] => segmentsIn(join(dir, FILES.log)).map(({ first }) => first);

/** The segment of `dir` that begins with record `first`. */
export const segmentPath = (dir: string, first = 1): string => segmentAt(join(dir, FILES.log), first).path;

/** A closed record with `count` records in it. */
export async function written(dir: string, count: number, more: Partial<RecordsOptions> = {}): Promise<void> {
  const { records } = await open(dir, more);
  await Promise.all(Array.from({ length: count }, (_, i) => records.append(record(i + 1))));
  await records.close();
}
