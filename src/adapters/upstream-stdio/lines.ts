const LF = 10;
const NOTHING = Buffer.alloc(0);

/** Cuts a byte stream into lines. Holds at most one line. */
export class Lines {
  #held: Buffer[] = [];
  #bytes = 0;
  #max: () => number;

  /** @param max longest line now, bytes */
  constructor(max: () => number) {
    this.#max = max;
  }

  /**
   * Calls `line` for each line that the chunk completes, until `over`.
   * @returns what is left of the chunk, to be pushed again; undefined where a line is too long: the stream is then lost
   */
  push(chunk: Buffer, over: () => boolean, line: (bytes: Buffer) => void): Buffer | undefined {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      if (over()) return chunk.subarray(start);
      const piece = chunk.subarray(start, end);
      start = end + 1;
      if (this.#bytes + piece.length > this.#max()) return undefined;
      const whole = this.#held.length === 0 ? piece : Buffer.concat([...this.#held, piece]);
      this.#held = [];
      this.#bytes = 0;
      if (whole.length > 0) line(whole);
    }
    if (start === chunk.length) return NOTHING;
    this.#bytes += chunk.length - start;
    this.#held.push(chunk.subarray(start));
    return this.#bytes <= this.#max() ? NOTHING : undefined;
  }
}
