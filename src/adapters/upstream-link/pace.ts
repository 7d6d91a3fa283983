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

/** Messages of one stream are read for so long before other work gets its turn, milliseconds. */
const TURN_MS = 0.5;
/** And then not for so long, milliseconds. */
const REST_MS = 2;
/** What comes so long after the last turn began is no part of a flood, milliseconds. */
const STALE_MS = 5;

/** How long one stream is read at a time: who sends messages by the thousand holds up nobody. */
export class Turn {
  #since = 0;

  /** Something has come. */
  more(): void {
    const now = performance.now();
    if (now - this.#since > STALE_MS) this.#since = now;
  }

  /** Goes on once others had theirs: a flood takes a fifth of the time at most. */
  rest(then: () => void): void {
    setTimeout(() => {
      this.#since = performance.now();
      then();
    }, REST_MS);
  }

  over = (): boolean => performance.now() - this.#since >= TURN_MS;
}
