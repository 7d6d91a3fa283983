import { isObject, type JsonObject } from "../../kernel/json.ts";

/** What a completion is about: an argument or variable, and the values that others have so far. */
export interface Completing {
  readonly name: string;
  readonly context: JsonObject;
}

/** Reads what a `completion/complete` that is sent upstream is about. */
export function completing(sent: JsonObject): Completing {
  const [argument, context] = [sent["argument"], sent["context"]];
  const given = isObject(context) ? context["arguments"] : undefined;
  return { name: isObject(argument) ? String(argument["name"]) : "", context: isObject(given) ? given : {} };
}

/**
 * A completion without the values that may not be used.
 * @param may whether the arguments or variables could be used with the suggested value
 * @returns the same object where nothing goes; else without `total`, which would count what is not shown
 */
export function permittedSuggestions(
  result: JsonObject,
  { name, context }: Completing,
  may: (values: JsonObject) => boolean,
): JsonObject {
  const { completion } = result;
  if (!isObject(completion) || !Array.isArray(completion["values"])) return result;
  const values = completion["values"].filter((value) => may({ ...context, [name]: value }));
  if (values.length === completion["values"].length) return result;
  const { total: _total, ...rest } = completion;
  return { ...result, completion: { ...rest, values } };
}
