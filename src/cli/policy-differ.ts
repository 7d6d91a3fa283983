import type { OpenedPolicy } from "../compose/policy-admin.ts";
import { schemaJudge } from "../compose/shaping.ts";
import { covered, type KeptFields, type PastCall } from "../domain/policy/replay.ts";
import { actionOf } from "../domain/policy/schema.ts";
import { isObject, type Json, type JsonObject } from "../kernel/json.ts";
import { canonical } from "../protocol/jcs.ts";
import { replayed } from "./policy-names.ts";

/** What two policies decide of one call, or why it cannot be told. */
export type Differing =
  | { readonly before: string; readonly after: string; readonly rules: readonly string[] }
  | { readonly unknown: string };

/**
 * Holds a call of the past against two policies, with what their configurations say of the tool: whom it asks, what its
 * arguments may be, and what was read before.
 */
export function differing(a: OpenedPolicy, b: OpenedPolicy, past: PastCall): Differing {
  const [one, other] = [replayed(a, past), replayed(b, past)];
  for (const said of [one, other]) if ("unknown" in said) return said;
  if ("unknown" in one || "unknown" in other) return { unknown: "" };
  const rules = other.rules.length > 0 ? other.rules : one.rules;
  const [before, after] = [one, other].map(({ outcome, by }) =>
    by === undefined ? outcome : `${outcome} by ${by}`,
  ) as [string, string];
  if (before === "deny" && after === "deny") return { before, after, rules };
  const id = actionOf(past.wanted.server, past.wanted.kind, past.wanted.name);
  const [mine, theirs] = [a.standing.get(id), b.standing.get(id)];
  const limits = limitsOf(mine?.input, theirs?.input, past.kept);
  const allowed = [
    before === "deny" || limits.a ? "deny" : before,
    after === "deny" || limits.b ? "deny" : after,
  ] as const;
  const told = { before: allowed[0], after: allowed[1], rules };
  if (told.before === "deny" && told.after === "deny") return told;
  if (limits.unknown !== undefined) return { unknown: limits.unknown };
  if (mine?.guards !== theirs?.guards)
    return { unknown: `the guards of ${id} differ, which judge when a call is made` };
  return flowsDiffer(a, b, id)
    ? { unknown: `what was read before decides, and the flow of information differs` }
    : told;
}

interface Limits {
  /** The schema of this side refuses what was sent. */
  readonly a: boolean;
  readonly b: boolean;
  readonly unknown?: string;
}

/** Holds the arguments that were kept against both schemas, where these differ. */
function limitsOf(a: JsonObject | undefined, b: JsonObject | undefined, kept: KeptFields | undefined): Limits {
  if (a === undefined || b === undefined || same(a, b)) return { a: false, b: false };
  const [mine, theirs] = [propertiesOf(a), propertiesOf(b)];
  let found: Limits = { a: false, b: false };
  if (!same(without(a), without(b))) found = { ...found, unknown: "the schemas differ beside single arguments" };
  const [needs, need] = [requiredOf(a), requiredOf(b)];
  for (const name of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const [left, right] = [mine[name], theirs[name]];
    if (same(left, right) && needs.has(name) === need.has(name)) continue;
    if (kept === undefined || !covered([name], kept.paths)) {
      found = { ...found, unknown: `the record does not hold the argument ${name}, whose limits differ` };
      continue;
    }
    if (!Object.hasOwn(kept.values, name))
      found = { ...found, a: found.a || needs.has(name), b: found.b || need.has(name) };
    else if (left === undefined || right === undefined)
      found = { ...found, unknown: `the argument ${name} is filled in or removed by one of both` };
    else {
      const value = kept.values[name] as Json;
      const refuses = (root: JsonObject, schema: Json): boolean =>
        isObject(schema) && !schemaJudge.accepts(root, schema, value);
      found = { ...found, a: found.a || refuses(a, left), b: found.b || refuses(b, right) };
    }
  }
  return found;
}

const same = (a: Json | undefined, b: Json | undefined): boolean =>
  a === undefined || b === undefined ? a === b : canonical(a) === canonical(b);

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isObject(properties) ? properties : {};
}

function requiredOf({ required }: JsonObject): ReadonlySet<Json> {
  return new Set(Array.isArray(required) ? required : []);
}

/** What a schema says beside its single arguments. */
function without(schema: JsonObject): JsonObject {
  return { ...schema, properties: null, required: null };
}

/** Whether what was read before could decide otherwise on this tool: it is in no record. */
function flowsDiffer(a: OpenedPolicy, b: OpenedPolicy, id: string): boolean {
  const [mine, theirs] = [a.standing.get(id)?.flow, b.standing.get(id)?.flow];
  if (mine === undefined || theirs === undefined) return false;
  if (mine.sends !== theirs.sends) return true;
  if (!mine.matters && !theirs.matters) return false;
  if (JSON.stringify(a.config.flow) !== JSON.stringify(b.config.flow)) return true;
  const readings = ({ standing }: OpenedPolicy): string =>
    JSON.stringify([...standing].map(([one, { flow }]) => [one, flow?.reads]).sort());
  return readings(a) !== readings(b);
}
