import type { Identity } from "../../ports/sign-in-provider.ts";
import { type Duty, roleOf } from "./administration.ts";

/** What the operator decided about the people of one provider. */
export interface ProviderRules {
  /** Roles of `access` by group. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Duties of administration by group. */
  readonly administration: Readonly<Record<string, readonly Duty[]>>;
  /** How often people who are at work are looked up again, milliseconds. */
  readonly checkMs: number;
  /** What this provider says of a second factor. */
  readonly secondFactor: { readonly acr: readonly string[]; readonly amr: readonly string[] };
}

/** The roles that groups give, in the order of the configuration; groups that it does not name give none. */
export function rolesOf(groups: readonly string[], rules: Pick<ProviderRules, "roles" | "administration">): string[] {
  const mine = new Set(groups);
  const of = <T>(table: Readonly<Record<string, readonly T[]>>): T[] =>
    Object.entries(table).flatMap(([group, values]) => (mine.has(group) ? values : []));
  return [...new Set([...of(rules.roles), ...of(rules.administration).map(roleOf)])];
}

/** Whether the provider says that the person proved a second factor (acr, or amr as in RFC 8176). */
export function provedSecondFactor(identity: Identity, { secondFactor }: ProviderRules): boolean {
  return (
    (identity.acr !== undefined && secondFactor.acr.includes(identity.acr)) ||
    identity.amr.some((one) => secondFactor.amr.includes(one))
  );
}
