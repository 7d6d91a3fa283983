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
 * Holds calls of the past against two policies, with what their configurations say of the tool: whom it asks, what its
 * arguments may be, and what was read before.
 */
export function differing(a: OpenedPolicy, b: OpenedPolicy): (past: PastCall) => Differing {
  const tools = new Map<string, Difference>();
  const reads = once(() => flowText(a) !== flowText(b));
  const of = (id: string): Difference => {
    const known = tools.get(id);
    if (known !== undefined) return known;
    const made = difference(a.standing.get(id), b.standing.get(id), reads);
    tools.set(id, made);
    return made;
  };
  return (past) => {
    const [one, other] = [replayed(a, past), replayed(b, past)];
    if ("unknown" in one) return one;
    if ("unknown" in other) return other;
    const rules = other.rules.length > 0 ? other.rules : one.rules;
    const [before, after] = [said(one), said(other)];
    const id = actionOf(past.wanted.server, past.wanted.kind, past.wanted.name);
    const { limits, guards, flow } = of(id);
    const refused = limits === undefined ? NOT_LIMITED : refusedBy(limits, past.kept);
    const told = { before: refused.a ? "deny" : before, after: refused.b ? "deny" : after, rules };
    if (told.before === "deny" && told.after === "deny") return told;
    if (refused.unknown !== undefined) return { unknown: refused.unknown };
    if (guards) return { unknown: `the guards of ${id} differ, which judge when a call is made` };
    return flow ? { unknown: "what was read before decides, and the flow of information differs" } : told;
  };
}

const said = ({ outcome, by }: { readonly outcome: string; readonly by?: string }): string =>
  by === undefined ? outcome : `${outcome} by ${by}`;

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** How the configurations of one tool differ. */
interface Difference {
  /** Undefined: both take the same arguments. */
  readonly limits: Limits | undefined;
  readonly guards: boolean;
  /** What was read before, which no record holds, could decide otherwise. */
  readonly flow: boolean;
}

type Configured = OpenedPolicy["standing"] extends ReadonlyMap<string, infer One> ? One | undefined : never;

/** @param reads whether anything that is read is labelled otherwise, or asked about otherwise */
function difference(a: Configured, b: Configured, reads: () => boolean): Difference {
  const limits = a?.input === undefined || b?.input === undefined ? undefined : limitsOf(a.input, b.input);
  const [mine, theirs] = [a?.flow, b?.flow];
  const both = mine !== undefined && theirs !== undefined;
  const flow = both && (mine.sends !== theirs.sends || ((mine.matters || theirs.matters) && reads()));
  return { limits, guards: a?.guards !== b?.guards, flow };
}

const flowText = ({ config, standing }: OpenedPolicy): string =>
  JSON.stringify([config.flow, [...standing].map(([id, { flow }]) => [id, flow?.reads]).sort()]);

/** Where the schemas of one tool differ. */
interface Limits {
  readonly a: JsonObject;
  readonly b: JsonObject;
  /** Arguments with another schema, or that only one of both needs. */
  readonly names: readonly string[];
  readonly beside: boolean;
}

function limitsOf(a: JsonObject, b: JsonObject): Limits | undefined {
  if (same(a, b)) return undefined;
  const [mine, theirs] = [propertiesOf(a), propertiesOf(b)];
  const names = [...new Set([...Object.keys(mine), ...Object.keys(theirs)])];
  const differ = (name: string): boolean =>
    !same(mine[name], theirs[name]) || requiredOf(a).has(name) !== requiredOf(b).has(name);
  return { a, b, names: names.filter(differ), beside: !same(without(a), without(b)) };
}

interface RefusedBy {
  /** The schema of this side refuses what was sent. */
  readonly a: boolean;
  readonly b: boolean;
  readonly unknown?: string;
}

const NOT_LIMITED: RefusedBy = { a: false, b: false };

/** Holds the arguments that were kept against both schemas, where these differ. */
function refusedBy({ a, b, names, beside }: Limits, kept: KeptFields | undefined): RefusedBy {
  const both = { a: false, b: false };
  let unknown = beside ? "the schemas differ beside single arguments" : undefined;
  for (const name of names) {
    const [left, right] = [propertiesOf(a)[name], propertiesOf(b)[name]];
    if (kept === undefined || !covered([name], kept.paths))
      unknown = `the record does not hold the argument ${name}, whose limits differ`;
    else if (!Object.hasOwn(kept.values, name)) {
      both.a ||= requiredOf(a).has(name);
      both.b ||= requiredOf(b).has(name);
    } else if (left === undefined || right === undefined)
      unknown = `the argument ${name} is filled in or removed by one of both`;
    else {
      const value = kept.values[name] as Json;
      both.a ||= isObject(left) && !schemaJudge.accepts(a, left, value);
      both.b ||= isObject(right) && !schemaJudge.accepts(b, right, value);
    }
  }
  return unknown === undefined ? both : { ...both, unknown };
}

const same = (a: Json | undefined, b: Json | undefined): boolean =>
  a === undefined || b === undefined ? a === b : canonical(a) === canonical(b);

const propertiesOf = ({ properties }: JsonObject): JsonObject => (isObject(properties) ? properties : {});

const requiredOf = ({ required }: JsonObject): ReadonlySet<Json> => new Set(Array.isArray(required) ? required : []);

/** What a schema says beside its single arguments. */
const without = (schema: JsonObject): JsonObject => ({ ...schema, properties: null, required: null });
