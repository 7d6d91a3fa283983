import type { Clock } from "../../ports/world.ts";

/** How tries are slowed down: so many are free, then the pause doubles up to the longest; milliseconds. */
export interface Pace {
  readonly free: number;
  readonly first: number;
  readonly longest: number;
}

/** One person's tries: five are free, then 1 s, 2 s … up to 15 minutes. */
export const PER_LOGIN: Pace = { free: 5, first: 1_000, longest: 900_000 };
/** One address's tries; many people may share it. */
export const PER_ADDRESS: Pace = { free: 30, first: 1_000, longest: 300_000 };

/** Without a try for so long everything is forgotten, milliseconds. */
const FORGET_MS = 86_400_000;
/** Most names that are remembered; the oldest goes first. */
const MOST = 10_000;

/** Milliseconds until the next try may come. @param at when the last one was */
export function pauseOf(tries: number, at: number, now: number, pace: Pace): number {
  if (tries < pace.free) return 0;
  const pause = Math.min(pace.longest, pace.first * 2 ** Math.min(30, tries - pace.free));
  return Math.max(0, at + pause - now);
}

/** Counts tries by name, in memory. A try counts when it begins, so that many at once are no way around it. */
export class Tries {
  readonly #pace: Pace;
  readonly #clock: Clock;
  readonly #seen = new Map<string, { tries: number; at: number }>();

  constructor(pace: Pace, clock: Clock) {
    this.#pace = pace;
    this.#clock = clock;
  }

  /** Milliseconds to wait; 0: the try may be made. */
  pause(name: string): number {
    const seen = this.#seen.get(name);
    return seen === undefined ? 0 : pauseOf(seen.tries, seen.at, this.#clock.now(), this.#pace);
  }

  count(name: string): void {
    const now = this.#clock.now();
    const before = this.#seen.get(name);
    const tries = before === undefined || now - before.at > FORGET_MS ? 0 : before.tries;
    this.#seen.delete(name);
    this.#seen.set(name, { tries: tries + 1, at: now });
    if (this.#seen.size > MOST) this.#seen.delete(this.#seen.keys().next().value as string);
  }

  clear(name: string): void {
    this.#seen.delete(name);
  }
}
