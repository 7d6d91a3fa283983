import type { IncomingMessage, ServerResponse } from "node:http";
import type { Arrived, Identified } from "../../kernel/call.ts";
import { type Refusal, Refused } from "../../kernel/errors.ts";
import { hasEnvelope } from "../../protocol/modern/client.ts";
import type { RpcMessage } from "../../protocol/jsonrpc.ts";
import { isLegacy } from "../../protocol/versions.ts";
import {
  BadMessage,
  type BodyLimits,
  checkAnnounced,
  collectBody,
  LONG_BODY,
  readBody,
  readLongBody,
  wholeBody,
} from "./body.ts";
import { type DoorParts, mannerOf } from "./context.ts";
import { bearerOf, endpointOf, guard, type GuardOptions, refuseQueryCredential } from "./guard.ts";
import { createLegacyHandler } from "./legacy.ts";
import { createLive } from "./live.ts";
import { createModernHandler } from "./modern.ts";
import { accepts, Outlet } from "./outlet.ts";
import { sayRefusal } from "./refusals.ts";

const PREFLIGHT_HEADERS =
  "authorization, content-type, accept, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, last-event-id, traceparent";

/**
 * The way in for MCP over Streamable HTTP, both eras on the same URLs: `/mcp` and `/mcp/<server>`.
 * Order: guard → identify → read → era. Every refusal is recorded before it is answered.
 */
export function createMcpDoor(
  given: Omit<DoorParts, "live">,
  options: { guard: GuardOptions; body: BodyLimits; known: ReadonlySet<string> },
) {
  const live = createLive(given.clock);
  const parts: DoorParts = { ...given, live };
  const { engine, clock, random } = parts;
  /** Servers by the usual spelling of their path. */
  const paths = new Map<string | undefined, string>([...options.known].map((name) => [`/mcp/${name}`, name]));
  const modern = createModernHandler(parts);
  const legacy = createLegacyHandler(parts);

  /** Whether this door serves the path. */
  const serves = (url: string | undefined): boolean => paths.has(url) || endpointOf(url) !== undefined;

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const id = random.id("c_");
    const origin = req.headers.origin;
    const outlet = new Outlet(res, ["cardea-call", id, "x-content-type-options", "nosniff"]);
    if (origin !== undefined && options.guard.origins.has(origin.toLowerCase())) {
      outlet.header("access-control-allow-origin", origin);
      outlet.header("access-control-expose-headers", "mcp-session-id, cardea-call, www-authenticate");
      outlet.header("vary", "origin");
    }
    const usual = paths.get(req.url);
    const endpoint = usual ?? endpointOf(req.url) ?? undefined;
    const arrived: Arrived = { id, at: clock.now(), started: clock.monotonic(), endpoint, bearer: bearerOf(req) };
    let who: Identified | undefined;
    try {
      guard(req, options.guard);
      if (usual === undefined) refuseQueryCredential(req.url);
      if (req.method === "OPTIONS" && origin !== undefined) return preflight(outlet);
      const answered = engine.identify(arrived);
      const identified = answered instanceof Promise ? await answered : answered;
      if ("kind" in identified) {
        if (identified.kind === "refusal") say(req, outlet, null, identified.refusal, arrived);
        return;
      }
      who = identified;
      // Before anything else is looked at: every request there answers as for a server that does not exist (P8).
      if (endpoint !== undefined && !(options.known.has(endpoint) && parts.reaches(who.principal, endpoint)))
        throw new Refused({
          code: "unknown_path",
          message: "There is no such server here. The endpoint /mcp shows everything that this key may use.",
          control: "P8",
          secretReason: options.known.has(endpoint) ? "no rule for this server" : "no such server",
        });
      if (req.method === "GET") return await legacyOnly(req, outlet, who, legacy.get);
      if (req.method === "DELETE") return await legacyOnly(req, outlet, who, legacy.remove);
      if (req.method !== "POST")
        throw new Refused({ code: "wrong_http_method", message: "MCP is spoken with POST here.", control: "W4" });
      const accepted = accepts(req.headers.accept);
      if (accepted === undefined)
        throw new Refused({
          code: "not_acceptable",
          message: "Answers are application/json or text/event-stream; the Accept header excludes both.",
          path: "Accept",
          control: "W4",
        });
      outlet.accepts = accepted;
      checkAnnounced(req, options.body);
      // Most bodies come in one piece with their headers and are whole by the first turn of the microtasks.
      await undefined;
      const bytes = wholeBody(req, options.body) ?? (await collectBody(req, options.body));
      const message =
        bytes.length < LONG_BODY ? readBody(bytes, options.body) : await readLongBody(bytes, options.body);
      await (isModernMessage(req, message) ? modern : legacy).handle(req, outlet, who, message, bytes.length);
    } catch (error) {
      const refusal: Refusal =
        error instanceof Refused
          ? error.refusal
          : { code: "control_failed", message: "The gateway failed, so the request was refused." };
      const answer = await engine.refuse(who ?? arrived, refusal);
      const badId = error instanceof BadMessage ? error.id : null;
      say(req, outlet, badId, answer.kind === "refusal" ? answer.refusal : refusal, arrived);
    }
  }

  function say(req: IncomingMessage, outlet: Outlet, id: string | number | null, refusal: Refusal, to: Arrived): void {
    if (!req.complete && !req.readableEnded) outlet.leave(req);
    const said = sayRefusal(id, refusal, mannerOf(parts, to, "modern", "", JSON.stringify));
    outlet.answer(said.status, said.text, said.headers);
  }

  return {
    serves,
    handle,
    sweep: legacy.sweep,
    /** Ends subscriptions and standing streams at once; calls go on. */
    drain(): void {
      modern.drain();
      legacy.drain();
    },
    /** Calls under way. */
    running: live.running,
    /** Ends the calls that outlast the drain, with an answer. */
    cut: live.cut,
    /** A key or grant was revoked or has expired: ends its calls, streams and sessions, and withholds their answers (I5). */
    end(credential: string): void {
      legacy.end(credential, live.end(credential));
    },
  };
}

/** GET and DELETE belong to sessions; without one the method is wrong (2026-07-28: 405). */
function legacyOnly(
  req: IncomingMessage,
  outlet: Outlet,
  who: Identified,
  handler: (req: IncomingMessage, outlet: Outlet, who: Identified) => Promise<void>,
): Promise<void> {
  if (req.headers["mcp-session-id"] === undefined)
    throw new Refused({
      code: "wrong_http_method",
      message: "Without a session only POST is spoken here.",
      control: "W4",
    });
  return handler(req, outlet, who);
}

/** A message is of the stateless era when its envelope or its version header says so. */
function isModernMessage(req: IncomingMessage, message: RpcMessage): boolean {
  const version = req.headers["mcp-protocol-version"];
  if (message.kind !== "response" && hasEnvelope(message.params)) return true;
  return typeof version === "string" && !isLegacy(version) && req.headers["mcp-session-id"] === undefined;
}

function preflight(outlet: Outlet): void {
  outlet.answer(204, undefined, {
    "access-control-allow-methods": "POST, GET, DELETE",
    "access-control-allow-headers": PREFLIGHT_HEADERS,
    "access-control-max-age": "600",
  });
}
