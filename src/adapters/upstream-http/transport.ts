import { setTimeout as sleep } from "node:timers/promises";
import type { Dispatcher } from "undici";
import type { RpcMessage } from "../../protocol/jsonrpc.ts";
import { MODERN } from "../../protocol/versions.ts";
import type { Echoes } from "../upstream-link/echoes.ts";
import { boundsOf } from "../upstream-link/reading.ts";
import type { LinkSettings } from "../upstream-link/settings.ts";
import type { Hearing, Outgoing, Sent, Transport } from "../upstream-link/transport.ts";
import { lossOfError } from "./answers.ts";
import type { HttpClient } from "./client.ts";
import { HttpExchange } from "./exchange.ts";
import type { ExchangeHost } from "./exchange.ts";
import { StandingStream } from "./standing-stream.ts";

/** How long the end of a session may take, milliseconds. */
const GOODBYE_MS = 2_000;
const MAX_SESSION_ID = 1_024;

/** Streamable HTTP to one server, in one era. For a legacy server it holds one session and its GET stream. */
export class HttpTransport implements Transport, ExchangeHost {
  readonly onePipe = false;
  readonly name: string;
  readonly bounds: ReturnType<typeof boundsOf>;
  readonly echoes: Echoes;
  readonly resumes: boolean;
  #client: HttpClient;
  #settings: LinkSettings;
  #version: string | undefined;
  #session: string | undefined;
  #standing: StandingStream | undefined;
  #stray: (message: RpcMessage) => void = () => {};
  #closing: Promise<void> | undefined;
  #posts = new Set<Promise<void>>();

  constructor(client: HttpClient, settings: LinkSettings, era: "modern" | "legacy") {
    this.#client = client;
    this.#settings = settings;
    this.name = settings.name;
    this.bounds = boundsOf(settings.maxResultBytes);
    this.echoes = client.echoes;
    this.resumes = era === "legacy";
    this.#version = era === "modern" ? MODERN : undefined;
  }

  get hasSession(): boolean {
    return this.#session !== undefined;
  }

  now(): number {
    return this.#settings.clock.now();
  }

  nextId(): number {
    return this.#client.nextId();
  }

  strays(message: (message: RpcMessage) => void): void {
    this.#stray = message;
  }

  request(out: Outgoing, hearing: Hearing): Sent {
    if (out.method === "initialize") {
      this.#session = undefined;
      this.#version = undefined;
      this.#standing?.stop();
      this.#standing = undefined;
    }
    const exchange = new HttpExchange(this, out, hearing);
    this.dispatchPost(out, exchange);
    return exchange;
  }

  dispatchPost(out: Outgoing, exchange: Dispatcher.DispatchHandler): void {
    const headers = ["content-type", "application/json", "accept", "application/json, text/event-stream"];
    this.#name(headers);
    for (const part of out.headers) headers.push(part);
    this.#dispatch("POST", headers, out.text, exchange);
  }

  dispatchGet(lastEventId: string, exchange: Dispatcher.DispatchHandler): void {
    const headers = ["accept", "text/event-stream"];
    // Bytes above ASCII cannot be sent back; a server that uses them has a stream that cannot be resumed.
    if (/^[\x20-\x7e]+$/.test(lastEventId)) headers.push("last-event-id", lastEventId);
    this.#name(headers);
    this.#dispatch("GET", headers, undefined, exchange);
  }

  begin(session: string | string[] | undefined): boolean {
    if (session === undefined) return true;
    if (typeof session !== "string" || session.length > MAX_SESSION_ID || !/^[\x21-\x7e]+$/.test(session)) return false;
    this.#session = session;
    return true;
  }

  agreed(version: string): void {
    this.#version = version;
    this.#standing = new StandingStream({
      open: (lastEventId, handler) => this.dispatchGet(lastEventId, handler),
      now: () => this.#settings.clock.monotonic(),
      limits: this.bounds.result.limits,
      echoes: this.echoes,
      maxBytes: this.bounds.result.bytes,
      message: (message) => this.#stray(message),
      invalid: (why) => this.#settings.log.warn("upstream.stream_invalid", { server: this.name, why }),
    });
    this.#standing.start();
  }

  async post(text: string): Promise<void> {
    const headers = ["content-type", "application/json", "accept", "application/json, text/event-stream"];
    this.#name(headers);
    const post = this.#brief("POST", headers, text, this.#settings.timeoutMs);
    this.#posts.add(post);
    await post;
    this.#posts.delete(post);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#standing?.stop();
    // What was said last (cancellations, refusals of questions) should arrive before the session ends.
    await Promise.race([Promise.all(this.#posts), sleep(GOODBYE_MS, undefined, { ref: false })]);
    if (this.#session === undefined) return;
    const headers: string[] = [];
    this.#name(headers);
    this.#session = undefined;
    await this.#brief("DELETE", headers, undefined, GOODBYE_MS);
  }

  #name(headers: string[]): void {
    if (this.#version !== undefined) headers.push("mcp-protocol-version", this.#version);
    if (this.#session !== undefined) headers.push("mcp-session-id", this.#session);
  }

  #dispatch(
    method: "POST" | "GET" | "DELETE",
    headers: string[],
    body: string | undefined,
    handler: Dispatcher.DispatchHandler,
  ): void {
    try {
      this.#client.dispatch(method, headers, body, handler);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      queueMicrotask(() => handler.onResponseError?.(undefined as unknown as Dispatcher.DispatchController, error));
    }
  }

  /** A request whose answer is of no interest. Resolves when the head of the answer is here, or it failed. */
  #brief(method: "POST" | "DELETE", headers: string[], body: string | undefined, ms: number): Promise<void> {
    return new Promise((resolve) => {
      let controller: Dispatcher.DispatchController | undefined;
      let seen = 0;
      const end = (): void => {
        clearTimeout(timer);
        controller?.abort(ENOUGH);
        resolve();
      };
      const done = (): void => {
        controller = undefined;
        end();
      };
      const timer = setTimeout(end, ms);
      this.#dispatch(method, headers, body, {
        onRequestStart: (started) => {
          controller = started;
        },
        onResponseStart: () => resolve(),
        onResponseData: (_controller, chunk) => {
          seen += chunk.length;
          if (seen > MAX_IGNORED_BYTES) end();
        },
        onResponseEnd: done,
        onResponseError: (_controller, error) => {
          if (error !== ENOUGH)
            this.#settings.log.info("upstream.post_failed", {
              server: this.name,
              why: lossOfError(this.name, error, true).refusal.message,
            });
          done();
        },
      });
    });
  }
}

const MAX_IGNORED_BYTES = 65_536;
const ENOUGH = new Error("enough");
