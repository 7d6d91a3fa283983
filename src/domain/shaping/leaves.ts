import { isObject, type JsonObject } from "../../kernel/json.ts";
import { pointerOf } from "./place.ts";
import { Editing, type Facets, propertiesOf, typesOf } from "./schema-edit.ts";
import { Unfit } from "./rules.ts";

/** One place of an input schema where a caller chooses a value. */
export interface Leaf {
  readonly pointer: string;
  /** The name of the argument that it belongs to; for items of a list the list's. */
  readonly name: string;
  readonly description: string;
  readonly types: ReadonlySet<string>;
  readonly facets: Facets;
  /** Names of the arguments beside it. */
  readonly siblings: readonly string[];
}

/** What stands open in an object that names no properties, or allows others. */
export interface Opening {
  readonly pointer: string;
}

const MOST_LEAVES = 500;
const DEEPEST = 6;

/** Every place of an input schema, references followed; what lies deeper than six levels is left to the caps. */
export function leavesOf(schema: JsonObject): { root: JsonObject; leaves: Leaf[]; open: Opening[] } {
  const editing = new Editing(schema);
  const leaves: Leaf[] = [];
  const open: Opening[] = [];
  const visit = (
    node: JsonObject,
    place: readonly string[],
    name: string,
    above: string,
    siblings: readonly string[],
  ): void => {
    if (place.length > DEEPEST || leaves.length >= MOST_LEAVES) return;
    const facets = editing.facets(node);
    const all = [...facets.sure, ...facets.perhaps];
    const description = [...all.map(said), above].find((text) => text !== "") ?? "";
    const types = typesOf(facets);
    const named = new Map<string, JsonObject>();
    for (const facet of all)
      for (const [key, value] of Object.entries(propertiesOf(facet) ?? {}))
        if (isObject(value) && !named.has(key)) named.set(key, value);
    const items = all.flatMap((facet) => [
      facet["items"],
      ...(Array.isArray(facet["prefixItems"]) ? facet["prefixItems"] : []),
    ]);
    const inner = items.filter(isObject);
    for (const [key, value] of named) visit(value, [...place, key], key, "", [...siblings, ...named.keys()]);
    for (const item of inner) visit(item, [...place, "*"], name, description, siblings);
    if (types.has("object") && isOpen(all, named.size)) open.push({ pointer: pointerOf(place) });
    if (place.length > 0 && named.size === 0 && inner.length === 0)
      leaves.push({ pointer: pointerOf(place), name, description, types, facets, siblings });
  };
  try {
    visit(editing.root, [], "", "", []);
  } catch (error) {
    // A schema that refers elsewhere cannot be enforced either; what was seen so far is judged.
    if (!(error instanceof Unfit)) throw error;
  }
  return { root: editing.root, leaves, open };
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
