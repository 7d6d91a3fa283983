import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { canonical } from "../../protocol/jcs.ts";
import { embedded, written } from "./embedded.ts";

/** A value without the members at these places. Items of lists stay: what follows them would move. */
export function dropMembers(value: Json, pointers: readonly string[]): Json {
  return pointers.reduce((rest, pointer) => without(rest, pointer.slice(1).split("/").map(unescaped)), value);
}

const unescaped = (step: string): string => step.replaceAll("~1", "/").replaceAll("~0", "~");

function without(value: Json, [step, ...deeper]: readonly string[]): Json {
  if (step === undefined) return value;
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === step ? without(item, deeper) : item));
  if (!isObject(value) || !Object.hasOwn(value, step)) return value;
  const members = Object.entries(value);
  if (deeper.length === 0) return Object.fromEntries(members.filter(([name]) => name !== step));
  return Object.fromEntries(members.map(([name, one]) => [name, name === step ? without(one, deeper) : one]));
}

/** The result with other structured content, in the member and in every text that says the same. */
export function restructured(result: JsonObject, content: Json): JsonObject {
  const before = canonical(result["structuredContent"] ?? null);
  const blocks = Array.isArray(result["content"]) ? result["content"] : [];
  const said = blocks.map((block) => {
    if (!isObject(block) || typeof block["text"] !== "string") return block;
    const copy = embedded(block["text"]);
    return copy === undefined || canonical(copy) !== before
      ? block
      : { ...block, text: written(content, block["text"]) };
  });
  return { ...result, structuredContent: content, content: said };
}
