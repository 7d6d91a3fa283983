import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Effect } from "../../kernel/call.ts";
import { nearest } from "../../kernel/nearest.ts";
import type { Action } from "./catalogue.ts";
import type { Wrong } from "./fault.ts";
import type { Parameters } from "./input-type.ts";
import { pathOf } from "./mentions.ts";

const EFFECTS: readonly Effect[] = [
  ...(["read", "write", "destructive", "outbound", "payment", "access-change", "execute"] as const),
];
/** Attributes that have no other values than these: a rule on another one would silently never apply. */
const CLOSED: Record<string, readonly string[]> = {
  environment: ["dev", "staging", "prod"],
  effect: EFFECTS,
  location: ["local", "on-premises", "private-cloud", "cloud"],
  training: ["no", "yes"],
  retention: ["none", "limited", "unlimited"],
  labels: ["untrusted", "private"],
};

type Pair = { readonly left: unknown; readonly right: unknown };
type Expr = { readonly [operator: string]: Pair | undefined };

/**
 * Comparisons that can never hold, which Cedar's types cannot know: a value that its attribute or argument never has, one
 * attribute with two values, a group of actions that is compared.
 * @param actions those that the policy can apply to
 */
export function neverTrue(policy: PolicyJson, actions: readonly Action[]): Wrong[] {
  const wrong: Wrong[] = [];
  const { action, conditions } = policy;
  for (const { root, path, value } of comparisons(conditions)) {
    const accepted = valuesOf(root, path, actions);
    if (accepted === undefined || accepted.includes(value)) continue;
    const name = [root, ...path].join(".");
    const near = nearest(value, accepted) ?? accepted.find((one) => value.startsWith(one));
    wrong.push({
      message: `${name} ${path.at(-1) === "labels" ? "never holds" : "is never"} ${JSON.stringify(value)}`,
      expected: `one of ${accepted.slice(0, 20).join(", ")}`,
      ...(near === undefined ? {} : { nearest: near }),
      remedy: near === undefined ? "Compare it with a value that it has." : `Write ${near}.`,
    });
  }
  const visit = (expr: unknown): void => {
    if (typeof expr !== "object" || expr === null) return;
    const { "==": is, "!=": isNot, contains, containsAny } = expr as Expr;
    for (const pair of [is, isNot, contains, containsAny])
      for (const group of pair === undefined ? [] : groupsIn([pair.left, pair.right])) wrong.push(compared(group));
    for (const one of Object.values(expr)) visit(one);
  };
  if (action.op === "==" && "entity" in action)
    for (const group of groupsIn(action.entity)) wrong.push(compared(group));
  visit(conditions);
  return [...wrong, ...contrary(conditions.flatMap(({ kind, body }) => (kind === "when" ? conjuncts(body) : [])))];
}

/** An attribute, and a text that a policy compares it with or looks for in it. */
interface Comparison {
  readonly root: string;
  readonly path: readonly string[];
  readonly value: string;
}

/** Every comparison of an attribute with a text in the conditions of a policy. */
export function comparisons(expr: unknown): Comparison[] {
  if (typeof expr !== "object" || expr === null) return [];
  const pairs = COMPARING.flatMap((operator) => (expr as Expr)[operator] ?? []);
  const found = pairs.flatMap(({ left, right }) => [...against(left, right), ...against(right, left)]);
  return [...found, ...Object.values(expr).flatMap(comparisons)];
}

const COMPARING = ["==", "!=", "contains", "containsAny", "containsAll"] as const;

function against(side: unknown, other: unknown): Comparison[] {
  const at = pathOf(side);
  return at === undefined ? [] : textsIn(other).map((value) => ({ ...at, value }));
}

/** The texts that a value or a set of values is. */
function textsIn(expr: unknown): string[] {
  const { Value: value, Set: set } = (expr ?? {}) as { Value?: unknown; Set?: readonly unknown[] };
  return typeof value === "string" ? [value] : (set ?? []).flatMap(textsIn);
}

/** The groups of actions among literals: only `in` holds for them, a call is always of one action. */
function groupsIn(expr: unknown): string[] {
  if (typeof expr !== "object" || expr === null) return [];
  const { type, id } = expr as { type?: unknown; id?: unknown };
  if (type === "Cardea::Action" && (id === "call" || id === "get")) return [id];
  const { Value: value, Set: set, __entity: entity } = expr as Record<string, unknown>;
  return [...(Array.isArray(expr) ? expr : []), value, entity, ...(Array.isArray(set) ? set : [])].flatMap(groupsIn);
}

const compared = (group: string): Wrong => ({
  message: `The group Action::${JSON.stringify(group)} is compared, and every call is of one action of it`,
  expected: `action in Cardea::Action::${JSON.stringify(group)}`,
  remedy: `Write action in Cardea::Action::${JSON.stringify(group)}.`,
});

/** Every value that something can have; undefined: more than are known here. */
function valuesOf(root: string, path: readonly string[], actions: readonly Action[]): readonly string[] | undefined {
  const [first = "", ...rest] = path;
  const last = path.at(-1) ?? "";
  if (root === "context" && first === "arguments") return argumentValues(rest, actions);
  if (root === "resource" && first === "name" && rest.length === 0) return namesOf(actions);
  const declared = root === "context" ? first === last || first === "client" : root === "resource";
  return declared && Object.hasOwn(CLOSED, last) ? CLOSED[last] : undefined;
}

function namesOf(actions: readonly Action[]): readonly string[] | undefined {
  return actions.some((one) => one.pending || one.resource === undefined) ? undefined : actions.map(({ name }) => name);
}

/** The values of an argument with an `enum` in every definition that has it. */
function argumentValues(path: readonly string[], actions: readonly Action[]): readonly string[] | undefined {
  const all = actions.map(({ parameters, pending }) => (pending ? undefined : at(path, parameters)));
  return all.every((one) => one !== undefined) && all.some((one) => one.length > 0) ? all.flat() : undefined;
}

/** Nothing where it is not declared; undefined: any. */
function at([first = "", ...rest]: readonly string[], { known }: Parameters): readonly string[] | undefined {
  const type = known.get(first)?.type;
  if (type === undefined) return [];
  if (type.kind === "Record" && rest.length > 0) return at(rest, type.fields);
  return type.kind === "String" && rest.length === 0 ? type.values : undefined;
}

function conjuncts(expr: unknown): unknown[] {
  const { "&&": both } = (expr ?? {}) as Expr;
  return both === undefined ? [expr] : [...conjuncts(both.left), ...conjuncts(both.right)];
}

/** What would have to have two values at once. */
function contrary(all: readonly unknown[]): Wrong[] {
  const said = new Map<string, string>();
  return all.flatMap((expr): Wrong[] => {
    const { "==": is } = (expr ?? {}) as Expr;
    const [path, value] = [pathOf(is?.left), (is?.right as { Value?: unknown } | undefined)?.Value];
    if (path === undefined || value === undefined || (typeof value === "object" && value !== null)) return [];
    const name = [path.root, ...path.path].join(".");
    const [before, now] = [said.get(name), JSON.stringify(value)];
    said.set(name, now);
    if (before === undefined || before === now) return [];
    return [
      {
        message: `This policy can never apply: ${name} cannot be ${before} and ${now} at once`,
        expected: "one value, or several with ||",
        remedy: "Write || where either is meant.",
      },
    ];
  });
}

const OWNER = /^(?:[^/]+\/)?(?:person|service):./;

/** The names of people and keys have one form each; another one is nobody's. */
export function wrongForm({ type, id }: { readonly type: string; readonly id: string }): Wrong | undefined {
  const person = type === "User" && !OWNER.test(id);
  if (!person && !(type === "Key" && !id.startsWith("k_"))) return undefined;
  const message = `Cardea::${type}::${JSON.stringify(id)} is nobody's`;
  if (!person)
    return { message, expected: "the id of a key, k_…", remedy: "Write the id that cardea keys list shows." };
  const near = `person:${id}`;
  return { message, expected: "person:… or service:…", nearest: near, remedy: `Write ${near}.` };
}
