import type { ClientProfile } from "../kernel/call.ts";
import { isObject, type Json } from "../kernel/json.ts";

/** The 32 profiles that there are, each one object, so that they can be compared and used as keys. */
const PROFILES: readonly ClientProfile[] = Array.from({ length: 32 }, (_, bits) =>
  Object.freeze({
    elicitationForm: (bits & 1) !== 0,
    elicitationUrl: (bits & 2) !== 0,
    sampling: (bits & 4) !== 0,
    samplingTools: (bits & 8) !== 0,
    roots: (bits & 16) !== 0,
  }),
);

/** A client that can be asked nothing. */
export const ASKS_NOTHING = PROFILES[0] as ClientProfile;

/** What a client declared that it can be asked (ClientCapabilities). `elicitation: {}` means forms only. */
export function profileOf(capabilities: Json | undefined): ClientProfile {
  if (!isObject(capabilities)) return ASKS_NOTHING;
  const elicitation = capabilities["elicitation"];
  const sampling = capabilities["sampling"];
  let bits = 0;
  if (isObject(elicitation)) {
    const url = isObject(elicitation["url"]);
    if (isObject(elicitation["form"]) || !url) bits |= 1;
    if (url) bits |= 2;
  }
  if (isObject(sampling)) bits |= isObject(sampling["tools"]) ? 12 : 4;
  if (isObject(capabilities["roots"])) bits |= 16;
  return PROFILES[bits] as ClientProfile;
}

/** Log levels of RFC 5424, least severe first. */
export const LOG_LEVELS: readonly string[] = [
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
];

/** Whether a message of this level is at least as severe as what was asked for. */
export function isLogged(level: Json | undefined, asked: string): boolean {
  return typeof level === "string" && LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(asked);
}

/** The trace id of a W3C `traceparent` (version 00), or undefined where it is not valid. */
export function traceOf(traceparent: Json | undefined): string | undefined {
  if (typeof traceparent !== "string") return undefined;
  const match = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(traceparent);
  return match?.[1] === "0".repeat(32) ? undefined : match?.[1];
}
