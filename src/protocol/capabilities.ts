import type { ClientProfile } from "../kernel/call.ts";
import { isObject, type Json } from "../kernel/json.ts";

/** A client that can be asked nothing. */
export const ASKS_NOTHING: ClientProfile = {
  elicitationForm: false,
  elicitationUrl: false,
  sampling: false,
  samplingTools: false,
  roots: false,
};

/** What a client declared that it can be asked (ClientCapabilities). `elicitation: {}` means forms only. */
export function profileOf(capabilities: Json | undefined): ClientProfile {
  if (!isObject(capabilities)) return ASKS_NOTHING;
  const elicitation = capabilities["elicitation"];
  const sampling = capabilities["sampling"];
  const url = isObject(elicitation) && isObject(elicitation["url"]);
  return {
    elicitationForm: isObject(elicitation) && (isObject(elicitation["form"]) || !url),
    elicitationUrl: url,
    sampling: isObject(sampling),
    samplingTools: isObject(sampling) && isObject(sampling["tools"]),
    roots: isObject(capabilities["roots"]),
  };
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
