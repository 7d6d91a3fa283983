import type { ClientProfile } from "../../kernel/call.ts";
import { type Refusal, refuse } from "../../kernel/errors.ts";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import { LOG_LEVELS, profileOf, traceOf } from "../capabilities.ts";
import { decodeHeaderValue } from "../headers.ts";
import {
  META_CLIENT_CAPABILITIES,
  META_CLIENT_INFO,
  META_LOG_LEVEL,
  META_PROTOCOL_VERSION,
  META_SERVER_INFO,
  MODERN,
  SUPPORTED,
} from "../versions.ts";

/** What the `_meta` envelope of a 2026-07-28 request says; everything else in `_meta` ends here (W7). */
export interface Envelope {
  readonly profile: ClientProfile;
  readonly clientName: string | undefined;
  readonly logLevel: string | undefined;
  readonly progressToken: string | number | undefined;
  readonly trace: string | undefined;
  /** `params` without `_meta`. */
  readonly params: JsonObject;
}

/** Whether a message carries the envelope of the stateless era. */
export function hasEnvelope(params: JsonObject): boolean {
  const meta = params["_meta"];
  return isObject(meta) && meta[META_PROTOCOL_VERSION] !== undefined;
}

/**
 * Reads and checks the envelope (2026-07-28, basic, `_meta`). Throws `Refused`: `unsupported_version`, `invalid_params`.
 * @param version value of the header `MCP-Protocol-Version`, undefined where there was none
 */
export function readEnvelope(params: JsonObject, version: string | undefined): Envelope {
  const { _meta: meta, ...rest } = params;
  if (!isObject(meta))
    refuse("invalid_params", "`params._meta` with the keys of revision 2026-07-28 is missing.", {
      path: "/params/_meta",
    });
  const named = meta[META_PROTOCOL_VERSION];
  if (typeof named !== "string")
    refuse("invalid_params", `\`params._meta["${META_PROTOCOL_VERSION}"]\` must be a string.`, {
      path: "/params/_meta",
    });
  if (version === undefined)
    refuse("header_mismatch", `The header MCP-Protocol-Version is missing; \`_meta\` says ${quote(named)}.`, {
      path: "MCP-Protocol-Version",
    });
  if (version !== named)
    refuse(
      "header_mismatch",
      `The header MCP-Protocol-Version says ${quote(version)}, \`_meta\` says ${quote(named)}.`,
      {
        path: "MCP-Protocol-Version",
      },
    );
  if (named !== MODERN) throw unsupported(named);
  const capabilities = meta[META_CLIENT_CAPABILITIES];
  if (!isObject(capabilities))
    refuse("invalid_params", `\`params._meta["${META_CLIENT_CAPABILITIES}"]\` must be an object.`, {
      path: "/params/_meta",
    });
  const info = meta[META_CLIENT_INFO];
  const level = meta[META_LOG_LEVEL];
  if (level !== undefined && (typeof level !== "string" || !LOG_LEVELS.includes(level)))
    refuse("invalid_params", `The log level must be one of ${LOG_LEVELS.join(", ")}.`, { path: "/params/_meta" });
  const token = meta["progressToken"];
  return {
    profile: profileOf(capabilities),
    clientName: isObject(info) && typeof info["name"] === "string" ? info["name"] : undefined,
    logLevel: level as string | undefined,
    progressToken: typeof token === "string" || typeof token === "number" ? token : undefined,
    trace: traceOf(meta["traceparent"]),
    params: rest,
  };
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 40));

/** The refusal of a revision that is not spoken here (`-32022`). */
function unsupported(requested: string): never {
  const refusal: Omit<Refusal, "code" | "message"> = {
    data: { supported: SUPPORTED, requested: requested.slice(0, 40) },
  };
  refuse(
    "unsupported_version",
    `Revision ${quote(requested)} is not supported here; these are: ${SUPPORTED.join(", ")}.`,
    refusal,
  );
}

/** `Mcp-Name` mirrors this member of `params`, for these methods. */
const NAMED: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
};

/**
 * The headers of a 2026-07-28 request agree with its body (2026-07-28, Streamable HTTP, standard headers).
 * Throws `Refused` with `header_mismatch`.
 * @param headers lower-case names
 */
export function checkStandardHeaders(
  method: string,
  params: JsonObject,
  headers: Readonly<Record<string, string | undefined>>,
): void {
  const said = headers["mcp-method"];
  if (said === undefined)
    refuse("header_mismatch", `The header Mcp-Method is missing; the body says ${quote(method)}.`, {
      path: "Mcp-Method",
    });
  if (said !== method)
    refuse("header_mismatch", `The header Mcp-Method says ${quote(said)}, the body says ${quote(method)}.`, {
      path: "Mcp-Method",
    });
  const member = NAMED[method];
  if (member === undefined) return;
  const value = params[member];
  if (typeof value !== "string") return;
  const raw = headers["mcp-name"];
  if (raw === undefined)
    refuse("header_mismatch", `The header Mcp-Name is missing; it must repeat \`params.${member}\`.`, {
      path: "Mcp-Name",
    });
  let name: string;
  try {
    name = decodeHeaderValue(raw);
  } catch {
    refuse("header_mismatch", "The header Mcp-Name is not valid: base64 between =?base64? and ?= was expected.", {
      path: "Mcp-Name",
    });
  }
  if (name !== value)
    refuse("header_mismatch", `The header Mcp-Name differs from \`params.${member}\`.`, { path: "Mcp-Name" });
}

/** Makes results say who answers (`_meta` serverInfo), as text that is spliced into every result. */
export function presentModern(info: JsonObject): (result: JsonObject) => string {
  const own = `"_meta":${JSON.stringify({ [META_SERVER_INFO]: info })}}`;
  return (result) => {
    const meta = result["_meta"];
    // The usual result has no `_meta`, and its type: it is written as it is, with ours after it.
    if (meta === undefined && result["resultType"] !== undefined)
      return `${JSON.stringify(result).slice(0, -1)},${own}`;
    const others = isObject(meta) ? meta : {};
    return JSON.stringify({ resultType: "complete", ...result, _meta: { ...others, [META_SERVER_INFO]: info } });
  };
}
