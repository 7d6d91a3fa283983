import { Client } from "undici";
import type { Dispatcher } from "undici";

type Controller = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

/** Who sends a request over a connection. */
export interface Borrower extends Dispatcher.DispatchHandler {
  /** What came was no answer to it: what comes next on this connection may be another's as well. */
  readonly strayed?: boolean;
}

/**
 * Connections to one origin, as many as there are requests at once: each carries one at a time, and the one that was free
 * last is used first. undici's `Pool` looks through all of them for each request and at its end (measured with 32: an
 * eighth of the CPU of a request).
 */
export class Connections {
  readonly #origin: URL;
  readonly #options: Client.Options;
  readonly #all: Client[] = [];
  readonly #free: Client[] = [];
  #closed = false;

  /** @param options of undici's `Client` */
  constructor(origin: string, options: Client.Options) {
    this.#origin = settled(origin);
    this.#options = options;
  }

  /** Sends one request. Its errors are told to the handler. */
  dispatch(request: Dispatcher.DispatchOptions, handler: Borrower): void {
    const client = this.#free.pop() ?? this.#more();
    client.dispatch(request, new Lent(client, this, handler));
  }

  /** Ends what is under way; every later request fails. */
  async destroy(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#all.map((client) => client.destroy()));
  }

  /** A connection can carry the next request. */
  free(client: Client): void {
    this.#free.push(client);
  }

  /** A connection is not used any more. */
  drop(client: Client): void {
    this.#all.splice(this.#all.indexOf(client), 1);
    void client.destroy();
  }

  #more(): Client {
    const client = new Client(this.#origin, this.#options);
    if (this.#closed) void client.destroy();
    else this.#all.push(client);
    return client;
  }
}

/** The address of an origin. undici asks it for two of its parts with each request, and `URL` puts them together each time. */
function settled(origin: string): URL {
  const url = new URL(origin);
  return Object.defineProperties(url, { origin: { value: url.origin }, protocol: { value: url.protocol } });
}

/** A connection that is lent for one request: hands on what is heard, and gives the connection back at the end. */
class Lent implements Dispatcher.DispatchHandler {
  #client: Client | undefined;
  #connections: Connections;
  #handler: Borrower;

  constructor(client: Client, connections: Connections, handler: Borrower) {
    this.#client = client;
    this.#connections = connections;
    this.#handler = handler;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onResponseStart(controller: Controller, status: number, headers: Headers): void {
    this.#handler.onResponseStart?.(controller, status, headers);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: Headers): void {
    this.#handler.onResponseEnd?.(controller, trailers);
    this.#giveBack();
  }

  onResponseError(controller: Controller, error: Error): void {
    this.#handler.onResponseError?.(controller, error);
    this.#giveBack();
  }

  #giveBack(): void {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    if (this.#handler.strayed === true) this.#connections.drop(client);
    else this.#connections.free(client);
  }
}
