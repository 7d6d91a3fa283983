import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { Rule } from "./rule.ts";

/** What Cedar says of one request. Any evaluation error makes it a failure: Cedar would skip a `forbid` that errs. */
export type Evaluated =
  | { readonly kind: "decided"; readonly allow: boolean; readonly policies: readonly string[] }
  | { readonly kind: "failed"; readonly message: string };

// Cedar keeps a parsed set under its id for as long as the process lives and cannot forget one, so ids are used again.
const free: string[] = [];
let made = 0;

/** Parsed at most so many at a time per policy; the one that was not used for longest is given up. */
const MOST = 512;

/** The parsed slices of one policy set: what may decide on one kind of question. */
export function createSlices() {
  const prepared = new Map<string, string>();

  function prepare(rules: readonly Rule[]): string {
    const id = free.pop() ?? `slice-${made++}`;
    const staticPolicies = Object.fromEntries(rules.map((rule) => [rule.id, rule.text ?? rule.policy]));
    const answer = cedar.preparsePolicySet(id, { staticPolicies });
    if (answer.type === "success") return id;
    free.push(id);
    throw new Error(answer.errors.map((error) => error.message).join("; "));
  }

  function release(id: string): void {
    cedar.preparsePolicySet(id, { staticPolicies: {} });
    free.push(id);
  }

  return {
    /**
     * The id of the slice that holds exactly these rules, parsed where it is not yet.
     * @throws Error when Cedar refuses the set, which validated policies are not expected to see
     */
    of(rules: readonly Rule[]): string {
      const key = rules.map((rule) => rule.id).join("\n");
      let id = prepared.get(key);
      if (id === undefined) id = prepare(rules);
      else prepared.delete(key);
      prepared.set(key, id);
      const [oldest] = prepared;
      if (prepared.size > MOST && oldest !== undefined) {
        prepared.delete(oldest[0]);
        release(oldest[1]);
      }
      return id;
    },
    size: (): number => prepared.size,
    clear(): void {
      for (const id of prepared.values()) release(id);
      prepared.clear();
    },
  };
}

/** Asks Cedar what `make` makes. Never throws. */
export function evaluate(make: () => cedar.StatefulAuthorizationCall): Evaluated {
  try {
    const answer = cedar.statefulIsAuthorized(make());
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
