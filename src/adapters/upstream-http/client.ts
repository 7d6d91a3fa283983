import { refuse } from "../../kernel/errors.ts";
import { CLIENT_INFO } from "../../protocol/modern/upstream-request.ts";
import type { Echoes } from "../upstream-link/echoes.ts";
import { checkUrl, createDialer, namesLoopback } from "../dialer/dialer.ts";
import { type Borrower, Connections } from "./connections.ts";

/** Largest head of an answer, bytes. */
const MAX_HEADER_BYTES = 16_384;
const KEEP_ALIVE_MS = 30_000;
const USER_AGENT = `${CLIENT_INFO.name}/${CLIENT_INFO.version}`;

/** The gateway's own credential with one upstream (C2). */
export interface HttpCredential {
  readonly in: "header" | "query";
  /** Name of the header or of the query parameter. */
  readonly name: string;
  /** The secret as it is sent, e.g. `Bearer …`; read for every request, so that rotation needs no restart. */
  readonly value: () => string;
  /** The secret parts of the value, e.g. the token after `Bearer `; asked when the value is another one than before. */
  readonly parts?: () => readonly string[];
}

/** The connections to one upstream, and what is the same for every request: address and credential. */
export class HttpClient {
  #connections: Connections;
  #path: string;
  #credential: HttpCredential | undefined;
  #sent: string | undefined;
  #lastId = 0;
  /** What the server may not send back. */
  readonly echoes: Echoes;

  /**
   * @param server its name, for errors
   * @param ranges declared private ranges (CIDR)
   * @param echoes learns each credential that is sent
   * @throws Refused where the address may not be used
   */
  constructor(
    server: string,
    address: string,
    ranges: readonly string[],
    credential: HttpCredential | undefined,
    echoes: Echoes,
  ) {
    const url = checkUrl(address, `the server ${server}`);
    this.#path = url.pathname + url.search;
    this.#credential = credential;
    this.echoes = echoes;
    this.#connections = new Connections(url.origin, {
      connect: createDialer({ private: ranges, loopback: namesLoopback(url) }),
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Every request has a deadline of its own, which also ends what is slow here.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** An id that no request of any caller had: an answer that comes twice on a connection is nobody else's. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Sends one request. The credential is attached here, last. @param headers names and values in turn @throws Refused where the credential cannot be had */
  dispatch(method: "POST" | "GET" | "DELETE", headers: string[], body: string | undefined, handler: Borrower): void {
    let path = this.#path;
    headers.push("accept-encoding", "identity", "user-agent", USER_AGENT);
    if (this.#credential !== undefined) {
      const { name, in: place, value } = this.#credential;
      const secret = value();
      if (!/^[\x20-\x7e]+$/.test(secret))
        refuse(
          "upstream_unavailable",
          "The credential of the server is empty or holds characters that cannot be sent.",
          { executed: "no" },
        );
      if (secret !== this.#sent) {
        this.echoes.learn([secret, ...(this.#credential.parts?.() ?? [])]);
        this.#sent = secret;
      }
      if (place === "header") headers.push(name.toLowerCase(), secret);
      else path += `${path.includes("?") ? "&" : "?"}${encodeURIComponent(name)}=${encodeURIComponent(secret)}`;
    }
    this.#connections.dispatch({ method, path, headers, body: body ?? null, blocking: false }, handler);
  }

  async close(): Promise<void> {
    await this.#connections.destroy();
  }
}
