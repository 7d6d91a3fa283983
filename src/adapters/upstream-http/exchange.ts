import type { Dispatcher } from "undici";
import type { RpcMessage } from "../../protocol/jsonrpc.ts";
import { type SseEvent, SseReader } from "../../protocol/sse.ts";
import type { Echoes } from "../upstream-link/echoes.ts";
import { loss } from "../upstream-link/exchange.ts";
import { Turn } from "../upstream-link/pace.ts";
import {
  answersList,
  type Bounds,
  faultText,
  isLong,
  readBytes,
  readInTurns,
  readText,
} from "../upstream-link/reading.ts";
import type { Hearing, Loss, Outgoing, Sent } from "../upstream-link/transport.ts";
import { lossOfError, lossOfStatus } from "./answers.ts";

/** Largest body of an HTTP error that is looked at for a JSON-RPC error, bytes. */
const MAX_ERROR_BYTES = 65_536;
/** A stream that has answered may stay open so long, milliseconds. */
const LINGER_MS = 1_000;
/** Attempts in a row to take up a broken stream without one new event. */
const MAX_RESUMES = 20;
const DEFAULT_RETRY_MS = 1_000;
const MIN_RETRY_MS = 50;
const MAX_RETRY_MS = 30_000;

const ABORTED = new Error("aborted");

type Headers = Record<string, string | string[] | undefined>;

/** What an exchange needs of its transport. */
export interface ExchangeHost {
  readonly name: string;
  readonly bounds: { readonly result: Bounds; readonly list: Bounds };
  readonly echoes: Echoes;
  /** Broken streams can be taken up again (2025-11-25, Resumability and Redelivery). */
  readonly resumes: boolean;
  readonly hasSession: boolean;
  /** Milliseconds since the epoch. */
  now(): number;
  /** The answer to `initialize` is here. @returns false where the session id is not visible ASCII */
  begin(session: string | string[] | undefined): boolean;
  dispatchPost(out: Outgoing, exchange: Dispatcher.DispatchHandler): void;
  /** Takes up a stream after an event. */
  dispatchGet(lastEventId: string, exchange: Dispatcher.DispatchHandler): void;
}

/** One POST and what comes back for it: a JSON message or a stream of them; for a legacy server also the GETs that take the stream up again. */
export class HttpExchange implements Dispatcher.DispatchHandler, Sent {
  sent = false;
  strayed = false;
  #transport: ExchangeHost;
  #bounds: Bounds;
  #out: Outgoing;
  #hearing: Hearing;
  /** It was sent in a session, so that 404 says that the session is unknown. */
  #inSession: boolean;
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;
  #status = 0;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #reader: SseReader | undefined;
  #turn: Turn | undefined;
  /** Events that have come and wait for the next turn, and how the stream ended meanwhile. */
  #waiting: SseEvent[] | undefined;
  #ended: { readonly broken: Loss | undefined } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #again = false;
  /** Attempts to take up the stream since its last event. */
  #resumes = 0;
  #resuming = false;
  #lastEventId = "";
  #retryAfter: string | string[] | undefined;

  constructor(transport: ExchangeHost, out: Outgoing, hearing: Hearing) {
    this.#transport = transport;
    this.#bounds = answersList(out.method) ? transport.bounds.list : transport.bounds.result;
    this.#out = out;
    this.#hearing = hearing;
    this.#inSession = transport.hasSession;
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#controller?.abort(ABORTED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(ABORTED);
    else this.sent = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200 || this.#over) return;
    this.#status = status;
    const { name } = this.#transport;
    const encoding = headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity")
      return this.#fail(
        loss("upstream_invalid", `The server ${name} answered compressed, though it was asked not to.`, "unknown"),
      );
    const type = mediaType(headers["content-type"]);
    if (status === 200) {
      if (this.#out.method === "initialize" && !this.#transport.begin(headers["mcp-session-id"]))
        return this.#fail(loss("upstream_invalid", `The server ${name} issued a session id that is none.`, "unknown"));
      if (type === "text/event-stream") {
        const max = this.#bounds.bytes;
        this.#reader = new SseReader({ maxEventBytes: max, maxLineBytes: max });
      } else if (type !== "application/json")
        this.#fail(
          loss(
            "upstream_invalid",
            `The server ${name} answered with another content type than JSON or an event stream.`,
            "unknown",
          ),
        );
      return;
    }
    this.#retryAfter = headers["retry-after"];
    // The request itself was taken up long ago when only its stream is not found.
    if (status === 404 && this.#inSession && !this.#resuming) return this.#fail(this.#sessionLoss());
    const mayTell = status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429;
    if (type !== "application/json" || !mayTell || this.#resuming) this.#fail(this.#statusLoss());
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#bytes += chunk.length;
    const { name } = this.#transport;
    const { bytes: maxBytes } = this.#bounds;
    const limit = this.#reader !== undefined ? 2 * maxBytes : this.#status === 200 ? maxBytes : MAX_ERROR_BYTES;
    if (this.#bytes > limit)
      return this.#fail(loss("upstream_invalid", `The server ${name} answered more than ${limit} bytes.`, "unknown"));
    if (this.#reader === undefined) this.#chunks.push(chunk);
    else this.#events(this.#reader, chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    if (this.#reader !== undefined) {
      this.strayed = !this.#hearing.settled && this.#waiting === undefined;
      return this.#streamEnd(undefined);
    }
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#over = true;
    // Whatever still points here keeps no more than it has to.
    this.#chunks = [];
    this.#controller = undefined;
    const { limits } = this.#bounds;
    const { echoes } = this.#transport;
    if (isLong(bytes))
      return void readInTurns(bytes, limits, echoes).then(
        (message) => this.#whole(message),
        (error: unknown) => this.#unreadable(error),
      );
    let message: RpcMessage;
    try {
      message = readBytes(bytes, limits, echoes);
    } catch (error) {
      return this.#unreadable(error);
    }
    this.#whole(message);
  }

  #unreadable(error: unknown): void {
    const text = faultText(error);
    this.#hearing.end(this.#status === 200 ? this.#invalid(text) : this.#statusLoss());
  }

  /** The answer is one message. */
  #whole(message: RpcMessage): void {
    if (this.#status !== 200) {
      const answers =
        message.kind === "response" &&
        message.error !== undefined &&
        (message.id === null || message.id === this.#out.id);
      if (!answers) return this.#hearing.end(this.#statusLoss());
    }
    this.#hear(message, this.#status !== 200);
    if (this.#hearing.settled) return;
    this.strayed = true;
    this.#hearing.end(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    if (this.#reader !== undefined || this.#resuming)
      return this.#streamEnd(lossOfError(this.#transport.name, error, true));
    // A reused connection that was closed meanwhile: what changes nothing may be sent again, once.
    if (this.sent && this.#status === 0 && this.#out.safe && !this.#again) {
      this.#again = true;
      this.sent = false;
      return this.#transport.dispatchPost(this.#out, this);
    }
    this.#over = true;
    this.#hearing.end(lossOfError(this.#transport.name, error, this.sent));
  }

  #events(reader: SseReader, chunk: Buffer): void {
    try {
      this.#turn ??= new Turn();
      this.#turn.more();
      const events = reader.push(chunk);
      if (this.#waiting !== undefined) for (const event of events) this.#waiting.push(event);
      else this.#take(reader, events, 0);
    } catch (error) {
      this.#fail(this.#invalid(faultText(error)));
    }
  }

  #take(reader: SseReader, events: SseEvent[], from: number): void {
    for (let at = from; at < events.length; at++) {
      if (this.#turn?.over()) return this.#pause(reader, events, at);
      this.#resumes = 0;
      const { event, data } = events[at] as SseEvent;
      // An event with an id and without data primes the stream for resumption (SEP-1699).
      if (data === "" || event !== "message") continue;
      if (isLong(data)) return this.#pause(reader, events, at, data);
      this.#hear(readText(data, this.#bounds.limits, this.#transport.echoes), false);
      if (this.#over) return;
    }
    this.#lastEventId = reader.lastEventId === "" ? this.#lastEventId : reader.lastEventId;
    if (this.#hearing.settled && this.#timer === undefined) this.#timer = setTimeout(() => this.abort(), LINGER_MS);
  }

  /**
   * What is left is read in the next turn, and nothing more is taken from the connection before.
   * @param long the next event, which takes several turns
   */
  #pause(reader: SseReader, events: SseEvent[], at: number, long?: string): void {
    this.#waiting = events;
    this.#controller?.pause();
    const go = (message?: RpcMessage): void => {
      this.#waiting = undefined;
      if (this.#over) return;
      try {
        if (message !== undefined) this.#hear(message, false);
        if (!this.#over) this.#take(reader, events, message === undefined ? at : at + 1);
      } catch (error) {
        return this.#fail(this.#invalid(faultText(error)));
      }
      if (this.#over || this.#waiting !== undefined) return;
      if (this.#ended !== undefined) return this.#streamEnd(this.#ended.broken);
      this.#controller?.resume();
    };
    if (long === undefined) return this.#turn?.rest(go);
    readInTurns(long, this.#bounds.limits, this.#transport.echoes).then(go, (error: unknown) => {
      if (!this.#over) this.#fail(this.#invalid(faultText(error)));
    });
  }

  #hear(message: RpcMessage, atDoor: boolean): void {
    // An error that could not name its request can only be about the one of this exchange.
    if (message.kind === "response" && message.error !== undefined && message.id === null)
      this.#hearing.message({ ...message, id: this.#out.id }, atDoor);
    else this.#hearing.message(message, atDoor);
  }

  #streamEnd(broken: Loss | undefined): void {
    if (this.#waiting !== undefined) {
      this.#ended = { broken };
      return;
    }
    this.#ended = undefined;
    clearTimeout(this.#timer);
    const retry = this.#reader?.retry ?? DEFAULT_RETRY_MS;
    this.#reader = undefined;
    if (this.#hearing.settled || this.#lastEventId === "" || !this.#transport.resumes || this.#resumes >= MAX_RESUMES) {
      this.#over = true;
      return this.#hearing.end(broken);
    }
    this.#resumes++;
    this.#status = 0;
    const wait = Math.min(Math.max(retry, MIN_RETRY_MS), MAX_RETRY_MS);
    this.#hearing.poll(wait);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#resuming = true;
      this.#transport.dispatchGet(this.#lastEventId, this);
    }, wait);
  }

  #fail(why: Loss): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#controller?.abort(ABORTED);
    this.#hearing.end({ ...why, status: this.#status });
  }

  #invalid(text: string): Loss {
    return {
      ...loss("upstream_invalid", `The server ${this.#transport.name} sent an invalid message: ${text}.`, "unknown"),
      status: this.#status,
    };
  }

  #statusLoss(): Loss {
    const why = lossOfStatus(this.#transport.name, this.#status, this.#retryAfter, this.#transport.now());
    return this.#resuming ? { refusal: { ...why.refusal, executed: "unknown" }, executed: "unknown" } : why;
  }

  #sessionLoss(): Loss {
    const why = loss(
      "upstream_unavailable",
      `The server ${this.#transport.name} does not know the session any more.`,
      "no",
    );
    return { ...why, sessionLost: true };
  }
}

/** The media type of a `Content-Type` header without its parameters, in lower case. */
export function mediaType(header: string | string[] | undefined): string {
  if (typeof header !== "string") return "";
  const end = header.indexOf(";");
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}
