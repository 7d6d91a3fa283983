import type { Outlet } from "./outlet.ts";

/** Most that is kept of one stream for a client that comes back, in characters; the oldest goes first. */
const MOST_KEPT = 4 * 1024 * 1024;

/** When a client that lost a stream should come back, in milliseconds. */
const RETRY_MS = 1_000;

/**
 * One event stream of a legacy session, kept so that a client that lost its connection gets the rest
 * (2025-11-25, Streamable HTTP, resumability; SEP-1699 polling). Event ids are the gateway's own: `<stream>_<n>`.
 */
export class StreamLog {
  readonly id: string;
  readonly #events: { n: number; data: string }[] = [];
  readonly #primed: boolean;
  #kept = 0;
  /** Number 0 is before every event: what a stream without events is taken up again from. */
  #next = 1;
  #outlet: Outlet | undefined;
  /** The final answer was appended. */
  done = false;

  /** @param primed send an empty first event, so that the client knows an id at once (2025-11-25) */
  constructor(id: string, primed: boolean) {
    this.id = id;
    this.#primed = primed;
  }

  get attached(): boolean {
    return this.#outlet?.open === true;
  }

  /** Makes a response the reader; sends what came after event `last` (0: all that is kept). */
  attach(outlet: Outlet, last: number): void {
    const after = Math.min(last, this.#next - 1);
    this.#outlet?.end();
    this.#outlet = outlet;
    outlet.stream();
    if (this.#primed) outlet.event({ id: `${this.id}_${after}`, data: "", retry: RETRY_MS });
    for (const event of this.#events)
      if (event.n > after) outlet.event({ id: `${this.id}_${event.n}`, data: event.data });
    if (this.done) outlet.end();
  }

  append(data: string): void {
    const n = this.#next++;
    this.#events.push({ n, data });
    this.#kept += data.length;
    while (this.#kept > MOST_KEPT && this.#events.length > 1) this.#kept -= this.#events.shift()?.data.length ?? 0;
    if (this.attached) this.#outlet?.event({ id: `${this.id}_${n}`, data });
  }

  /** The last event was appended; the reader's response ends. */
  finish(): void {
    this.done = true;
    this.#outlet?.end();
  }

  /** Ends the response but not the stream: the client comes back after `retryMs`. */
  poll(retryMs: number): void {
    if (!this.attached) return;
    this.#outlet?.event({ id: `${this.id}_${this.#next - 1}`, data: "", retry: retryMs });
    this.#outlet?.end();
    this.#outlet = undefined;
  }

  close(): void {
    this.#outlet?.end();
    this.#outlet = undefined;
  }
}
