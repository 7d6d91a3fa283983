import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { pointerOf } from "./place.ts";
import { Editing, type Facets, possibleTypes, propertiesOf } from "./schema-edit.ts";
import { Unfit } from "./rules.ts";

/** One place of an input schema where a caller chooses a value. */
export interface Leaf {
  readonly pointer: string;
  /** The name of the argument that it belongs to; for items of a list the list's. */
  readonly name: string;
  readonly description: string;
  /** The types that a value may have; none: any. */
  readonly types: ReadonlySet<string>;
  readonly facets: Facets;
  /** Names of the arguments beside it. */
  readonly siblings: readonly string[];
  /** No rule that is written for a place reaches it: behind a pattern of names, or in a part that repeats itself. */
  readonly unplaced: boolean;
}

/** What stands open in an object that names no properties, or allows others. */
export interface Opening {
  readonly pointer: string;
}

/** What is looked through; what is larger is unreadable, never half judged. */
const MOST_LEAVES = 10_000;
const DEEPEST = 64;
/** How often a part that holds itself is entered. */
const MOST_ENTRIES = 2;

/** Where the walk stands. */
interface Step {
  readonly place: readonly string[];
  readonly name: string;
  readonly above: string;
  readonly siblings: readonly string[];
  readonly unplaced: boolean;
  /** References on the way here. */
  readonly trail: readonly string[];
}

/**
 * Every place of an input schema, references followed.
 * @returns also whether the schema could not be looked through whole: references that are not followed, or too much of it
 */
export function leavesOf(schema: JsonObject): {
  root: JsonObject;
  leaves: Leaf[];
  open: Opening[];
  unreadable: boolean;
} {
  const editing = new Editing(schema);
  const walk = new Walk(editing);
  try {
    walk.visit(
      { sure: [editing.root], perhaps: [] },
      { place: [], name: "", above: "", siblings: [], unplaced: false, trail: [] },
    );
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    walk.unreadable = true;
  }
  return { root: editing.root, leaves: walk.leaves, open: walk.open, unreadable: walk.unreadable || !editing.whole };
}

class Walk {
  readonly leaves: Leaf[] = [];
  readonly open: Opening[] = [];
  unreadable = false;
  readonly #editing: Editing;

  constructor(editing: Editing) {
    this.#editing = editing;
  }

  visit(nodes: Facets, step: Step): void {
    if (step.place.length > DEEPEST || this.leaves.length >= MOST_LEAVES) {
      this.unreadable = true;
      return;
    }
    const facets = this.#facetsOf(nodes);
    const all = [...facets.sure, ...facets.perhaps];
    if (all.some((facet) => facet["$dynamicRef"] !== undefined || facet["$recursiveRef"] !== undefined))
      this.unreadable = true;
    const entered = new Set(all.flatMap((facet) => this.#editing.originsOf(facet)));
    const times = (one: string): number => step.trail.filter((before) => before === one).length;
    if ([...entered].some((one) => times(one) >= MOST_ENTRIES)) return;
    const trail = [...step.trail, ...entered];
    const unplaced = step.unplaced || [...entered].some((one) => times(one) > 0);
    const description = [...all.map(said), step.above].find((text) => text !== "") ?? "";
    const types = typesIn(nodes);
    const named = group(facets, (facet) => Object.entries(propertiesOf(facet) ?? {}));
    const matched = group(facets, patterned);
    const items = group(facets, itemsOf).get("*");
    const siblings = [...step.siblings, ...named.keys()];
    const down = { above: "", siblings, unplaced, trail };
    for (const [key, schemas] of named) this.visit(schemas, { ...down, place: [...step.place, key], name: key });
    for (const [key, schemas] of matched)
      this.visit(schemas, {
        ...down,
        place: [...step.place, key || "*"],
        name: key || step.name,
        above: key === "" ? description : "",
        unplaced: true,
      });
    if (items !== undefined)
      this.visit(items, { ...step, place: [...step.place, "*"], above: description, unplaced, trail });
    const isObjectType = types.size === 0 ? named.size > 0 : types.has("object");
    const pointer = pointerOf(step.place);
    if (isObjectType && isOpen(all, named.size)) this.open.push({ pointer });
    const scalar = types.size === 0 || ["string", "integer", "number"].some((type) => types.has(type));
    if (step.place.length > 0 && (scalar || named.size + matched.size + (items === undefined ? 0 : 1) === 0))
      this.leaves.push({ pointer, name: step.name, description, types, facets, siblings: step.siblings, unplaced });
  }

  #facetsOf({ sure, perhaps }: Facets): Facets {
    const certain = sure.map((node) => this.#editing.facets(node));
    const others = perhaps.map((node) => this.#editing.facets(node));
    return {
      sure: certain.flatMap((one) => one.sure),
      perhaps: [...certain.flatMap((one) => one.perhaps), ...others.flatMap((one) => [...one.sure, ...one.perhaps])],
    };
  }
}

/** The subschemas of each member, those that always judge it apart from those that sometimes do. */
function group(
  facets: Facets,
  members: (facet: JsonObject) => readonly (readonly [string, Json | undefined])[],
): Map<string, { sure: JsonObject[]; perhaps: JsonObject[] }> {
  const found = new Map<string, { sure: JsonObject[]; perhaps: JsonObject[] }>();
  for (const side of ["sure", "perhaps"] as const)
    for (const facet of facets[side])
      for (const [key, value] of members(facet)) {
        const schema = value === true ? {} : value;
        if (!isObject(schema)) continue;
        const one = found.get(key) ?? { sure: [], perhaps: [] };
        one[side].push(schema);
        found.set(key, one);
      }
  return found;
}

/** Members whose names are patterns; those of any other name go by "". */
function patterned(facet: JsonObject): [string, Json | undefined][] {
  const patterns = isObject(facet["patternProperties"]) ? Object.entries(facet["patternProperties"]) : [];
  const others = [facet["additionalProperties"], facet["unevaluatedProperties"]]
    .filter((value) => isObject(value) && Object.keys(value).length > 0)
    .map((value): [string, Json | undefined] => ["", value]);
  return [...(patterns as [string, Json | undefined][]), ...others];
}

function itemsOf(facet: JsonObject): [string, Json | undefined][] {
  const { items, prefixItems, additionalItems, unevaluatedItems, contains } = facet;
  const listed = [
    ...(Array.isArray(items) ? items : [items]),
    ...(Array.isArray(prefixItems) ? prefixItems : []),
    additionalItems,
    unevaluatedItems,
    contains,
  ];
  return listed.filter((value) => isObject(value)).map((value) => ["*", value]);
}

function typesIn({ sure, perhaps }: Facets): ReadonlySet<string> {
  const [first, ...rest] = sure.map((node) => possibleTypes(node));
  const some = first === undefined ? perhaps.map((node) => possibleTypes(node)) : undefined;
  const both = (a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined) =>
    a === undefined || b === undefined ? (a ?? b) : a.intersection(b);
  if (some === undefined) return rest.reduce(both, first) ?? new Set();
  return some.includes(undefined) ? new Set() : new Set(some.flatMap((one) => [...(one ?? [])]));
}

function said(schema: JsonObject): string {
  const { description, title, examples } = schema;
  const text = [description, title].find((one) => typeof one === "string") ?? "";
  return Array.isArray(examples) ? `${text} ${JSON.stringify(examples).slice(0, 200)}` : String(text);
}

function isOpen(all: readonly JsonObject[], named: number): boolean {
  const says = all.map((facet) => facet["additionalProperties"] ?? facet["unevaluatedProperties"]);
  if (says.some((value) => value === false)) return false;
  return says.some((value) => value === true || (isObject(value) && Object.keys(value).length === 0)) || named === 0;
}
