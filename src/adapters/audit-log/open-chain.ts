import { createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { close, fdatasync, fdatasyncSync, fsync, open, openSync, truncateSync, unlinkSync, write } from "node:fs";
import { promisify } from "node:util";
import { readAnchor, writeAnchorNow } from "./anchor.ts";
import { beginning, type Checkpoint, checkpointLine, checkpointText, headerLine } from "./chain.ts";
import { segmentAt, segmentOf, segmentsIn } from "./files.ts";
import { Walk } from "./walk.ts";

/** The end of a chain, where the next record is linked. */
export interface Head {
  readonly writer: string;
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
  /** Position of the newest checkpoint, -1 where there is none. */
  readonly signed: number;
}

/** A chain that is open for writing. */
export interface OpenChain {
  readonly head: Head;
  /** Descriptor of the last segment, for appending. */
  readonly file: number;
  /** Bytes in it. */
  readonly size: number;
  /** Bytes of a last line that was cut short, and so never acknowledged; they were removed. */
  readonly cut: number;
}

const opened = promisify(open);
/** Brings the bytes of a file to the disk. */
export const flushed = promisify(fdatasync);
const flushedWhole = promisify(fsync);
/** Closes a file. */
export const released = promisify(close);

const REMEDY =
  "Run `cardea audit verify`. To begin a new record, move the folder audit and the file audit.anchor away together";

/**
 * Begins a chain, or finds the end of the one that is there. The segment of the anchor and all after it are checked: a
 * chain that does not reach its anchor is not continued, because new anchors would hide the loss.
 * @param folder of the segments, which exists
 * @param anchorPath where the anchor is
 * @param key the private one
 * @throws Error that says what is wrong and what to do
 */
export async function openChain(folder: string, anchorPath: string, key: KeyObject): Promise<OpenChain> {
  const anchor = readAnchor(anchorPath);
  if (anchor === "unreadable") throw new Error(`audit.anchor is no anchor. ${REMEDY}`);
  const segments = segmentsIn(folder);
  const walk = new Walk(segments.slice(segmentOf(segments, anchor?.seq ?? 1)), createPublicKey(key), anchor);
  const found = await walk.go(() => {});
  if (found !== undefined) throw new Error(`${found.message}. ${REMEDY}`);
  const { writer, hash, signed, begun, size, torn } = walk;
  const head = { writer, seq: walk.next - 1, hash, signed };
  if (anchor === undefined && head.seq > 0) {
    throw new Error(`audit.anchor is missing, and there are ${head.seq} records. ${REMEDY}`);
  }
  const last = segments.at(-1);
  if (anchor !== undefined && last !== undefined && begun) {
    if (torn > 0) truncateSync(last.path, size);
    const file = openSync(last.path, "a");
    fdatasyncSync(file);
    return { head, file, size, cut: torn };
  }
  // What is there ends before its first signature: nothing in it was ever acknowledged.
  if (last !== undefined) unlinkSync(last.path);
  if (anchor !== undefined) return { ...(await beginSegment(folder, head, key)), cut: 0 };
  const name = `w_${randomBytes(12).toString("base64url")}`;
  const chain = await beginSegment(folder, { writer: name, seq: 0, hash: beginning(name), signed: -1 }, key);
  writeAnchorNow(anchorPath, name, chain.checkpoint, key);
  return { ...chain, cut: 0 };
}

/**
 * Begins a file: a header that says what it continues, and a signature, so that what stands before can be deleted one
 * day and the rest still verifies. Both are on the disk when it returns.
 */
export async function beginSegment(folder: string, before: Head, key: KeyObject) {
  const { writer, seq, hash } = before;
  const { path } = segmentAt(folder, seq + 1);
  const checkpoint = signHead(before, Date.now(), key);
  const text = Buffer.from(`${headerLine({ first: seq + 1, hash, writer })}\n${checkpointLine(checkpoint)}\n`);
  const file = await opened(path, "ax", 0o600);
  await writeWhole(file, text);
  await flushed(file);
  const names = await opened(folder, "r");
  await flushedWhole(names);
  await released(names);
  return { head: { ...before, signed: seq }, file, size: text.length, checkpoint };
}

/** Writes all of it. Rejects with the file system's error; then the end of the file is cut short. */
export function writeWhole(file: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const from = (at: number): void =>
      write(file, bytes, at, bytes.length - at, null, (error, count) => {
        if (error !== null) reject(error);
        else if (at + count < bytes.length) from(at + count);
        else resolve();
      });
    from(0);
  });
}

/** Signs where the chain is. @param time milliseconds since the epoch */
export function signHead({ writer, seq, hash, signed }: Head, time: number, key: KeyObject): Checkpoint {
  const statement = { before: signed, hash, seq, time };
  return { ...statement, signature: sign(null, checkpointText(writer, statement), key).toString("base64") };
}
