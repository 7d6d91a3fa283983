import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { Rule } from "./rule.ts";

/** What Cedar says of one request. Any evaluation error makes it a failure: Cedar would skip a `forbid` that errs. */
export type Evaluated =
  | { readonly kind: "decided"; readonly allow: boolean; readonly policies: readonly string[] }
  | { readonly kind: "failed"; readonly message: string };

/** One request with plain ids; none of it is parsed as Cedar text. */
export interface Evaluation {
  readonly tenant: string;
  readonly subject: string;
  readonly roles: readonly string[];
  readonly action: string;
  readonly resource: { readonly type: string; readonly id: string; readonly name: string; readonly server: string };
  readonly environment: string;
}

// Cedar keeps a parsed set under its id for as long as the process lives and cannot forget one, so ids are used again.
const free: string[] = [];
let made = 0;

/**
 * Parses a policy set once, for many evaluations.
 * @returns its id, to be given back with `release`
 * @throws Error when Cedar refuses the set, which validated policies are not expected to see
 */
export function prepare(rules: readonly Rule[]): string {
  const id = free.pop() ?? `slice-${made++}`;
  const staticPolicies = Object.fromEntries(rules.map((rule) => [rule.id, rule.text]));
  const answer = cedar.preparsePolicySet(id, { staticPolicies });
  if (answer.type === "success") return id;
  free.push(id);
  throw new Error(answer.errors.map((error) => error.message).join("; "));
}

/** Forgets a prepared set. */
export function release(id: string): void {
  cedar.preparsePolicySet(id, { staticPolicies: {} });
  free.push(id);
}

/** Asks Cedar. Never throws. */
export function evaluate(
  slice: string,
  { tenant, subject, roles, action, resource, environment }: Evaluation,
): Evaluated {
  const principal = { type: "Cardea::User", id: subject };
  const thing = { type: `Cardea::${resource.type}`, id: resource.id };
  const server = { type: "Cardea::Server", id: resource.server };
  try {
    const answer = cedar.statefulIsAuthorized({
      principal,
      action: { type: "Cardea::Action", id: action },
      resource: thing,
      context: { environment },
      preparsedPolicySetId: slice,
      entities: [
        { uid: principal, attrs: { tenant }, parents: roles.map((id) => ({ type: "Cardea::Role", id })) },
        { uid: thing, attrs: { name: resource.name }, parents: resource.type === "Server" ? [] : [server] },
      ],
    });
    if (answer.type === "failure")
      return { kind: "failed", message: answer.errors.map((one) => one.message).join("; ") };
    const { decision, diagnostics } = answer.response;
    const [error] = diagnostics.errors;
    if (error !== undefined) return { kind: "failed", message: `${error.policyId}: ${error.error.message}` };
    return { kind: "decided", allow: decision === "allow", policies: diagnostics.reason };
  } catch (error) {
    return { kind: "failed", message: error instanceof Error ? error.message : "Cedar stopped" };
  }
}
