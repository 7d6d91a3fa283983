import type { Arrived, Asked, ClientProfile, Era, Identified, Talk } from "../../kernel/call.ts";
import type { EndSignal } from "../../kernel/ending.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Refusal } from "../../kernel/errors.ts";
import type { Principal } from "../../kernel/principal.ts";
import { LOG_LEVELS } from "../../protocol/capabilities.ts";
import type { Answer, Engine } from "../../pipeline/engine.ts";
import type { Lists } from "../../pipeline/listing.ts";
import { METHODS, type Method } from "../../pipeline/order.ts";
import type { CallRandom, Clock } from "../../ports/world.ts";
import type { Views } from "../../domain/catalogue/views.ts";
import type { Live } from "./live.ts";
import type { Outlet } from "./outlet.ts";
import { rawResult } from "./raw.ts";
import { type Manner, type Said, sayRefusal } from "./refusals.ts";
import type { Theft } from "./sessions.ts";

/** Results that are kept for their caller: those that were cut (S6), and those that a person released (S5). */
interface KeptResults {
  has(uri: unknown): uri is string;
  /** @throws Refused */
  read(call: Asked, uri: string): Promise<JsonObject>;
}

/** What the handlers of both eras work with. */
export interface DoorParts {
  readonly engine: Engine;
  readonly lists: Lists;
  readonly kept: readonly KeptResults[];
  readonly views: Views;
  readonly clock: Clock;
  readonly random: CallRandom;
  /** Whether the principal could be permitted anything on this server. */
  reaches(principal: Principal, server: string): boolean;
  /** Where the metadata of an endpoint is (RFC 9728), for challenges; known once the server listens. */
  metadata(endpoint: string | undefined): string;
  /** How long a legacy session lasts at most, milliseconds. */
  readonly sessionMs: number;
  /** Told when a credential comes with the session id of another: to be recorded, and shown to the operator. */
  stolen(theft: Theft): void;
  readonly live: Live;
  /** Told which client, as it names itself, a principal comes with (I5). */
  seen(principal: Principal, clientName: string | undefined): void;
  /** Most streams that one credential may hold open for subscriptions. */
  readonly maxStreams: number;
}

/** Facts of one request, beside its principal. */
export interface Details {
  readonly era: Era;
  readonly method: string;
  readonly params: JsonObject;
  readonly profile: ClientProfile;
  readonly clientName: string | undefined;
  readonly trace: string | undefined;
  readonly bytesIn: number;
  readonly headers: ReadonlyMap<string, string> | undefined;
  readonly talk: Talk;
}

export function asked(parts: DoorParts, who: Identified, details: Details): Asked {
  parts.seen(who.principal, details.clientName);
  return {
    id: who.id,
    at: who.at,
    started: who.started,
    endpoint: who.endpoint,
    bearer: undefined,
    principal: who.principal,
    era: details.era,
    method: details.method,
    params: details.params,
    profile: details.profile,
    clientName: details.clientName,
    trace: details.trace ?? parts.random.trace(),
    bytesIn: details.bytesIn,
    headers: details.headers,
    talk: details.talk,
  };
}

/** How this caller's answers are written. */
export function mannerOf(parts: DoorParts, who: Arrived, era: Era, method: string, present: Manner["present"]): Manner {
  return { call: who.id, era, method, present, resource: { endpoint: who.endpoint, metadata: parts.metadata } };
}

const NONE: Readonly<Record<string, string>> = {};

/** An answer as JSON-RPC and HTTP say it in this era. */
export function sayAnswer(id: string | number, answer: Answer, manner: Manner): Said {
  if (answer.kind === "result") return { status: 200, text: rawResult(id, answer.text), headers: NONE };
  return sayRefusal(id, answer.refusal, manner);
}

/** Sends an answer as the last event of a stream, or as the body. */
export function sendAnswer(outlet: Outlet, id: string | number, answer: Answer, manner: Manner): void {
  const said = sayAnswer(id, answer, manner);
  if (outlet.streaming || (!outlet.accepts.json && said.status === 200)) {
    outlet.event({ data: said.text });
    outlet.end();
  } else outlet.answer(said.status, said.text, said.headers);
}

/** A talk that nobody listens to. */
export function silent(signal: EndSignal): Talk {
  return { signal, wantsProgress: false, logLevel: undefined, progress() {}, log() {}, poll() {} };
}

/** Answers what the gateway answers itself; undefined: the method goes another way. */
export function ownAnswer(
  parts: DoorParts,
  call: Asked,
  present: (result: JsonObject) => string,
): Promise<Answer> | undefined {
  const { engine, lists } = parts;
  const entry = METHODS[call.method as Method];
  if (entry.way === "list") return engine.own(call, () => lists.list(call, entry.kind), present);
  if (call.method === "server/discover") return engine.own(call, () => lists.discover(call), present);
  if (call.method === "resources/read")
    for (const results of parts.kept) {
      const { uri } = call.params;
      if (results.has(uri)) return engine.own(call, () => results.read(call, uri), present);
    }
  if (call.method === "ping") return engine.own(call, () => ({ resultType: "complete" }), present);
  return undefined;
}

/** The refusal of a method that is not in the table of this era. */
export function unknownMethod(method: string): Refusal {
  return {
    code: "unknown_method",
    message: `The method ${JSON.stringify(method.slice(0, 64))} is not known here, or is not governed yet.`,
    control: "W3",
    executed: "no",
  };
}

export function isLogLevel(value: unknown): value is string {
  return typeof value === "string" && LOG_LEVELS.includes(value);
}
