import type { Answered, ClientProfile } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Refusal } from "../kernel/errors.ts";
import { isObject, type Json, type JsonObject } from "../kernel/json.ts";
import { asksSecret } from "../domain/inspection/asking.ts";
import { pageOf } from "../domain/inspection/asking-page.ts";
import { asksModel } from "../domain/inspection/asking-model.ts";

/** What the operator lets a server ask of the client at all (configuration `requests`; off by default). */
export interface AllowedKinds {
  readonly elicitation: boolean;
  readonly sampling: boolean;
  readonly roots: boolean;
}

/** The same with what it may ask for. */
export interface Allowed extends AllowedKinds {
  /** A request for sampling may bring a system prompt of its own. */
  readonly systemPrompt: boolean;
  /** A request for sampling may ask for what else the client knows. */
  readonly context: boolean;
  /** A request for sampling may bring tools of its own. */
  readonly tools: boolean;
  /** Most tokens that a request for sampling asks for. */
  readonly maxTokens: number;
  /** Most questions in one call, all its legs together. */
  readonly most: number;
}

/** Longest message to a person, and longest form in JSON, in characters. */
const [LONGEST_MESSAGE, LONGEST_FORM] = [4_000, 32_768];

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
 * it for this server and the client declared that it can be asked; members by pass-list (W3, W7). It says who asks, asks for
 * no secrets, opens no page but by https, brings no system prompt and no tools, takes no context, and does not go on for
 * ever (S10). Its texts were screened before.
 */
export function governRequests(allowed: (server: string) => Allowed): Control<Answered> {
  return {
    name: "govern-requests",
    ids: ["W3", "W7", "S10"],
    judge(call) {
      if (call.result["resultType"] !== "input_required") return pass(call);
      const requests = call.result["inputRequests"];
      const rules = allowed(call.target.server);
      const asked = Object.entries(isObject(requests) ? requests : {});
      if ((call.asked ?? 0) + asked.length > rules.most)
        return deny(
          refusal(
            call,
            "request_not_governed",
            "S10",
            `asked more than ${rules.most} times in one call, which is the most (requests.most).`,
          ),
        );
      const kept: JsonObject = {};
      for (const [key, request] of asked) {
        const said = judgeOne(call, key, request, rules);
        if ("code" in said) return deny(said as unknown as Refusal);
        kept[key] = said;
      }
      return pass({ ...call, result: { ...call.result, ...(requests === undefined ? {} : { inputRequests: kept }) } });
    },
  };
}

/** The request as the client gets it, or why it does not. */
function judgeOne(call: Answered, key: string, request: Json, rules: Allowed): JsonObject | Refusal {
  const method = isObject(request) ? request["method"] : undefined;
  const members = typeof method === "string" ? MEMBERS[method] : undefined;
  if (key.startsWith(OWN))
    return refusal(call, "upstream_invalid", "W7", "asked under a name that is the gateway's own.");
  if (!isObject(request) || typeof method !== "string" || members === undefined)
    return refusal(call, "upstream_invalid", "W3", "asked for something that the protocol does not know.");
  const params = isObject(request["params"]) ? request["params"] : {};
  const { server } = call.target;
  if (!isAllowed(method, rules))
    return refusal(
      call,
      "request_not_governed",
      "W3",
      `asked for ${method}, which its operator has not allowed. Allow it in the configuration under servers.${server}.requests.`,
    );
  const missing = missingCapability(method, params, call.profile);
  if (missing !== undefined)
    return {
      code: "missing_capability",
      message: `The server ${server} needs ${method}, which this client did not declare.`,
      control: "W3",
      executed: "unknown",
      data: { requiredCapabilities: missing },
    };
  const not = whyNot(method, params, rules);
  if (not !== undefined) return refusal(call, "request_not_governed", "S10", not);
  const asked: JsonObject = {};
  for (const member of members) {
    const value = params[member];
    if (value !== undefined) asked[member] = value;
  }
  return { method, params: attributed(server, method, asked, rules) };
}

/** The request as it names the server that asks. */
function attributed(server: string, method: string, asked: JsonObject, rules: Allowed): JsonObject {
  if (method === "elicitation/create") {
    const page = asked["mode"] === "url" ? pageOf(asked["url"]) : undefined;
    if (page === undefined || "not" in page)
      return { ...asked, message: `The server ${server} asks: ${asked["message"]}` };
    const message = `The server ${server} asks to open a page at ${page.host}: ${asked["message"]}`;
    return { ...asked, message, url: page.href };
  }
  if (method !== "sampling/createMessage") return asked;
  const own = typeof asked["systemPrompt"] === "string" ? ` It says of itself: ${asked["systemPrompt"]}` : "";
  const maxTokens = Math.min(Number(asked["maxTokens"] ?? rules.maxTokens), rules.maxTokens);
  return { ...asked, maxTokens, systemPrompt: `The server ${server} asks for this text, not the person.${own}` };
}

/** What no operator's general permission covers. */
function whyNot(method: string, params: JsonObject, rules: Allowed): string | undefined {
  if (method === "elicitation/create") return whyNotAPerson(params);
  if (method !== "sampling/createMessage") return undefined;
  const wrong = asksModel(params);
  if (wrong !== undefined) return wrong;
  if (params["systemPrompt"] !== undefined && !rules.systemPrompt)
    return "brought a system prompt for the model, which its operator has not allowed (requests.systemPrompt).";
  const context = params["includeContext"] ?? "none";
  if (context !== "none" && !rules.context)
    return "asked for what else the client knows, which its operator has not allowed (requests.context).";
  if ((params["tools"] !== undefined || params["toolChoice"] !== undefined) && !rules.tools)
    return "brought tools for the model, which its operator has not allowed (requests.tools).";
  return undefined;
}

function whyNotAPerson({ mode = "form", message, url, requestedSchema }: JsonObject): string | undefined {
  if (typeof message !== "string") return "asked a person without a message.";
  if (message.length > LONGEST_MESSAGE)
    return `asked a person with a message of more than ${LONGEST_MESSAGE} characters, which is the most.`;
  if (mode === "url") {
    const page = pageOf(url);
    return "not" in page
      ? `asked a person to open a page, and the request ${page.not}; https alone is accepted.`
      : undefined;
  }
  if (mode !== "form") return "asked a person in a mode that is neither form nor url.";
  if (requestedSchema !== undefined && JSON.stringify(requestedSchema).length > LONGEST_FORM)
    return `asked a person with a form of more than ${LONGEST_FORM} characters, which is the most.`;
  const secret = asksSecret(message, requestedSchema);
  return secret === undefined ? undefined : `asked for a secret in a form (${secret}), which no server may.`;
}

function refusal(
  { target }: Answered,
  code: "request_not_governed" | "upstream_invalid",
  control: string,
  what: string,
): Refusal {
  return { code, message: `The server ${target.server} ${what}`, control, executed: "unknown" };
}

/** Whether the operator lets the server ask this. */
export function isAllowed(method: string, allowed: AllowedKinds): boolean {
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
