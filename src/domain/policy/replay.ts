import { isObject, type JsonObject } from "../../kernel/json.ts";
import { joined } from "./mentions.ts";
import type { Policy } from "./policy.ts";
import type { Caller, Wanted } from "./question.ts";
import { type Outcome, outcomeOf } from "./trace.ts";

/** A call of the past, as far as the record knows it. */
export interface PastCall {
  readonly caller: Caller;
  readonly wanted: Wanted;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** What the record kept of the arguments, and which paths; undefined: nothing. */
  readonly kept?: KeptFields;
}

/** The arguments that policies looked at when the call was made. */
export interface KeptFields {
  readonly paths: readonly (readonly string[])[];
  readonly values: JsonObject;
}

/** What a policy says of a call of the past, or why it cannot be said. */
export type Replayed =
  | {
      readonly outcome: Outcome;
      readonly rules: readonly string[];
      /** Who is asked. */
      readonly by?: "self" | "other";
    }
  | { readonly unknown: string };

/** Judges a call of the past by a policy. What the record does not hold is said, never guessed. */
export function replay(policy: Policy, { caller, wanted, time, kept }: PastCall): Replayed {
  const visible = policy.decide(caller, wanted);
  if (!visible.allow) return { outcome: "deny", rules: visible.policies };
  const { permits, forbids } = policy.select(caller, wanted, time);
  const { fields, flags } = joined([...permits, ...forbids].map((rule) => rule.mentions));
  for (const [flag, what] of [
    ["scopes", "scopes of its token"],
    ["client", "OAuth client"],
    ["labels", "labels of its session"],
  ] as const)
    if (flags.has(flag)) return { unknown: `the record does not hold the ${what}` };
  const missing = fields.filter((path) => kept === undefined || !covered(path, kept.paths));
  if (missing.length > 0 && wanted.kind !== "resource")
    return {
      unknown: `the record does not hold the argument ${missing.map((path) => path.join(".") || "(all)").join(", ")}`,
    };
  const args = wanted.kind === "resource" ? { uri: wanted.name } : (kept?.values ?? {});
  const answer = policy.judge(caller, wanted, { arguments: args, time });
  const by = answer.obligations?.approval?.by;
  return { outcome: outcomeOf(answer), rules: answer.policies, ...(by && { by }) };
}

/** Reads what was kept. Undefined where it is something else. */
export function readKept(text: string): KeptFields | undefined {
  try {
    const raw: unknown = JSON.parse(text);
    if (!isObject(raw) || !Array.isArray(raw["paths"]) || !isObject(raw["values"])) return undefined;
    const paths = raw["paths"].map((path) => (Array.isArray(path) ? path.map(String) : []));
    return { paths, values: raw["values"] };
  } catch {
    return undefined;
  }
}

/** Whether the record kept what stands at a path. */
export const covered = (path: readonly string[], kept: readonly (readonly string[])[]): boolean =>
  kept.some((one) => one.length <= path.length && one.every((step, at) => step === path[at]));
