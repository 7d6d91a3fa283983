/** One event of a stream (WHATWG HTML, server-sent events). */
export interface SseEvent {
  /** As read: the last event id of the stream, absent while there is none. */
  readonly id?: string;
  /** As read: always set, `message` by default. */
  readonly event?: string;
  readonly data: string;
  /** Reconnection time in milliseconds. */
  readonly retry?: number;
}

/** Why a stream is given up, or an event not written. */
export class SseFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SseFault";
  }
}

const LINE_BREAK = /[\r\n]/;

/**
 * The text of one event. Data, id and event type are one line each: nothing in them can begin a field or an event.
 *
 * @throws SseFault for a line break anywhere, U+0000 in the id, a retry that is no whole number of milliseconds
 */
export function sseEvent(event: SseEvent): string {
  const { id, event: type, data, retry } = event;
  if (LINE_BREAK.test(data)) throw new SseFault("Event data must be one line, such as JSON text without white space");
  let text = "";
  if (type !== undefined) {
    if (LINE_BREAK.test(type)) throw new SseFault("An event type must be one line");
    text += `event: ${type}\n`;
  }
  if (id !== undefined) {
    if (LINE_BREAK.test(id) || id.includes("\0")) throw new SseFault("An event id must be one line without U+0000");
    text += `id: ${id}\n`;
  }
  if (retry !== undefined) {
    if (!Number.isSafeInteger(retry) || retry < 0) throw new SseFault("Retry must be a whole number of milliseconds");
    text += `retry: ${retry}\n`;
  }
  return `${text}data: ${data}\n\n`;
}

/** A comment that keeps the connection alive. */
export function sseComment(): string {
  return ":\n\n";
}

const LF = 10;
const CR = 13;

/**
 * Reads a stream of events from chunks of bytes cut anywhere (WHATWG HTML 9.2.6). Holds at most one line and one event.
 * Stricter than the standard in two things: malformed UTF-8 and oversize end the stream with a fault.
 */
export class SseReader {
  readonly #maxEvent: number;
  readonly #maxLine: number;
  // A line is whole before it is decoded: no UTF-8 sequence contains a line break.
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** Bytes of a line that is not over; grows by doubling, so that single-byte chunks cost no more than large ones. */
  #held = new Uint8Array(0);
  #holds = 0;
  #afterCr = false;
  #firstLine = true;
  #broken: SseFault | undefined;

  #eventBytes = 0;
  #type = "";
  #data: string | undefined;
  #eventRetry: number | undefined;
  #lastId = "";
  #retry: number | undefined;

  /** @param limits bytes of all lines of one event, and of one line */
  constructor(limits: { readonly maxEventBytes: number; readonly maxLineBytes: number }) {
    this.#maxEvent = limits.maxEventBytes;
    this.#maxLine = limits.maxLineBytes;
  }

  /** The last `id` that was seen, also on a block without data; "" before the first. */
  get lastEventId(): string {
    return this.#lastId;
  }

  /** The last `retry` that was seen, in milliseconds, also on a block without data. */
  get retry(): number | undefined {
    return this.#retry;
  }

  /**
   * Takes the next bytes and returns the events that they complete. The chunk may be reused afterwards.
   *
   * @throws SseFault for oversize and malformed UTF-8, and ever after
   */
  push(chunk: Uint8Array): SseEvent[] {
    const events: SseEvent[] = [];
    if (this.#broken !== undefined) throw this.#broken;
    if (chunk.length === 0) return events;
    let start = this.#afterCr && chunk[0] === LF ? 1 : 0;
    this.#afterCr = false;
    let lf = chunk.indexOf(LF, start);
    let cr = chunk.indexOf(CR, start);
    while (lf >= 0 || cr >= 0) {
      const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
      this.#line(this.#take(chunk.subarray(start, end)), events);
      start = end + 1;
      if (end === cr) {
        if (start === chunk.length) this.#afterCr = true;
        else if (chunk[start] === LF) start++;
        cr = chunk.indexOf(CR, start);
      }
      if (lf >= 0 && lf < start) lf = chunk.indexOf(LF, start);
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
    return events;
  }

  /**
   * Ends the stream. An event without its closing empty line is dropped, as the standard says.
   *
   * @throws SseFault if the last line is malformed UTF-8
   */
  end(): void {
    if (this.#broken !== undefined) throw this.#broken;
    this.#decode(this.#take(new Uint8Array(0)));
  }

  #take(rest: Uint8Array): Uint8Array {
    if (this.#holds === 0) {
      if (rest.length > this.#maxLine) this.#fail(`A line is longer than ${this.#maxLine} bytes`);
      return rest;
    }
    this.#hold(rest);
    const line = this.#held.subarray(0, this.#holds);
    this.#holds = 0;
    return line;
  }

  #hold(bytes: Uint8Array): void {
    const size = this.#holds + bytes.length;
    if (size > this.#maxLine) this.#fail(`A line is longer than ${this.#maxLine} bytes`);
    if (size > this.#held.length) {
      const larger = new Uint8Array(Math.min(this.#maxLine, Math.max(1024, size * 2)));
      larger.set(this.#held.subarray(0, this.#holds));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#holds);
    this.#holds = size;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#utf8.decode(bytes);
    } catch {
      this.#fail("The stream is no UTF-8");
    }
  }

  #line(bytes: Uint8Array, events: SseEvent[]): void {
    let line = this.#decode(bytes);
    if (this.#firstLine) {
      this.#firstLine = false;
      if (line.charCodeAt(0) === 0xfeff) line = line.slice(1);
    }
    if (line === "") {
      this.#dispatch(events);
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    this.#eventBytes += bytes.length;
    if (this.#eventBytes > this.#maxEvent) this.#fail(`An event is longer than ${this.#maxEvent} bytes`);
    if (colon < 0) this.#field(line, "");
    else this.#field(line.slice(0, colon), line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1));
  }

  #field(name: string, value: string): void {
    if (name === "data") {
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    } else if (name === "event") {
      this.#type = value;
    } else if (name === "id") {
      if (!value.includes("\0")) this.#lastId = value;
    } else if (name === "retry" && /^[0-9]{1,15}$/.test(value)) {
      this.#retry = this.#eventRetry = Number(value);
    }
  }

  #dispatch(events: SseEvent[]): void {
    if (this.#data !== undefined) {
      events.push({
        ...(this.#lastId !== "" && { id: this.#lastId }),
        event: this.#type === "" ? "message" : this.#type,
        data: this.#data,
        ...(this.#eventRetry !== undefined && { retry: this.#eventRetry }),
      });
    }
    this.#data = undefined;
    this.#type = "";
    this.#eventRetry = undefined;
    this.#eventBytes = 0;
  }

  #fail(message: string): never {
    this.#broken = new SseFault(message);
    throw this.#broken;
  }
}
