import { hash } from "node:crypto";
import type { Json } from "../../kernel/json.ts";
import { isObject } from "../../kernel/json.ts";
import type { RecordFields } from "../../ports/records.ts";

/** Name and version of the record's format, docs/adr/0003-record-format.md. */
const FORMAT = "cardea-record/1";

/** Characters of an identifier that are kept; a caller may send a megabyte as the name of a tool (A2). */
const LONGEST = 1000;

/**
 * The bytes of a record: one line of RFC 8785 canonical JSON, members in sorted order. Only the fields named here are
 * ever written.
 * @param seq position in the chain, from 1
 */
export function recordLine(seq: number, fields: RecordFields): string {
  return JSON.stringify({
    args: fields.args && sorted(fields.args),
    bytesIn: fields.bytesIn,
    bytesOut: fields.bytesOut,
    call: cut(fields.call),
    client: cut(fields.client),
    control: cut(fields.control),
    credential: cut(fields.credential),
    decision: fields.decision,
    definition: cut(fields.definition),
    detail: fields.detail && sorted(fields.detail),
    era: fields.era,
    error: fields.error,
    executed: fields.executed,
    kind: fields.kind,
    ms: fields.ms,
    reason: cut(fields.reason),
    result: cut(fields.result),
    seq,
    server: cut(fields.server),
    subject: cut(fields.subject),
    target: cut(fields.target),
    targetKind: fields.targetKind,
    tenant: cut(fields.tenant),
    time: fields.time,
    trace: cut(fields.trace),
    type: cut(fields.type),
    upstreamMs: fields.upstreamMs,
  });
}

/** The header that the chain of one writer begins with, at position 0. @param created milliseconds since the epoch */
export function headerLine(writer: string, created: number): string {
  return JSON.stringify({ created, format: FORMAT, seq: 0, writer });
}

/** hash_n = SHA-256(hash_{n-1} || bytes_n); for the header there is no hash before it. */
export function link(before: Uint8Array, bytes: Uint8Array): Buffer {
  return hash("sha256", before.length === 0 ? bytes : Buffer.concat([before, bytes]), "buffer");
}

/** A signed statement: the chain of this writer had this hash at this position at this time. */
export interface Checkpoint {
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Base64 of the Ed25519 signature (RFC 8032) over `checkpointText`. */
  readonly signature: string;
}

/** What a checkpoint signs. */
export function checkpointText(writer: string, seq: number, hashHex: string, time: number): Buffer {
  return Buffer.from(`cardea-checkpoint/1\n${writer}\n${seq}\n${hashHex}\n${time}\n`);
}

/** Unpaired surrogates have no UTF-8 form (RFC 8785 section 3.1 refuses them); they become U+FFFD here. */
function cut(text: string): string;
function cut(text: string | undefined): string | undefined;
function cut(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return text.length > LONGEST ? `${text.slice(0, LONGEST).toWellFormed()}…` : text.toWellFormed();
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const members = Object.keys(value).sort();
  return Object.fromEntries(members.map((name) => [name, sorted(value[name] as Json)]));
}
