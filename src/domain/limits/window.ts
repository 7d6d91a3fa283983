/** Sub-buckets that are counted: the running one and the twenty before it, so that no stretch of one window's length escapes. */
const BUCKETS = 21;

/**
 * A sliding window: at most N calls in any stretch of `perMs`, at a resolution of a twentieth. It may make a caller
 * wait up to a twentieth longer than an exact log would; it never lets one call more through. (rate-limiter-flexible
 * counts fixed windows, which let twice the limit through around their border.)
 */
export class SlidingWindow {
  readonly #bucketMs: number;
  readonly #counts = new Uint32Array(BUCKETS);
  #head = 0;
  #total = 0;

  /** @param perMs length of the window in milliseconds */
  constructor(perMs: number) {
    this.#bucketMs = perMs / (BUCKETS - 1);
  }

  /** Calls that count at this time (milliseconds). */
  total(now: number): number {
    const bucket = Math.floor(now / this.#bucketMs);
    if (bucket !== this.#head) this.#moveTo(bucket);
    return this.#total;
  }

  /** Counts one call, at the time of the last `total`. */
  add(): void {
    const at = this.#head % BUCKETS;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#total++;
  }

  /** Milliseconds until a call fits below the limit, if nobody else calls; 0 when one fits now. */
  wait(now: number, calls: number): number {
    let left = this.total(now);
    if (left < calls) return 0;
    for (let bucket = this.#head - BUCKETS + 1; bucket <= this.#head; bucket++) {
      left -= this.#counts[((bucket % BUCKETS) + BUCKETS) % BUCKETS] ?? 0;
      if (left < calls) return (bucket + BUCKETS) * this.#bucketMs - now;
    }
    return BUCKETS * this.#bucketMs;
  }

  /** What is kept across a restart. */
  save(): { head: number; counts: number[]; endsAt: number } {
    const counts = Array.from({ length: BUCKETS }, (_, i) => this.#counts[(this.#head - i + BUCKETS) % BUCKETS] ?? 0);
    return { head: this.#head, counts, endsAt: Math.ceil((this.#head + BUCKETS) * this.#bucketMs) };
  }

  /** Continues where `save` left off. */
  restore(head: number, counts: readonly number[]): void {
    this.#head = head;
    this.#counts.fill(0);
    for (const [i, count] of counts.slice(0, BUCKETS).entries())
      this.#counts[(((head - i) % BUCKETS) + BUCKETS) % BUCKETS] = count;
    this.#total = this.#counts.reduce((sum, count) => sum + count, 0);
  }

  #moveTo(bucket: number): void {
    const steps = bucket - this.#head;
    // A clock that was set back by a hair goes on in the running bucket.
    if (steps === -1) return;
    if (steps < 0) {
      // Set back by more: all calls count as made now, so that none is forgotten and none counts for ever.
      this.#counts.fill(0);
      this.#counts[bucket % BUCKETS] = this.#total;
    } else if (steps >= BUCKETS) {
      this.#counts.fill(0);
      this.#total = 0;
    } else {
      for (let next = this.#head + 1; next <= bucket; next++) {
        this.#total -= this.#counts[next % BUCKETS] ?? 0;
        this.#counts[next % BUCKETS] = 0;
      }
    }
    this.#head = bucket;
  }
}
