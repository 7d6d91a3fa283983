import type { Located } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import { isObject, type Json, type JsonObject } from "../kernel/json.ts";
import { nearest } from "../kernel/nearest.ts";

/** The first thing that is wrong with a value. */
export interface Wrong {
  /** JSON Pointer into the value. */
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

/** Validates arguments against the input schema of a published definition; empty where they fit. */
export type ValidateInput = (digest: string, definition: JsonObject, value: Json) => readonly Wrong[];

/**
 * Arguments of a tool fit its published schema, closed where the schema does not openly allow more (V1); arguments of a
 * prompt are strings that it names. The error names path and rule, so that a model can mend its call.
 */
export function validateArguments(validate: ValidateInput): Control<Located> {
  return {
    name: "validate-arguments",
    ids: ["V1", "V5"],
    judge(call) {
      const { published, kind } = call.target;
      if (published === undefined) return pass(call);
      if (kind !== "tool" && kind !== "prompt") return pass(call);
      if (call.method === "completion/complete") return pass(call);
      const { definition, digest } = published;
      const args = call.sent["arguments"] ?? {};
      const wrong = kind === "tool" ? validate(digest, definition, args) : promptFaults(definition, args);
      const first = wrong[0];
      if (first === undefined) return pass(call);
      return deny({
        code: kind === "tool" ? "invalid_arguments" : "invalid_params",
        message: wrong.map((w) => `${w.path === "" ? "The arguments" : w.path}: ${w.message} (${w.rule})`).join("\n"),
        path: `/arguments${first.path}`,
        rule: first.rule,
        control: "V1",
        executed: "no",
      });
    },
  };
}

/** A prompt's arguments are strings; only the named ones, and all required ones. */
export function promptFaults(definition: JsonObject, args: Json): Wrong[] {
  if (!isObject(args)) return [{ path: "", rule: "type object", message: "must be an object" }];
  const named = new Map<string, boolean>();
  for (const item of Array.isArray(definition["arguments"]) ? definition["arguments"] : [])
    if (isObject(item) && typeof item["name"] === "string") named.set(item["name"], item["required"] === true);
  const wrong: Wrong[] = [];
  for (const [name, value] of Object.entries(args)) {
    if (!named.has(name)) {
      const near = nearest(name, [...named.keys()]);
      wrong.push({
        path: "",
        rule: "known arguments only",
        message: `an argument is not known${near === undefined ? "" : `; did you mean \`${near}\`?`}`,
      });
    } else if (typeof value !== "string")
      wrong.push({ path: `/${name}`, rule: "type string", message: "must be a string" });
  }
  for (const [name, required] of named)
    if (required && !Object.hasOwn(args, name))
      wrong.push({ path: "", rule: `required ${name}`, message: `\`${name}\` is missing` });
  return wrong;
}
