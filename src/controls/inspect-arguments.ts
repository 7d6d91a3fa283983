import type { ScreenedValue } from "../domain/inspection/screen-value.ts";
import type { Treatments } from "../domain/inspection/screen-text.ts";
import type { TreatmentsOf } from "../domain/inspection/treatments.ts";
import type { Located } from "../kernel/call.ts";
import { type Control, deny, pass, type Verdict } from "../kernel/control.ts";
import type { Refusal } from "../kernel/errors.ts";
import type { JsonObject } from "../kernel/json.ts";
import { promptFaults, type ValidateInput } from "./validate-arguments.ts";

/** What screening arguments stands on. */
export interface InspectArgumentsParts {
  readonly treatments: TreatmentsOf;
  /** Screens values; long ones elsewhere. */
  readonly screen: (value: JsonObject, treatments: Treatments) => ScreenedValue | Promise<ScreenedValue>;
  /** Against the input schema of a pinned definition. */
  readonly validate: ValidateInput;
}

/**
 * What is sent is screened before it is judged: secrets and card numbers are masked unless the operator lets this tool have
 * them, hidden text is shown (S1, S2, S4). Arguments of tools and prompts, completions, answers to questions of the server,
 * and addresses of resources are treated alike. What was masked is told in the answer and in the record.
 */
export function inspectArguments(parts: InspectArgumentsParts): Control<Located> {
  return {
    name: "inspect-arguments",
    ids: ["S1", "S2", "S4"],
    judge(call) {
      const filled = filledBy(call);
      if (filled === undefined) return pass(call);
      const treatments = parts.treatments("argument", call.target, call.principal.roles);
      const said = parts.screen(filled, treatments);
      return said instanceof Promise
        ? said.then((one) => judge(parts, call, filled, one))
        : judge(parts, call, filled, said);
    },
  };
}

/** What the caller filled in. */
function filledBy({ sent, target }: Located): JsonObject | undefined {
  const { arguments: args, argument, context, inputResponses } = sent;
  let filled: JsonObject | undefined = args === undefined ? undefined : { arguments: args };
  if (argument !== undefined) (filled ??= {})["argument"] = argument;
  if (context !== undefined) (filled ??= {})["context"] = context;
  if (inputResponses !== undefined) (filled ??= {})["inputResponses"] = inputResponses;
  // The address of a listed resource is the server's own; one from a template is filled in by the caller.
  if (target.kind === "resource" && target.digest !== undefined) filled = { ...filled, uri: sent["uri"] ?? "" };
  return filled;
}

function judge(
  { validate }: InspectArgumentsParts,
  call: Located,
  filled: JsonObject,
  { value, verdict, why, masked, counts }: ScreenedValue,
): Verdict<Located> {
  const [first] = masked;
  // An argument waits nowhere: what is quarantined in results is refused here.
  if (verdict === "block" || verdict === "quarantine")
    return deny(refusal(call, why?.path ?? "", why?.kind ?? "", "may not be sent to this server"));
  if (value === filled)
    return Object.keys(counts).length === 0 ? pass(call) : pass({ ...call, screened: { argument: counts } });
  const said = value as JsonObject;
  // An address with another text in it is the address of something else.
  if (said["uri"] !== filled["uri"])
    return deny(refusal(call, "/uri", first?.kind ?? "hidden", "may not stand in the address of a resource"));
  const sent = { ...call.sent, ...said };
  const wrong = wrongWith(call, sent["arguments"] as JsonObject | undefined, validate);
  if (wrong !== undefined)
    return deny(
      refusal(
        call,
        first?.path ?? `/arguments${wrong}`,
        first?.kind ?? "hidden",
        "is masked, and what is left does not fit the schema",
      ),
    );
  return pass({ ...call, sent, screened: { argument: counts, masked } });
}

/** Where what is left does not fit the pinned definition; undefined where it does. */
function wrongWith(
  { target, method }: Located,
  args: JsonObject | undefined,
  validate: ValidateInput,
): string | undefined {
  const { definition, digest, kind } = target;
  if (definition === undefined || digest === undefined || args === undefined || method === "completion/complete")
    return undefined;
  if (kind !== "tool" && kind !== "prompt") return undefined;
  return (kind === "tool" ? validate(digest, definition, args) : promptFaults(definition, args))[0]?.path;
}

function refusal({ target }: Located, path: string, kind: string, what: string): Refusal {
  const found = kind === "unread" ? "More than can be looked at" : `What looks like ${kind}`;
  return {
    code: target.kind === "tool" ? "invalid_arguments" : "invalid_params",
    message: `${found} at ${path} ${what}. Leave it out; where ${target.name} is meant to get it, the operator can allow it (screen.allow).`,
    path,
    rule: kind,
    control: "S1",
    executed: "no",
  };
}
