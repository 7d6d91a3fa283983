import type { KeyObject } from "node:crypto";
import { writeAnchor } from "./anchor.ts";
import { type Checkpoint, checkpointLine, linked } from "./chain.ts";
import { beginSegment, flushed, openChain, released, signHead, writeWhole } from "./open-chain.ts";

/** What the writer is started with. */
export interface WriterStart {
  /** The folder of the segments. */
  readonly log: string;
  readonly anchor: string;
  readonly key: KeyObject;
  /** Flush every batch before it is acknowledged. */
  readonly strict: boolean;
  /** Bytes after which another segment is begun. */
  readonly segment: number;
}

/** A signed checkpoint every so many records, or after this time. */
const RECORDS_PER_CHECKPOINT = 1000;
const MS_PER_CHECKPOINT = 1000;
/** Milliseconds from the first unflushed write to the flush; the promise is 100 with the flush itself. */
const MS_TO_FLUSH = 70;
/** UTF-8 bytes of one UTF-16 code unit, at most. */
const MOST_BYTES = 3;

/**
 * Opens the chain and its one writer. Lines are chained here; the threads of libuv wait for the disk, so that one which
 * is stuck stalls no call that is under way.
 * @param fault told of what failed while nobody waited for it: a flush, an anchor, a signature
 * @throws Error where a file is missing or was tampered with; with the remedy
 */
export async function openWriter({ log, anchor, key, strict, segment }: WriterStart, fault: (error: Error) => void) {
  const opened = await openChain(log, anchor, key);
  const { writer } = opened.head;
  let { seq, hash, signed } = opened.head;
  let { file, size } = opened;

  /** The newest checkpoint that is written. */
  let newest: Checkpoint | undefined;
  /** Holds what is being written, one batch at a time. */
  let space = Buffer.allocUnsafe(1 << 16);
  let anchored: Checkpoint | undefined;
  let flush: Promise<void> = Promise.resolve();
  let flushTimer: NodeJS.Timeout | undefined;
  let checkpointTimer: NodeJS.Timeout | undefined;
  let stopped = false;

  // One write after another, in the order of the chain; none after one that failed (invariant 3).
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work);
    return turn;
  };

  async function append(lines: readonly string[]): Promise<void> {
    if (size >= segment) await roll();
    let text = "";
    let signature: Checkpoint | undefined;
    for (const line of lines) {
      const record = linked(hash, line);
      hash = record.hash;
      text += `${record.stored}\n`;
      if (++seq - signed < RECORDS_PER_CHECKPOINT) continue;
      signature = sign();
      text += `${checkpointLine(signature)}\n`;
    }
    await put(text, signature);
    if (!stopped) checkpointTimer ??= setTimeout(checkpointLate, MS_PER_CHECKPOINT);
  }

  /** Safe from the end of this process when it resolves. @param signature the newest that is in the text */
  async function put(text: string, signature: Checkpoint | undefined): Promise<void> {
    if (space.length < text.length * MOST_BYTES) space = Buffer.allocUnsafe(text.length * MOST_BYTES);
    const bytes = space.subarray(0, space.write(text));
    await writeWhole(file, bytes);
    size += bytes.length;
    if (strict) await flushed(file);
    // The anchor names nothing that is not written.
    newest = signature ?? newest;
    if (!stopped) flushTimer ??= setTimeout(startFlush, MS_TO_FLUSH);
  }

  /** Signs where the chain is. */
  function sign(): Checkpoint {
    const signature = signHead({ writer, seq, hash, signed }, Date.now(), key);
    signed = seq;
    return signature;
  }

  async function checkpoint(): Promise<void> {
    if (seq <= signed) return;
    const signature = sign();
    await put(`${checkpointLine(signature)}\n`, signature);
  }

  function checkpointLate(): void {
    checkpointTimer = undefined;
    inTurn(checkpoint).catch(fault);
  }

  /** Goes on in another file. */
  async function roll(): Promise<void> {
    await flushed(file);
    const begun = await beginSegment(log, { writer, seq, hash, signed }, key);
    const old = file;
    ({ file, size } = begun);
    signed = seq;
    newest = begun.checkpoint;
    // A flush of the old file may be under way.
    await flush;
    await released(old);
  }

  function startFlush(): void {
    flushTimer = undefined;
    flush = flush.then(flushOnce);
    flush.catch(fault);
  }

  /** Brings what is written to the disk, then the anchor that names it. */
  async function flushOnce(): Promise<void> {
    const statement = newest;
    await flushed(file);
    if (statement === undefined || statement === anchored) return;
    await writeAnchor(anchor, writer, statement, key);
    anchored = statement;
  }

  function stopTimers(): void {
    stopped = true;
    clearTimeout(checkpointTimer);
    clearTimeout(flushTimer);
  }

  let closed = false;
  async function closeFile(): Promise<void> {
    if (closed) return;
    closed = true;
    await released(file);
  }

  // What the run before could not sign any more.
  await inTurn(checkpoint);
  return {
    seq,
    cut: opened.cut,
    /** Adds lines to the chain. Resolves when they are safe; rejects for good where a write failed. */
    append: (lines: readonly string[]): Promise<void> => inTurn(() => append(lines)),
    /** Writes what waits, signs, flushes and closes the file. Rejects where it could not. */
    async close(): Promise<void> {
      stopTimers();
      await inTurn(checkpoint);
      await flush;
      await flushOnce();
      await closeFile();
    },
    /** Closes the file after a failure, once nothing writes to it any more. */
    async abandon(): Promise<void> {
      stopTimers();
      await Promise.allSettled([turn, flush]);
      await closeFile();
    },
  };
}
