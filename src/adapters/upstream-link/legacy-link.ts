import { DEFAULT_LIMITS, parseJson } from "../../protocol/json.ts";
import type { EndSignal } from "../../kernel/ending.ts";
import { Refused } from "../../kernel/errors.ts";
import { isObject } from "../../kernel/json.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { Permit } from "../../kernel/permit.ts";
import type { Permitted } from "../../kernel/permit.ts";
import type { Change, Listing, Reply } from "../../ports/upstream.ts";
import { LOG_LEVELS } from "../../protocol/capabilities.ts";
import { errorText, resultText } from "../../protocol/jsonrpc.ts";
import type { RpcMessage, RpcRequest } from "../../protocol/jsonrpc.ts";
import {
  cancelledText,
  legacyAnswer,
  legacyRequest,
  neutralAsk,
  neutralCapabilities,
  urlElicitations,
  whyNotAsked,
} from "../../protocol/legacy/upstream-request.ts";
import { CLIENT_INFO, declaredCapabilities } from "../../protocol/modern/upstream-request.ts";
import { forwardedResult } from "../../protocol/passlist.ts";
import { isLegacy, LEGACY } from "../../protocol/versions.ts";
import { loss, wantsLog } from "./exchange.ts";
import type { Exchange, Outcome, Question } from "./exchange.ts";
import { LegacyWatches } from "./legacy-watches.ts";
import { Link } from "./link.ts";
import { fetchListing } from "./listing.ts";
import { Parked, withoutAnswers } from "./parked.ts";
import type { ParkedCall } from "./parked.ts";
import { Questions } from "./questions.ts";
import { readFilter } from "./subscription.ts";

/** What `Mcp-*` headers repeat is 2026-07-28's alone. */
const NO_HEADERS: readonly string[] = [];

/** A link to a server of 2025-11-25 or older: one session, behind the neutral model of 2026-07-28. */
export class LegacyLink extends Link {
  readonly era = "legacy";
  #capabilities: JsonObject = {};
  #instructions: string | undefined;
  #level: string | undefined;
  #session: Promise<void> | undefined;
  /** The session is initialised: nothing has to be waited for. */
  #isOpen = false;
  #questions = new Questions();
  #parked = new Parked((call) => this.#expire(call));
  #watches = new LegacyWatches((method, uri) => this.#ask(method, { uri }, new AbortController().signal));

  override get busy(): boolean {
    return super.busy || this.#parked.size > 0;
  }

  /** Opens the session (2025-11-25, Lifecycle). @throws Refused */
  async open(): Promise<void> {
    this.#session ??= this.#initialize();
    await this.#session;
  }

  async list(signal: AbortSignal): Promise<Listing> {
    const ask = (method: string, params: string): Promise<JsonObject> =>
      this.#ask(method, parseJson(params, DEFAULT_LIMITS) as JsonObject, signal);
    return fetchListing(ask, this.#capabilities, this.#instructions);
  }

  send(permit: Permit): Promise<Reply> {
    const request = Permit.open(permit);
    if (request.talk.signal.aborted) return Promise.resolve(this.failure("cancelled", "The call was cancelled.", "no"));
    if (request.params.includes('"requestState"') || request.params.includes('"inputResponses"')) {
      const params = parseJson(request.params, DEFAULT_LIMITS) as JsonObject;
      if (params.requestState !== undefined || params.inputResponses !== undefined)
        return this.#resume(request, params);
    }
    if (this.#isOpen && !this.#wantsLevel(request.talk.logLevel)) return this.#run(request, request.params, true);
    return this.#runOnceOpen(request);
  }

  async watch(permit: Permit, onChange: (change: Change) => void): Promise<{ stop(): void }> {
    const filter = readFilter(Permit.open(permit).params);
    const { resources } = this.#capabilities;
    if (filter.uris.length > 0 && !(isObject(resources) && resources.subscribe === true))
      throw new Refused({
        code: "upstream_error",
        message: `The server ${this.name} has no subscriptions to resources.`,
        executed: "no",
      });
    const end = await this.#watches.add(filter, onChange);
    this.watches++;
    let over = false;
    const stop = (): void => {
      if (over) return;
      over = true;
      end();
      this.watches--;
      this.used = this.clock.monotonic();
    };
    return { stop };
  }

  hear(message: RpcMessage, exchange: Exchange | undefined): void {
    if (message.kind === "request") return this.#asked(message, exchange);
    if (message.kind === "response") return this.unattributed("an answer to no request");
    const { method, params } = message;
    switch (method) {
      case "notifications/tools/list_changed":
      case "notifications/prompts/list_changed":
      case "notifications/resources/list_changed":
        this.settings.changed({ kind: method.split("/")[1] as "tools" | "prompts" | "resources" });
        return this.#watches.hear(method, params);
      case "notifications/resources/updated":
        return this.#watches.hear(method, params);
      // What they tell is seen in the answer to the call that is sent again.
      case "notifications/elicitation/complete":
      case "notifications/cancelled":
        return;
      case "notifications/progress": {
        const owner = exchange === undefined ? this.exchangeOf(params.progressToken) : undefined;
        if (owner !== undefined) return owner.message(message);
        break;
      }
      case "notifications/message": {
        if (this.#level === undefined) return;
        const owner = this.attribute((waiter) => wantsLog(waiter, params.level));
        if (owner !== undefined) return owner.message(message);
        break;
      }
    }
    this.unattributed(method.slice(0, 64));
  }

  cancel(exchange: Exchange): void {
    // `initialize` must not be cancelled (2025-11-25, Cancellation).
    if (exchange.method !== "initialize") void this.transport.post(cancelledText(exchange.id));
  }

  override over(exchange: Exchange): void {
    this.#questions.forget(exchange);
    super.over(exchange);
  }

  override async close(): Promise<void> {
    this.#parked.clear();
    await super.close();
  }

  async #initialize(): Promise<void> {
    this.#isOpen = false;
    const params = {
      protocolVersion: LEGACY[0],
      capabilities: declaredCapabilities(this.settings.key.profile, this.settings.requests),
      clientInfo: CLIENT_INFO,
    };
    const exchange = this.#begin("initialize", JSON.stringify(params), false, true);
    const result = this.resultOf(await exchange.next(this.own(new AbortController().signal)));
    const version = result.protocolVersion;
    if (typeof version !== "string" || !isLegacy(version)) {
      const message = `The server ${this.name} offers no revision that Cardea speaks; it speaks ${LEGACY.join(", ")}.`;
      throw new Refused({ code: "upstream_unavailable", message, executed: "no" });
    }
    this.#capabilities = isObject(result.capabilities) ? neutralCapabilities(result.capabilities) : {};
    this.#instructions = typeof result.instructions === "string" ? result.instructions : undefined;
    this.#level = undefined;
    await this.transport.post('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    this.transport.agreed(version);
    this.#isOpen = true;
  }

  /** The session is unknown to the server: opens a new one, once for all that find out. */
  async #reopen(lost: Promise<void> | undefined): Promise<void> {
    if (this.#session === lost) {
      this.#session = this.#initialize();
      this.#session.then(
        () => this.#watches.renew(),
        () => {
          this.ended ??= "its session ended and no new one could be opened";
          this.settings.doubtEra();
        },
      );
    }
    await this.#session;
  }

  /** Whether the server has to be told that log messages of this level are wanted. */
  #wantsLevel(level: string | undefined): level is string {
    if (level === undefined || !isObject(this.#capabilities.logging)) return false;
    return this.#level === undefined || LOG_LEVELS.indexOf(this.#level) > LOG_LEVELS.indexOf(level);
  }

  async #setLevel(level: string, signal: EndSignal): Promise<void> {
    this.#level = level;
    // A server that refuses the level still runs the call.
    await this.#ask("logging/setLevel", { level }, signal).catch(() => undefined);
  }

  async #ask(method: string, params: JsonObject, signal: EndSignal): Promise<JsonObject> {
    const session = this.#session;
    await session;
    const once = (): Promise<Outcome> =>
      this.#begin(method, JSON.stringify(params), false, true).next(this.own(signal));
    const outcome = await once();
    if (outcome.kind !== "lost" || outcome.sessionLost !== true) return this.resultOf(outcome);
    await this.#reopen(session);
    return this.resultOf(await once());
  }

  async #runOnceOpen(request: Permitted): Promise<Reply> {
    try {
      await this.#session;
      const { logLevel, signal } = request.talk;
      if (this.#wantsLevel(logLevel)) await this.#setLevel(logLevel, signal);
    } catch (error) {
      if (error instanceof Refused) return { kind: "error", refusal: error.refusal, executed: "no" };
      throw error;
    }
    return this.#run(request, request.params, true);
  }

  #begin(method: string, params: string, progress: boolean, safe: boolean): Exchange {
    const id = this.transport.nextId();
    return this.begin(id, method, legacyRequest(id, method, params, progress), NO_HEADERS, safe);
  }

  async #run(request: Permitted, params: string, first: boolean): Promise<Reply> {
    const session = this.#session;
    const exchange = this.#begin(request.method, params, request.talk.wantsProgress, request.effect === "read");
    this.#questions.expect(exchange, request.profile);
    const reply = this.#replyTo(request, exchange, await exchange.next(request));
    if (reply !== "session lost") return reply;
    // A request that was answered with "unknown session" was not executed, so that sending it again is safe.
    try {
      if (first) await this.#reopen(session);
    } catch (error) {
      if (error instanceof Refused) return { kind: "error", refusal: error.refusal, executed: "no" };
      throw error;
    }
    if (!first) return this.failure("upstream_unavailable", `The server ${this.name} does not keep its session.`, "no");
    return this.#run(request, params, false);
  }

  #replyTo(request: Permitted, exchange: Exchange, outcome: Outcome): Reply | "session lost" {
    if (outcome.kind === "asked") return this.#park(request, exchange, this.#questions.take(exchange));
    if (outcome.kind === "lost" && outcome.sessionLost === true) return "session lost";
    if (outcome.kind === "fault" && outcome.fault.code === -32042) {
      const asks = urlElicitations(outcome.fault.data);
      const params = { mode: "url" };
      if (
        asks !== undefined &&
        whyNotAsked("elicitation/create", params, request.profile, this.settings.requests) === undefined
      )
        return this.#park(
          request,
          undefined,
          asks.map((ask, at) => ({ key: `q${at + 1}`, ask, id: undefined })),
        );
    }
    return this.reply(request, outcome);
  }

  #park(request: Permitted, exchange: Exchange | undefined, questions: readonly Question[]): Reply {
    const id = Buffer.from(this.settings.random.bytes(16)).toString("hex");
    const params = withoutAnswers(parseJson(request.params, DEFAULT_LIMITS) as JsonObject);
    const inputRequests = Object.fromEntries(questions.map(({ key, ask }) => [key, ask]));
    const result = forwardedResult(
      request.method,
      { resultType: "input_required", inputRequests, requestState: id },
      "modern",
    );
    const { method, target, principal } = request;
    this.#parked.put(id, {
      exchange,
      questions,
      method,
      target: target.name,
      credential: principal.credential,
      params,
    });
    return { kind: "result", result };
  }

  async #resume(request: Permitted, params: JsonObject): Promise<Reply> {
    const call = this.#parked.take(params.requestState, request, params);
    if (call === undefined) {
      const message =
        "The request state is unknown here, has expired, or belongs to another call; send the call again without it.";
      return this.failure("invalid_params", message, "unknown");
    }
    const { exchange, questions } = call;
    const given = isObject(params.inputResponses) ? params.inputResponses : {};
    const answers = questions.map(({ key }) => (Object.hasOwn(given, key) ? given[key] : undefined));
    // A server should ask again for an answer that is missing (2026-07-28, MRTR).
    if (!answers.every(isObject)) return this.#park(request, exchange, questions);
    if (exchange === undefined) {
      if (answers.every((answer) => answer.action === "accept"))
        return this.#run(request, JSON.stringify(call.params), true);
      return this.failure("upstream_error", `What the server ${this.name} asked for was declined.`, "no");
    }
    for (const [at, { id, ask }] of questions.entries()) {
      const answer = answers[at];
      // Also where this call is answered already: on a pipe the question may have been another call's.
      if (id !== undefined && isObject(answer))
        await this.transport.post(resultText(id, legacyAnswer(String(ask.method), answer)));
    }
    this.#questions.expect(exchange, request.profile);
    const more = this.#questions.take(exchange);
    if (more.length > 0) return this.#park(request, exchange, more);
    const reply = this.#replyTo(request, exchange, await exchange.next(request));
    return reply === "session lost"
      ? this.failure("upstream_unavailable", `The server ${this.name} ended its session during the call.`, "unknown")
      : reply;
  }

  #asked(message: RpcRequest, stream: Exchange | undefined): void {
    const { id, method, params } = message;
    if (method === "ping") return void this.transport.post(resultText(id, {}));
    const exchange = stream ?? this.#whoseRequest(method, params);
    const profile = exchange === undefined ? undefined : this.#questions.profileOf(exchange);
    let why = "it belongs to no call";
    if (profile !== undefined)
      why =
        whyNotAsked(method, params, profile, this.settings.requests) ??
        (this.#parked.full ? "too many calls wait for an answer" : "");
    if (exchange !== undefined && why === "" && !this.#questions.add(exchange, id, neutralAsk(method, params)))
      why = "one call asks too much";
    if (exchange !== undefined && why === "") return exchange.park();
    this.report("upstream.request.refused", { method: method.slice(0, 64), why });
    void this.transport.post(errorText(id, { code: -32601, message: `Refused: ${why}.` }));
  }

  /** A request without a stream of its own (a pipe; the session's GET stream): the caller's who can answer it. */
  #whoseRequest(method: string, params: JsonObject): Exchange | undefined {
    return this.attribute(
      (waiter) => whyNotAsked(method, params, waiter.profile, this.settings.requests) === undefined,
    );
  }

  #expire(call: ParkedCall): void {
    const later = call.exchange === undefined ? [] : this.#questions.take(call.exchange);
    for (const { id } of [...call.questions, ...later])
      if (id !== undefined)
        void this.transport.post(errorText(id, { code: -32603, message: "Nobody answered in time." }));
    call.exchange?.drop(loss("upstream_timeout", "Nobody answered in time.", "unknown"));
  }
}
