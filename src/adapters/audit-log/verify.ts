import type { KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Verification } from "../../ports/records.ts";
import type { MasterKey } from "../vault/master-key.ts";
import { readAnchor } from "./anchor.ts";
import { segmentsIn } from "./files.ts";
import { isSealedKey, keyName, readPublicKey } from "./keys.ts";
import { headOf } from "./query.ts";
import { type Fault, fault, Walk } from "./walk.ts";

/** The files that are checked. Copies of the anchor and the public key that were kept elsewhere prove more. */
export interface VerifyPaths {
  /** The folder of the segments. */
  readonly log: string;
  readonly anchor: string;
  readonly publicKey: string;
  /** Whether `publicKey` is a copy that was kept elsewhere. */
  readonly copied?: boolean;
  /** The private half, sealed with the master key. */
  readonly sealed: string;
}

/**
 * Checks the whole record, beside a running gateway or without one: every link of the chain, the place of every
 * record, every header, every signed checkpoint, the anchor, and that the public key is that which the master key vouches for.
 * @param paths where the files are
 * @param master opens the master key, or throws an Error that says why it is not at hand
 * @param progress called now and then with the records checked and their number
 * @returns the first record that is wrong, or the counts
 * @throws Error where the record cannot be checked at all (no record, no public key)
 */
export async function verifyRecord(
  paths: VerifyPaths,
  master: () => MasterKey,
  progress: (checked: number, records: number) => void = () => {},
): Promise<Verification> {
  const key = readPublicKey(paths.publicKey);
  const doubt = doubtOf(key, paths, master);
  if (typeof doubt === "object") return doubt;
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
  const { checkpoints, anchored } = walk;
  return { ok: true, records, checkpoints, unanchored: records - anchored, key: keyName(key), note: doubt };
}

/**
 * Compares the public key with the sealed one, without which a record that somebody signed with a key of their own is
 * not told from the true one.
 * @returns a fault, a note where there is nothing to compare with, or undefined where the key is the gateway's
 */
function doubtOf(key: KeyObject, paths: VerifyPaths, openMaster: () => MasterKey): Fault | string | undefined {
  const [name, sealed] = [basename(paths.publicKey), basename(paths.sealed)];
  let master: MasterKey;
  try {
    master = openMaster();
  } catch (error) {
    if (paths.copied) return undefined;
    return `This key was not checked against the master key; compare it with your copy of ${name}. ${(error as Error).message}`;
  }
  if (!existsSync(paths.sealed)) {
    if (paths.copied) return undefined;
    return fault(0, "signature", `${sealed} is missing, so that nothing tells whether ${name} is the gateway's key`);
  }
  try {
    if (isSealedKey(key, paths.sealed, master)) return undefined;
  } catch {
    return fault(0, "signature", `${sealed} does not open with the master key: one of them was changed or replaced`);
  }
  const forged = "one of them was replaced, and what is signed proves nothing";
  return fault(0, "signature", `${name} is not the public half of ${sealed}: ${forged}`);
}
