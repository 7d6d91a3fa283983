import { fillIn, missingPart, type Plan, supplied } from "../domain/shaping/plan.ts";
import type { Located, Published } from "../kernel/call.ts";
import { type Control, deny, pass } from "../kernel/control.ts";
import type { Refusal } from "../kernel/errors.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import { unknownTarget } from "./locate-target.ts";
import { promptFaults, type ValidateInput } from "./validate-arguments.ts";

/** What is done to the calls of a published definition; undefined for most. */
export type PlanOf = (published: Published) => Plan | undefined;

/**
 * What the gateway sets is refused when a caller supplies it, in any spelling, nested place, header copy or completion, and is
 * filled in from the principal (P4); defaults are filled in (V2); the whole then fits the pinned definition (V1). A
 * `confirm` argument is set here too (H4): who has one is never run without a person, which `ask-person` sees to.
 * @param validate against the input schema of a pinned definition
 */
export function bindArguments(planOf: PlanOf, validate: ValidateInput): Control<Located> {
  return {
    name: "bind-arguments",
    ids: ["P4", "P6", "V2"],
    judge(call) {
      const { published, kind } = call.target;
      const plan = published === undefined ? undefined : planOf(published);
      if (plan === undefined || kind === "resource") return pass(call);
      const missing = missingPart(plan.bound, call.principal);
      if (missing !== undefined)
        return deny(unknownTarget(call, "P4", `the principal has no ${missing}, which an argument is bound to`));
      if (call.method === "completion/complete") return complete(call, plan);
      const args = isObject(call.sent["arguments"]) ? call.sent["arguments"] : {};
      const given = suppliedBy(call, plan, args);
      if (given !== undefined) return deny(given);
      const filled = fillIn(plan, args, call.principal);
      if (typeof filled === "string")
        return deny(refusal(call, filled, "type object", `${filled || "The arguments"} must be an object.`));
      const wrong = wrongWith(call, filled, validate);
      if (wrong !== undefined) return deny(wrong);
      return pass({ ...call, sent: { ...call.sent, arguments: filled } });
    },
  };
}

function refusal(call: Located, at: string, rule: string, message: string): Refusal {
  return {
    code: call.target.kind === "tool" ? "invalid_arguments" : "invalid_params",
    message,
    path: `/arguments${at}`,
    rule,
    control: "P4",
    executed: "no",
  };
}

/** The refusal of the first thing that the caller set and may not. */
function suppliedBy(call: Located, plan: Plan, args: JsonObject): Refusal | undefined {
  for (const place of plan.hidden) {
    const at = supplied(args, place);
    if (at !== undefined)
      return refusal(call, at, "set by the gateway", `${at}: the gateway sets this argument itself; leave it out.`);
  }
  for (const header of plan.headers)
    if (call.headers?.has(header) === true)
      return {
        code: "header_mismatch",
        message: `Header ${header} repeats an argument that the gateway sets itself; leave it out.`,
        control: "P4",
        executed: "no",
      };
  return undefined;
}

/** Whether what will be sent fits what the upstream published. */
function wrongWith(call: Located, args: JsonObject, validate: ValidateInput): Refusal | undefined {
  const { definition, digest, kind } = call.target;
  if (definition === undefined || digest === undefined) return undefined;
  const [first] = kind === "tool" ? validate(digest, definition, args) : promptFaults(definition, args);
  if (first === undefined) return undefined;
  const at = first.path === "" ? "The arguments" : first.path;
  return { ...refusal(call, first.path, first.rule, `${at}: ${first.message} (${first.rule})`), control: "V1" };
}

/** Of a completion: neither its argument nor its context is what the gateway sets; the context gets what is bound. */
function complete(call: Located, plan: Plan) {
  const argument = isObject(call.sent["argument"]) ? call.sent["argument"] : {};
  const context = isObject(call.sent["context"]) ? call.sent["context"] : {};
  const given = isObject(context["arguments"]) ? context["arguments"] : {};
  const name = String(argument["name"] ?? "");
  for (const place of plan.hidden) {
    const at = supplied({ [name]: true }, place) ?? supplied(given, place);
    if (at !== undefined)
      return deny(
        refusal(call, at, "set by the gateway", `${at}: the gateway sets this argument itself; nothing completes it.`),
      );
  }
  const filled = fillIn({ ...plan, defaults: [] }, given, call.principal);
  if (typeof filled === "string" || plan.bound.length === 0) return pass(call);
  return pass({ ...call, sent: { ...call.sent, context: { ...context, arguments: filled } } });
}
