import type { Executed, Refusal } from "../../kernel/errors.ts";
import type { RpcMessage } from "../../protocol/jsonrpc.ts";

/** One request on its way out. */
export interface Outgoing {
  readonly id: number;
  readonly method: string;
  /** The whole message, JSON text. */
  readonly text: string;
  /** `Mcp-*` headers, name and value in turn; a pipe ignores them. */
  readonly headers: readonly string[];
  /** It may be sent again when a reused connection died before the first byte of an answer. */
  readonly safe: boolean;
}

/** Why an exchange is over without an answer. */
export interface Loss {
  readonly refusal: Refusal;
  readonly executed: Executed;
  /** The upstream does not know our session: the request was not executed (MCP 2025-11-25, Session Management 3). */
  readonly sessionLost?: true;
  /** HTTP status of the answer, where there was one. */
  readonly status?: number;
}

/** Who hears what comes back for one request. */
export interface Hearing {
  /** The request was answered, or nobody waits for it any more. */
  readonly settled: boolean;
  /** @param atDoor it came with an HTTP error status: the request was turned away and not begun */
  message(message: RpcMessage, atDoor: boolean): void;
  /** Nothing more will come. `undefined`: the stream ended properly. */
  end(loss: Loss | undefined): void;
  /** The stream ended before the answer and is taken up again after so many milliseconds (SEP-1699). */
  poll(retryMs: number): void;
}

/** A request that is out. */
export interface Sent {
  /** Something of it may have reached the upstream. */
  readonly sent: boolean;
  /** Lets go of the stream. Nothing is heard afterwards. */
  abort(): void;
}

/** The way to one upstream: HTTP or a pipe. */
export interface Transport {
  /** All messages share one pipe, so that what names no request has to be attributed by who is in flight. */
  readonly onePipe: boolean;
  /** An id that no request on this way had before. */
  nextId(): number;
  /** Where messages go that belong to no request, and the news that nothing more can be sent. */
  strays(message: (message: RpcMessage) => void, dead: (why: string) => void): void;
  /** Never calls `hearing` before it returned. */
  request(out: Outgoing, hearing: Hearing): Sent;
  /** Sends a notification or an answer. Resolves when it is on its way; failures are not told. */
  post(text: string): Promise<void>;
  /** The revision that was agreed; standing streams are opened. */
  agreed(version: string): void;
  close(): Promise<void>;
}
