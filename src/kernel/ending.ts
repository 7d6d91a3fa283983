/** Tells that a call is over before its answer. An `AbortSignal` is one, too. */
export interface EndSignal {
  readonly aborted: boolean;
  /** Why; what the one who ended the call gave. */
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * Ends one call: an `AbortController` and its signal in one, without the events of the DOM. Every call has one, and
 * hardly any is ended with it (measured: a fifth of the cost).
 */
export class Ending implements EndSignal {
  #aborted = false;
  #reason: unknown;
  #listeners: (() => void)[] | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** Ends the call, once: every listener is told, each at most once. */
  abort(reason?: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const told = this.#listeners;
    this.#listeners = undefined;
    for (const listener of told ?? []) listener();
  }

  /** As with an `AbortSignal`, who comes too late is not told. */
  addEventListener(_type: "abort", listener: () => void): void {
    if (this.#aborted) return;
    if (this.#listeners === undefined) this.#listeners = [listener];
    else this.#listeners.push(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    const at = this.#listeners?.indexOf(listener) ?? -1;
    if (at >= 0) this.#listeners?.splice(at, 1);
  }
}
