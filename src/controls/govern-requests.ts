import type { Answered, ClientProfile } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";

/** What the operator lets a server ask of the client (configuration `requests`; all off by default). */
export interface Allowed {
  readonly elicitation: boolean;
  readonly sampling: boolean;
  readonly roots: boolean;
}

/** Questions whose keys begin so are the gateway's own. */
const OWN = "cardea.";

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  "elicitation/create": ["mode", "message", "requestedSchema", "url", "elicitationId"],
  "sampling/createMessage": [
    "messages",
    "modelPreferences",
    "systemPrompt",
    "includeContext",
    "temperature",
    "maxTokens",
    "stopSequences",
    "metadata",
    "tools",
    "toolChoice",
  ],
  "roots/list": [],
};

/**
 * What an upstream asks of the person or the model (elicitation, sampling, roots) passes only where the operator allows
 * it for this server and the client declared that it can be asked; members by pass-list (W3, W7, S10 in part).
 */
export function governRequests(allowed: (server: string) => Allowed): Control<Answered> {
  return {
    name: "govern-requests",
    ids: ["W3", "W7"],
    judge(call) {
      if (call.result["resultType"] !== "input_required") return pass(call);
      const requests = call.result["inputRequests"];
      const kept: JsonObject = {};
      for (const [key, request] of Object.entries(isObject(requests) ? requests : {})) {
        const method = isObject(request) ? request["method"] : undefined;
        const members = typeof method === "string" ? MEMBERS[method] : undefined;
        if (key.startsWith(OWN))
          return deny({
            code: "upstream_invalid",
            message: `The server ${call.target.server} asked under a name that is the gateway's own.`,
            control: "W7",
            executed: "unknown",
          });
        if (!isObject(request) || typeof method !== "string" || members === undefined)
          return deny({
            code: "upstream_invalid",
            message: `The server ${call.target.server} asked for something that the protocol does not know.`,
            control: "W3",
            executed: "unknown",
          });
        const params = isObject(request["params"]) ? request["params"] : {};
        if (!isAllowed(method, allowed(call.target.server)))
          return deny({
            code: "request_not_governed",
            message: `The server ${call.target.server} asked for ${method}, which its operator has not allowed. Allow it in the configuration under servers.${call.target.server}.requests.`,
            control: "W3",
            executed: "unknown",
          });
        const missing = missingCapability(method, params, call.profile);
        if (missing !== undefined)
          return deny({
            code: "missing_capability",
            message: `The server ${call.target.server} needs ${method}, which this client did not declare.`,
            control: "W3",
            executed: "unknown",
            data: { requiredCapabilities: missing },
          });
        const asked: JsonObject = {};
        for (const member of members) {
          const value = params[member];
          if (value !== undefined) asked[member] = value;
        }
        kept[key] = { method, params: asked };
      }
      return pass({ ...call, result: { ...call.result, ...(requests === undefined ? {} : { inputRequests: kept }) } });
    },
  };
}

/** Whether the operator lets the server ask this. */
export function isAllowed(method: string, allowed: Allowed): boolean {
  if (method === "elicitation/create") return allowed.elicitation;
  if (method === "sampling/createMessage") return allowed.sampling;
  return allowed.roots;
}

/** What the client would have had to declare to be asked this; undefined where it did. */
export function missingCapability(method: string, params: JsonObject, profile: ClientProfile): JsonObject | undefined {
  if (method === "sampling/createMessage") {
    if (!profile.sampling) return { sampling: {} };
    return params["tools"] !== undefined && !profile.samplingTools ? { sampling: { tools: {} } } : undefined;
  }
  if (method === "roots/list") return profile.roots ? undefined : { roots: {} };
  if (params["mode"] === "url") return profile.elicitationUrl ? undefined : { elicitation: { url: {} } };
  return profile.elicitationForm ? undefined : { elicitation: { form: {} } };
}
