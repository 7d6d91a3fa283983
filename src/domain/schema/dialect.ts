import { SchemaFault } from "./fault.ts";

/** The supported dialects by the number of their draft or the year of their release. */
export type Draft = 4 | 6 | 7 | 2019 | 2020;

/** The identifiers of the metaschemas, without a trailing `#`. */
export const DIALECTS: ReadonlyMap<string, Draft> = new Map([
  ["http://json-schema.org/draft-04/schema", 4],
  ["http://json-schema.org/draft-06/schema", 6],
  ["http://json-schema.org/draft-07/schema", 7],
  ["https://json-schema.org/draft/2019-09/schema", 2019],
  ["https://json-schema.org/draft/2020-12/schema", 2020],
]);

/**
 * Which dialect a `$schema` names.
 * @throws SchemaFault for a dialect that is not supported
 */
export function dialectOf(uri: unknown, path: string): Draft {
  if (typeof uri === "string") {
    const bare = uri.endsWith("#") ? uri.slice(0, -1) : uri;
    const draft = DIALECTS.get(bare) ?? DIALECTS.get(bare.replace(/^https:/, "http:"));
    if (draft !== undefined) return draft;
  }
  const accepted = [...DIALECTS.keys()].join(", ");
  throw new SchemaFault(`${path}/$schema`, `$schema names no supported dialect; accepted are ${accepted}`);
}

/** How a keyword holds subschemas: as its value, in an array, or as the members of an object. */
export type Holds = "one" | "list" | "map" | "one-or-list" | "map-or-names";

const since = (first: Draft, last: Draft, holds: Holds) => ({ first, last, holds });

const HOLDERS = new Map<string, { first: Draft; last: Draft; holds: Holds }>([
  // Read as a place for definitions in every dialect: many published schemas mix the two names.
  ["$defs", since(4, 2020, "map")],
  ["definitions", since(4, 2020, "map")],
  ["properties", since(4, 2020, "map")],
  ["patternProperties", since(4, 2020, "map")],
  ["additionalProperties", since(4, 2020, "one")],
  ["dependencies", since(4, 2020, "map-or-names")],
  ["dependentSchemas", since(2019, 2020, "map")],
  ["propertyNames", since(6, 2020, "one")],
  ["unevaluatedProperties", since(2019, 2020, "one")],
  ["items", since(4, 2019, "one-or-list")],
  ["additionalItems", since(4, 2019, "one")],
  ["prefixItems", since(2020, 2020, "list")],
  ["contains", since(6, 2020, "one")],
  ["unevaluatedItems", since(2019, 2020, "one")],
  ["allOf", since(4, 2020, "list")],
  ["anyOf", since(4, 2020, "list")],
  ["oneOf", since(4, 2020, "list")],
  ["not", since(4, 2020, "one")],
  ["if", since(7, 2020, "one")],
  ["then", since(7, 2020, "one")],
  ["else", since(7, 2020, "one")],
  ["contentSchema", since(2019, 2020, "one")],
]);

/** How this keyword holds subschemas in this dialect; undefined where it holds none. */
export function holdsSchemas(keyword: string, draft: Draft): Holds | undefined {
  if (keyword === "items" && draft === 2020) return "one";
  const entry = HOLDERS.get(keyword);
  return entry !== undefined && draft >= entry.first && draft <= entry.last ? entry.holds : undefined;
}
