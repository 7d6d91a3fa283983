const FIRST_MS = 250;
const LAST_MS = 30_000;
/** A process that ran so long was healthy. */
const HEALTHY_MS = 60_000;
/** Callers whose failures are remembered. */
const MAX_REMEMBERED = 1_000;

/** When a process that fails may be started again. Counted per caller, so that one who crashes theirs hinders nobody else. */
export class Backoff {
  #failures = new Map<string, { count: number; until: number }>();

  /** @param now monotonic milliseconds @returns milliseconds until a start is allowed */
  wait(caller: string, now: number): number {
    return Math.max(0, (this.#failures.get(caller)?.until ?? 0) - now);
  }

  /** A process ended that nobody had closed. @param ran how long it ran, milliseconds */
  failed(caller: string, ran: number, now: number): void {
    const before = ran >= HEALTHY_MS ? 0 : (this.#failures.get(caller)?.count ?? 0);
    this.#failures.delete(caller);
    this.#failures.set(caller, { count: before + 1, until: now + Math.min(FIRST_MS * 2 ** before, LAST_MS) });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= MAX_REMEMBERED) break;
      this.#failures.delete(oldest);
    }
  }
}
