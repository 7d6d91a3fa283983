import type { KeyObject } from "node:crypto";
import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { writeAnchor, writeAnchorNow } from "./anchor.ts";
import { openChain, signHead } from "./audit-chain-store.ts";
import { type Checkpoint, link } from "./chain.ts";
import { openWritable } from "./db.ts";

// The one writer of the record, in a thread of its own. What it cannot do throws, ends the thread, and so fails every
// append that waits and every later one (invariant 3).

/** What the thread is started with. */
export interface WriterStart {
  readonly db: string;
  readonly anchor: string;
  readonly key: KeyObject;
  /** Flush every commit before it is acknowledged. */
  readonly strict: boolean;
}

/** To the writer: the lines of one batch joined by line feeds (JSON text holds none), or the end. */
export type ToWriter = string | "close";
/** From the writer: `{seq}` once it is open; then how many batches were committed; `closed` at the end. */
export type FromWriter = { readonly seq: number } | number | "closed";

/** A signed checkpoint every so many records, or after this time. */
const RECORDS_PER_CHECKPOINT = 1000;
const MS_PER_CHECKPOINT = 1000;
/** Milliseconds from the first unflushed commit to the flush; the promise is 100 with the flush itself. */
const MS_TO_FLUSH = 70;

const { db: path, anchor, key, strict } = workerData as WriterStart;
const port = parentPort as MessagePort;

const db = openWritable(path);
// 2,000 pages: moving fewer from the log at a time stalls appends more often, more stalls them longer.
db.exec(
  `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${strict ? "FULL" : "NORMAL"}; PRAGMA wal_autocheckpoint = 2000`,
);
let head = openChain(db, anchor, key);

// A second descriptor on the log: commits are flushed beside further ones. SQLite keeps its locks on other files, so
// closing this one drops none. The folder is flushed once for the names of the files in it.
const log = openSync(`${path}-wal`, "r");
const folder = openSync(dirname(path), "r");
fsyncSync(folder);
closeSync(folder);
const flushed = promisify(fdatasync);

const begin = db.prepare("BEGIN IMMEDIATE");
const commit = db.prepare("COMMIT");
const insertRecord = db.prepare("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
const insertCheckpoint = db.prepare("INSERT INTO checkpoints VALUES (?, ?, ?, ?)");

let unsigned = 0;
let newest: Checkpoint | undefined;
let anchored: Checkpoint | undefined;
let flush: Promise<void> | undefined;
let flushTimer: NodeJS.Timeout | undefined;
let checkpointTimer: NodeJS.Timeout | undefined;

/** Writes lines as one transaction. They are safe from the end of this process when it returns. */
function write(lines: readonly string[]): void {
  begin.run();
  for (const line of lines) {
    const fields = JSON.parse(line);
    const bytes = Buffer.from(line);
    const hash = link(head.hash, bytes);
    insertRecord.run(
      fields.seq,
      bytes,
      head.hash,
      hash,
      fields.time,
      fields.tenant,
      fields.subject ?? null,
      fields.server ?? null,
      fields.target ?? null,
      fields.decision,
    );
    head = { writer: head.writer, seq: fields.seq, hash };
    if (++unsigned === RECORDS_PER_CHECKPOINT) checkpoint();
  }
  commit.run();
  checkpointTimer ??= setTimeout(checkpointLate, MS_PER_CHECKPOINT);
  flushTimer ??= setTimeout(startFlush, MS_TO_FLUSH);
}

/** Signs where the chain is, inside the transaction that is open. */
function checkpoint(): void {
  newest = signHead(head, Date.now(), key);
  insertCheckpoint.run(newest.seq, head.hash, newest.time, Buffer.from(newest.signature, "base64"));
  unsigned = 0;
}

function checkpointLate(): void {
  checkpointTimer = undefined;
  if (unsigned === 0) return;
  begin.run();
  checkpoint();
  commit.run();
  flushTimer ??= setTimeout(startFlush, MS_TO_FLUSH);
}

function startFlush(): void {
  flush = (flush ?? Promise.resolve()).then(flushOnce);
  flushTimer = undefined;
}

/** Brings what is committed to the disk, then the anchor that names it. */
async function flushOnce(): Promise<void> {
  const signed = newest;
  await flushed(log);
  if (signed === anchored) return;
  await writeAnchor(anchor, signed as Checkpoint);
  anchored = signed;
}

async function close(): Promise<void> {
  port.removeAllListeners("message");
  clearTimeout(checkpointTimer);
  checkpointLate();
  clearTimeout(flushTimer);
  await flush;
  fdatasyncSync(log);
  if (newest !== anchored) writeAnchorNow(anchor, newest as Checkpoint);
  db.close();
  closeSync(log);
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
port.postMessage({ seq: head.seq } satisfies FromWriter);
