import type { ClientProfile, Talk } from "../../kernel/call.ts";
import type { Code, Executed } from "../../kernel/errors.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import type { Clock } from "../../ports/world.ts";
import type { RpcError, RpcId, RpcMessage } from "../../protocol/jsonrpc.ts";
import { isLogged } from "../../protocol/capabilities.ts";
import { Pace } from "./pace.ts";
import type { Hearing, Loss, Outgoing, Sent, Transport } from "./transport.ts";

/** Messages that one request may cause before it is given up as a flood. */
const MAX_MESSAGES = 10_000;

/** How one step of a request ended. `asked`: the upstream asked something and waits (legacy). */
export type Outcome =
  | { readonly kind: "result"; readonly result: JsonObject }
  | { readonly kind: "fault"; readonly fault: RpcError; readonly atDoor: boolean }
  | { readonly kind: "asked" }
  | ({ readonly kind: "lost" } & Loss);

/** One thing that the upstream asked in a running call. */
export interface Question {
  /** The gateway's own name for it. */
  readonly key: string;
  readonly ask: JsonObject;
  /** The upstream's id of its request; undefined where answering means sending the call again (-32042). */
  readonly id: RpcId | undefined;
}

/** What may be asked in one call, and what was. */
interface Asking {
  /** Of the caller who waits or waited last. */
  profile: ClientProfile;
  asked: number;
  /** What no caller has been told yet. */
  readonly pending: Question[];
}

/** Who waits for the next step of a request. */
export interface Waiter {
  readonly talk: Talk;
  readonly profile: ClientProfile;
  /** Monotonic milliseconds. */
  readonly deadline: number;
}

/** What a link does for its exchanges. */
export interface Owner {
  readonly name: string;
  readonly clock: Clock;
  /** A notification that is neither progress nor a log message of this exchange, or a request. */
  hear(message: RpcMessage, exchange: Exchange): void;
  /** Tells the upstream that nobody waits any more, and forgets the exchange. */
  cancel(exchange: Exchange): void;
  /** The exchange is over. */
  over(exchange: Exchange): void;
  /** Sees to it that `late` is called once it is so late (monotonic milliseconds). */
  watchTo(deadline: number): void;
  report(type: string, detail: JsonObject): void;
}

/** A refusal and what is known of the execution, as a loss. */
export function loss(code: Code, message: string, executed: Executed): Loss {
  return { refusal: { code, message, executed }, executed };
}

/** Whether somebody wants a log message of this level. */
export function wantsLog(waiter: Waiter, level: Json | undefined): boolean {
  return waiter.talk.logLevel !== undefined && isLogged(level, waiter.talk.logLevel);
}

/** One request that is out, from its sending to its answer. Whoever waits for it may change while it is parked. */
export class Exchange implements Hearing {
  readonly id: number;
  readonly method: string;
  settled = false;
  /** Undefined: nothing can be asked in it (see `Questions`). */
  asking: Asking | undefined;
  #owner: Owner;
  #sent: Sent | undefined;
  #messages = 0;
  #waiter: Waiter | undefined;
  #resolve: ((outcome: Outcome) => void) | undefined;
  #early: Outcome | undefined;
  #pace: Pace | undefined;

  constructor(owner: Owner, id: number, method: string) {
    this.#owner = owner;
    this.id = id;
    this.method = method;
  }

  /** Who waits now; undefined while the exchange is parked. */
  get waiter(): Waiter | undefined {
    return this.#waiter;
  }

  start(transport: Transport, out: Outgoing): void {
    const sent = transport.request(out, this);
    if (this.settled) sent.abort();
    else this.#sent = sent;
  }

  /** Waits for the next step. Resolves, never rejects; the deadline and the caller's end are steps too. */
  next(waiter: Waiter): Promise<Outcome> {
    return new Promise((resolve) => {
      if (this.#early !== undefined) {
        const early = this.#early;
        this.#early = undefined;
        resolve(early);
        return;
      }
      this.#waiter = waiter;
      this.#resolve = resolve;
      const { signal } = waiter.talk;
      if (signal.aborted || waiter.deadline <= this.#owner.clock.monotonic()) return this.#giveUp();
      signal.addEventListener("abort", this.#giveUp);
      this.#owner.watchTo(waiter.deadline);
    });
  }

  /** Whoever waits no longer than until now (monotonic milliseconds) is told. Returns how long the one who waits still may. */
  late(now: number): number {
    const deadline = this.#waiter?.deadline ?? Number.POSITIVE_INFINITY;
    if (deadline > now) return deadline;
    this.#giveUp();
    return Number.POSITIVE_INFINITY;
  }

  /** The upstream asked something: whoever waits is told, and the exchange is parked. */
  park(): void {
    if (this.#resolve !== undefined) this.#tell({ kind: "asked" });
  }

  /** Ends the exchange from our side; the upstream is told. */
  drop(why: Loss): void {
    if (this.settled) return;
    this.settled = true;
    this.#sent?.abort();
    this.#owner.cancel(this);
    this.#finish({ kind: "lost", ...why });
  }

  message(message: RpcMessage, atDoor = false): void {
    if (this.settled) return;
    if (++this.#messages > MAX_MESSAGES)
      return this.drop(
        loss(
          "upstream_invalid",
          `The server ${this.#owner.name} sent more than ${MAX_MESSAGES} messages for one request.`,
          "unknown",
        ),
      );
    switch (message.kind) {
      case "response":
        if (message.id !== this.id)
          return this.#owner.report("upstream.unattributed", {
            what: "an answer to another request",
            method: this.method,
          });
        this.settled = true;
        if (message.error !== undefined) return this.#finish({ kind: "fault", fault: message.error, atDoor });
        return this.#finish({ kind: "result", result: message.result });
      case "notification":
        return this.#notice(message);
      default:
        this.#owner.hear(message, this);
    }
  }

  end(why: Loss | undefined): void {
    if (this.settled) return;
    this.settled = true;
    this.#finish({
      kind: "lost",
      ...(why ??
        loss("upstream_invalid", `The server ${this.#owner.name} ended its stream without an answer.`, "unknown")),
    });
  }

  poll(retryMs: number): void {
    this.#waiter?.talk.poll(retryMs);
  }

  #notice(message: RpcMessage & { kind: "notification" }): void {
    const { params } = message;
    if (message.method === "notifications/progress" && params.progressToken === this.id) {
      const { progressToken: _token, _meta, ...kept } = params;
      if (this.#waiter?.talk.wantsProgress && this.#passes()) this.#waiter.talk.progress(kept);
      return;
    }
    if (message.method === "notifications/message") {
      const { _meta, ...kept } = params;
      if (this.#waiter !== undefined && wantsLog(this.#waiter, kept.level) && this.#passes())
        this.#waiter.talk.log(kept);
      return;
    }
    this.#owner.hear(message, this);
  }

  /** Each notification that is passed on is screened and sent; a flood of them would be everybody's. */
  #passes(): boolean {
    this.#pace ??= new Pace(this.#owner.clock.monotonic());
    if (this.#pace.take(this.#owner.clock.monotonic())) return true;
    if (this.#pace.dropped === 1) this.#owner.report("upstream.notices.dropped", { method: this.method });
    return false;
  }

  #giveUp = (): void => {
    const { name, clock } = this.#owner;
    const executed = this.#sent?.sent ? "unknown" : "no";
    const waiter = this.#waiter;
    // The caller's signal also tells that the deadline passed.
    const late = waiter !== undefined && (!waiter.talk.signal.aborted || clock.monotonic() >= waiter.deadline);
    this.drop(
      late
        ? loss("upstream_timeout", `The server ${name} did not answer in time.`, executed)
        : loss("cancelled", "The call was cancelled.", executed),
    );
  };

  #finish(outcome: Outcome): void {
    this.#sent = undefined;
    this.#owner.over(this);
    this.#tell(outcome);
  }

  #tell(outcome: Outcome): void {
    const resolve = this.#resolve;
    if (resolve === undefined) {
      this.#early = outcome;
      return;
    }
    this.#waiter?.talk.signal.removeEventListener("abort", this.#giveUp);
    this.#waiter = undefined;
    this.#resolve = undefined;
    resolve(outcome);
  }
}
