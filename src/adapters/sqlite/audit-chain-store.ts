import { createPublicKey, type KeyObject, randomBytes, sign, verify } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { readAnchor, writeAnchorNow } from "./anchor.ts";
import { type Checkpoint, checkpointText, headerLine, link } from "./chain.ts";

/** The end of a chain, where the next record is linked. */
export interface Head {
  readonly writer: string;
  readonly seq: number;
  readonly hash: Buffer;
}

// `prev` repeats the hash before, so that a record that was changed together with its own hash is told from the one after
// it. The columns beside the bytes serve queries; whatever they say, the bytes are the record.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS records(
    seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL,
    time INTEGER, tenant TEXT, subject TEXT, server TEXT, target TEXT, decision TEXT);
  CREATE INDEX IF NOT EXISTS records_time ON records(tenant, time);
  CREATE INDEX IF NOT EXISTS records_subject ON records(tenant, subject, time) WHERE subject IS NOT NULL;
  CREATE INDEX IF NOT EXISTS records_target ON records(tenant, server, target, time) WHERE server IS NOT NULL;
  CREATE INDEX IF NOT EXISTS records_refused ON records(tenant, decision, time) WHERE decision <> 'allow';
  CREATE TABLE IF NOT EXISTS checkpoints(
    seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, time INTEGER NOT NULL, signature BLOB NOT NULL);`;

/** The hash before the header. */
const NONE = Buffer.alloc(0);

const REMEDY =
  "Run `cardea audit verify`. To begin a new record, move audit.db, audit.db-wal and audit.anchor away together";

/**
 * Begins a chain, or finds the end of the one that is there. Everything after the anchor is linked again: a chain that
 * does not reach its anchor is not continued, because new anchors would hide the loss.
 * @param db the store, open for writing, locked by this process
 * @param anchorPath where the anchor is
 * @throws Error that says what is wrong and what to do
 */
export function openChain(db: DatabaseSync, anchorPath: string, key: KeyObject): Head {
  db.exec(SCHEMA);
  const anchor = readAnchor(anchorPath);
  if (anchor === "unreadable") throw new Error(`audit.anchor is no anchor. ${REMEDY}`);
  const rowAt = db.prepare("SELECT bytes, hash FROM records WHERE seq = ?");
  const first = rowAt.get(0);
  if (first === undefined) {
    if (anchor !== undefined)
      throw new Error(`audit.anchor names record ${anchor.seq}, but audit.db is empty. ${REMEDY}`);
    return beginChain(db, anchorPath, key);
  }
  if (!link(NONE, first.bytes as Uint8Array).equals(first.hash as Uint8Array)) {
    throw new Error(`The header of audit.db was changed. ${REMEDY}`);
  }
  const writer = String(JSON.parse(Buffer.from(first.bytes as Uint8Array).toString()).writer);
  const last = Number(db.prepare("SELECT max(seq) AS seq FROM records").get()?.seq);
  if (anchor === undefined) {
    if (last > 0) throw new Error(`audit.anchor is missing, and audit.db has ${last} records. ${REMEDY}`);
    const begun = { writer, seq: 0, hash: Buffer.from(first.hash as Uint8Array) };
    writeAnchorNow(anchorPath, signHead(begun, Date.now(), key));
    return begun;
  }
  const statement = checkpointText(writer, anchor.seq, anchor.hash, anchor.time);
  if (!verify(null, statement, createPublicKey(key), Buffer.from(anchor.signature, "base64"))) {
    throw new Error(`The signature of audit.anchor does not match audit.pub. ${REMEDY}`);
  }
  let hash: Buffer = Buffer.from((rowAt.get(anchor.seq)?.hash ?? []) as Uint8Array);
  if (hash.toString("hex") !== anchor.hash) {
    throw new Error(`audit.db does not hold record ${anchor.seq} as audit.anchor names it. ${REMEDY}`);
  }
  for (let seq = anchor.seq + 1; seq <= last; seq++) {
    const row = rowAt.get(seq);
    const linked = row && link(hash, row.bytes as Uint8Array);
    if (linked === undefined || !linked.equals(row?.hash as Uint8Array)) {
      throw new Error(`Record ${seq} of audit.db does not follow the one before. ${REMEDY}`);
    }
    hash = linked;
  }
  return { writer, seq: last, hash };
}

function beginChain(db: DatabaseSync, anchorPath: string, key: KeyObject): Head {
  const writer = `w_${randomBytes(12).toString("base64url")}`;
  const now = Date.now();
  const bytes = Buffer.from(headerLine(writer, now));
  const hash = link(NONE, bytes);
  db.prepare("INSERT INTO records(seq, bytes, prev, hash) VALUES (0, ?, ?, ?)").run(bytes, NONE, hash);
  const head = { writer, seq: 0, hash };
  writeAnchorNow(anchorPath, signHead(head, now, key));
  return head;
}

/** Signs where the chain is. @param time milliseconds since the epoch */
export function signHead(head: Head, time: number, key: KeyObject): Checkpoint {
  const hash = head.hash.toString("hex");
  const signature = sign(null, checkpointText(head.writer, head.seq, hash, time), key).toString("base64");
  return { seq: head.seq, hash, time, signature };
}
