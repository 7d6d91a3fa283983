import { type KeyObject, verify } from "node:crypto";
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { decodeExactly } from "../../kernel/base64.ts";
import type { Verification } from "../../ports/records.ts";
import {
  anchorText,
  beginning,
  type Checkpoint,
  checkpointText,
  headerLine,
  link,
  parse,
  readCheckpoint,
  readHeader,
  readStored,
  sameStatement,
  SIGN,
  type StoredLine,
} from "./chain.ts";
import type { Segment } from "./files.ts";
import { type Line, linesOf } from "./lines.ts";

/** What is wrong with the record, and where first. */
export type Fault = Extract<Verification, { ok: false }>;

export function fault(seq: number, kind: Fault["fault"], message: string): Fault {
  return { ok: false, seq, fault: kind, message };
}

/** Lines between two turns of the event loop. */
const PORTION = 1000;

/** One walk along the chain, from the beginning of a segment to the end of the record. */
export class Walk {
  /** The position that is expected next. */
  next: number;
  /** The chain up to the record before, hex. */
  hash = "";
  writer = "";
  checkpoints = 0;
  /** The newest position that a valid signature vouches for. */
  anchored: number;
  /** Position of the newest checkpoint. */
  signed = -1;
  /** Bytes of the last segment up to its last line feed. What follows was never acknowledged. */
  size = 0;
  /** Bytes after that line feed. */
  torn = 0;
  /** Whether the last segment has its header and the signature that follows it. */
  begun = false;
  readonly #segments: readonly Segment[];
  readonly #key: KeyObject;
  readonly #anchor: Checkpoint | undefined;
  #anchorFound = false;

  /**
   * @param segments where to walk, in order; what stands before them is taken from the header of the first
   * @param key the public one
   */
  constructor(segments: readonly Segment[], key: KeyObject, anchor: Checkpoint | undefined) {
    this.#segments = segments;
    this.#key = key;
    this.#anchor = anchor;
    this.next = segments[0]?.first ?? 1;
    this.anchored = this.next - 1;
  }

  /** Checks line after line. @param progress called now and then with the position reached */
  async go(progress: (checked: number) => void): Promise<Fault | undefined> {
    for (const [index, segment] of this.#segments.entries()) {
      const found = await this.#segment(segment, index, progress);
      if (found !== undefined) return found;
    }
    return this.#end();
  }

  async #segment(segment: Segment, index: number, progress: (checked: number) => void): Promise<Fault | undefined> {
    if (segment.first > this.next) {
      return fault(this.next, "missing", `Record ${this.next} is missing; the next file begins with ${segment.first}`);
    }
    if (segment.first < this.next) {
      return fault(this.next, "reordered", `In the place of record ${this.next} stands the file of ${segment.first}`);
    }
    const last = index === this.#segments.length - 1;
    [this.size, this.torn] = [0, 0];
    let count = 0;
    for (const line of linesOf(segment.path)) {
      if (!line.whole) {
        this.torn = line.bytes.length;
        if (last) break;
        return fault(this.next, "changed", `The end of ${basename(segment.path)} is missing`);
      }
      const found = this.#line(line, count, segment, index);
      if (found !== undefined) return found;
      this.size = line.at + line.bytes.length + 1;
      if (++count % PORTION === 0) {
        progress(this.next - 1);
        await setImmediate();
      }
    }
    this.begun = count >= 2;
    // A last file with less than its first signature comes of a beginning that was cut short.
    if (this.begun || last) return undefined;
    return fault(this.next, "missing", `The beginning of ${basename(segment.path)} is missing`);
  }

  #line(line: Line, count: number, segment: Segment, index: number): Fault | undefined {
    if (count === 0) return this.#header(line.bytes, segment, index);
    if (line.bytes.toString("latin1", 0, SIGN.length) === SIGN) return this.#checkpoint(line.bytes);
    if (count === 1) {
      return fault(this.next - 1, "signature", `The first signature in ${basename(segment.path)} is missing`);
    }
    return this.#record(line.bytes, index);
  }

  #header(bytes: Buffer, segment: Segment, index: number): Fault | undefined {
    const header = readHeader(bytes);
    if (index === 0 && header !== undefined) {
      this.writer = header.writer;
      this.hash = header.first === 1 ? beginning(header.writer) : header.hash;
    }
    const expected = headerLine({ first: this.next, hash: this.hash, writer: this.writer });
    if (header !== undefined && headerLine(header) === expected) return this.#vouched(this.#anchor, "anchor");
    const name = basename(segment.path);
    if (header !== undefined && header.first !== this.next) {
      return fault(this.next, "reordered", `${name} holds what was written from record ${header.first} on`);
    }
    return fault(this.next, "changed", `The header of ${name} was changed`);
  }

  #record(bytes: Buffer, index: number): Fault | undefined {
    const seq = this.next;
    const stored = readStored(bytes);
    if (stored === undefined)
      return fault(seq, "changed", `Record ${seq} was changed: its line has not the right form`);
    const computed = link(this.hash, stored.bytes);
    if (computed !== stored.hash || !this.hash.startsWith(stored.prev)) return this.#diagnose(stored, computed, index);
    if (parse(stored.bytes)?.seq !== seq) return fault(seq, "changed", `Record ${seq} does not name its own position`);
    this.hash = computed;
    this.next++;
    return this.#vouched(this.#anchor, "anchor");
  }

  /** Which record is the wrong one, when a line does not follow what stands before it. */
  #diagnose({ prev, hash, bytes }: StoredLine, computed: string, index: number): Fault {
    const seq = this.next;
    const written = parse(bytes)?.seq;
    if (typeof written === "number" && written !== seq) {
      if (this.#stands(seq, index)) {
        return fault(seq, "reordered", `In the place of record ${seq} stands what was written as record ${written}`);
      }
      if (!this.hash.startsWith(prev)) {
        if (written < seq) return fault(seq, "reordered", `In the place of record ${seq} stands record ${written}`);
        return fault(seq, "missing", `Record ${seq} is missing; record ${written} stands in its place`);
      }
    }
    const other = !this.hash.startsWith(prev) && computed !== hash;
    if (other && written === seq && seq - 1 > this.anchored) {
      // It follows another predecessor than the one that is there: that one was changed together with its hash.
      return fault(seq - 1, "changed", `Record ${seq - 1} is not the one that record ${seq} was linked to`);
    }
    return fault(seq, "changed", `Record ${seq} was changed: its hash does not match`);
  }

  /** Whether record `seq` stands anywhere from this segment on. */
  #stands(seq: number, index: number): boolean {
    const needle = `"seq":${seq},`;
    for (const { path } of this.#segments.slice(index)) {
      for (const { bytes } of linesOf(path)) {
        if (bytes.includes(needle) && parse(readStored(bytes)?.bytes ?? bytes)?.seq === seq) return true;
      }
    }
    return false;
  }

  #checkpoint(bytes: Buffer): Fault | undefined {
    const at = this.next - 1;
    const checkpoint = readCheckpoint(bytes);
    if (checkpoint === undefined || !this.#valid(checkpoint, checkpointText)) {
      return fault(at, "signature", `The signature of the checkpoint at record ${at} does not match the public key`);
    }
    const { seq, before } = checkpoint;
    if (seq > at) {
      return fault(this.next, "missing", `Record ${this.next} is missing; a signature names record ${seq} here`);
    }
    if (seq < at) return fault(at, "signature", `The checkpoint of record ${seq} stands behind record ${at}`);
    if (this.checkpoints > 0 && before !== this.signed) {
      return fault(Math.max(before, 0), "signature", `The checkpoint at record ${before} is missing`);
    }
    this.signed = seq;
    this.checkpoints++;
    this.#anchorFound ||= this.#anchor !== undefined && sameStatement(checkpoint, this.#anchor);
    return this.#vouched(checkpoint, "checkpoint");
  }

  /** Compares a statement about the position just reached. */
  #vouched(statement: Checkpoint | undefined, what: "anchor" | "checkpoint"): Fault | undefined {
    const at = this.next - 1;
    if (statement?.seq !== at) return undefined;
    if (what === "anchor" && !this.#valid(statement, anchorText)) return this.#badAnchor(statement);
    if (statement.hash === this.hash) {
      this.anchored = at;
      return undefined;
    }
    const from = Math.min(this.anchored + 1, at);
    const which = from === at ? `Record ${from}` : `One of the records ${from} to ${at}`;
    return fault(
      from,
      "changed",
      `${which} was changed and the hashes after it made anew; the signature at ${at} tells`,
    );
  }

  /** Checks that the chain is as long as the anchor says. */
  #end(): Fault | undefined {
    const anchor = this.#anchor;
    if (anchor === undefined) return undefined;
    if (this.writer !== "" && !this.#valid(anchor, anchorText)) return this.#badAnchor(anchor);
    if (this.#anchorFound) return undefined;
    const head = this.next - 1;
    if (anchor.seq > head) {
      return fault(
        this.next,
        "truncated",
        `The record ends at ${head}; a signature says that it reached ${anchor.seq}`,
      );
    }
    return fault(anchor.seq, "signature", `The checkpoint at record ${anchor.seq}, which the anchor names, is missing`);
  }

  #badAnchor({ seq }: Checkpoint): Fault {
    return fault(seq, "signature", `The signature of the anchor at record ${seq} does not match the public key`);
  }

  #valid(statement: Checkpoint, text: typeof checkpointText): boolean {
    const signature = decodeExactly(statement.signature, "base64");
    return signature !== undefined && verify(null, text(this.writer, statement), this.#key, signature);
  }
}
