import { closeSync, fstatSync, openSync, readSync } from "node:fs";

// A segment is read in blocks, so that memory stays flat however long the record is.

const BLOCK = 1 << 20;
/** Bytes of the longest line that is read as one: the fields of a record are cut far below. */
const LONGEST = 1 << 24;
const LINE_FEED = 10;

/** One line of a segment, without its line feed; valid until the next one is asked for. */
export interface Line {
  readonly bytes: Buffer;
  /** Offset of its first byte in the file. */
  readonly at: number;
  /** False for what the file ends with where that is no line feed: a write that was cut short. */
  readonly whole: boolean;
}

/** The lines of a file, from the one at `from`, up to where the file ended when the first was asked for. */
export function* linesOf(path: string, from = 0): Generator<Line> {
  const file = openSync(path, "r");
  try {
    const end = fstatSync(file).size;
    let block = Buffer.allocUnsafe(BLOCK);
    let [at, held] = [from, 0];
    while (at + held < end) {
      if (held === block.length) {
        if (held >= LONGEST) return yield { bytes: block, at, whole: true };
        block = Buffer.concat([block], block.length * 2);
      }
      const read = readSync(file, block, held, Math.min(block.length - held, end - at - held), at + held);
      if (read === 0) break; // shortened meanwhile
      held += read;
      let start = 0;
      for (let feed = block.indexOf(LINE_FEED); feed >= 0 && feed < held; feed = block.indexOf(LINE_FEED, start)) {
        yield { bytes: block.subarray(start, feed), at: at + start, whole: true };
        start = feed + 1;
      }
      block.copyWithin(0, start, held);
      at += start;
      held -= start;
    }
    if (held > 0) yield { bytes: block.subarray(0, held), at, whole: false };
  } finally {
    closeSync(file);
  }
}

/** Whole lines of a file in blocks, the last block first; what follows the last line feed is left out. */
export function* blocksBackward(path: string): Generator<Buffer> {
  const file = openSync(path, "r");
  try {
    let rest = Buffer.alloc(0);
    let torn = true;
    for (let end = fstatSync(file).size; end > 0; ) {
      const size = Math.min(BLOCK, end);
      end -= size;
      const read = Buffer.allocUnsafe(size);
      let block: Buffer = read.subarray(0, readSync(file, read, 0, size, end));
      if (torn) {
        block = block.subarray(0, block.lastIndexOf(LINE_FEED) + 1);
        torn = block.length === 0;
      }
      block = rest.length === 0 ? block : Buffer.concat([block, rest]);
      // The first line of the block may begin in the one before.
      const start = end === 0 ? 0 : block.indexOf(LINE_FEED) + 1;
      rest = block.subarray(0, start) as Buffer<ArrayBuffer>;
      if (start < block.length) yield block.subarray(start);
    }
  } finally {
    closeSync(file);
  }
}
