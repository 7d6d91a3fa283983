const LF = 10;

/** Cuts a byte stream into lines. Holds at most one line. */
export class Lines {
  #held: Buffer[] = [];
  #bytes = 0;
  #max: () => number;

  /** @param max longest line now, bytes */
  constructor(max: () => number) {
    this.#max = max;
  }

  /** Calls `line` for each line that the chunk completes. @returns false where a line is too long; the stream is then lost */
  push(chunk: Buffer, line: (bytes: Buffer) => void): boolean {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      const piece = chunk.subarray(start, end);
      start = end + 1;
      if (this.#bytes + piece.length > this.#max()) return false;
      const whole = this.#held.length === 0 ? piece : Buffer.concat([...this.#held, piece]);
      this.#held = [];
      this.#bytes = 0;
      if (whole.length > 0) line(whole);
    }
    if (start === chunk.length) return true;
    this.#bytes += chunk.length - start;
    this.#held.push(chunk.subarray(start));
    return this.#bytes <= this.#max();
  }
}
