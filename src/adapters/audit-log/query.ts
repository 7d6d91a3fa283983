import { statSync } from "node:fs";
import type { RecordQuery, StoredRecord } from "../../ports/records.ts";
import { parse, readCheckpoint, readStored, SIGN } from "./chain.ts";
import { type Segment, segmentOf } from "./files.ts";
import { blocksBackward, linesOf } from "./lines.ts";

const LINE_FEED = 10;

/** Bytes that are read through rather than halved once more. */
const NEAR = 1 << 16;

/**
 * How far back the clock may have been set while records were written, in milliseconds: a checkpoint is taken to be
 * younger than each record before it, but for this.
 */
const CLOCK_SLACK = 300_000;

/**
 * What the query names, newest first. There is no index: the log is read from its end, and only lines that contain what
 * is sought are parsed.
 * @param segments in order
 * @throws RangeError for a limit that is not accepted
 */
export function queryRecords(segments: readonly Segment[], query: RecordQuery): StoredRecord[] {
  const [needle = "", ...needles] = needlesOf(query);
  const found: StoredRecord[] = [];
  for (const { path } of segments.toReversed()) {
    for (const block of blocksBackward(path)) {
      const lines = linesWith(block, needle).filter((line) => needles.every((one) => line.includes(one)));
      for (const line of lines.reverse()) {
        const record = stored(line);
        if (record !== undefined && matches(record, query)) found.push(record);
        if (found.length === query.limit) return found;
      }
      if (query.since !== undefined && signedAt(block) < query.since - CLOCK_SLACK) return found;
    }
  }
  return found;
}

/** What the query names among the records after `seq`, oldest first. Throws a RangeError as `queryRecords`. */
export function recordsAfter(segments: readonly Segment[], seq: number, query: RecordQuery): StoredRecord[] {
  const needles = needlesOf(query);
  const found: StoredRecord[] = [];
  const start = segmentOf(segments, seq + 1);
  for (const [index, { path }] of segments.slice(start).entries()) {
    for (const { bytes, whole } of linesOf(path, index === 0 ? offsetOf(path, seq) : 0)) {
      if (!whole || !needles.every((needle) => bytes.includes(needle))) continue;
      const record = stored(bytes);
      if (record !== undefined && record.seq > seq && matches(record, query)) found.push(record);
      if (found.length === query.limit) return found;
    }
  }
  return found;
}

/** Position of the newest record, 0 where there is none. */
export function headOf(segments: readonly Segment[]): number {
  for (const { path } of segments.toReversed()) {
    for (const block of blocksBackward(path)) {
      const line = linesWith(block, '"seq":').findLast((one) => stored(one) !== undefined);
      if (line !== undefined) return stored(line)?.seq ?? 0;
    }
  }
  return 0;
}

/** Canonical JSON writes a member in one way only, so that its text is in each line that has it. The rarest is first. */
function needlesOf({ tenant, tenants, type, subject, server, target, decision, limit }: RecordQuery): string[] {
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new RangeError(`limit is ${limit}; accepted are whole numbers from 1 to 10,000`);
  }
  const asked = Object.entries({ type, subject, target, server, decision, tenant });
  return asked
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      name === "tenant" && tenants !== undefined ? '"tenant":' : `${JSON.stringify(name)}:${JSON.stringify(value)}`,
    );
}

function matches(record: StoredRecord, query: RecordQuery): boolean {
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = query;
  if (record.time < since || record.time > until) return false;
  if (record.tenant !== query.tenant && !query.tenants?.includes(record.tenant)) return false;
  return (["type", "subject", "server", "target", "decision"] as const).every(
    (name) => query[name] === undefined || query[name] === record[name],
  );
}

/** The lines of a block in which the text occurs, in order. */
function linesWith(block: Buffer, text: string): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = block.indexOf(text); at >= 0; ) {
    const end = block.indexOf(LINE_FEED, at);
    lines.push(block.subarray(block.lastIndexOf(LINE_FEED, at) + 1, end));
    at = block.indexOf(text, end);
  }
  return lines;
}

/** When the first checkpoint of the block was signed, milliseconds since the epoch; what stands before it is older. */
function signedAt(block: Buffer): number {
  for (const line of linesWith(block, SIGN)) {
    const time = readCheckpoint(line)?.time;
    if (time !== undefined) return time;
  }
  return Number.POSITIVE_INFINITY;
}

/** Offset of a line at or before record `seq` and near it, found by halving. */
function offsetOf(path: string, seq: number): number {
  let low = 0;
  for (let high = statSync(path).size; high - low > NEAR; ) {
    const middle = Math.floor((low + high) / 2);
    const next = firstRecord(path, middle);
    if (next === undefined || next.seq > seq) high = middle;
    else low = next.at;
  }
  return low;
}

/** The first record whose line begins after the offset. */
function firstRecord(path: string, offset: number): { readonly seq: number; readonly at: number } | undefined {
  for (const { bytes, at } of linesOf(path, offset)) {
    const seq = at === offset ? undefined : stored(bytes)?.seq;
    if (seq !== undefined) return { seq, at };
  }
  return undefined;
}

/** The record that a line holds; undefined where it holds none. */
function stored(line: Buffer): StoredRecord | undefined {
  const { bytes, hash } = readStored(line) ?? {};
  const fields = bytes && parse(bytes);
  return typeof fields?.seq === "number" ? ({ ...fields, hash } as unknown as StoredRecord) : undefined;
}
