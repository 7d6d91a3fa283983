import type { Era } from "../kernel/call.ts";
import { isObject } from "../kernel/json.ts";
import type { Json, JsonObject } from "../kernel/json.ts";
import { contentBlock, resourceContents } from "./content.ts";
import {
  asObject,
  each,
  inside,
  isApp,
  keepAnnotations,
  keepBooleans,
  keepCount,
  keepMediaType,
  keepMeta,
  keepStrings,
  nameAt,
  ShapeFault,
  stringAt,
} from "./shape.ts";
import { CLIENT_REQUESTS } from "./versions.ts";

export { ShapeFault } from "./shape.ts";

/**
 * The tool as it is forwarded and pinned (W7): name, title, description, both schemas untouched, the five hints, foreign
 * `_meta`. Icons, `execution` (core tasks) and what is unknown are left out.
 *
 * @throws ShapeFault
 */
export function forwardedTool(raw: Json): JsonObject {
  const tool = asObject(raw);
  const kept: JsonObject = { name: nameAt(tool) };
  keepStrings(tool, kept, ["title", "description"]);
  const input = inside("inputSchema", tool["inputSchema"], asObject);
  if (input["type"] !== "object") throw new ShapeFault("inputSchema.type", 'must be "object"');
  kept["inputSchema"] = input;
  if (tool["outputSchema"] !== undefined) kept["outputSchema"] = inside("outputSchema", tool["outputSchema"], asObject);
  if (tool["annotations"] !== undefined) kept["annotations"] = inside("annotations", tool["annotations"], toolHints);
  keepMeta(tool, kept);
  return kept;
}

function toolHints(value: Json | undefined): JsonObject {
  const raw = asObject(value);
  const kept: JsonObject = {};
  keepStrings(raw, kept, ["title"]);
  keepBooleans(raw, kept, ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"]);
  return kept;
}

/**
 * The prompt as it is forwarded and pinned (W7).
 *
 * @throws ShapeFault
 */
export function forwardedPrompt(raw: Json): JsonObject {
  const prompt = asObject(raw);
  const kept: JsonObject = { name: nameAt(prompt) };
  keepStrings(prompt, kept, ["title", "description"]);
  if (prompt["arguments"] !== undefined) kept["arguments"] = each("arguments", prompt["arguments"], promptArgument);
  keepMeta(prompt, kept);
  return kept;
}

function promptArgument(value: Json): JsonObject {
  const raw = asObject(value);
  const kept: JsonObject = { name: nameAt(raw) };
  keepStrings(raw, kept, ["title", "description"]);
  keepBooleans(raw, kept, ["required"]);
  return kept;
}

/**
 * The resource template as it is forwarded and pinned (W7).
 *
 * @throws ShapeFault, also for the template of an MCP App
 */
export function forwardedTemplate(raw: Json): JsonObject {
  return located(raw, "uriTemplate");
}

/**
 * The resource as it is listed (W7).
 *
 * @throws ShapeFault, also for an MCP App
 */
export function forwardedResource(raw: Json): JsonObject {
  return located(raw, "uri");
}

function located(raw: Json, address: "uri" | "uriTemplate"): JsonObject {
  const resource = asObject(raw);
  const at = stringAt(resource, address);
  if (at === "") throw new ShapeFault(address, "must not be empty");
  if (isApp(at)) throw new ShapeFault(address, "must not be ui://: MCP Apps are not forwarded");
  const kept: JsonObject = { [address]: at, name: nameAt(resource) };
  keepStrings(resource, kept, ["title", "description"]);
  keepMediaType(resource, kept);
  if (address === "uri") keepCount(resource, kept, "size");
  keepAnnotations(resource, kept);
  keepMeta(resource, kept);
  return kept;
}

/** Methods whose result may ask the client for something first (MCP 2026-07-28, MRTR). */
const MAY_ASK: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);

/**
 * The result of an upstream in the neutral model (2026-07-28), rebuilt by the pass-list of its method (W7): known
 * members alone, `resultType` always set, MCP Apps replaced by a text that says so. Of a legacy result `resultType` and
 * what belongs to it mean nothing and are left out.
 *
 * @throws ShapeFault for a malformed result, an unknown `resultType`, a method without a pass-list
 */
export function forwardedResult(method: string, raw: Json, era: Era): JsonObject {
  const result = asObject(raw);
  const resultType = era === "modern" ? (result["resultType"] ?? "complete") : "complete";
  let kept: JsonObject;
  if (resultType === "input_required" && MAY_ASK.has(method)) kept = inputRequired(result);
  else if (resultType !== "complete") throw new ShapeFault("resultType", `is none that ${method} may answer`);
  else kept = complete(method, result, era);
  keepMeta(result, kept);
  return kept;
}

function complete(method: string, result: JsonObject, era: Era): JsonObject {
  const kept: JsonObject = { resultType: "complete" };
  switch (method) {
    case "tools/call":
      toolResult(result, kept, era);
      break;
    case "resources/read":
      kept["contents"] = each("contents", result["contents"], resourceContents);
      caching(result, kept);
      break;
    case "prompts/get":
      keepStrings(result, kept, ["description"]);
      kept["messages"] = each("messages", result["messages"], promptMessage);
      break;
    case "completion/complete":
      kept["completion"] = inside("completion", result["completion"], completion);
      break;
    default:
      throw new ShapeFault("", "belongs to a method whose results are not forwarded");
  }
  return kept;
}

function toolResult(result: JsonObject, kept: JsonObject, era: Era): void {
  const { content, structuredContent } = result;
  // The reference clients read a missing list as an empty one.
  kept["content"] = content === undefined ? [] : each("content", content, contentBlock);
  if (structuredContent !== undefined) {
    // Any JSON value since 2026-07-28.
    if (era === "legacy" && !isObject(structuredContent))
      throw new ShapeFault("structuredContent", "must be an object");
    kept["structuredContent"] = structuredContent;
  }
  keepBooleans(result, kept, ["isError"]);
}

/** Without its caching fields (older servers) a result is stale at once and nobody else's. */
function caching(result: JsonObject, kept: JsonObject): void {
  kept["ttlMs"] = 0;
  keepCount(result, kept, "ttlMs");
  const scope = result["cacheScope"] ?? "private";
  if (scope !== "public" && scope !== "private") throw new ShapeFault("cacheScope", 'must be "public" or "private"');
  kept["cacheScope"] = scope;
}

function promptMessage(value: Json): JsonObject {
  const { role, content } = asObject(value);
  if (role !== "user" && role !== "assistant") throw new ShapeFault("role", 'must be "user" or "assistant"');
  return { role, content: inside("content", content, contentBlock) };
}

/** At most this many values in one completion (MCP 2026-07-28, completion). */
const MAX_COMPLETIONS = 100;

function completion(value: Json | undefined): JsonObject {
  const raw = asObject(value);
  const { values } = raw;
  if (!Array.isArray(values) || values.length > MAX_COMPLETIONS || !values.every((v) => typeof v === "string")) {
    throw new ShapeFault("values", `must be an array of at most ${MAX_COMPLETIONS} strings`);
  }
  const kept: JsonObject = { values };
  keepCount(raw, kept, "total");
  keepBooleans(raw, kept, ["hasMore"]);
  return kept;
}

function inputRequired(result: JsonObject): JsonObject {
  const kept: JsonObject = { resultType: "input_required" };
  const { inputRequests, requestState } = result;
  if (inputRequests === undefined && requestState === undefined) {
    throw new ShapeFault("inputRequests", "must be there, or requestState");
  }
  if (inputRequests !== undefined) kept["inputRequests"] = inside("inputRequests", inputRequests, requests);
  keepStrings(result, kept, ["requestState"]);
  return kept;
}

function requests(value: Json | undefined): JsonObject {
  const kept = Object.entries(asObject(value)).map(([key, request]): [string, JsonObject] => {
    const { method, params } = asObject(request);
    if (typeof method !== "string" || !CLIENT_REQUESTS.has(method)) {
      throw new ShapeFault("", `must each have one of the methods ${[...CLIENT_REQUESTS].join(", ")}`);
    }
    return [key, params === undefined ? { method } : { method, params: inside("params", params, requestParams) }];
  });
  return Object.fromEntries(kept);
}

/** What a client is asked is judged elsewhere; here its envelope is cleaned. */
function requestParams(value: Json | undefined): JsonObject {
  const { _meta, ...params } = asObject(value);
  if (_meta !== undefined) keepMeta({ _meta }, params);
  return params;
}
