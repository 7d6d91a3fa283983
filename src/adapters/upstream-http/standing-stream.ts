import type { Dispatcher } from "undici";
import type { JsonLimits } from "../../protocol/json.ts";
import type { RpcMessage } from "../../protocol/jsonrpc.ts";
import { SseReader } from "../../protocol/sse.ts";
import type { Echoes } from "../upstream-link/echoes.ts";
import { faultText, readText } from "../upstream-link/reading.ts";
import { mediaType } from "./exchange.ts";

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
/** What a stream that belongs to no call may bring in a minute. */
const MAX_MESSAGES_PER_MINUTE = 10_000;

const STOPPED = new Error("stopped");

/** What the stream needs of its transport. */
export interface StandingHost {
  open(lastEventId: string, handler: Dispatcher.DispatchHandler): void;
  /** Monotonic milliseconds. */
  now(): number;
  readonly limits: JsonLimits;
  readonly echoes: Echoes;
  /** Bytes of one event, and of all within a minute. */
  readonly maxBytes: number;
  message(message: RpcMessage): void;
  invalid(why: string): void;
}

/** The GET stream of a legacy session (2025-11-25, Listening for Messages from the Server). Opened again when it ends; a server without one answers 405. */
export class StandingStream implements Dispatcher.DispatchHandler {
  #host: StandingHost;
  #controller: Dispatcher.DispatchController | undefined;
  #reader: SseReader | undefined;
  #stopped = false;
  #lastEventId = "";
  #retryMs = FIRST_RETRY_MS;
  #timer: NodeJS.Timeout | undefined;
  #minute = { since: Number.NEGATIVE_INFINITY, bytes: 0, messages: 0 };

  constructor(host: StandingHost) {
    this.#host = host;
  }

  start(): void {
    this.#reader = undefined;
    this.#host.open(this.#lastEventId, this);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#controller?.abort(STOPPED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped) controller.abort(STOPPED);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    const encoding = headers["content-encoding"];
    if (
      status === 200 &&
      mediaType(headers["content-type"]) === "text/event-stream" &&
      (encoding === undefined || encoding === "identity")
    ) {
      this.#reader = new SseReader({ maxEventBytes: this.#host.maxBytes, maxLineBytes: this.#host.maxBytes });
      return;
    }
    // A server error may pass; anything else says that there is no such stream, or that the session is over.
    if (status >= 500 || status === 429) this.#controller?.abort(new Error("try later"));
    else this.stop();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#reader === undefined || this.#stopped) return;
    try {
      if (!this.#allowed(chunk.length, 0)) return this.#spoilt("it floods");
      for (const { event, data } of this.#reader.push(chunk)) {
        if (data === "" || event !== "message") continue;
        if (!this.#allowed(0, 1)) return this.#spoilt("it floods");
        this.#retryMs = FIRST_RETRY_MS;
        this.#host.message(readText(data, this.#host.limits, this.#host.echoes));
      }
      this.#lastEventId = this.#reader.lastEventId;
    } catch (error) {
      this.#spoilt(faultText(error));
    }
  }

  onResponseEnd(): void {
    this.#later();
  }

  onResponseError(): void {
    this.#later();
  }

  #allowed(bytes: number, messages: number): boolean {
    const now = this.#host.now();
    if (now - this.#minute.since > 60_000) this.#minute = { since: now, bytes: 0, messages: 0 };
    this.#minute.bytes += bytes;
    this.#minute.messages += messages;
    return this.#minute.bytes <= this.#host.maxBytes && this.#minute.messages <= MAX_MESSAGES_PER_MINUTE;
  }

  #spoilt(why: string): void {
    this.#host.invalid(why);
    this.#lastEventId = "";
    this.#retryMs = LAST_RETRY_MS;
    this.#controller?.abort(new Error("spoilt"));
  }

  #later(): void {
    if (this.#stopped) return;
    const wait = this.#reader?.retry ?? this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    this.#reader = undefined;
    this.#controller = undefined;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), Math.min(Math.max(wait, 50), LAST_RETRY_MS));
    this.#timer.unref();
  }
}
