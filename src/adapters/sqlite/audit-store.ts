import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { Refused } from "../../kernel/errors.ts";
import type { RecordFields, Records } from "../../ports/records.ts";
import type { MasterKey } from "../vault/master-key.ts";
import { openSigningKey } from "./audit-keys.ts";
import { queryRecords } from "./audit-query.ts";
import type { FromWriter, ToWriter, WriterStart } from "./audit-worker.ts";
import { recordLine } from "./chain.ts";
import { FILES, openReadable, openWritable } from "./db.ts";

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
}

/** What was appended in one turn of the event loop: one message, one promise. */
interface Batch {
  readonly lines: string[];
  readonly done: PromiseWithResolvers<void>;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/**
 * Opens the record for the one process that writes it.
 * @throws Error where another process writes it, where a file is missing or was tampered with; with the remedy
 */
export async function openRecords(options: RecordsOptions): Promise<Records> {
  const { dir, master, durability, onFault, patience = 10_000 } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = takeLock(join(dir, FILES.lock));
  let worker: Worker;
  let seq: number;
  try {
    const start: WriterStart = {
      db: join(dir, FILES.db),
      anchor: join(dir, FILES.anchor),
      key: openSigningKey(dir, master),
      strict: durability === "strict",
    };
    worker = new Worker(new URL("./audit-worker.ts", import.meta.url), { workerData: start, name: "audit" });
    seq = await opened(worker);
  } catch (error) {
    lock.close();
    throw error;
  }

  let collecting: Batch | undefined;
  const waiting: Batch[] = [];
  let ended: Refused | undefined;
  let closing = false;
  let clean = false;
  let unclean: Error | undefined;
  const { promise: closed, resolve: sayClosed } = Promise.withResolvers<void>();

  const send = () => {
    if (collecting === undefined) return;
    waiting.push(collecting);
    worker.postMessage(collecting.lines.join("\n") satisfies ToWriter);
    collecting = undefined;
  };
  const sendNext = () => {
    if (waiting.length === 0) send();
  };
  const fail = (error: Error) => {
    const first = ended === undefined;
    if (closing) unclean ??= error;
    ended ??= new Refused({
      code: "record_failed",
      message: "This could not be recorded and was refused; the gateway's operator has been told why",
    });
    clearInterval(watch);
    if (collecting !== undefined) waiting.push(collecting);
    collecting = undefined;
    for (const batch of waiting.splice(0)) batch.done.reject(ended);
    void worker.terminate();
    if (first) onFault(error);
  };
  const watch = setInterval(() => {
    const oldest = waiting[0];
    if (oldest && performance.now() - oldest.since > patience) {
      fail(new Error(`The record's writer did not answer for ${patience} ms`));
    }
  }, patience / 4).unref();

  worker.on("message", (message: FromWriter) => {
    if (message === "closed") clean = true;
    if (typeof message !== "number") return;
    for (const batch of waiting.splice(0, message)) batch.done.resolve();
    if (waiting.length === 0) send();
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => {
    if (!clean) fail(new Error("The record's writer ended"));
    lock.close();
    sayClosed();
  });

  return {
    append(fields: RecordFields): Promise<void> {
      if (ended !== undefined) return Promise.reject(ended);
      const line = recordLine(seq + 1, fields);
      seq++;
      if (collecting === undefined) {
        collecting = { lines: [], done: Promise.withResolvers(), since: performance.now() };
        // While a batch is being written the next one gathers: under load one message carries many records.
        if (waiting.length === 0) setImmediate(sendNext);
      }
      collecting.lines.push(line);
      return collecting.done.promise;
    },
    async query(query) {
      const db = openReadable(join(dir, FILES.db));
      try {
        return queryRecords(db, query);
      } finally {
        db.close();
      }
    },
    async close() {
      if (ended === undefined) {
        closing = true;
        send();
        ended = new Refused({ code: "shutting_down", message: "The gateway is shutting down and takes no more calls" });
        worker.postMessage("close" satisfies ToWriter);
      }
      await closed;
      clearInterval(watch);
      if (unclean !== undefined) throw unclean;
    },
  };
}

/** Another process writes the record of this home. */
export class RecordHeld extends Error {}

/** Held by this process until it ends, however it ends. A second writer would fork the chain. */
function takeLock(path: string): DatabaseSync {
  const lock = openWritable(path);
  try {
    lock.exec("PRAGMA busy_timeout = 500; BEGIN EXCLUSIVE");
    return lock;
  } catch {
    lock.close();
    throw new RecordHeld(
      `Another process writes the record in this folder (${path} is locked). Stop it, or use another --home`,
    );
  }
}

/** The position of the newest record, once the writer is open. */
async function opened(worker: Worker): Promise<number> {
  const stop = new AbortController();
  const { signal } = stop;
  try {
    return await Promise.race([
      once(worker, "message", { signal }).then(([message]) => (message as { seq: number }).seq),
      once(worker, "exit", { signal }).then(() => {
        throw new Error("The record's writer ended before it was open");
      }),
    ]);
  } finally {
    stop.abort();
  }
}
