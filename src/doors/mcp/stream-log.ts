import type { Outlet } from "./outlet.ts";

/** When a client that lost a stream should come back, in milliseconds. */
const RETRY_MS = 1_000;

/**
 * One event stream of a legacy session, kept so that a client that lost its connection gets the rest
 * (2025-11-25, Streamable HTTP, resumability; SEP-1699 polling). Event ids are the gateway's own: `<stream>_<n>`.
 * Once the last event was handed over whole, nothing of the stream is kept.
 */
export class StreamLog {
  readonly id: string;
  #events: { n: number; data: string }[] = [];
  readonly #primed: boolean;
  readonly #weigh: (more: number) => void;
  #kept = 0;
  /** Number 0 is before every event: what a stream without events is taken up again from. */
  #next = 1;
  /** The last event that was written to a reader. */
  #written = 0;
  #outlet: Outlet | undefined;
  /** The final answer was appended. */
  done = false;

  /**
   * @param primed send an empty first event, so that the client knows an id at once (2025-11-25)
   * @param weigh told how many characters more, or fewer, are kept
   */
  constructor(id: string, primed: boolean, weigh: (more: number) => void = () => {}) {
    this.id = id;
    this.#primed = primed;
    this.#weigh = weigh;
  }

  get attached(): boolean {
    return this.#outlet?.open === true;
  }

  /** Characters that are kept. */
  get kept(): number {
    return this.#kept;
  }

  /** Makes a response the reader; sends what came after event `last`, or what was written to nobody yet. */
  attach(outlet: Outlet, last = this.#written): void {
    const after = Math.min(last, this.#next - 1);
    this.#outlet?.end();
    this.#outlet = outlet;
    outlet.stream();
    if (this.#primed) outlet.event({ id: `${this.id}_${after}`, data: "", retry: RETRY_MS });
    for (const event of this.#events) if (event.n > after) this.#write(event.n, event.data);
    if (this.done) this.finish();
  }

  append(data: string): void {
    const n = this.#next++;
    this.#events.push({ n, data });
    this.#kept += data.length;
    if (this.attached) this.#write(n, data);
    this.#weigh(data.length);
  }

  /** The last event was appended; the reader's response ends. */
  finish(): void {
    this.done = true;
    const outlet = this.#outlet;
    this.#outlet = undefined;
    if (outlet?.open !== true) return;
    outlet.onSent(() => this.drop());
    outlet.end();
  }

  /** Lets the oldest event go. */
  shed(): void {
    const size = this.#events.shift()?.data.length ?? 0;
    this.#kept -= size;
    this.#weigh(-size);
  }

  /** Lets every event go; who comes back finds an empty end. */
  drop(): void {
    const size = this.#kept;
    this.#events = [];
    this.#kept = 0;
    this.#weigh(-size);
  }

  /** Ends the response but not the stream: the client comes back after `retryMs`. */
  poll(retryMs: number): void {
    if (!this.attached) return;
    this.#outlet?.event({ id: `${this.id}_${this.#next - 1}`, data: "", retry: retryMs });
    this.#outlet?.end();
    this.#outlet = undefined;
  }

  /** Ends the response, and lets everything go. */
  close(): void {
    this.#outlet?.end();
    this.#outlet = undefined;
    this.drop();
  }

  #write(n: number, data: string): void {
    this.#outlet?.event({ id: `${this.id}_${n}`, data });
    if (n > this.#written) this.#written = n;
  }
}
