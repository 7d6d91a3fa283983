import type { Era } from "../../kernel/call.ts";
import { Refused } from "../../kernel/errors.ts";
import { isObject } from "../../kernel/json.ts";
import type { Json } from "../../kernel/json.ts";
import { isLegacy, MODERN, SUPPORTED } from "../../protocol/versions.ts";
import type { Outcome } from "./exchange.ts";

/**
 * The era that an answer to the probe `server/discover` tells (MCP 2026-07-28, Versioning, Backward Compatibility). A recognised modern
 * error is one; any other protocol answer is a legacy server's. That a server cannot be reached or does not let us in is no evidence.
 * @param silenceIsLegacy a pipe's server that does not answer or dies from the probe is a legacy one
 * @throws Refused where nothing can be told, or no revision is shared
 */
export function eraOf(name: string, outcome: Outcome, silenceIsLegacy: boolean): Era {
  switch (outcome.kind) {
    case "result":
      return Array.isArray(outcome.result.supportedVersions)
        ? shared(name, outcome.result.supportedVersions)
        : "legacy";
    case "fault": {
      const { code, data } = outcome.fault;
      if (code === -32022)
        return isObject(data) && Array.isArray(data.supported) ? shared(name, data.supported) : "legacy";
      return code === -32020 || code === -32021 ? "modern" : "legacy";
    }
    case "asked":
      return "legacy";
    default: {
      const { status } = outcome;
      if (silenceIsLegacy) return "legacy";
      if (
        status !== undefined &&
        (status === 200 || (status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429))
      )
        return "legacy";
      throw new Refused(outcome.refusal);
    }
  }
}

function shared(name: string, versions: readonly Json[]): Era {
  if (versions.includes(MODERN)) return "modern";
  if (versions.some((version) => typeof version === "string" && isLegacy(version))) return "legacy";
  const message = `The server ${name} offers no revision that Cardea speaks; it speaks ${SUPPORTED.join(", ")}.`;
  throw new Refused({ code: "upstream_unavailable", message, executed: "no" });
}
