import type { ClientProfile } from "../../kernel/call.ts";
import { isObject } from "../../kernel/json.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import type { AllowedRequests } from "../modern/upstream-request.ts";

/**
 * One request of 2025-11-25 and older as JSON text; what was judged is spliced in as it is.
 * @param params JSON text of an object without `_meta`
 * @param progress the request asks for progress; its token is its id
 */
export function legacyRequest(id: number, method: string, params: string, progress: boolean): string {
  const rest = params.length > 2 ? `,${params.slice(1)}` : "}";
  const body = progress ? `{"_meta":{"progressToken":${id}}${rest}` : params;
  return `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${body}}`;
}

/** `notifications/cancelled` for a request of ours. */
export function cancelledText(id: number): string {
  return `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id},"reason":"cancelled"}}`;
}

/**
 * Whether an upstream may make this request of this client: the operator allows it and the client can answer it.
 * @returns undefined if so, else why not
 */
export function whyNotAsked(
  method: string,
  params: JsonObject,
  profile: ClientProfile,
  allowed: AllowedRequests,
): string | undefined {
  switch (method) {
    case "elicitation/create": {
      if (!allowed.elicitation) return "elicitation is not allowed for this server";
      if (params.mode !== undefined && params.mode !== "form" && params.mode !== "url")
        return "the elicitation mode is unknown";
      const able = params.mode === "url" ? profile.elicitationUrl : profile.elicitationForm;
      return able ? undefined : "the client cannot answer this elicitation";
    }
    case "sampling/createMessage":
      if (!allowed.sampling) return "sampling is not allowed for this server";
      if (!profile.sampling) return "the client cannot sample";
      return params.tools !== undefined && !profile.samplingTools ? "the client cannot sample with tools" : undefined;
    case "roots/list":
      if (!allowed.roots) return "roots are not allowed for this server";
      return profile.roots ? undefined : "the client has no roots";
    default:
      return "the method is unknown";
  }
}

/** A server's request in the neutral form of `inputRequests`: without `_meta`, the task hint and `elicitationId`, which 2026-07-28 does not have. */
export function neutralAsk(method: string, params: JsonObject): JsonObject {
  const { _meta, task: _task, elicitationId: _id, ...kept } = params;
  return { method, params: kept };
}

/** Members of an answer that an upstream gets, by the method that it asked with. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  "elicitation/create": ["action", "content"],
  "sampling/createMessage": ["role", "content", "model", "stopReason"],
  "roots/list": ["roots"],
};

/** One of `inputResponses` as the result that the upstream waits for. */
export function legacyAnswer(method: string, response: JsonObject): JsonObject {
  const names = ANSWERS[method] ?? [];
  return Object.fromEntries(names.flatMap((name) => (response[name] === undefined ? [] : [[name, response[name]]])));
}

/** The URL elicitations that an error -32042 (2025-11-25, URLElicitationRequiredError) names; undefined where its data is not that. */
export function urlElicitations(data: Json | undefined): JsonObject[] | undefined {
  const list = isObject(data) ? data.elicitations : undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length > 16) return undefined;
  const asks: JsonObject[] = [];
  for (const item of list) {
    if (!isObject(item) || typeof item.url !== "string" || typeof item.message !== "string") return undefined;
    asks.push({ method: "elicitation/create", params: { mode: "url", url: item.url, message: item.message } });
  }
  return asks;
}

/** A legacy server's capabilities in the neutral form of `server/discover`, what is not governed left out. */
export function neutralCapabilities(declared: JsonObject): JsonObject {
  const flags = (kind: string, names: readonly string[]): JsonObject => {
    const value = declared[kind];
    if (!isObject(value)) return {};
    return { [kind]: Object.fromEntries(names.flatMap((name) => (value[name] === true ? [[name, true]] : []))) };
  };
  return {
    ...flags("tools", ["listChanged"]),
    ...flags("prompts", ["listChanged"]),
    ...flags("resources", ["subscribe", "listChanged"]),
    ...flags("completions", []),
    ...flags("logging", []),
  };
}
