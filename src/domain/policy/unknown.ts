import { nearest } from "../../kernel/nearest.ts";
import { comparisons } from "./closed.ts";
import type { LintFinding } from "./lint.ts";
import type { Policy } from "./policy.ts";
import type { Rule } from "./rule.ts";
import { literals } from "./validate.ts";

/** Names that exist now, of sets that may grow; undefined: they could not be looked up. */
export interface ExistingNames {
  /** Owners as policies name them. */
  readonly users?: readonly string[] | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly clients?: readonly string[] | undefined;
  readonly plans?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
}

/** What a rule can name of each set: the entity, and the attributes that hold its names. */
const SETS: Record<keyof ExistingNames, { what: string; entity?: string; attributes: readonly string[] }> = {
  users: { what: "nobody here is", entity: "User", attributes: [] },
  keys: { what: "no key is", entity: "Key", attributes: [] },
  clients: {
    ...{ what: "no client is", entity: "Client", attributes: ["principal.client", "context.client.id"] },
  },
  plans: { what: "no plan is", attributes: ["principal.plan"] },
  scopes: { what: "no scope is", attributes: ["context.scopes"] },
};
/** What these attributes hold where there is nothing: the client of a key. */
const NOTHING = "";

/**
 * Rules that name somebody or something that is nowhere. It may come later, so that it is no fault: but a misspelt one is a
 * rule that silently never applies.
 */
export function unknownNames({ rules }: Pick<Policy, "rules">, existing: ExistingNames): LintFinding[] {
  return rules.flatMap((rule) => unknownIn(rule, existing));
}

function unknownIn({ id, place, policy }: Rule, existing: ExistingNames): LintFinding[] {
  const entities = literals([policy.principal, policy.conditions]);
  const compared = comparisons(policy.conditions);
  return (Object.keys(SETS) as (keyof ExistingNames)[]).flatMap((set) => {
    const [known, { what, entity, attributes }] = [existing[set], SETS[set]];
    if (known === undefined) return [];
    const names = new Set([
      ...entities.filter(({ type }) => type === entity).map((one) => one.id),
      ...compared.filter(({ root, path }) => attributes.includes([root, ...path].join("."))).map(({ value }) => value),
    ]);
    return [...names]
      .filter((name) => name !== NOTHING && !known.includes(name))
      .map((name): LintFinding => {
        const near = nearest(name, known);
        const hint = near === undefined ? "" : `, did you mean ${near}?`;
        return { kind: "unknown", rule: id, place, message: `names ${JSON.stringify(name)}: ${what} called so${hint}` };
      });
  });
}
