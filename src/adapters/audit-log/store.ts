import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Refused } from "../../kernel/errors.ts";
import type { RecordFields, Records } from "../../ports/records.ts";
import type { MasterKey } from "../vault/master-key.ts";
import { FILES } from "./files.ts";
import { openSigningKey } from "./keys.ts";
import { takeLock } from "./lock.ts";
import { recordLines } from "./record-line.ts";
import { openWriter } from "./writer.ts";

/** Turns of the event loop in which a batch gathers. */
const TURNS = 8;

/** How the record is opened. */
export interface RecordsOptions {
  /** The folder of the state; made with mode 0700 where there is none. */
  readonly dir: string;
  readonly master: MasterKey;
  /** `group`: acknowledged once written, on the disk within 100 ms. `strict`: on the disk before it is acknowledged. */
  readonly durability: "group" | "strict";
  /** Called once when the record can take nothing more: every append rejects from then on until it is opened again. */
  readonly onFault: (error: Error) => void;
  /** Milliseconds after which a batch that was not acknowledged counts as a failure of the store. */
  readonly patience?: number;
  /** Bytes after which another file of the log is begun. */
  readonly segment?: number;
}

/** What is written at once, one promise. */
interface Batch {
  readonly lines: string[];
  readonly done: PromiseWithResolvers<void>;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/**
 * Opens the record for the one process that writes it.
 * @throws RecordHeld where another process writes it, Error where a file is missing or was tampered with; with the remedy
 */
export async function openRecords(options: RecordsOptions): Promise<Records> {
  const { dir, master, durability, onFault, patience = 10_000, segment = 1 << 26 } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = takeLock(join(dir, FILES.lock));
  let writer: Awaited<ReturnType<typeof openWriter>>;
  try {
    const key = openSigningKey(dir, master);
    const log = join(dir, FILES.log);
    mkdirSync(log, { recursive: true, mode: 0o700 });
    const start = { log, anchor: join(dir, FILES.anchor), key, strict: durability === "strict", segment };
    writer = await openWriter(start, (error) => fail(error));
  } catch (error) {
    lock.close();
    throw error;
  }

  let { seq } = writer;
  const recordLine = recordLines();
  let collecting: Batch | undefined;
  const waiting: Batch[] = [];
  let ended: Refused | undefined;
  let failed = false;
  let unclean: Error | undefined;
  const { promise: closed, resolve: sayClosed } = Promise.withResolvers<void>();
  const release = (): void => {
    clearInterval(watch);
    lock.close();
    sayClosed();
  };

  const send = () => {
    if (collecting === undefined) return;
    const batch = collecting;
    collecting = undefined;
    waiting.push(batch);
    writer.append(batch.lines).then(() => {
      // What was refused meanwhile, because it took too long, waits no more.
      if (waiting[0] === batch) waiting.shift();
      batch.done.resolve();
      if (collecting !== undefined) gather();
    }, fail);
  };
  /**
   * Sends what has gathered after a few turns of the event loop, or once the batch before is written: a write costs more
   * than what is in it. A turn is nothing while the gateway is idle, and brings more records while it is not.
   */
  const gather = (turns = TURNS): void => {
    setImmediate(() => {
      if (turns > 1) gather(turns - 1);
      else if (waiting.length === 0) send();
    });
  };
  const fail = (error: Error) => {
    if (failed) return;
    failed = true;
    if (ended !== undefined) unclean = error;
    ended ??= new Refused({
      code: "record_failed",
      message: "This could not be recorded and was refused; the gateway's operator has been told why",
    });
    clearInterval(watch);
    if (collecting !== undefined) waiting.push(collecting);
    collecting = undefined;
    for (const batch of waiting.splice(0)) batch.done.reject(ended);
    // The lock stays until nothing can write any more.
    writer.abandon().then(release, release);
    onFault(error);
  };
  const watch = setInterval(() => {
    const oldest = waiting[0];
    if (oldest && performance.now() - oldest.since > patience) {
      fail(new Error(`The record was not written for ${patience} ms`));
    }
  }, patience / 4).unref();

  const records: Records = {
    append(fields: RecordFields): Promise<void> {
      if (ended !== undefined) return Promise.reject(ended);
      const line = recordLine(seq + 1, fields);
      seq++;
      if (collecting === undefined) {
        collecting = { lines: [], done: Promise.withResolvers(), since: performance.now() };
        if (waiting.length === 0) gather();
      }
      collecting.lines.push(line);
      return collecting.done.promise;
    },
    async close() {
      if (ended === undefined) {
        send();
        ended = new Refused({ code: "shutting_down", message: "The gateway is shutting down and takes no more calls" });
        writer.close().then(release, fail);
      }
      await closed;
      if (unclean !== undefined) throw unclean;
    },
  };
  if (writer.cut > 0) await records.append(cutRecord(writer.cut));
  return records;
}

/** The event that a line which was never acknowledged was cut off. @param bytes how much of it was there */
function cutRecord(bytes: number): RecordFields {
  return {
    kind: "event",
    type: "record.cut",
    time: Date.now(),
    call: `c_${randomBytes(12).toString("base64url")}`,
    tenant: "default",
    decision: "allow",
    reason: "ok",
    detail: { bytes },
  };
}
