import type { Clock } from "../../ports/world.ts";

/** How tries are slowed down: so many are free, then the pause doubles up to the longest; milliseconds. */
export interface Pace {
  readonly free: number;
  readonly first: number;
  readonly longest: number;
  /** Counting begins anew so long after its first try; without it a day after the last. */
  readonly per?: number;
}

/** Tries for one login from one address, or at the command line: five are free, then 1 s, 2 s … up to 15 minutes. */
export const PER_PAIR: Pace = { free: 5, first: 1_000, longest: 900_000 };
/** Tries for one login from all addresses: strangers must not keep a person out, so that the pause stays short. */
export const PER_LOGIN: Pace = { free: 10, first: 1_000, longest: 60_000 };
/** One address's tries; many people may share it. */
export const PER_ADDRESS: Pace = { free: 50, first: 1_000, longest: 60_000, per: 900_000 };

/** Without a try for so long everything is forgotten, milliseconds. */
const FORGET_MS = 86_400_000;
/** Most names that are remembered; the oldest goes first. */
const MOST = 10_000;
const TELL_MS = 60_000;
/** Longest name that is counted, characters: no login is longer. */
export const LONGEST_NAME = 256;

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
  readonly #seen = new Map<string, { tries: number; at: number; since: number }>();

  constructor(pace: Pace, clock: Clock) {
    this.#pace = pace;
    this.#clock = clock;
  }

  /** Milliseconds to wait; 0: the try may be made. */
  pause(name: string): number {
    const seen = this.#of(name);
    return seen === undefined ? 0 : pauseOf(seen.tries, seen.at, this.#clock.now(), this.#pace);
  }

  /** Counts one try. Answers which one it is. */
  count(name: string): number {
    const now = this.#clock.now();
    const { tries, since } = this.#of(name) ?? { tries: 0, since: now };
    this.#seen.delete(name);
    this.#seen.set(name, { tries: tries + 1, at: now, since });
    if (this.#seen.size > MOST) this.#seen.delete(this.#seen.keys().next().value as string);
    return tries + 1;
  }

  #of(name: string) {
    const seen = this.#seen.get(name);
    const { per } = this.#pace;
    const now = this.#clock.now();
    const over = seen !== undefined && (per === undefined ? now - seen.at > FORGET_MS : now - seen.since > per);
    return over ? undefined : seen;
  }

  clear(name: string): void {
    this.#seen.delete(name);
  }
}

/** Keeps what happens over and over from flooding the record: each name is told of once a minute. */
export class Told {
  readonly #clock: Clock;
  readonly #told = new Map<string, { at: number; since: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How often it happened since it was told last, this time included; undefined: it was told within this minute. */
  again(name: string): number | undefined {
    const now = this.#clock.now();
    const { at, since } = this.#told.get(name) ?? { at: -Infinity, since: 0 };
    const due = now - at >= TELL_MS;
    this.#told.delete(name);
    this.#told.set(name, due ? { at: now, since: 0 } : { at, since: since + 1 });
    if (this.#told.size > MOST) this.#told.delete(this.#told.keys().next().value as string);
    return due ? since + 1 : undefined;
  }
}
