import { Client } from "undici";
import type { Dispatcher } from "undici";

type Controller = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>[2];

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
  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    const client = this.#free.pop() ?? this.#more();
    client.dispatch(request, new Lent(client, this.#free, handler));
  }

  /** Ends what is under way; every later request fails. */
  async destroy(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#all.map((client) => client.destroy()));
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
  #free: Client[];
  #handler: Dispatcher.DispatchHandler;

  constructor(client: Client, free: Client[], handler: Dispatcher.DispatchHandler) {
    this.#client = client;
    this.#free = free;
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
    if (this.#client !== undefined) this.#free.push(this.#client);
    this.#client = undefined;
  }
}
