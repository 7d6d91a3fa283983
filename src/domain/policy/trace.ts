import type { PolicyAnswer } from "./answer.ts";
import type { Policy } from "./policy.ts";
import { NO_PARAMETERS } from "./input-type.ts";
import { project } from "./project.ts";
import { type Caller, cedarCall, type Values, type Wanted } from "./question.ts";
import type { Rule } from "./rule.ts";
import { actionOf } from "./schema.ts";
import { createSlices, evaluate } from "./slices.ts";

/** What one rule says of one call. */
export interface Said {
  readonly rule: Rule;
  /** Undefined: it cannot be evaluated with these values. */
  readonly holds: boolean | undefined;
}

/** How a decision came about (P7): the answer, and what each rule says that could have decided. */
export function trace(
  policy: Policy,
  caller: Caller,
  wanted: Wanted,
  values: Values,
): { answer: PolicyAnswer; said: readonly Said[] } {
  const answer = policy.judge(caller, wanted, values);
  const { permits, forbids, certain, request } = policy.select(caller, wanted, values.time);
  const parameters = policy.actions.get(actionOf(wanted.server, wanted.kind, wanted.name))?.parameters ?? NO_PARAMETERS;
  const slices = createSlices();
  const holds = (rule: Rule): boolean | undefined => {
    if (rule.stale !== undefined) return undefined;
    const { fields, flags } = rule.mentions;
    const said = evaluate(() => {
      const projected = fields.length === 0 ? undefined : project(fields, parameters, values.arguments ?? {});
      return cedarCall(slices.of([rule]), request, flags, projected, values.labels ?? []);
    });
    return said.kind === "failed" ? undefined : said.policies.length > 0;
  };
  const rules = [...new Set([...forbids, ...certain, ...permits])];
  const said = rules.map((rule) => ({ rule, holds: holds(rule) }));
  slices.clear();
  return { answer, said };
}

/** Allowed, refused, or held until a person decided. */
export type Outcome = "allow" | "deny" | "approval";

export function outcomeOf(answer: PolicyAnswer): Outcome {
  if (!answer.allow) return "deny";
  return answer.obligations?.approval === undefined ? "allow" : "approval";
}
