import type { Obligations } from "../../kernel/call.ts";
import { inKeyScope } from "./key-scope.ts";
import type { Caller, Wanted } from "./question.ts";
import type { Unfit } from "./project.ts";
import { strictest } from "./obligations.ts";
import type { Rule } from "./rule.ts";
import type { Selected } from "./selection.ts";
import { spellingsOf } from "./spellings.ts";

/** The answer to a question. `reason` is for the record and the operator, never for the caller (invariant 2). */
export interface PolicyAnswer {
  readonly allow: boolean;
  /** Ids of the policies that decided; empty when none matched. */
  readonly policies: readonly string[];
  readonly reason: string;
  readonly obligations?: Obligations;
  /**
   * Of what could be permitted: the fields that each permit keeps of results (undefined: all), where one of them keeps some alone.
   * At least one of them holds for a call that is permitted.
   */
  readonly mayKeep?: readonly (readonly string[] | undefined)[];
  /** Of what the values were refused by: the rule, the argument that it looks at, and what its `@hint` says. */
  readonly refused?: { readonly rule: string; readonly path: string; readonly hint?: string };
}

/** Refused, whatever the values. */
export const denied = (reason: string, policies: readonly string[] = []): PolicyAnswer =>
  Object.freeze({ allow: false, policies, reason });

const ids = (rules: readonly Rule[]): string[] => rules.map((rule) => rule.id);

/** Refused by forbids that hold for all values, or that fit the definition no longer. */
export function certainly(certain: readonly Rule[]): PolicyAnswer {
  const stale = certain.some((rule) => rule.stale !== undefined);
  return denied(`${stale ? "denied" : "forbidden"} by ${ids(certain).join(", ")}`, ids(certain));
}

/**
 * The answer on a resource, whose URI may be written in several ways: permitted is what is permitted as it was sent and in
 * its normal spelling, and what no forbid takes in any.
 * @param one the answer on one spelling
 * @param forbidden what forbids say of one spelling; undefined: nothing
 */
export function inEverySpelling(
  wanted: Wanted,
  one: (wanted: Wanted) => PolicyAnswer,
  forbidden: (wanted: Wanted) => PolicyAnswer | undefined,
): PolicyAnswer {
  const spellings = spellingsOf(wanted.name);
  if (spellings === undefined) return denied("the URI cannot be brought to one spelling");
  const [first = denied("no spelling"), ...others] = spellings.same.map((name) => one({ ...wanted, name }));
  const refused = [first, ...others].find((answer) => !answer.allow);
  if (refused !== undefined) return refused;
  for (const name of spellings.near) {
    const answer = forbidden({ ...wanted, name });
    if (answer !== undefined) return answer;
  }
  return others.length === 0 ? first : Object.freeze({ ...first, ...strictest([first, ...others]) });
}

/** Whether this could be permitted for some values (P8). */
export function visibleOf(
  caller: Caller,
  { server, kind, name }: Wanted,
  { permits, certain }: Selected,
): PolicyAnswer {
  if (caller.scope !== undefined && !inKeyScope(caller.scope, server, kind, name))
    return denied("outside the scope of the key");
  if (certain.length > 0) return certainly(certain);
  if (permits.length === 0) return denied("no policy permits it");
  const mayKeep = permits.map(({ terms }) => terms.keep);
  return Object.freeze({
    allow: true,
    policies: ids(permits),
    reason: `could be permitted by ${ids(permits).join(", ")}`,
    ...(mayKeep.some((one) => one !== undefined) && { mayKeep }),
  });
}

/** What a caller is told whose values this rule refuses. */
export function refusedBy({ id, mentions, terms }: Rule): NonNullable<PolicyAnswer["refused"]> {
  return told(id, mentions.fields[0] ?? [], terms.hint);
}

/** The answer where a value cannot be shown to Cedar: by the rule that looks at it. */
export function unfit({ message, argument }: Unfit, { permits, forbids }: Selected): PolicyAnswer {
  for (const { id, mentions } of [...forbids, ...permits]) {
    const path = mentions.fields.find((one) => one.length === 0 || one.includes(argument));
    if (path !== undefined) return Object.freeze({ ...denied(UNREAD + message), refused: told(id, path) });
  }
  return denied(UNREAD + message);
}

const UNREAD = "policy evaluation failed: ";

function told(rule: string, at: readonly string[], hint?: string): NonNullable<PolicyAnswer["refused"]> {
  const path = at.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return { rule, path, ...(hint === undefined ? {} : { hint }) };
}
