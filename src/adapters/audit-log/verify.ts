import type { Verification } from "../../ports/records.ts";
import { readAnchor } from "./anchor.ts";
import { segmentsIn } from "./files.ts";
import { keyName, readPublicKey } from "./keys.ts";
import { headOf } from "./query.ts";
import { fault, Walk } from "./walk.ts";

/** The files that are checked. Copies of the anchor and the public key that were kept elsewhere prove more. */
export interface VerifyPaths {
  /** The folder of the segments. */
  readonly log: string;
  readonly anchor: string;
  readonly publicKey: string;
}

/**
 * Checks the whole record, beside a running gateway or without one: every link of the chain, the place of every
 * record, every header, every signed checkpoint and the anchor.
 * @param paths where the files are
 * @param progress called now and then with the records checked and their number
 * @returns the first record that is wrong, or the counts
 * @throws Error where the record cannot be checked at all (no record, no public key)
 */
export async function verifyRecord(
  paths: VerifyPaths,
  progress: (checked: number, records: number) => void = () => {},
): Promise<Verification> {
  const key = readPublicKey(paths.publicKey);
  // Read before the log: what it names is in the log by then, however fast the gateway writes.
  const anchor = readAnchor(paths.anchor);
  const segments = segmentsIn(paths.log);
  if (segments.length === 0) {
    if (anchor === undefined) throw new Error(`There is no record: ${paths.log} holds no file of it`);
    return fault(1, "truncated", "The record is gone, but its anchor is there");
  }
  if (segments[0]?.first !== 1) {
    return fault(1, "missing", `The first file of the record is missing; it begins with ${segments[0]?.first}`);
  }
  const total = headOf(segments);
  const walk = new Walk(segments, key, anchor === "unreadable" ? undefined : anchor);
  const found = await walk.go((checked) => progress(checked, Math.max(checked, total)));
  if (found !== undefined) return found;
  const records = walk.next - 1;
  if (anchor === undefined)
    return fault(records, "signature", "The anchor is missing; it is written with the first record");
  if (anchor === "unreadable") return fault(records, "signature", "The anchor file holds no anchor");
  return { ok: true, records, checkpoints: walk.checkpoints, unanchored: records - walk.anchored, key: keyName(key) };
}
