import type { Answered } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Json, JsonObject } from "../kernel/json.ts";
import type { Wrong } from "./validate-arguments.ts";

/** Validates structured content against the pinned output schema; empty where it fits or there is no schema. */
export type ValidateOutput = (digest: string, definition: JsonObject, value: Json) => readonly Wrong[];

/** The definition whose output schema binds what the caller is answered: the pinned one, or that of what is left of it (S9). */
export const boundBy = ({ minimised, target }: Answered): Pick<Answered["target"], "definition" | "digest"> =>
  minimised?.published ?? target;

/** A tool with an output schema answers with structured content that fits it, unless it answers with an error (V4). */
export function validateResult(validate: ValidateOutput): Control<Answered> {
  return {
    name: "validate-result",
    ids: ["V4"],
    judge(call) {
      const { definition, digest } = call.target;
      if (call.method !== "tools/call" || call.result["resultType"] !== "complete") return pass(call);
      if (definition?.["outputSchema"] === undefined || digest === undefined || call.result["isError"] === true)
        return pass(call);
      const invalid = (message: string, path: string, rule: string) =>
        deny({ code: "upstream_invalid", message, path, rule, control: "V4", executed: "yes" });
      const content = call.result["structuredContent"];
      if (content === undefined)
        return invalid(
          `The server ${call.target.server} answered without the structured content that its output schema promises.`,
          "/structuredContent",
          "required structuredContent",
        );
      const first = validate(digest, definition, content)[0];
      if (first === undefined) return pass(call);
      return invalid(
        `The server ${call.target.server} answered with structured content that does not fit its output schema: ${first.path || "/"} ${first.message}.`,
        `/structuredContent${first.path}`,
        first.rule,
      );
    },
  };
}
