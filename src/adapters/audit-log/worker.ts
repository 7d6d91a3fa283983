import type { KeyObject } from "node:crypto";
import { closeSync, fdatasync, fdatasyncSync } from "node:fs";
import { promisify } from "node:util";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { writeAnchor, writeAnchorNow } from "./anchor.ts";
import { type Checkpoint, checkpointLine, link, storedLine } from "./chain.ts";
import { beginSegment, openChain, signHead, writeWhole } from "./open-chain.ts";

// The one writer of the record, in a thread of its own. What it cannot do throws, ends the thread, and so fails every
// append that waits and every later one (invariant 3).

/** What the thread is started with. */
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

/** To the writer: the lines of one batch joined by line feeds (JSON text holds none), or the end. */
export type ToWriter = string | "close";
/** From the writer: where it begins, once it is open; then how many batches were written; `closed` at the end. */
export type FromWriter = { readonly seq: number; readonly cut: number } | number | "closed";

/** A signed checkpoint every so many records, or after this time. */
const RECORDS_PER_CHECKPOINT = 1000;
const MS_PER_CHECKPOINT = 1000;
/** Milliseconds from the first unflushed write to the flush; the promise is 100 with the flush itself. */
const MS_TO_FLUSH = 70;

const { log, anchor, key, strict, segment } = workerData as WriterStart;
const port = parentPort as MessagePort;
const flushed = promisify(fdatasync);

const opened = await openChain(log, anchor, key);
const { writer } = opened.head;
let { seq, hash, signed } = opened.head;
let { file, size } = opened;

let newest: Checkpoint | undefined;
let anchored: Checkpoint | undefined;
let flush: Promise<void> | undefined;
let flushTimer: NodeJS.Timeout | undefined;
let checkpointTimer: NodeJS.Timeout | undefined;

/** Writes lines. They are safe from the end of this process when it returns. */
function write(lines: readonly string[]): void {
  if (size >= segment) roll();
  let text = "";
  for (const line of lines) {
    const before = hash;
    hash = link(before, line);
    text += `${storedLine(before, hash, line)}\n`;
    if (++seq - signed >= RECORDS_PER_CHECKPOINT) text += checkpoint();
  }
  put(text);
  checkpointTimer ??= setTimeout(checkpointLate, MS_PER_CHECKPOINT);
}

function put(text: string): void {
  const bytes = Buffer.from(text);
  writeWhole(file, bytes);
  size += bytes.length;
  if (strict) fdatasyncSync(file);
  flushTimer ??= setTimeout(startFlush, MS_TO_FLUSH);
}

/** Signs where the chain is. Returns the line that says so. */
function checkpoint(): string {
  newest = signHead({ writer, seq, hash, signed }, Date.now(), key);
  signed = seq;
  return `${checkpointLine(newest)}\n`;
}

function checkpointLate(): void {
  checkpointTimer = undefined;
  if (seq > signed) put(checkpoint());
}

/** Goes on in another file. */
function roll(): void {
  fdatasyncSync(file);
  const old = file;
  // A flush of the old file may be under way.
  flush = (flush ?? Promise.resolve()).then(() => closeSync(old));
  const begun = beginSegment(log, { writer, seq, hash, signed }, key);
  ({ file, size } = begun);
  signed = seq;
  newest = begun.checkpoint;
}

function startFlush(): void {
  flush = (flush ?? Promise.resolve()).then(flushOnce);
  flushTimer = undefined;
}

/** Brings what is written to the disk, then the anchor that names it. */
async function flushOnce(): Promise<void> {
  const statement = newest;
  await flushed(file);
  if (statement === undefined || statement === anchored) return;
  await writeAnchor(anchor, writer, statement, key);
  anchored = statement;
}

async function close(): Promise<void> {
  port.removeAllListeners("message");
  clearTimeout(checkpointTimer);
  checkpointLate();
  clearTimeout(flushTimer);
  await flush;
  fdatasyncSync(file);
  if (newest !== undefined && newest !== anchored) writeAnchorNow(anchor, writer, newest, key);
  closeSync(file);
  port.postMessage("closed" satisfies FromWriter);
  port.close();
}

port.on("message", (first: ToWriter) => {
  let batches = 0;
  let ending = false;
  const lines: string[] = [];
  for (let message: ToWriter | undefined = first; message !== undefined; ) {
    if (message === "close") {
      ending = true;
      break;
    }
    batches++;
    lines.push(...message.split("\n"));
    message = receiveMessageOnPort(port)?.message;
  }
  if (batches > 0) {
    write(lines);
    port.postMessage(batches satisfies FromWriter);
  }
  if (ending) void close();
});
// What the run before could not sign any more.
checkpointLate();
port.postMessage({ seq, cut: opened.cut } satisfies FromWriter);
