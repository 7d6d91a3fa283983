import type { Executed, Refusal } from "../kernel/errors.ts";
import { isObject } from "../kernel/json.ts";
import type { Json } from "../kernel/json.ts";
import type { RpcError } from "./jsonrpc.ts";

const MAX_SHOWN = 300;
const MAX_READ = 4_000;

/** What is cut from an upstream's error text, in this order. */
const CUTS: readonly (readonly [RegExp, string])[] = [
  // Everything from the first frame of a stack trace.
  [/\s*(?:\n\s+at\s|\n\s*File "|Traceback \(most recent call last\)|\n\s*goroutine \d)[\s\S]*$/, ""],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escapes are what is looked for
  [/\u001b(?:\[[0-?]*[ -/]*[@-~]|[@-_])/g, ""],
  [/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " "],
  [
    /\b(?:select\b[^;]*\bfrom|insert\s+into|update\b[^;]*\bset|delete\s+from|(?:create|alter|drop)\s+table)\b.*$/i,
    "[query]",
  ],
  [
    /\b(?:https?|wss?|ftp|file|jdbc:\w+|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?):\/\/[^\s"'<>)]*/gi,
    "[address]",
  ],
  [/(?<![\w/])(?:[a-z]:\\|\\\\|~?\/)(?:[^\s"'`:;,<>()[\]\\/]+[\\/])*[^\s"'`:;,<>()[\]\\/]+[\\/]?/gi, "[path]"],
  [/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.]*\d)/g, "[address]"],
  [/\[?(?:[0-9a-f]{1,4}:){3,7}(?:[0-9a-f]{1,4}|:)\]?(?::\d{1,5})?/gi, "[address]"],
  [/\b(?:localhost|(?:[a-z0-9-]+\.)+[a-z]{2,}):\d{2,5}\b/gi, "[address]"],
  [/\b(?:[a-z0-9-]+\.)+(?:internal|local|lan|corp|intranet|svc|cluster)\b/gi, "[address]"],
];

/** An upstream's error text made fit to be shown (S1): one line, at most 300 characters, no stack, path, host, address or SQL. */
export function screenedMessage(text: string): string {
  let shown = text.slice(0, MAX_READ);
  for (const [pattern, instead] of CUTS) shown = shown.replace(pattern, instead);
  shown = shown.replace(/\s+/g, " ").trim();
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN - 1).toWellFormed()}…` : shown;
}

/** Codes by which a server turns a request away: unreadable, no request, no such method or params, headers, capability, version. */
const NOT_BEGUN = new Set([-32700, -32600, -32601, -32602, -32020, -32021, -32022]);

/**
 * The refusal that an upstream's error becomes. Its code is kept where it is one of JSON-RPC's (-32700 to -32600); "resource
 * not found" of older revisions (-32002) becomes -32602. Of `data` only the URI of a resource that was asked for stays.
 * @param params the JSON text of what was sent
 * @param atDoor the error came with an HTTP error status. Elsewhere its code tells nothing of the execution: servers pass on
 * errors that they met in the middle of a call.
 */
export function refusalOfFault(
  server: string,
  fault: RpcError,
  params: string,
  atDoor: boolean,
): { refusal: Refusal; executed: Executed } {
  const executed: Executed = atDoor && NOT_BEGUN.has(fault.code) ? "no" : "unknown";
  const text = screenedMessage(fault.message);
  const message = `The server ${server} answered error ${fault.code}${text === "" ? "." : `: ${text}`}`;
  if (fault.code === -32021) {
    const data = requiredCapabilities(fault.data);
    if (data !== undefined) return { refusal: { code: "missing_capability", message, executed, data }, executed };
  }
  const code = fault.code === -32002 ? -32602 : fault.code;
  const uri = code === -32602 && isObject(fault.data) ? fault.data.uri : undefined;
  const known = typeof uri === "string" && params.includes(JSON.stringify(uri));
  return {
    refusal: {
      code: "upstream_error",
      message,
      executed,
      ...(code >= -32700 && code <= -32600 && { upstreamCode: code }),
      ...(known && { data: { uri } }),
    },
    executed,
  };
}

/** The known names of `data.requiredCapabilities` (2026-07-28, MissingRequiredClientCapability). */
function requiredCapabilities(data: Json | undefined): Record<string, unknown> | undefined {
  const required = isObject(data) ? data.requiredCapabilities : undefined;
  if (!isObject(required)) return undefined;
  const known = ["elicitation", "sampling", "roots"].filter((name) => isObject(required[name]));
  return known.length === 0 ? undefined : { requiredCapabilities: Object.fromEntries(known.map((name) => [name, {}])) };
}
