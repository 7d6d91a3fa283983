import type { Action } from "./catalogue.ts";
import { could } from "./could.ts";
import type { Policy } from "./policy.ts";
import { knownOf, type Wanted } from "./question.ts";
import type { Rule } from "./rule.ts";
import { inScope, named } from "./scope.ts";

/** Something about a rule that is allowed and should be looked at (P10). */
export interface LintFinding {
  readonly kind:
    | "overlap"
    | "shadowed"
    | "broad"
    | "wildcard-writes"
    | "matches-nothing"
    | "ended"
    | "owner"
    | "review"
    | "unknown";
  readonly rule: string;
  readonly place: string;
  readonly message: string;
}

/**
 * Rules that say the same twice, that a forbid makes void, that grant more than is used, that grant more than reading by
 * a wildcard, and that nobody answers for.
 * @param used the tools and prompts that were called by each rule in the time that was looked at; undefined: not known
 */
export function lintPolicy(policy: Policy, used: ReadonlyMap<string, ReadonlySet<string>> | undefined): LintFinding[] {
  const found: LintFinding[] = [];
  const things = [...policy.actions.values()].filter((action) => action.resource !== undefined);
  const told = new Set<string>();
  const grants = new Map(policy.rules.map((rule) => [rule, grantsOf(policy, rule, things)]));
  for (const rule of policy.rules) {
    const { id, place, terms } = rule;
    const say = (kind: LintFinding["kind"], message: string): void =>
      void found.push({ kind, rule: id, place, message });
    if (isSeeing(rule)) continue;
    // The short form says them once for all patterns of an entry.
    const entry = place.replace(/\.allow\[.*$/, "");
    const alone = !told.has(entry);
    told.add(entry);
    if (alone && terms.owner === undefined) say("owner", "names no owner who answers for it");
    if (alone && terms.review === undefined && terms.until === undefined)
      say("review", "has neither a review date nor an end");
    if (policy.ended.includes(rule)) {
      say("ended", "is over: nothing of it applies any more");
      continue;
    }
    const mine = grants.get(rule) as readonly Action[];
    if (rule.effect === "forbid") continue;
    const writes = mine.filter(({ effect }) => effect !== "read");
    if (rule.pattern?.glob.includes("*") === true && writes.length > 0)
      say("wildcard-writes", `grants more than reading by a wildcard: ${some(writes)}`);
    if (mine.length === 0) {
      const covered = covers(policy, rule, things);
      if (covered.length > 0) say("shadowed", `grants nothing: a forbid covers all of it (${some(covered)})`);
      else if (rule.pattern?.kind === "tool" || rule.pattern?.kind === "prompt")
        say("matches-nothing", "matches nothing that is pinned");
      continue;
    }
    const wider = policy.rules.find((other) => other !== rule && isWider(other, rule, grants));
    if (wider !== undefined) say("overlap", `grants nothing that ${wider.id} does not grant alike`);
    const called = used?.get(id);
    const idle = called === undefined ? [] : mine.filter((action) => !called.has(action.resource ?? ""));
    if (called !== undefined && idle.length > 0 && mine.length > 1)
      say("broad", `is broader than its use: ${called.size} of ${mine.length} were called, not ${some(idle)}`);
  }
  return found;
}

const isSeeing = ({ policy }: Rule): boolean => named(policy.action).some(({ id }) => id === "see");

/** At most three names, and how many more there are. */
function some(actions: readonly Action[]): string {
  const names = actions.slice(0, 3).map(({ id }) => id);
  return actions.length > 3 ? `${names.join(", ")} and ${actions.length - 3} more` : names.join(", ");
}

/** A caller who has the role that the rule names and nothing else. */
function callerFor({ policy }: Rule) {
  const roles = named(policy.principal).flatMap(({ type, id }) => (type === "Role" ? [id] : []));
  return { roles, tenant: "default", owner: "", credential: "", plan: "default" };
}

const wantedOf = ({ server, group, name, effect }: Action): Wanted => ({
  ...{ server: server ?? "", kind: group === "get" ? "prompt" : "tool", name, effect },
});

/** The things that the rule's own scope and condition could grant, whatever other rules say. */
function covers(policy: Policy, rule: Rule, things: readonly Action[]): Action[] {
  return things.filter((action) => {
    const { request } = policy.select({ ...callerFor(rule), environment: "" }, wantedOf(action));
    return inScope(rule.policy, request) && could(rule.policy, knownOf(request)) !== false;
  });
}

/** What is left of them where a forbid holds for all arguments. */
function grantsOf(policy: Policy, rule: Rule, things: readonly Action[]): Action[] {
  return covers(policy, rule, things).filter((action) => {
    const { certain } = policy.select({ ...callerFor(rule), environment: "" }, wantedOf(action));
    return certain.length === 0;
  });
}

/** Whether the other rule grants everything that this one does, to the same, with the same terms and without a condition. */
function isWider(other: Rule, rule: Rule, grants: ReadonlyMap<Rule, readonly Action[]>): boolean {
  if (other.effect !== "permit" || other.mentions.fields.length > 0 || isSeeing(other)) return false;
  if (JSON.stringify(other.policy.principal) !== JSON.stringify(rule.policy.principal)) return false;
  if (other.pattern === undefined && other.policy.conditions.length > 0) return false;
  const { approval, until, expiresMs, keep } = rule.terms;
  // Fields that it keeps take away from what the other one shows.
  if (keep !== undefined && JSON.stringify(keep) !== JSON.stringify(other.terms.keep)) return false;
  const same = other.terms.approval === approval && other.terms.until === until && other.terms.expiresMs === expiresMs;
  const [mine, theirs] = [grants.get(rule) ?? [], grants.get(other) ?? []];
  const equal = mine.length === theirs.length && other.id > rule.id;
  return same && !equal && mine.every((action) => theirs.includes(action));
}
