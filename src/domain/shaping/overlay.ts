import type { Json, JsonObject } from "../../kernel/json.ts";
import type { Place } from "./place.ts";
import { type ArgumentRules, Unfit } from "./rules.ts";
import { type Editing, type Facets, possibleTypes, propertiesOf, typesOf } from "./schema-edit.ts";

/** What this room needs of JSON Schema; given by compose. */
export interface SchemaJudge {
  /** Whether a value fits a schema whose references lead into `root`. */
  accepts(root: JsonObject, schema: JsonObject, value: Json): boolean;
}

type Keyword = "maxLength" | "minLength" | "minimum" | "maximum" | "minItems" | "maxItems";

/** Upper bounds tighten downwards, lower bounds upwards; each speaks of these types. */
const BOUNDS: readonly (readonly [Keyword, "most" | "least", readonly string[]])[] = [
  ["maxLength", "most", ["string"]],
  ["minLength", "least", ["string"]],
  ["minimum", "least", ["number", "integer"]],
  ["maximum", "most", ["number", "integer"]],
  ["minItems", "least", ["array"]],
  ["maxItems", "most", ["array"]],
];
const PAIRS = [
  ["minLength", "maxLength"],
  ["minimum", "maximum"],
  ["minItems", "maxItems"],
] as const;

/**
 * Tightens what callers see of one argument (V2).
 * @param path into the rules, for faults
 * @throws Unfit for what would loosen, contradicts itself or speaks of another type
 */
export function tighten(
  editing: Editing,
  place: Place,
  rules: ArgumentRules,
  path: readonly string[],
  schemas: SchemaJudge,
): void {
  const facets = editing.at(place, path);
  const own: JsonObject = {};
  for (const [keyword, side, types] of BOUNDS) {
    const wanted = rules[keyword];
    if (wanted === undefined) continue;
    speaksOf(facets, types, keyword, [...path, keyword]);
    checkBound(facets, keyword, side, wanted, [...path, keyword]);
    own[keyword] = wanted;
  }
  if (rules.pattern !== undefined) {
    speaksOf(facets, ["string"], "pattern", [...path, "pattern"]);
    own["pattern"] = rules.pattern;
  }
  if (rules.enum !== undefined) {
    checkEnum(editing, facets, rules.enum, [...path, "enum"], schemas);
    own["enum"] = [...rules.enum];
  }
  checkPairs(facets, own, path);
  checkRequired(editing, place, rules, path);
  if (Object.keys(own).length > 0) put(editing, place, own, path);
  if (rules.default !== undefined && rules.remove !== true) checkDefault(editing, place, rules.default, path, schemas);
}

/** The strongest bound that always holds. */
function bound(facets: Facets, keyword: string, side: "most" | "least"): number | undefined {
  const set = facets.sure.map((facet) => facet[keyword]).filter((value) => typeof value === "number");
  if (set.length === 0) return undefined;
  return side === "most" ? Math.min(...set) : Math.max(...set);
}

function checkBound(
  facets: Facets,
  keyword: string,
  side: "most" | "least",
  wanted: number,
  path: readonly string[],
): void {
  const now = bound(facets, keyword, side);
  if (now === undefined || (side === "most" ? wanted <= now : wanted >= now)) return;
  throw new Unfit({
    path,
    message: `loosens the server's own ${keyword} of ${now}`,
    expected: `${now} or ${side === "most" ? "less" : "more"}: the configuration only tightens`,
    remedy: "Tighten it, or remove the key.",
  });
}

function checkEnum(
  editing: Editing,
  facets: Facets,
  wanted: readonly Json[],
  path: readonly string[],
  schemas: SchemaJudge,
): void {
  const top = facets.sure[0] ?? {};
  const outside = wanted.findIndex((value) => !schemas.accepts(editing.root, top, value));
  if (outside < 0) return;
  const known = facets.sure.map((facet) => facet["enum"]).find(Array.isArray);
  throw new Unfit({
    path: [...path, String(outside)],
    message: "is a value that the server's own schema refuses",
    expected:
      known === undefined ? "values that the pinned schema accepts" : `some of ${JSON.stringify(known).slice(0, 200)}`,
    remedy: "Leave it out: the configuration only tightens.",
  });
}

function speaksOf(facets: Facets, types: readonly string[], keyword: string, path: readonly string[]): void {
  const has = typesOf(facets);
  if (has.size === 0 || types.some((type) => has.has(type))) return;
  const list = has.has("array") && !types.includes("array");
  throw new Unfit({
    path,
    message: `would bound nothing: the argument is of type ${[...has].join(" or ")}`,
    expected: `${keyword} on an argument of type ${types.join(" or ")}`,
    remedy: list ? "Write it for the items: the pointer with `/*` at its end." : "Remove the key.",
  });
}

function checkPairs(facets: Facets, own: JsonObject, path: readonly string[]): void {
  for (const [low, high] of PAIRS) {
    if (own[low] === undefined && own[high] === undefined) continue;
    const least = (own[low] ?? bound(facets, low, "least")) as number | undefined;
    const most = (own[high] ?? bound(facets, high, "most")) as number | undefined;
    if (least === undefined || most === undefined || least <= most) continue;
    throw new Unfit({
      path: [...path, own[high] === undefined ? low : high],
      message: `leaves no value: ${low} ${least} is above ${high} ${most}`,
      expected: `${low} at or below ${high}`,
      remedy: "Correct one of the two.",
    });
  }
}

function checkRequired(editing: Editing, place: Place, rules: ArgumentRules, path: readonly string[]): void {
  const name = place.at(-1) as string;
  if (rules.required === undefined || name === "*") return;
  const { sure, perhaps } = editing.holders(place, path);
  const isRequired = sure.some((facet) => Array.isArray(facet["required"]) && facet["required"].includes(name));
  if (!rules.required && isRequired)
    throw new Unfit({
      path: [...path, "required"],
      message: "loosens: the server itself requires the argument",
      expected: "true, or no such key",
      remedy: "Give a `default` that is filled in where the caller sends none, or remove the key.",
    });
  const holder = sure[0] ?? perhaps[0];
  if (rules.required && !isRequired && rules.default === undefined && holder !== undefined)
    holder["required"] = [...(Array.isArray(holder["required"]) ? holder["required"] : []), name];
}

/** Adds keywords to what judges the value always. */
function put(editing: Editing, place: Place, own: JsonObject, path: readonly string[]): void {
  const { sure } = editing.at(place, path);
  const [target] = sure;
  if (place.at(-1) === "*") putOnText(editing, place.slice(0, -1), own, path);
  if (target === undefined) return putBeside(editing, place, own, path);
  const { pattern, enum: values, ...bounds } = own;
  Object.assign(target, bounds);
  if (values !== undefined) {
    // The values were accepted by what stands here, so that they may stand in its place.
    target["enum"] = values;
  }
  if (pattern === undefined || pattern === target["pattern"]) return;
  if (target["pattern"] === undefined) target["pattern"] = pattern;
  else target["allOf"] = [...(Array.isArray(target["allOf"]) ? target["allOf"] : []), { pattern }];
}

/** What may be a list or a text is held as a text to what its items are held to. */
function putOnText(editing: Editing, place: Place, own: JsonObject, path: readonly string[]): void {
  const facets = editing.at(place, path);
  if (place.length === 0 || ![...facets.sure, ...facets.perhaps].some(mayBeText)) return;
  const rule: JsonObject = { if: { type: "string" }, then: structuredClone(own) };
  const [target] = facets.sure;
  if (target === undefined) return putBeside(editing, place, rule, path);
  target["allOf"] = [...(Array.isArray(target["allOf"]) ? target["allOf"] : []), rule];
}

function mayBeText(schema: JsonObject): boolean {
  const types = possibleTypes(schema);
  return types === undefined || types.has("string");
}

/** The argument is named in alternatives alone: the keywords stand beside them. */
function putBeside(editing: Editing, place: Place, own: JsonObject, path: readonly string[]): void {
  const [holder] = editing.holders(place, path).sure;
  const name = place.at(-1) as string;
  if (holder === undefined || name === "*" || propertiesOf(holder)?.[name] !== undefined)
    throw new Unfit({
      path,
      message: "stands in an alternative of the schema alone, where it cannot be tightened",
      expected: "an argument that is reached through properties, items, $ref and allOf",
      remedy: "Guard it, bind it or remove it instead.",
    });
  holder["allOf"] = [...(Array.isArray(holder["allOf"]) ? holder["allOf"] : []), { properties: { [name]: own } }];
}

function checkDefault(
  editing: Editing,
  place: Place,
  value: Json,
  path: readonly string[],
  schemas: SchemaJudge,
): void {
  const { sure, perhaps } = editing.at(place, path);
  const judges = sure.length > 0 ? sure.slice(0, 1) : perhaps;
  if (judges.some((schema) => schemas.accepts(editing.root, schema, value))) {
    const first = judges[0] as JsonObject;
    first["default"] = value;
    const name = place.at(-1) as string;
    // Filled in by the gateway, so that the caller need not send it.
    for (const facet of [...editing.holders(place, path).sure, ...editing.holders(place, path).perhaps]) {
      if (!Array.isArray(facet["required"])) continue;
      facet["required"] = facet["required"].filter((one) => one !== name);
      if ((facet["required"] as Json[]).length === 0) delete facet["required"];
    }
    return;
  }
  throw new Unfit({
    path: [...path, "default"],
    message: "is a value that the schema refuses",
    expected: "a value that fits the tightened schema",
    remedy: "Write a value that the tool accepts.",
  });
}
