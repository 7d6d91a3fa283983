import { matches, type Pattern } from "../../kernel/pattern.ts";
import type { Target } from "../../kernel/call.ts";
import type { Action, Treatments } from "./screen-text.ts";

/** One rule: what becomes of these kinds where it matches. */
export interface ScreenRule {
  readonly pattern: Pattern;
  /** Undefined: both. */
  readonly direction: "argument" | "result" | undefined;
  /** Undefined: all. */
  readonly roles: readonly string[] | undefined;
  readonly kinds: readonly string[];
  readonly action: Action;
}

/** What becomes of what is found in a call to this target, for a caller with these roles. */
export type TreatmentsOf = (
  direction: "argument" | "result",
  target: Pick<Target, "server" | "kind" | "name">,
  roles: readonly string[],
) => Treatments;

/**
 * @param defaults what holds where no rule matches
 * @param rules of those that match, the first that names a kind decides on it
 */
export function treatmentsBy(defaults: Treatments, rules: readonly ScreenRule[]): TreatmentsOf {
  if (rules.length === 0) return () => defaults;
  return (direction, { server, kind, name }, roles) => {
    const matching = rules.filter(
      (rule) =>
        (rule.direction ?? direction) === direction &&
        (rule.roles === undefined || rule.roles.some((role) => roles.includes(role))) &&
        matches(rule.pattern, server, kind, name),
    );
    if (matching.length === 0) return defaults;
    const said: Record<string, Action> = {};
    for (const rule of matching.reverse()) for (const one of rule.kinds) said[one] = rule.action;
    return { ...defaults, ...said };
  };
}
