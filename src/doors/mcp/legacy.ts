import type { IncomingMessage } from "node:http";
import type { Asked, Identified } from "../../kernel/call.ts";
import { type EndSignal, Ending } from "../../kernel/ending.ts";
import { Refused, refuse } from "../../kernel/errors.ts";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import { aggregateUri } from "../../domain/catalogue/names.ts";
import { RESUME_MS } from "../../controls/resume-request.ts";
import type { Answer } from "../../pipeline/engine.ts";
import { notificationText, requestText, type RpcMessage, type RpcRequest } from "../../protocol/jsonrpc.ts";
import { legacyRequest, presentLegacy, readInitialize, readMeta } from "../../protocol/legacy/client.ts";
import { LEGACY_METHODS } from "../../protocol/versions.ts";
import {
  asked,
  type DoorParts,
  isLogLevel,
  mannerOf,
  ownAnswer,
  sayAnswer,
  sendAnswer,
  silent,
  unknownMethod,
} from "./context.ts";
import { LegacyTalk } from "./legacy-talk.ts";
import { type Running, wasGivenUp } from "./live.ts";
import type { Outlet } from "./outlet.ts";
import { sayRefusal } from "./refusals.ts";
import { createSessions, type RunningRequest, type Session, sessionOfRequest } from "./sessions.ts";
import type { StreamLog } from "./stream-log.ts";

/** An answer that asks the client first. */
type Question = Extract<Answer, { kind: "result" }>;

const isQuestion = (answer: Answer): answer is Question =>
  answer.kind === "result" && answer.result["resultType"] === "input_required";

/** The eras with `initialize` and a session, up to 2025-11-25. A lost connection is no cancellation. */
export function createLegacyHandler(parts: DoorParts) {
  const { engine } = parts;
  const sessions = createSessions(parts.clock, parts.random, parts.sessionMs);
  const present = presentLegacy;

  /** The caller's session; throws `Refused`. What somebody else's credential tries is told (I6). */
  const sessionOf = (req: IncomingMessage, who: Identified): Session =>
    sessionOfRequest(req, who, sessions, parts.stolen);

  function handle(
    req: IncomingMessage,
    outlet: Outlet,
    who: Identified,
    message: RpcMessage,
    bytesIn: number,
  ): Promise<void> {
    if (message.kind === "request") {
      if (message.method !== "initialize") return request(req, outlet, who, message, bytesIn);
      return initialize(outlet, who, message, bytesIn).catch((error: unknown) =>
        sayNo(outlet, message.id, who, error, "initialize"),
      );
    }
    return hear(req, outlet, who, message);
  }

  /** What asks for no answer: a notification, or the answer to a question. */
  async function hear(
    req: IncomingMessage,
    outlet: Outlet,
    who: Identified,
    message: Exclude<RpcMessage, { kind: "request" }>,
  ): Promise<void> {
    try {
      const session = sessionOf(req, who);
      if (message.kind === "response") {
        const waiting = session.waiting.get(String(message.id));
        session.waiting.delete(String(message.id));
        waiting?.(message.result);
        return outlet.answer(202, undefined);
      }
      if (message.method === "notifications/cancelled") {
        const running = message.params["requestId"];
        session.running.find(({ id }) => id === running)?.control.abort();
      }
      outlet.answer(202, undefined);
    } catch (error) {
      await sayNo(outlet, null, who, error, message.kind === "response" ? "response" : message.method);
    }
  }

  async function initialize(outlet: Outlet, who: Identified, message: RpcRequest, bytesIn: number): Promise<void> {
    const meta = readMeta(message.params);
    const hello = readInitialize(meta.params);
    const control = new Ending();
    const call = asked(parts, who, {
      ...hello,
      era: "legacy",
      method: "initialize",
      params: meta.params,
      trace: meta.trace,
      bytesIn,
      headers: undefined,
      talk: silent(control),
    });
    const live = parts.live.enter(control, who);
    const answer = await engine
      .own(call, () => parts.lists.initialize(call, hello.version), present)
      .finally(() => parts.live.leave(live));
    if (answer.kind === "result") {
      const session = sessions.open(who, hello);
      listen(session, call);
      outlet.header("mcp-session-id", session.id);
    }
    sendAnswer(outlet, message.id, answer, mannerOf(parts, who, "legacy", "initialize", present));
  }

  /** List changes of every server that this session can reach go to its standing stream. */
  function listen(session: Session, call: Asked): void {
    session.stopListening = parts.views.listen({
      tenant: session.tenant,
      credential: session.credential,
      heard(server, change) {
        if (session.endpoint !== undefined && session.endpoint !== server) return;
        if (change.kind !== "resource" && parts.reaches(call.principal, server))
          session.standing.append(notificationText(`notifications/${change.kind}/list_changed`, {}));
      },
    });
  }

  async function request(
    req: IncomingMessage,
    outlet: Outlet,
    who: Identified,
    message: RpcRequest,
    bytesIn: number,
  ): Promise<void> {
    const { id, method } = message;
    let session: Session | undefined;
    let live: Running | undefined;
    let running: RunningRequest | undefined;
    try {
      session = sessionOf(req, who);
      if (!LEGACY_METHODS.has(method)) throw new Refused(unknownMethod(method));
      const meta = readMeta(message.params);
      const control = new Ending();
      const talk = new LegacyTalk(control, meta.progressToken, session, sessions, outlet);
      const call = asked(parts, who, {
        era: "legacy",
        method,
        params: meta.params,
        profile: session.profile,
        clientName: session.clientName,
        trace: meta.trace,
        bytesIn,
        headers: undefined,
        talk,
      });
      live = parts.live.enter(control, who);
      running = { id, control };
      session.running.add(running);
      const own = answerOf(call, session);
      let answer = await (own ?? engine.forward(call, present, who));
      if (own === undefined && isQuestion(answer))
        answer = await converse(call, answer, who, session, talk, outlet.accepts.stream);
      if (outlet.accepts.streamFirst && answer.kind === "result") talk.open();
      const manner = mannerOf(parts, who, "legacy", method, present);
      if (talk.stream !== undefined) {
        if (!wasGivenUp(control)) talk.stream.append(sayAnswer(id, answer, manner).text);
        talk.stream.finish();
        sessions.release(session, talk.stream);
      } else if (wasGivenUp(control)) outlet.answer(202, undefined);
      else sendAnswer(outlet, id, answer, manner);
    } catch (error) {
      await sayNo(outlet, id, who, error, method);
    } finally {
      if (running !== undefined) session?.running.delete(running);
      if (live !== undefined) parts.live.leave(live);
    }
  }

  /** Answers what goes upstream not as a call; undefined: it is a call. */
  function answerOf(call: Asked, session: Session): Promise<Answer> | undefined {
    const { inputResponses, requestState } = call.params;
    if (inputResponses !== undefined || requestState !== undefined) {
      const strange = inputResponses === undefined ? "requestState" : "inputResponses";
      const message = `\`${strange}\` is no member of requests of this revision: answers go to the server's requests.`;
      return engine.refuse(call, { code: "invalid_params", message, path: `/params/${strange}` }, call.method);
    }
    const own = ownAnswer(parts, call, present);
    if (own) return own;
    switch (call.method) {
      case "logging/setLevel":
        return engine.own(
          call,
          () => {
            const level = call.params["level"];
            if (!isLogLevel(level))
              refuse("invalid_params", "`params.level` must be a log level of RFC 5424.", { path: "/params/level" });
            session.logLevel = level;
            return { resultType: "complete" };
          },
          present,
        );
      case "resources/subscribe":
        return subscribe(call, session);
      case "resources/unsubscribe":
        return engine.own(
          call,
          () => {
            const uri = String(call.params["uri"]);
            session.subscriptions.get(uri)?.();
            session.subscriptions.delete(uri);
            return { resultType: "complete" };
          },
          present,
        );
      default:
        return undefined;
    }
  }

  async function subscribe(call: Asked, session: Session): Promise<Answer> {
    const granted = await engine.watch(call);
    if ("kind" in granted) return granted;
    const uri = String(call.params["uri"]);
    const { server } = granted.call.target;
    try {
      const watch = await granted.link.watch(granted.permit, (change) => {
        if (change.kind !== "resource") return;
        const changed = call.endpoint === undefined ? aggregateUri(server, change.uri) : change.uri;
        session.standing.append(notificationText("notifications/resources/updated", { uri: changed }));
      });
      session.subscriptions.get(uri)?.();
      session.subscriptions.set(uri, watch.stop);
    } catch (error) {
      if (error instanceof Refused) return engine.refuse(call, error.refusal, call.method);
      throw error;
    }
    const result = { resultType: "complete" };
    return { kind: "result", result, text: present(result) };
  }

  /**
   * A call that asks first, and its questions: each `input_required` is asked on the call's stream, and the call goes on through the
   * whole table with the answers, until it is complete.
   */
  async function converse(
    call: Asked,
    asks: Question,
    who: Identified,
    session: Session,
    talk: LegacyTalk,
    mayAsk: boolean,
  ): Promise<Answer> {
    for (let answer: Answer = asks; ; ) {
      if (!isQuestion(answer)) return answer;
      const responses: JsonObject = {};
      const requests = answer.result["inputRequests"];
      for (const [key, question] of Object.entries(isObject(requests) ? requests : {})) {
        const response =
          isObject(question) && mayAsk ? await ask(question, session, talk.open(), talk.signal) : undefined;
        if (response !== undefined) responses[key] = response;
      }
      const params = { ...call.params, inputResponses: responses, requestState: answer.result["requestState"] ?? null };
      // Minutes may have passed: whose call it is, is asked of the credential again.
      answer = await engine.again({ ...call, params }, present, who);
    }
  }

  /** Sends one question and waits for its answer: at most five minutes, or until the call is cancelled. */
  function ask(
    question: JsonObject,
    session: Session,
    log: StreamLog,
    signal: EndSignal,
  ): Promise<JsonObject | undefined> {
    const id = parts.random.id("q");
    const { method, params } = legacyRequest(question, id);
    return new Promise((resolve) => {
      const done = (answer: JsonObject | undefined): void => {
        clearTimeout(timer);
        session.waiting.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(() => done(undefined), RESUME_MS);
      timer.unref();
      signal.addEventListener("abort", () => done(undefined));
      session.waiting.set(id, done);
      log.append(requestText(id, method, JSON.stringify(params)));
    });
  }

  /** GET: the standing stream, or the rest of a stream that was lost (`Last-Event-ID`). */
  async function get(req: IncomingMessage, outlet: Outlet, who: Identified): Promise<void> {
    try {
      const session = sessionOf(req, who);
      const last = req.headers["last-event-id"];
      if (last === undefined) return session.standing.attach(outlet);
      const match = /^(n[A-Za-z0-9_-]+)_(\d{1,15})$/.exec(String(last));
      const log = match?.[1] === session.standing.id ? session.standing : session.streams.get(match?.[1] ?? "");
      if (!log)
        refuse("invalid_request", "The header Last-Event-ID names no stream of this session.", {
          path: "Last-Event-ID",
        });
      log.attach(outlet, Number(match?.[2]));
    } catch (error) {
      await sayNo(outlet, null, who, error, "GET");
    }
  }

  /** DELETE: ends the session. */
  async function remove(req: IncomingMessage, outlet: Outlet, who: Identified): Promise<void> {
    try {
      sessions.end(sessionOf(req, who));
      outlet.answer(204, undefined);
    } catch (error) {
      await sayNo(outlet, null, who, error, "DELETE");
    }
  }

  async function sayNo(
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
    const manner = mannerOf(parts, who, "legacy", method, present);
    const said = sayRefusal(id, answer.kind === "refusal" ? answer.refusal : refusal, manner);
    outlet.answer(said.status, said.text, said.headers);
  }

  return { handle, get, remove, sweep: sessions.sweep, drain: sessions.drain, end: sessions.endOf };
}
