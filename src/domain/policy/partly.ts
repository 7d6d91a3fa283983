import type { JsonObject } from "../../kernel/json.ts";
import { could, type Value } from "./could.ts";
import { knownOf, type Request, type Values } from "./question.ts";
import type { Selected } from "./selection.ts";

/**
 * Whether a call could be permitted that has these arguments, whatever the others will be: some permit may hold, and no forbid
 * holds for certain. Only texts are looked at.
 */
export function couldBe({ permits, forbids }: Selected, request: Request, values: Values): boolean {
  const known = knownOf(request);
  const record = textsOf(values.arguments ?? {});
  const labels = { set: [...(values.labels ?? [])] };
  const scopes = { set: [...(request.caller.oauthScopes ?? [])] };
  const partly = { ...known, context: { ...known.context, arguments: { record }, labels, scopes } };
  return (
    permits.some(({ policy }) => could(policy, partly) !== false) &&
    !forbids.some(({ policy }) => could(policy, partly) === true)
  );
}

function textsOf(args: JsonObject): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(args).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
