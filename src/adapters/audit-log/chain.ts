import { hash } from "node:crypto";
import { isObject, type JsonObject } from "../../kernel/json.ts";

/** Name and version of the record's format, docs/adr/0003-record-format.md. */
const FORMAT = "cardea-record/1";

/** Hash 0 of the chain of one writer, hex. */
export function beginning(writer: string): string {
  return hash("sha256", `${FORMAT}\n${writer}\n`);
}

/**
 * hash_n = SHA-256(hash_{n-1} || bytes_n), the hash before as 64 hex characters, so that any shell can check it.
 * @param before hex
 * @param bytes a record's line
 * @returns hex
 */
export function link(before: string, bytes: Uint8Array): string {
  return hash("sha256", Buffer.concat([Buffer.from(before), bytes]));
}

/** What a segment begins with: whose chain it is, where in it, and the hash that it continues. */
export interface Header {
  readonly first: number;
  /** Hex. */
  readonly hash: string;
  readonly writer: string;
}

/** A segment's first line. */
export function headerLine({ first, hash, writer }: Header): string {
  return JSON.stringify({ first, format: FORMAT, hash, writer });
}

/** Reads a segment's first line; undefined where it is none, to the byte. */
export function readHeader(line: Uint8Array): Header | undefined {
  const { first, hash, writer } = parse(line) ?? {};
  if (typeof first !== "number" || typeof hash !== "string" || typeof writer !== "string") return undefined;
  const header = { first, hash, writer };
  return headerLine(header) === Buffer.from(line).toString() ? header : undefined;
}

/** A signed statement: the chain of this writer had this hash at this position at this time. */
export interface Checkpoint {
  /** Position of the statement before, so that a removed one shows; -1 for the first. */
  readonly before: number;
  /** Hex. */
  readonly hash: string;
  readonly seq: number;
  /** Base64 of the Ed25519 signature (RFC 8032) over `checkpointText`, in the anchor over `anchorText`. */
  readonly signature: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** What a checkpoint states, without its signature. */
export type Statement = Omit<Checkpoint, "signature">;

/** What a checkpoint signs. */
export const checkpointText = (writer: string, statement: Statement): Buffer =>
  signedText("cardea-checkpoint/1", writer, statement);

/** What the anchor signs: the same under another name, so that no line of the log can be made the anchor. */
export const anchorText = (writer: string, statement: Statement): Buffer =>
  signedText("cardea-anchor/1", writer, statement);

function signedText(domain: string, writer: string, { seq, hash, time, before }: Statement): Buffer {
  return Buffer.from(`${domain}\n${writer}\n${seq}\n${hash}\n${time}\n${before}\n`);
}

/** Whether both say the same, whatever they are signed with. */
export function sameStatement(a: Statement, b: Statement): boolean {
  return a.seq === b.seq && a.hash === b.hash && a.time === b.time && a.before === b.before;
}

/** The checkpoint that parsed JSON holds; undefined where a member is missing or of another type. */
export function asCheckpoint(value: JsonObject | undefined): Checkpoint | undefined {
  const { before, hash, seq, signature, time } = value ?? {};
  if (![before, seq, time].every((number) => Number.isSafeInteger(number))) return undefined;
  if (typeof hash !== "string" || typeof signature !== "string") return undefined;
  return { before: before as number, hash, seq: seq as number, signature, time: time as number };
}

/** How the line of a checkpoint begins; that of a record begins with a hex digit. */
export const SIGN = "sign ";

/** A checkpoint's line in the log. */
export function checkpointLine({ before, hash, seq, signature, time }: Checkpoint): string {
  return SIGN + JSON.stringify({ before, hash, seq, signature, time });
}

/** Reads a checkpoint's line; undefined where it is none, to the byte. */
export function readCheckpoint(line: Uint8Array): Checkpoint | undefined {
  const checkpoint = asCheckpoint(parse(line.subarray(SIGN.length)));
  return checkpoint && checkpointLine(checkpoint) === Buffer.from(line).toString() ? checkpoint : undefined;
}

/** Hex characters of the hash before that a record's line repeats. */
const PREV = 16;
/** Where the record begins in its line. */
const RECORD = PREV + 1 + 64 + 1;

/**
 * Links a record to the chain.
 * @param before hash before, hex
 * @param line the record's
 * @returns its own hash, hex, and its line in the log
 */
export function linked(before: string, line: string): { readonly hash: string; readonly stored: string } {
  // One text is both hashed and, without the hash, written: it is joined once.
  const text = before + line;
  const own = hash("sha256", text);
  return { hash: own, stored: `${before.slice(0, PREV)} ${own} ${text.slice(before.length)}` };
}

/** A record's line, taken apart. */
export interface StoredLine {
  /** The first characters of the hash before. */
  readonly prev: string;
  /** Hex. */
  readonly hash: string;
  readonly bytes: Buffer;
}

/** Takes a record's line apart; undefined where it has not that form. */
export function readStored(line: Buffer): StoredLine | undefined {
  const head = line.toString("latin1", 0, RECORD);
  if (!/^[0-9a-f]{16} [0-9a-f]{64} $/.test(head)) return undefined;
  return { prev: head.slice(0, PREV), hash: head.slice(PREV + 1, RECORD - 1), bytes: line.subarray(RECORD) };
}

/** What a record says; undefined where that is no JSON object. */
export function parse(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
