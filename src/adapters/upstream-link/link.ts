import type { Era, Talk } from "../../kernel/call.ts";
import type { EndSignal } from "../../kernel/ending.ts";
import { Refused } from "../../kernel/errors.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import type { Permit, Permitted } from "../../kernel/permit.ts";
import { Roster } from "../../kernel/roster.ts";
import type { Change, Listing, Reply, UpstreamLink } from "../../ports/upstream.ts";
import type { Clock } from "../../ports/world.ts";
import type { RpcMessage } from "../../protocol/jsonrpc.ts";
import { forwardedResult, ShapeFault } from "../../protocol/passlist.ts";
import { refusalOfFault } from "../../protocol/upstream-error.ts";
import { Exchange, loss } from "./exchange.ts";
import type { Outcome, Owner, Waiter } from "./exchange.ts";
import { reporter } from "./settings.ts";
import type { LinkSettings } from "./settings.ts";
import type { Transport } from "./transport.ts";

/** The side of the gateway's own requests: nobody hears of progress and logs. */
function silent(signal: EndSignal): Talk {
  const nothing = (): void => {};
  return { signal, wantsProgress: false, logLevel: undefined, progress: nothing, log: nothing, poll: nothing };
}

/** What links of both eras have in common: the requests that are out, and how their ends become replies. */
export abstract class Link implements UpstreamLink, Owner {
  abstract readonly era: Era;
  /** The server keeps nothing of it. */
  readonly stateless: boolean = false;
  readonly name: string;
  readonly clock: Clock;
  readonly report: (type: string, detail: JsonObject) => void;
  /** Monotonic milliseconds of the last use; while it is busy, of one before. */
  used: number;
  /** Why it can be used no more; the next caller gets a new one. */
  ended: string | undefined;
  protected readonly settings: LinkSettings;
  protected readonly transport: Transport;
  protected readonly exchanges = new Roster<Exchange>();
  protected watches = 0;
  /** One timer for all who wait: hardly any of them is late. */
  #timer: NodeJS.Timeout | undefined;
  /** When it runs down, monotonic milliseconds. */
  #looksAt = Number.POSITIVE_INFINITY;

  constructor(settings: LinkSettings, transport: Transport) {
    this.settings = settings;
    this.transport = transport;
    this.name = settings.name;
    this.clock = settings.clock;
    this.report = reporter(settings);
    this.used = this.clock.monotonic();
    transport.strays(
      (message) => this.hear(message, undefined),
      (why) => {
        this.ended ??= why;
      },
    );
  }

  /** Somebody waits for an answer or watches something. */
  get busy(): boolean {
    return this.exchanges.size > 0 || this.watches > 0;
  }

  abstract list(signal: AbortSignal): Promise<Listing>;
  abstract send(permit: Permit): Promise<Reply>;
  abstract watch(permit: Permit, onChange: (change: Change) => void): Promise<{ stop(): void }>;
  abstract hear(message: RpcMessage, exchange: Exchange | undefined): void;
  abstract cancel(exchange: Exchange): void;

  /** The request that is out with this id, which a progress token names. */
  protected exchangeOf(token: Json | undefined): Exchange | undefined {
    return this.exchanges.find(({ id }) => id === Number(token));
  }

  watchTo(deadline: number): void {
    if (deadline >= this.#looksAt) return;
    clearTimeout(this.#timer);
    this.#looksAt = deadline;
    this.#timer = setTimeout(this.#endLate, Math.max(0, deadline - this.clock.monotonic()));
    // What is waited for keeps the process alive.
    this.#timer.unref();
  }

  #endLate = (): void => {
    this.#looksAt = Number.POSITIVE_INFINITY;
    const now = this.clock.monotonic();
    let next = Number.POSITIVE_INFINITY;
    for (const exchange of this.exchanges.all()) next = Math.min(next, exchange.late(now));
    if (next !== Number.POSITIVE_INFINITY) this.watchTo(next);
  };

  over(exchange: Exchange): void {
    this.exchanges.delete(exchange);
    if (this.exchanges.size === 0) this.used = this.clock.monotonic();
  }

  /** Ends what is out, then the session or process. */
  async close(): Promise<void> {
    this.ended ??= "closed";
    for (const exchange of this.exchanges.all())
      exchange.drop(loss("upstream_unavailable", `The session with the server ${this.name} was ended.`, "unknown"));
    clearTimeout(this.#timer);
    this.#looksAt = Number.POSITIVE_INFINITY;
    await this.transport.close();
  }

  /** Sends one request and returns its exchange; wait with `next`. @param id of `transport.nextId` */
  protected begin(id: number, method: string, text: string, headers: readonly string[], safe: boolean): Exchange {
    const exchange = new Exchange(this, id, method);
    this.exchanges.add(exchange);
    exchange.start(this.transport, { id, method, text, headers, safe });
    return exchange;
  }

  /** Who waits for a request of the gateway's own. */
  protected own(signal: EndSignal): Waiter {
    return {
      talk: silent(signal),
      profile: this.settings.key.profile,
      deadline: this.clock.monotonic() + this.settings.timeoutMs,
    };
  }

  /** The result of a request of the gateway's own. @throws Refused for every other end */
  protected resultOf(outcome: Outcome): JsonObject {
    if (outcome.kind === "result") return outcome.result;
    if (outcome.kind === "fault")
      throw new Refused(refusalOfFault(this.name, outcome.fault, "", outcome.atDoor).refusal);
    if (outcome.kind === "lost") throw new Refused(outcome.refusal);
    throw new Refused({
      code: "upstream_invalid",
      message: `The server ${this.name} asked something in answer to a list.`,
      executed: "no",
    });
  }

  /** What the caller gets for an end other than `asked`. */
  protected reply(request: Permitted, outcome: Exclude<Outcome, { kind: "asked" }>): Reply {
    switch (outcome.kind) {
      case "result":
        return this.neutral(request, outcome.result);
      case "fault":
        return { kind: "error", ...refusalOfFault(this.name, outcome.fault, request.params, outcome.atDoor) };
      default:
        return { kind: "error", refusal: outcome.refusal, executed: outcome.executed };
    }
  }

  /** A result on the pass-list (W7); one of the wrong shape is refused though the call ran. */
  protected neutral(request: Permitted, result: JsonObject): Reply {
    try {
      return { kind: "result", result: forwardedResult(request.method, result, this.era) };
    } catch (error) {
      if (!(error instanceof ShapeFault)) throw error;
      return this.failure(
        "upstream_invalid",
        `The server ${this.name} answered ${request.method} with an invalid result: ${error.message}`,
        "yes",
      );
    }
  }

  protected failure(...args: Parameters<typeof loss>): Reply & { kind: "error" } {
    return { kind: "error", ...loss(...args) };
  }

  /**
   * Whose a message is that names no request: the only one in flight that fits, or the newest of several; on a process that
   * several callers share, nobody's unless one alone is in flight (W2).
   */
  protected attribute(fits: (waiter: Waiter) => boolean): Exchange | undefined {
    const waiting = this.exchanges.all().filter((exchange) => exchange.waiter !== undefined);
    if (waiting.length > 1 && this.settings.shared) return undefined;
    return waiting.findLast((exchange) => exchange.waiter !== undefined && fits(exchange.waiter));
  }

  protected unattributed(what: string): void {
    this.report("upstream.unattributed", { what });
  }
}
