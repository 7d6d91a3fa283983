import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";

/** Content of a message for a model (MCP, sampling); the last two belong to tools. */
const CONTENT: ReadonlySet<unknown> = new Set(["text", "image", "audio", "tool_use", "tool_result"]);

/**
 * What is wrong with a request for sampling whatever the operator allows: messages are those of a user or an assistant, never
 * of a system, and the number of tokens is one (MCP, sampling; S10). Undefined: nothing.
 */
export function asksModel({ messages, maxTokens }: JsonObject): string | undefined {
  if (!Array.isArray(messages)) return "asked the model without a list of messages.";
  for (const message of messages) {
    const { role, content } = isObject(message) ? message : {};
    if (role !== "user" && role !== "assistant")
      return "asked the model with a message of a role that is neither user nor assistant.";
    const blocks: Json[] = Array.isArray(content) ? content : [content ?? null];
    if (!blocks.every((block) => isObject(block) && CONTENT.has(block["type"])))
      return "asked the model with content that is neither text, nor an image, nor a sound, nor of a tool.";
  }
  if (maxTokens !== undefined && !(Number.isSafeInteger(maxTokens) && Number(maxTokens) > 0))
    return "asked the model for a number of tokens that is none.";
  return undefined;
}
