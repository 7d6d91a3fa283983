import { type KeyObject, verify } from "node:crypto";
import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import type { Verification } from "../../ports/records.ts";
import { readAnchor } from "./anchor.ts";
import { keyName, readPublicKey } from "./audit-keys.ts";
import { type Checkpoint, checkpointText, link } from "./chain.ts";
import { openReadable } from "./db.ts";

/** The files that are checked. Copies of the anchor and the public key that were kept elsewhere prove more. */
export interface VerifyPaths {
  readonly db: string;
  readonly anchor: string;
  readonly publicKey: string;
}

type Fault = Extract<Verification, { ok: false }>;

/** Rows in memory at a time; between two portions others get their turn. */
const PORTION = 1000;
const COLUMNS = ["time", "tenant", "subject", "server", "target", "decision"] as const;
const NONE = Buffer.alloc(0);

/**
 * Checks the whole record, beside a running gateway or without one: every link of the chain, the place of every
 * record, the columns that queries use, every signed checkpoint and the anchor.
 * @param paths where the files are
 * @param progress called after every portion with the records checked and their number
 * @returns the first record that is wrong, or the counts
 * @throws Error where the record cannot be checked at all (no store, no public key)
 */
export async function verifyRecord(
  paths: VerifyPaths,
  progress: (checked: number, records: number) => void = () => {},
): Promise<Verification> {
  const key = readPublicKey(paths.publicKey);
  // Read before the store: what it names is in the store by then, however fast the gateway writes.
  const anchor = readAnchor(paths.anchor);
  if (!existsSync(paths.db)) {
    if (anchor === undefined) throw new Error(`There is no record: ${paths.db} does not exist`);
    return fault(0, "truncated", "The store is gone, but its anchor is there");
  }
  const db = openReadable(paths.db);
  const walk = new Walk(db, key, anchor === "unreadable" ? undefined : anchor);
  try {
    const found = (await walk.records(progress)) ?? walk.end();
    if (found !== undefined) return found;
    if (anchor === undefined)
      return fault(walk.head, "signature", "The anchor is missing; it is written with the first record");
    if (anchor === "unreadable") return fault(walk.head, "signature", "The anchor file holds no anchor");
    const { head: records, checkpoints, anchored } = walk;
    return { ok: true, records, checkpoints, unanchored: records - anchored, key: keyName(key) };
  } catch (error) {
    if (!damaged(error)) throw error;
    return fault(walk.next, "changed", `Record ${walk.next} cannot be read: the file of the store is damaged`);
  } finally {
    db.close();
  }
}

function fault(seq: number, kind: Fault["fault"], message: string): Fault {
  return { ok: false, seq, fault: kind, message };
}

/** SQLITE_CORRUPT, SQLITE_NOTADB (https://www.sqlite.org/rescode.html), or a number that no record holds. */
function damaged(error: unknown): boolean {
  const { code, errcode = 0 } = error as { code?: string; errcode?: number };
  return code === "ERR_OUT_OF_RANGE" || [11, 26].includes(errcode & 0xff);
}

interface Row {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly prev: Uint8Array;
  readonly hash: Uint8Array;
  readonly time: unknown;
  readonly tenant: unknown;
  readonly subject: unknown;
  readonly server: unknown;
  readonly target: unknown;
  readonly decision: unknown;
}

/** One walk along the chain. */
class Walk {
  /** Position of the newest record when the walk began. */
  head = 0;
  /** The position that is expected next. */
  next = 0;
  checkpoints = 0;
  /** The newest position that a valid signature vouches for. */
  anchored = 0;
  #writer = "";
  #hash: Buffer = NONE;
  readonly #db: DatabaseSync;
  readonly #key: KeyObject;
  readonly #anchor: Checkpoint | undefined;

  constructor(db: DatabaseSync, key: KeyObject, anchor: Checkpoint | undefined) {
    this.#db = db;
    this.#key = key;
    this.#anchor = anchor;
  }

  /** Checks record after record, and each signed statement at its position. */
  async records(progress: (checked: number, records: number) => void): Promise<Fault | undefined> {
    const tables = this.#db.prepare(
      "SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND name IN ('records', 'checkpoints')",
    );
    if (tables.get()?.n !== 2) return fault(0, "missing", "The store has no tables of records and checkpoints");
    const top = this.#top();
    if (top === null) return fault(0, "missing", "The store holds no record, not even the header");
    this.head = top;
    const rows = this.#db.prepare("SELECT * FROM records WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?");
    const signed = this.#db.prepare("SELECT * FROM checkpoints WHERE seq >= ? AND seq <= ? ORDER BY seq");
    let size = PORTION;
    for (let after = Number.MIN_SAFE_INTEGER; after < this.head; ) {
      let portion: Row[];
      try {
        portion = rows.all(after, this.head, size) as unknown as Row[];
      } catch (error) {
        if (size === 1) throw error;
        size = 1; // one by one from here, to name the row that cannot be read
        continue;
      }
      const last = portion.at(-1);
      if (last === undefined) break;
      const statements = new Map(signed.all(after, last.seq).map((row) => [Number(row.seq), fromRow(row)]));
      for (const row of portion) {
        const found = this.#record(row) ?? this.#statements(statements.get(row.seq));
        if (found !== undefined) return found;
        this.next++;
      }
      after = last.seq;
      progress(Math.max(0, this.next - 1), this.head);
      await setImmediate();
    }
    if (this.next > this.head) return undefined;
    return fault(this.next, "missing", `Record ${this.next} is missing; a later one claims position ${this.head}`);
  }

  /** Checks that the chain is as long as signatures say. */
  end(): Fault | undefined {
    const beyond = this.#db.prepare("SELECT * FROM checkpoints WHERE seq > ? ORDER BY seq").get(this.head);
    // A running gateway may have gone on; what it wrote since is not this walk's.
    const grown = this.#top() ?? 0;
    const statements = [this.#anchor, beyond && fromRow(beyond)].filter((one) => one !== undefined);
    for (const statement of statements) {
      if (statement.seq <= grown) continue;
      if (!this.#signed(statement)) return this.#badSignature(statement);
      return fault(
        this.head + 1,
        "truncated",
        `The record ends at ${this.head}; a signature says that it reached ${statement.seq}`,
      );
    }
    return this.#anchor && this.#anchor.seq < 0 ? this.#badSignature(this.#anchor) : undefined;
  }

  /** Position of the newest record, null where there is none. Positions beyond 2^53 exist in forgeries alone. */
  #top(): number | null {
    const sql = "SELECT min(max(seq), 9007199254740991) AS seq FROM records";
    return this.#db.prepare(sql).get()?.seq as number | null;
  }

  #record(row: Row): Fault | undefined {
    const seq = this.next;
    if (row.seq > seq) return fault(seq, "missing", `Record ${seq} is missing; the next one is ${row.seq}`);
    if (row.seq < seq) return fault(row.seq, "changed", "A record stands before the header");
    if (![row.bytes, row.prev, row.hash].every((blob) => blob instanceof Uint8Array)) {
      return fault(seq, "changed", `Record ${seq} is not stored as bytes`);
    }
    const computed = link(this.#hash, row.bytes);
    if (!computed.equals(row.hash) || !this.#hash.equals(row.prev)) return this.#diagnose(row);
    const fields = parse(row.bytes);
    if (fields?.seq !== seq) return fault(seq, "changed", `Record ${seq} does not name its own position`);
    if (seq === 0) this.#writer = String(fields.writer);
    for (const column of COLUMNS) {
      if ((fields[column] ?? null) !== row[column]) {
        return fault(seq, "index", `The column ${column} of record ${seq} disagrees with its bytes`);
      }
    }
    this.#hash = computed;
    return undefined;
  }

  /** Which record is the wrong one, when `row` does not follow what stands before it. */
  #diagnose(row: Row): Fault {
    const { seq } = row;
    const whole = link(row.prev, row.bytes).equals(row.hash);
    const written = parse(row.bytes)?.seq;
    if (typeof written === "number" && written !== seq) {
      const there = this.#db.prepare("SELECT * FROM records WHERE seq = ?").get(written) as unknown as Row | undefined;
      const swapped = there && parse(there.bytes)?.seq === seq;
      if (swapped && (whole || link(there.prev, row.bytes).equals(there.hash))) {
        return fault(seq, "reordered", `In the place of record ${seq} stands what was written as record ${written}`);
      }
      if (whole && written > seq) {
        return fault(seq, "missing", `Record ${seq} is missing; record ${written} was moved to its place`);
      }
      if (whole) return fault(seq, "reordered", `In the place of record ${seq} stands record ${written}`);
    }
    if (whole && written === seq && seq - 1 > this.anchored) {
      // It follows another predecessor than the one that is there: that one was changed together with its hash.
      return fault(seq - 1, "changed", `Record ${seq - 1} is not the one that record ${seq} was linked to`);
    }
    return fault(seq, "changed", `Record ${seq} was changed: its hash does not match`);
  }

  /** Checks what was signed about the position just reached. */
  #statements(checkpoint: Checkpoint | undefined): Fault | undefined {
    const anchor = this.#anchor?.seq === this.next ? this.#anchor : undefined;
    for (const statement of [checkpoint, anchor]) {
      if (statement === undefined) continue;
      if (!this.#signed(statement)) return this.#badSignature(statement);
      if (statement.hash !== this.#hash.toString("hex")) {
        const from = Math.min(this.anchored + 1, this.next);
        const which = from === this.next ? `Record ${from}` : `One of the records ${from} to ${this.next}`;
        return fault(
          from,
          "changed",
          `${which} was changed and the hashes after it made anew; the signature at ${this.next} tells`,
        );
      }
      this.anchored = this.next;
    }
    if (checkpoint !== undefined) this.checkpoints++;
    return undefined;
  }

  #signed(statement: Checkpoint): boolean {
    const { seq, hash, time, signature } = statement;
    return verify(null, checkpointText(this.#writer, seq, hash, time), this.#key, Buffer.from(signature, "base64"));
  }

  #badSignature(statement: Checkpoint): Fault {
    const what = statement === this.#anchor ? "anchor" : "checkpoint";
    return fault(
      statement.seq,
      "signature",
      `The signature of the ${what} at record ${statement.seq} does not match the public key`,
    );
  }
}

function fromRow(row: Record<string, unknown>): Checkpoint {
  const text = (value: unknown, form: "hex" | "base64") =>
    value instanceof Uint8Array ? Buffer.from(value).toString(form) : "";
  return {
    seq: Number(row.seq),
    hash: text(row.hash, "hex"),
    time: Number(row.time),
    signature: text(row.signature, "base64"),
  };
}

function parse(bytes: unknown): JsonObject | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
