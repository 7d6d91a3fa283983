import type { IncomingMessage } from "node:http";
import type { Asked, Identified, Talk } from "../../kernel/call.ts";
import { Ending } from "../../kernel/ending.ts";
import { Refused } from "../../kernel/errors.ts";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import type { Change } from "../../ports/upstream.ts";
import { lacking } from "../../controls/check-scope.ts";
import { aggregateUri } from "../../domain/catalogue/names.ts";
import { METHODS, type Method } from "../../pipeline/order.ts";
import { isLogged } from "../../protocol/capabilities.ts";
import { notificationText, type RpcMessage } from "../../protocol/jsonrpc.ts";
import { checkStandardHeaders, type Envelope, presentModern, readEnvelope } from "../../protocol/modern/client.ts";
import { META_SUBSCRIPTION_ID, MODERN_METHODS } from "../../protocol/versions.ts";
import { hasUsualHeaders } from "../request.ts";
import { asked, type DoorParts, mannerOf, ownAnswer, sendAnswer, silent, unknownMethod } from "./context.ts";
import type { Running } from "./live.ts";
import type { Outlet } from "./outlet.ts";
import { rawResult } from "./raw.ts";
import { sayRefusal } from "./refusals.ts";

/** Resources that one subscription may watch: each is judged and recorded like a read. */
const MOST_URIS = 256;

/** The stateless era, 2026-07-28: every request stands alone; closing the stream cancels it. */
export function createModernHandler(parts: DoorParts) {
  const { engine } = parts;
  const present = presentModern(parts.lists.info);
  const streams = new Map<string, number>();
  const ending = new Set<() => void>();

  /** Handles one message; always answers. */
  async function handle(
    req: IncomingMessage,
    outlet: Outlet,
    who: Identified,
    message: RpcMessage,
    bytesIn: number,
  ): Promise<void> {
    if (message.kind !== "request") {
      if (message.kind === "notification") return outlet.answer(202, undefined);
      const refusal = {
        code: "invalid_request",
        message: "This revision has no responses from clients; answers go into `inputResponses`.",
      } as const;
      return refuse(outlet, null, who, new Refused(refusal), "response");
    }
    const { id, method } = message;
    const gone = new Ending();
    outlet.onClose(() => gone.abort());
    let running: Running | undefined;
    try {
      running = parts.live.enter(gone, who);
      const envelope = readEnvelope(message.params, header(req, "mcp-protocol-version"));
      checkStandardHeaders(method, envelope.params, req.headers as Record<string, string | undefined>);
      if (!MODERN_METHODS.has(method)) throw new Refused(unknownMethod(method));
      const call = asked(parts, who, {
        era: "modern",
        method,
        params: envelope.params,
        profile: envelope.profile,
        clientName: envelope.clientName,
        trace: envelope.trace,
        bytesIn,
        headers: paramHeaders(req),
        talk: new ModernTalk(gone, outlet, envelope),
      });
      if (METHODS[method as Method].way === "watch") return await listen(outlet, call, id);
      const answer = await (ownAnswer(parts, call, present) ?? engine.forward(call, present, who));
      sendAnswer(outlet, id, answer, mannerOf(parts, who, "modern", method, present));
    } catch (error) {
      await refuse(outlet, id, who, error, method);
    } finally {
      if (running !== undefined) parts.live.leave(running);
    }
  }

  /** `subscriptions/listen`: acknowledged first, then only what was asked for and honoured, tagged with the request's id. */
  async function listen(outlet: Outlet, call: Asked, id: string | number): Promise<void> {
    const wanted = call.params["notifications"];
    if (!isObject(wanted))
      throw new Refused({
        code: "invalid_params",
        message: "`params.notifications` must be an object.",
        path: "/params/notifications",
      });
    const given = wanted["resourceSubscriptions"];
    const uris = new Set(Array.isArray(given) ? given.filter((uri) => typeof uri === "string") : []);
    if (uris.size > MOST_URIS)
      throw new Refused({
        code: "invalid_params",
        message: `One subscription watches at most ${MOST_URIS} resources; open several.`,
        path: "/params/notifications/resourceSubscriptions",
        control: "L6",
      });
    const { credential } = call.principal;
    const held = streams.get(credential) ?? 0;
    if (held >= parts.maxStreams)
      throw new Refused({
        code: "rate_limited",
        message: `This key holds ${held} subscriptions open, which is the most. Close one first.`,
        control: "L6",
        retryAfter: 60,
      });
    // Taken before anything is waited for: requests that come at once would all find the same room.
    streams.set(credential, held + 1);
    const stops: (() => void)[] = [];
    try {
      await hold(outlet, call, id, wanted, uris, stops);
    } finally {
      for (const stop of stops) stop();
      const left = (streams.get(credential) ?? 1) - 1;
      if (left > 0) streams.set(credential, left);
      else streams.delete(credential);
    }
  }

  /** Holds a subscription open until the client or the gateway ends it. `stops` gets what ends its parts. */
  async function hold(
    outlet: Outlet,
    call: Asked,
    id: string | number,
    wanted: JsonObject,
    uris: ReadonlySet<string>,
    stops: (() => void)[],
  ): Promise<void> {
    const opened = await engine.own(call, () => ({ resultType: "complete" }), present);
    if (opened.kind === "refusal")
      return sendAnswer(outlet, id, opened, mannerOf(parts, call, "modern", call.method, present));
    const tag = { [META_SUBSCRIPTION_ID]: id };
    const say = (method: string, params: JsonObject): void =>
      outlet.event({ data: notificationText(method, { ...params, _meta: tag }) });
    const servers = await parts.lists.reachable(call);
    const honoured: string[] = [];
    const missing = new Set<string>();
    const early: string[] = [];
    let acknowledged = false;
    const updated = (uri: string): void => {
      if (acknowledged) say("notifications/resources/updated", { uri });
      else early.push(uri);
    };
    for (const uri of uris) {
      const one = { ...call, method: "resources/subscribe", params: { uri }, talk: silent(call.talk.signal) };
      const granted = await engine.watch(one);
      if ("kind" in granted) {
        if (granted.kind === "refusal") for (const scope of granted.refusal.scopes ?? []) missing.add(scope);
        continue;
      }
      const server = granted.call.target.server;
      const heard = (change: Change): void => {
        if (change.kind === "resource")
          updated(call.endpoint === undefined ? aggregateUri(server, change.uri) : change.uri);
      };
      try {
        stops.push((await granted.link.watch(granted.permit, heard)).stop);
        honoured.push(uri);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }
    // Each was recorded; the answer names all of them in one challenge (I7).
    if (missing.size > 0) {
      const manner = mannerOf(parts, call, "modern", call.method, present);
      return sendAnswer(outlet, id, { kind: "refusal", refusal: lacking([...missing]) }, manner);
    }
    const flags: JsonObject = {};
    for (const flag of ["toolsListChanged", "promptsListChanged", "resourcesListChanged"])
      if (wanted[flag] === true) flags[flag] = true;
    if (uris.size > 0) flags["resourceSubscriptions"] = honoured;
    say("notifications/subscriptions/acknowledged", { notifications: flags });
    acknowledged = true;
    for (const uri of early) updated(uri);
    stops.push(
      parts.views.listen({
        tenant: call.principal.tenant,
        credential: call.principal.credential,
        heard(server, change) {
          if (!servers.includes(server) || change.kind === "resource" || flags[`${change.kind}ListChanged`] !== true)
            return;
          say(`notifications/${change.kind}/list_changed`, {});
        },
      }),
    );
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        ending.delete(finish);
        resolve();
      };
      ending.add(finish);
      outlet.onClose(finish);
      call.talk.signal.addEventListener("abort", finish);
      if (call.talk.signal.aborted) finish();
    });
    if (call.talk.signal.reason instanceof Refused) throw call.talk.signal.reason;
    if (outlet.open) {
      outlet.event({ data: rawResult(id, present({ resultType: "complete", _meta: tag })) });
      outlet.end();
    }
  }

  async function refuse(
    outlet: Outlet,
    id: string | number | null,
    who: Identified,
    error: unknown,
    method: string,
  ): Promise<void> {
    const refusal =
      error instanceof Refused
        ? error.refusal
        : ({ code: "control_failed", message: "The gateway failed, so the request was refused." } as const);
    const answer = await engine.refuse(who, refusal, method.slice(0, 64));
    const manner = mannerOf(parts, who, "modern", method, present);
    const said = sayRefusal(id, answer.kind === "refusal" ? answer.refusal : refusal, manner);
    if (outlet.streaming) {
      outlet.event({ data: said.text });
      outlet.end();
    } else outlet.answer(said.status, said.text, said.headers);
  }

  return {
    handle,
    /** Ends every subscription with a result. */
    drain(): void {
      for (const finish of ending) finish();
    },
  };
}

/** What the caller hears of its call: on the stream that answers it, which it asked for in the envelope. */
class ModernTalk implements Talk {
  readonly signal: Ending;
  readonly wantsProgress: boolean;
  readonly logLevel: string | undefined;
  readonly #outlet: Outlet;
  readonly #token: string | number | undefined;

  constructor(signal: Ending, outlet: Outlet, envelope: Envelope) {
    this.signal = signal;
    this.wantsProgress = envelope.progressToken !== undefined;
    this.logLevel = envelope.logLevel;
    this.#outlet = outlet;
    this.#token = envelope.progressToken;
  }

  progress(params: JsonObject): void {
    if (this.#token !== undefined) this.#say("notifications/progress", { ...params, progressToken: this.#token });
  }

  log(params: JsonObject): void {
    if (this.logLevel !== undefined && isLogged(params["level"], this.logLevel))
      this.#say("notifications/message", params);
  }

  poll(): void {}

  #say(method: string, params: JsonObject): void {
    this.#outlet.event({ data: notificationText(method, params) });
  }
}

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return typeof value === "string" ? value.trim() : undefined;
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();

function paramHeaders(req: IncomingMessage): ReadonlyMap<string, string> {
  if (hasUsualHeaders(req)) return NO_HEADERS;
  let found: Map<string, string> | undefined;
  for (const name in req.headers)
    if (name.startsWith("mcp-param-")) (found ??= new Map()).set(name, String(req.headers[name]));
  return found ?? NO_HEADERS;
}
