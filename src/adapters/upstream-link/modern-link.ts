import { DEFAULT_LIMITS, parseJson } from "../../protocol/json.ts";
import { Permit } from "../../kernel/permit.ts";
import type { Permitted } from "../../kernel/permit.ts";
import type { ClientProfile, Target } from "../../kernel/call.ts";
import { Refused } from "../../kernel/errors.ts";
import { isObject } from "../../kernel/json.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Change, Listing, Reply } from "../../ports/upstream.ts";
import { encodeHeaderValue, paramHeaders } from "../../protocol/headers.ts";
import type { RpcMessage } from "../../protocol/jsonrpc.ts";
import { cancelledText, neutralCapabilities } from "../../protocol/legacy/upstream-request.ts";
import { fixedMeta, modernRequest } from "../../protocol/modern/upstream-request.ts";
import { META_SUBSCRIPTION_ID } from "../../protocol/versions.ts";
import { wantsLog } from "./exchange.ts";
import type { Exchange, Outcome } from "./exchange.ts";
import { fetchListing } from "./listing.ts";
import { Link } from "./link.ts";
import type { LinkSettings } from "./settings.ts";
import { readFilter, Subscription } from "./subscription.ts";
import type { Filter } from "./subscription.ts";
import type { Transport } from "./transport.ts";

/** The envelope of the gateway's own requests adds nothing. */
const PLAIN = { progress: false, logLevel: undefined, traceparent: undefined };

/** Whether an answer tells that the server was exchanged for one of another era since it was asked. */
function isOfAnotherEra(outcome: Outcome): boolean {
  if (outcome.kind === "fault") return outcome.fault.code === -32022;
  return outcome.kind === "lost" && (outcome.status === 400 || outcome.status === 404 || outcome.status === 405);
}

/** What the headers of a call repeat of what it is aimed at. */
interface Mirror {
  readonly name: string;
  /** What params begin with that say this name. */
  readonly start: string;
  /** The name as a header. */
  readonly header: string;
  /** The input schema asks for `Mcp-Param-*` headers. */
  readonly asks: boolean;
}

/** By definition, which never changes once it was read. */
const mirrors = new WeakMap<JsonObject, Mirror>();

function mirrorOf({ definition, sentName: name }: Target, member: "name" | "uri"): Mirror {
  const known = definition === undefined ? undefined : mirrors.get(definition);
  if (known?.name === name) return known;
  const asks = definition !== undefined && JSON.stringify(definition.inputSchema ?? null).includes('"x-mcp-header"');
  const mirror = { name, start: `{"${member}":${JSON.stringify(name)}`, header: encodeHeaderValue(name), asks };
  if (definition !== undefined) mirrors.set(definition, mirror);
  return mirror;
}

/** The `Mcp-*` headers of a request, made from the body that is sent (MCP 2026-07-28, Streamable HTTP, Request Headers). */
function mirrored({ method, params: text, target }: Permitted): string[] {
  const headers = ["mcp-method", method];
  if (method !== "tools/call" && method !== "prompts/get" && method !== "resources/read") return headers;
  const member = method === "resources/read" ? "uri" : "name";
  const { start, header, asks } = mirrorOf(target, member);
  const repeats = asks && method === "tools/call";
  // The body begins with the name, so that mostly it need not be parsed to see that it says the same.
  if (!repeats && text.startsWith(start)) {
    headers.push("mcp-name", header);
    return headers;
  }
  const params = parseJson(text, DEFAULT_LIMITS) as JsonObject;
  const said = params[member];
  if (typeof said === "string") headers.push("mcp-name", encodeHeaderValue(said));
  if (repeats) {
    const schema = target.definition?.inputSchema;
    const args = isObject(params.arguments) ? params.arguments : {};
    for (const [name, value] of paramHeaders(isObject(schema) ? schema : {}, args).headers) headers.push(name, value);
  }
  return headers;
}

/** A link to a server of 2026-07-28. Over HTTP it has no state but its id counter and its subscriptions. */
export class ModernLink extends Link {
  readonly era = "modern";
  override readonly stateless = !this.transport.onePipe;
  /** The fixed part of the envelope by what the client can be asked. */
  #envelopes = new Map<number, string>();
  #span: string;
  #subscriptions = new Map<number, Subscription>();
  #hearing: Subscription | undefined;

  constructor(settings: LinkSettings, transport: Transport) {
    super(settings, transport);
    this.#span = Buffer.from(settings.random.bytes(4)).toString("hex");
  }

  /** Asks a server of unknown era what it is. @param deadline monotonic milliseconds */
  probe(deadline: number): Promise<Outcome> {
    return this.#begin("server/discover", "{}").next({ ...this.own(new AbortController().signal), deadline });
  }

  /** Hears of list changes from now on, where the server declares that it tells them. */
  hearChanges(discovered: JsonObject): void {
    const capabilities = isObject(discovered.capabilities) ? neutralCapabilities(discovered.capabilities) : {};
    const tells = (kind: string): boolean => isObject(capabilities[kind]) && capabilities[kind].listChanged === true;
    const filter: Filter = {
      tools: tells("tools"),
      prompts: tells("prompts"),
      resources: tells("resources"),
      uris: [],
    };
    if (this.#hearing !== undefined || !(filter.tools || filter.prompts || filter.resources)) return;
    this.#hearing = this.#subscription(filter, this.settings.changed);
    this.#hearing
      .open(this.own(new AbortController().signal).deadline)
      .catch(() => this.report("upstream.changes.unheard", {}));
  }

  async list(signal: AbortSignal): Promise<Listing> {
    const discovered = await this.#ask("server/discover", "{}", signal);
    this.hearChanges(discovered);
    const capabilities = isObject(discovered.capabilities) ? neutralCapabilities(discovered.capabilities) : {};
    const instructions = typeof discovered.instructions === "string" ? discovered.instructions : undefined;
    return fetchListing((method, params) => this.#ask(method, params, signal), capabilities, instructions);
  }

  async send(permit: Permit): Promise<Reply> {
    const request = Permit.open(permit);
    if (request.talk.signal.aborted) return this.failure("cancelled", "The call was cancelled.", "no");
    const id = this.transport.nextId();
    const text = this.#text(id, request);
    const exchange = this.begin(id, request.method, text, this.#headers(request), request.effect === "read");
    const outcome = await exchange.next(request);
    if (isOfAnotherEra(outcome)) this.settings.doubtEra();
    if (outcome.kind !== "asked") return this.reply(request, outcome);
    return this.failure(
      "upstream_invalid",
      `The server ${this.name} sent a request on a stream, which 2026-07-28 does not have.`,
      "unknown",
    );
  }

  async watch(permit: Permit, onChange: (change: Change) => void): Promise<{ stop(): void }> {
    const request = Permit.open(permit);
    const subscription = this.#subscription(readFilter(request.params), onChange);
    this.watches++;
    const stop = (): void => {
      if (subscription.settled) return;
      subscription.stop();
      this.watches--;
      this.used = this.clock.monotonic();
    };
    try {
      await subscription.open(request.deadline);
    } catch (error) {
      stop();
      throw error;
    }
    return { stop };
  }

  hear(message: RpcMessage, exchange: Exchange | undefined): void {
    if (message.kind === "notification") {
      const { params, method } = message;
      const subscription = isObject(params._meta)
        ? this.#subscriptions.get(Number(params._meta[META_SUBSCRIPTION_ID]))
        : undefined;
      if (subscription !== undefined) return subscription.message(message);
      if (exchange === undefined && method === "notifications/progress") {
        const owner = this.exchangeOf(params.progressToken);
        if (owner !== undefined) return owner.message(message);
      }
      if (exchange === undefined && method === "notifications/message") {
        const owner = this.attribute((waiter) => wantsLog(waiter, params.level));
        if (owner !== undefined) return owner.message(message);
      }
    }
    this.unattributed(message.kind === "response" ? "an answer to no request" : message.method.slice(0, 64));
  }

  cancel(exchange: Exchange): void {
    // Over HTTP the closed stream is the cancellation (MCP 2026-07-28, Streamable HTTP, Cancellation).
    if (this.transport.onePipe) void this.transport.post(cancelledText(exchange.id));
  }

  override async close(): Promise<void> {
    for (const subscription of this.#subscriptions.values()) subscription.stop();
    await super.close();
  }

  #headers(request: Permitted): string[] {
    return this.transport.onePipe ? [] : mirrored(request);
  }

  #text(id: number, request: Permitted): string {
    return modernRequest(id, request.method, request.params, this.#envelope(request.profile), {
      progress: request.talk.wantsProgress,
      logLevel: request.talk.logLevel,
      traceparent: `00-${request.trace}-${this.#span}${id.toString(16).padStart(8, "0")}-01`,
    });
  }

  #envelope(profile: ClientProfile): string {
    const bits =
      (profile.elicitationForm ? 1 : 0) |
      (profile.elicitationUrl ? 2 : 0) |
      (profile.sampling ? 4 : 0) |
      (profile.samplingTools ? 8 : 0) |
      (profile.roots ? 16 : 0);
    let text = this.#envelopes.get(bits);
    if (text === undefined) {
      text = fixedMeta(profile, this.settings.requests);
      this.#envelopes.set(bits, text);
    }
    return text;
  }

  async #ask(method: string, params: string, signal: AbortSignal): Promise<JsonObject> {
    const result = this.resultOf(await this.#begin(method, params).next(this.own(signal)));
    if (result.resultType !== undefined && result.resultType !== "complete")
      throw new Refused({
        code: "upstream_invalid",
        message: `The server ${this.name} answered ${method} with an unknown resultType.`,
        executed: "no",
      });
    return result;
  }

  /** A request of the gateway's own. */
  #begin(method: string, params: string): Exchange {
    const fixed = this.#envelope(this.settings.key.profile);
    const id = this.transport.nextId();
    return this.begin(id, method, modernRequest(id, method, params, fixed, PLAIN), ["mcp-method", method], true);
  }

  #subscription(filter: Filter, onChange: (change: Change) => void): Subscription {
    const fixed = this.#envelope(this.settings.key.profile);
    return new Subscription(filter, onChange, {
      name: this.name,
      clock: this.clock,
      request: (params, subscription) => {
        const id = this.transport.nextId();
        this.#subscriptions.set(id, subscription);
        const text = modernRequest(id, "subscriptions/listen", params, fixed, PLAIN);
        const sent = this.transport.request(
          { id, method: "subscriptions/listen", text, headers: ["mcp-method", "subscriptions/listen"], safe: true },
          subscription,
        );
        return { id, sent };
      },
      forget: (id, told) => {
        this.#subscriptions.delete(id);
        if (told && this.transport.onePipe && this.ended === undefined) void this.transport.post(cancelledText(id));
      },
      stray: (what) => this.unattributed(what),
    });
  }
}
