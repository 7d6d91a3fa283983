import type { IncomingMessage, ServerResponse } from "node:http";
import { connectionOf } from "../request.ts";
import { sseComment, sseEvent } from "../../protocol/sse.ts";

/** A client that reads so slowly that this much waits for it is cut off, in bytes. */
const MOST_WAITING = 16 * 1024 * 1024;
/** Proxies between here and the client cut silent connections; milliseconds. */
const KEEP_ALIVE_MS = 15_000;

/** The rest of a refused body is thrown away for so long, in milliseconds. */
const LEAVING_MS = 500;

/** What the Accept header of a request allows and prefers. */
export interface Accepts {
  readonly json: boolean;
  readonly stream: boolean;
  /** Streams before JSON; clients of the legacy eras say so where they want to resume. */
  readonly streamFirst: boolean;
}

const BOTH: Accepts = { json: true, stream: true, streamFirst: false };
/** What the protocol has clients write, as the SDKs write it. */
const USUAL = "application/json, text/event-stream";

/** Reads an Accept header; undefined where it allows neither JSON nor an event stream. No header allows both. */
export function accepts(header: string | undefined): Accepts | undefined {
  if (header === undefined || header === USUAL) return BOTH;
  const json = header.search(/application\/(json|\*)|\*\/\*/i);
  const stream = header.search(/text\/(event-stream|\*)|\*\/\*/i);
  if (json < 0 && stream < 0) return undefined;
  return { json: json >= 0, stream: stream >= 0, streamFirst: stream >= 0 && (json < 0 || stream < json) };
}

/** One HTTP response: JSON while nothing was streamed, an event stream from the first event on (Streamable HTTP). */
export class Outlet {
  readonly #res: ServerResponse;
  /** Names and values in turn. */
  readonly #headers: string[];
  #streaming = false;
  /** What this request accepts; set once its headers were judged. */
  accepts: Accepts = BOTH;
  #unread: IncomingMessage | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #onClose: (() => void)[] | undefined;

  /** @param headers sent with whatever comes first: names and values in turn */
  constructor(res: ServerResponse, headers: string[]) {
    this.#res = res;
    this.#headers = headers;
  }

  get streaming(): boolean {
    return this.#streaming;
  }

  get open(): boolean {
    return !this.#res.writableEnded && !this.#res.destroyed;
  }

  /** Adds a header to whatever comes first. */
  header(name: string, value: string): void {
    this.#headers.push(name, value);
  }

  /**
   * The answer is the last of its connection. What is left of the request is thrown away first, for a moment: a
   * connection that is closed with unread bytes is reset, and the client loses the answer (RFC 9112 section 9.6).
   */
  leave(req: IncomingMessage): void {
    this.header("connection", "close");
    connectionOf(req.socket).ending = true;
    this.#unread = req;
  }

  /**
   * Calls back once when the connection is gone before the whole answer was handed over, or at once where it is already.
   * What calls back is let go with the answer: responses live on for a while, and would take their calls along through
   * one collection of garbage after the other (measured: a sixth of all that was allocated).
   */
  onClose(listener: () => void): void {
    if (!this.open) return listener();
    if (this.#onClose === undefined) {
      this.#onClose = [];
      this.#res.on("close", () => {
        for (const call of this.#onClose ?? []) call();
      });
    }
    this.#onClose.push(listener);
  }

  /** Calls back once the whole answer was handed to the system; never where the connection breaks before. */
  onSent(listener: () => void): void {
    this.#res.once("finish", listener);
  }

  /** Turns the response into an event stream. */
  stream(): void {
    if (this.#streaming || !this.open || !this.accepts.stream) return;
    this.#streaming = true;
    this.header("content-type", "text/event-stream");
    this.header("cache-control", "no-store");
    this.header("x-accel-buffering", "no");
    this.#res.writeHead(200, this.#headers);
    this.#res.flushHeaders();
    this.#timer = setInterval(() => this.#write(sseComment()), KEEP_ALIVE_MS);
    this.#timer.unref();
    this.#res.once("close", () => clearInterval(this.#timer));
  }

  /** Sends one event; `data` is one line of JSON, or empty (a priming event). */
  event(event: { id?: string; data: string; retry?: number }): void {
    this.stream();
    if (this.#streaming) this.#write(sseEvent(event));
  }

  /** Ends a stream. */
  end(): void {
    clearInterval(this.#timer);
    this.#onClose = undefined;
    if (this.open) this.#res.end();
  }

  /** Answers with one body where nothing was streamed. */
  answer(status: number, text: string | undefined, headers?: Readonly<Record<string, string>>): void {
    if (!this.open || this.#streaming) return;
    this.#onClose = undefined;
    // One string and no Buffer: headers and body leave in one write.
    const bytes = text === undefined ? 0 : Buffer.byteLength(text);
    if (text === undefined) this.header("content-length", "0");
    else this.#headers.push("content-length", String(bytes), "content-type", "application/json");
    for (const name in headers) this.header(name, headers[name] as string);
    this.#res.writeHead(status, this.#headers);
    // Text of as many characters as bytes is ASCII, which leaves faster unencoded.
    if (this.#unread === undefined) return void this.#res.end(text, bytes === text?.length ? "latin1" : "utf8");
    if (text !== undefined) this.#res.write(text);
    const end = (): void => void this.#res.end();
    setTimeout(end, LEAVING_MS).unref();
    this.#unread.once("end", end).once("close", end).resume();
  }

  #write(text: string): void {
    if (!this.open) return;
    this.#res.write(text);
    if (this.#res.writableLength > MOST_WAITING) this.#res.destroy();
  }
}
