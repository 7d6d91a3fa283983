/** Notifications of one call that are passed on at once, and after that in a second. */
const BURST = 100;
const PER_SECOND = 100;

/** How fast one call may tell of its progress and write logs (MCP, Progress and Logging: both sides limit the rate). */
export class Pace {
  #left = BURST;
  #since: number;
  /** Notifications that were not passed on. */
  dropped = 0;

  /** @param now monotonic milliseconds */
  constructor(now: number) {
    this.#since = now;
  }

  /** @param now monotonic milliseconds @returns whether one more may pass */
  take(now: number): boolean {
    this.#left = Math.min(BURST, this.#left + ((now - this.#since) * PER_SECOND) / 1_000);
    this.#since = now;
    if (this.#left < 1) {
      this.dropped++;
      return false;
    }
    this.#left--;
    return true;
  }
}
