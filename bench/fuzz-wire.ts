import { connect, type Socket } from "node:net";

/** One HTTP response as it came, read strictly. */
export interface Reply {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The connection ends after it, or it has not ended itself and is not waited for. */
  readonly last: boolean;
}

/** What came is no HTTP response. */
export class WireFault extends Error {}

/** A response did not come in time. */
export class Hang extends Error {}

const EMPTY = Buffer.alloc(0);
const STATUS = /^HTTP\/1\.1 (\d{3}) [\x20-\x7e]*$/;
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ ]?([\x20-\x7e]*)$/;

/** A connection that sends bytes as they are, and reads responses and nothing else. */
export class Wire {
  readonly #socket: Socket;
  #received: Buffer = EMPTY;
  #wake: () => void = () => {};
  /** The other side has closed the connection. */
  closed = false;
  /** A response said that it is the last. */
  finished = false;

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.#socket.on("data", (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    const close = (): void => {
      this.closed = true;
      this.#wake();
    };
    for (const event of ["end", "close", "error"]) this.#socket.on(event, close);
  }

  get usable(): boolean {
    return !this.closed && !this.finished;
  }

  /** Bytes that came and belong to no response that was asked for. */
  get surplus(): Buffer {
    return this.#received;
  }

  /** Sends the pieces, each in a packet of its own where there are several. */
  async send(pieces: readonly Buffer[]): Promise<void> {
    for (const [at, piece] of pieces.entries()) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      if (!this.#socket.destroyed) this.#socket.write(piece);
    }
  }

  /** Says that nothing more is sent. */
  halfClose(): void {
    if (!this.#socket.destroyed) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Ends the connection with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /**
   * The next response, or undefined where the connection ended without one.
   *
   * @param by milliseconds of `performance.now()` until which it has to come
   * @param how `head`: it is an answer to HEAD, which has no body; `event`: of an event stream, the first event is enough
   * @throws WireFault, Hang
   */
  async reply(by: number, how: { readonly head?: boolean; readonly event?: boolean } = {}): Promise<Reply | undefined> {
    for (;;) {
      const read = readReply(this.#received, how.head === true, this.closed, how.event === true);
      if (read !== undefined) {
        this.#received = this.#received.subarray(read.used);
        if (read.reply.status < 200) continue;
        this.finished ||= read.reply.last;
        return read.reply;
      }
      if (this.closed) {
        if (this.#received.length > 0) throw new WireFault("the connection ended within a response");
        return undefined;
      }
      await this.#news(by);
    }
  }

  /** Waits until the other side has closed. @throws Hang */
  async end(by: number): Promise<void> {
    while (!this.closed) await this.#news(by);
  }

  #news(by: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Hang("no answer in time")), Math.max(0, by - performance.now()));
      this.#wake = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
}

function readReply(bytes: Buffer, head: boolean, closed: boolean, firstEvent: boolean) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) {
    if (bytes.length > 65_536) throw new WireFault("headers without end");
    return undefined;
  }
  const [line = "", ...fields] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const status = Number(STATUS.exec(line)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) throw new WireFault(`no status line: ${line.slice(0, 80)}`);
  const headers = new Map<string, string>();
  for (const field of fields) {
    const [, name = "", value = ""] = FIELD.exec(field) ?? [];
    if (name === "") throw new WireFault(`no header: ${field.slice(0, 80)}`);
    if (headers.has(name.toLowerCase())) throw new WireFault(`the header ${name} came twice`);
    headers.set(name.toLowerCase(), value);
  }
  const last = headers.get("connection")?.toLowerCase() === "close";
  const start = end + 4;
  const made = (body: string, used: number) => ({ reply: { status, headers, body, last }, used });
  if (status < 200 || status === 204 || head) return made("", start);
  if (headers.get("transfer-encoding") === "chunked") {
    const read = readChunks(bytes, start);
    if (read.whole) return made(read.body, read.at);
    if (firstEvent && read.body.includes("\n\n"))
      return { reply: { status, headers, body: read.body, last: true }, used: bytes.length };
    return undefined;
  }
  const length = headers.get("content-length");
  if (length === undefined) {
    if (!last) throw new WireFault("a body without a length");
    return closed ? made(bytes.subarray(start).toString("utf8"), bytes.length) : undefined;
  }
  const stop = start + Number(length);
  return bytes.length < stop ? undefined : made(bytes.subarray(start, stop).toString("utf8"), stop);
}

function readChunks(bytes: Buffer, start: number): { body: string; at: number; whole: boolean } {
  const parts: Buffer[] = [];
  const made = (at: number, whole: boolean) => ({ body: Buffer.concat(parts).toString("utf8"), at, whole });
  for (let at = start; ; ) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return made(at, false);
    const said = bytes.subarray(at, line).toString("latin1");
    if (!/^[0-9a-f]{1,8}$/i.test(said)) throw new WireFault(`no chunk size: ${said.slice(0, 40)}`);
    const stop = line + 2 + Number.parseInt(said, 16);
    if (bytes.length < stop + 2) return made(at, false);
    if (bytes.toString("latin1", stop, stop + 2) !== "\r\n") throw new WireFault("a chunk without end");
    if (stop === line + 2) return made(stop + 2, true);
    parts.push(bytes.subarray(line + 2, stop));
    at = stop + 2;
  }
}
