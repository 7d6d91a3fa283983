import { DEFAULT_LIMITS, parseJson } from "../../protocol/json.ts";
import { Refused } from "../../kernel/errors.ts";
import { isObject } from "../../kernel/json.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Change } from "../../ports/upstream.ts";
import type { Clock } from "../../ports/world.ts";
import type { RpcMessage } from "../../protocol/jsonrpc.ts";
import { refusalOfFault } from "../../protocol/upstream-error.ts";
import type { Hearing, Loss, Sent } from "./transport.ts";

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** What is watched. */
export interface Filter {
  readonly tools: boolean;
  readonly prompts: boolean;
  readonly resources: boolean;
  readonly uris: readonly string[];
}

/** Reads the params of `subscriptions/listen`, which the pipeline has judged. */
export function readFilter(params: string): Filter {
  const { notifications } = parseJson(params, DEFAULT_LIMITS) as JsonObject;
  const wanted = isObject(notifications) ? notifications : {};
  const uris = Array.isArray(wanted.resourceSubscriptions) ? wanted.resourceSubscriptions : [];
  return {
    tools: wanted.toolsListChanged === true,
    prompts: wanted.promptsListChanged === true,
    resources: wanted.resourcesListChanged === true,
    uris: uris.filter((uri) => typeof uri === "string"),
  };
}

/** The change that a notification tells of, if the filter asks for it. A resource below a watched one counts as it. */
export function changeOf(method: string, params: JsonObject, filter: Filter): Change | undefined {
  if (method === "notifications/tools/list_changed" && filter.tools) return { kind: "tools" };
  if (method === "notifications/prompts/list_changed" && filter.prompts) return { kind: "prompts" };
  if (method === "notifications/resources/list_changed" && filter.resources) return { kind: "resources" };
  const { uri } = params;
  if (method !== "notifications/resources/updated" || typeof uri !== "string") return undefined;
  return filter.uris.some((watched) => uri === watched || uri.startsWith(`${watched}/`))
    ? { kind: "resource", uri }
    : undefined;
}

/** What a subscription needs of its link. */
export interface Host {
  readonly name: string;
  readonly clock: Clock;
  request(params: string, subscription: Subscription): { readonly id: number; readonly sent: Sent };
  /** @param told the server should hear that the subscription is over */
  forget(id: number, told: boolean): void;
  stray(what: string): void;
}

/** One `subscriptions/listen` (2026-07-28). It is opened again when its stream breaks, and all it watches then counts as changed. */
export class Subscription implements Hearing {
  settled = false;
  #filter: Filter;
  #onChange: (change: Change) => void;
  #host: Host;
  #current: { id: number; sent: Sent } | undefined;
  #acknowledged = false;
  #again = false;
  #retryMs = FIRST_RETRY_MS;
  #timer: NodeJS.Timeout | undefined;
  #opened: { resolve: () => void; reject: (error: Refused) => void } | undefined;

  constructor(filter: Filter, onChange: (change: Change) => void, host: Host) {
    this.#filter = filter;
    this.#onChange = onChange;
    this.#host = host;
  }

  /**
   * Resolves when the server has acknowledged. @param deadline monotonic milliseconds
   * @throws Refused
   */
  async open(deadline: number): Promise<void> {
    const { name, clock } = this.#host;
    const opened = new Promise<void>((resolve, reject) => {
      this.#opened = { resolve, reject };
    });
    this.#timer = setTimeout(
      () =>
        this.#fail({
          code: "upstream_timeout",
          message: `The server ${name} did not acknowledge the subscription in time.`,
        }),
      Math.max(0, deadline - clock.monotonic()),
    );
    this.#connect();
    return opened;
  }

  stop(): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.#timer);
    this.#letGo(true);
    this.#opened?.reject(new Refused({ code: "cancelled", message: "The subscription was ended.", executed: "no" }));
    this.#opened = undefined;
  }

  message(message: RpcMessage): void {
    if (this.settled) return;
    if (message.kind === "response") {
      if (message.error !== undefined)
        return this.#refused(refusalOfFault(this.#host.name, message.error, "", false).refusal);
      return this.end(undefined);
    }
    if (message.kind === "request") return this.#host.stray(message.method.slice(0, 64));
    if (message.method === "notifications/subscriptions/acknowledged") return this.#acknowledge();
    const change = changeOf(message.method, message.params, this.#filter);
    if (change === undefined || !this.#acknowledged) return this.#host.stray(message.method.slice(0, 64));
    this.#onChange(change);
  }

  end(why: Loss | undefined): void {
    if (this.settled) return;
    if (this.#opened !== undefined)
      return this.#fail(
        why?.refusal ?? {
          code: "upstream_invalid",
          message: `The server ${this.#host.name} ended the subscription before it began.`,
        },
      );
    this.#letGo(false);
    this.#acknowledged = false;
    this.#again = true;
    this.#timer = setTimeout(() => this.#connect(), this.#retryMs);
    this.#timer.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  poll(): void {
    // Only legacy streams are taken up again.
  }

  #connect(): void {
    const current = this.#host.request(this.#params(), this);
    if (this.settled) current.sent.abort();
    else this.#current = current;
  }

  #params(): string {
    const { tools, prompts, resources, uris } = this.#filter;
    return JSON.stringify({
      notifications: {
        ...(tools && { toolsListChanged: true }),
        ...(prompts && { promptsListChanged: true }),
        ...(resources && { resourcesListChanged: true }),
        ...(uris.length > 0 && { resourceSubscriptions: uris }),
      },
    });
  }

  #acknowledge(): void {
    if (this.#acknowledged) return;
    this.#acknowledged = true;
    clearTimeout(this.#timer);
    this.#retryMs = FIRST_RETRY_MS;
    this.#opened?.resolve();
    this.#opened = undefined;
    if (this.#again) this.#missed();
  }

  /** While the stream was broken anything may have changed. */
  #missed(): void {
    const { tools, prompts, resources, uris } = this.#filter;
    if (tools) this.#onChange({ kind: "tools" });
    if (prompts) this.#onChange({ kind: "prompts" });
    if (resources) this.#onChange({ kind: "resources" });
    for (const uri of uris) this.#onChange({ kind: "resource", uri });
  }

  #refused(refusal: Refused["refusal"]): void {
    if (this.#opened !== undefined) this.#fail(refusal);
    else this.end({ refusal, executed: "no" });
  }

  #fail(refusal: Refused["refusal"]): void {
    this.settled = true;
    clearTimeout(this.#timer);
    this.#letGo(true);
    this.#opened?.reject(new Refused({ executed: "no", ...refusal }));
    this.#opened = undefined;
  }

  #letGo(told: boolean): void {
    if (this.#current === undefined) return;
    const { id, sent } = this.#current;
    this.#current = undefined;
    sent.abort();
    this.#host.forget(id, told);
  }
}
