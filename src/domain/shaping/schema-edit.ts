import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { nearest } from "../../kernel/nearest.ts";
import { type Place, pointerOf } from "./place.ts";
import { Unfit } from "./rules.ts";

/** Keywords whose subschemas judge the same value, all of them at once. */
const TOGETHER = ["allOf"] as const;
/** Keywords whose subschemas judge the same value, some of the time. */
const SOMETIMES = ["anyOf", "oneOf"] as const;
const CONDITIONAL = ["then", "else"] as const;
/** `dependencies` holds lists of names too, which are no subschemas. */
const DEPENDING = ["dependentSchemas", "dependencies"] as const;
/** How many references one edit follows; a chain that is longer ends in nothing that could be edited. */
const MOST_HOPS = 32;
/** What a copied subschema leaves behind: names that may stand once only, and definitions that stay where they are. */
const LEFT_BEHIND = new Set("$id id $anchor $dynamicAnchor $recursiveAnchor $schema $defs definitions".split(" "));

/** The subschemas that judge one value: `sure` always, `perhaps` some of the time. */
export interface Facets {
  readonly sure: readonly JsonObject[];
  readonly perhaps: readonly JsonObject[];
}

/**
 * An input schema while it is edited: a copy in which references are written out where an edit touches them. Whatever it
 * becomes, calls are judged by the pinned schema too, so that an edit can hide but never admit.
 */
export class Editing {
  readonly root: JsonObject;
  readonly #original: JsonObject;
  /** Whether every subschema that judges a value was reached so far. */
  whole = true;
  readonly #origins = new WeakMap<JsonObject, string[]>();
  /** Characters of JSON that may still be copied: schemas that refer to themselves would never end. */
  #left = 2_000_000;
  /** Up to draft-07 everything beside a `$ref` is ignored. */
  readonly #refAlone: boolean;

  constructor(schema: JsonObject) {
    this.#original = schema;
    this.root = structuredClone(schema);
    this.#refAlone = /draft-0[3467]/.test(typeof schema["$schema"] === "string" ? schema["$schema"] : "");
  }

  /** The subschemas of the object that holds the last step of a place. @throws Unfit where there is none */
  holders(place: Place, path: readonly string[]): Facets {
    let facets = this.facets(this.root);
    for (const step of place.slice(0, -1)) facets = this.#children(facets, step, place, path);
    return facets;
  }

  /** The subschemas of what stands at a place. @throws Unfit where there is none */
  at(place: Place, path: readonly string[]): Facets {
    let facets = this.facets(this.root);
    for (const step of place) facets = this.#children(facets, step, place, path);
    return facets;
  }

  #children(facets: Facets, step: string, place: Place, path: readonly string[]): Facets {
    const sure = facets.sure.flatMap((facet) => membersOf(facet, step));
    const perhaps = facets.perhaps.flatMap((facet) => membersOf(facet, step));
    if (sure.length + perhaps.length === 0) {
      const all = [...facets.sure, ...facets.perhaps];
      const known = [...new Set(all.flatMap((facet) => Object.keys(propertiesOf(facet) ?? {})))];
      const isList = all.some((facet) => facet["items"] !== undefined || facet["prefixItems"] !== undefined);
      const near = nearest(step, known);
      throw new Unfit({
        path,
        message: `names no argument of the tool: there is no ${pointerOf(place)}`,
        expected: isList ? "`*` for the items of a list" : `one of ${known.slice(0, 20).join(", ") || "none"}`,
        ...(near === undefined ? {} : { nearest: near }),
        remedy: near === undefined ? "Name an argument of the pinned definition." : `Write ${near}.`,
      });
    }
    const inner = [...sure, ...perhaps].map((schema) => this.facets(schema));
    return {
      sure: inner.slice(0, sure.length).flatMap((one) => one.sure),
      perhaps: [
        ...inner.slice(0, sure.length).flatMap((one) => one.perhaps),
        ...inner.slice(sure.length).flatMap((one) => [...one.sure, ...one.perhaps]),
      ],
    };
  }

  /** Every subschema that judges the same value as `schema`, references written out. */
  facets(schema: JsonObject): Facets {
    const sure: JsonObject[] = [];
    const perhaps: JsonObject[] = [];
    const look = (one: JsonObject, always: boolean, hops: number): void => {
      if (hops > MOST_HOPS) {
        this.whole = false;
        return;
      }
      this.#writeOut(one);
      (always ? sure : perhaps).push(one);
      const each = (value: Json | undefined, still: boolean): void => {
        for (const inner of Array.isArray(value) ? value : [value]) if (isObject(inner)) look(inner, still, hops + 1);
      };
      for (const keyword of TOGETHER) each(one[keyword], always);
      for (const keyword of SOMETIMES) each(one[keyword], false);
      for (const keyword of CONDITIONAL) each(one[keyword], false);
      for (const keyword of DEPENDING) if (isObject(one[keyword])) each(Object.values(one[keyword]), false);
    };
    look(schema, true, 0);
    return { sure, perhaps };
  }

  /** The references that were written out in a subschema. */
  originsOf(schema: JsonObject): readonly string[] {
    return this.#origins.get(schema) ?? [];
  }

  /** Puts a copy of what a `$ref` leads to in its place. */
  #writeOut(schema: JsonObject): void {
    for (let hops = 0; typeof schema["$ref"] === "string"; hops++) {
      const reference = schema["$ref"];
      const target = hops < MOST_HOPS ? this.#resolve(reference) : undefined;
      this.#left -= JSON.stringify(target ?? null).length;
      if (target === undefined || this.#left < 0)
        throw new Unfit({
          path: [],
          message: `cannot be applied: the schema refers to ${JSON.stringify(reference.slice(0, 80))}`,
          expected: "references such as #/$defs/name on the way to the argument",
          remedy: "Ask for a definition with plain references, or leave the argument as it is.",
        });
      this.#origins.set(schema, [...this.originsOf(schema), reference]);
      const copy: JsonObject = {};
      for (const [keyword, value] of Object.entries(target))
        if (!LEFT_BEHIND.has(keyword)) copy[keyword] = structuredClone(value);
      delete schema["$ref"];
      if (this.#refAlone)
        for (const keyword of Object.keys(schema)) if (!LEFT_BEHIND.has(keyword)) delete schema[keyword];
      const clash = Object.keys(copy).some((keyword) => Object.hasOwn(schema, keyword) && !SAID.has(keyword));
      if (clash) schema["allOf"] = [...(Array.isArray(schema["allOf"]) ? schema["allOf"] : []), copy];
      else for (const [keyword, value] of Object.entries(copy)) schema[keyword] ??= value;
    }
  }

  #resolve(reference: string): JsonObject | undefined {
    if (reference === "#") return this.#original;
    if (!reference.startsWith("#/")) return undefined;
    let value: Json | undefined = this.#original;
    for (const raw of reference.slice(2).split("/")) {
      const step = decoded(raw).replaceAll("~1", "/").replaceAll("~0", "~");
      if (Array.isArray(value)) value = /^\d{1,9}$/.test(step) ? value[Number(step)] : undefined;
      else value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    }
    return isObject(value) ? value : undefined;
  }
}

/** Annotations: what stands beside a reference counts. */
const SAID = new Set("title description default examples deprecated readOnly writeOnly $comment".split(" "));

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

/** The properties that a subschema names. */
export function propertiesOf(schema: JsonObject): JsonObject | undefined {
  return isObject(schema["properties"]) ? schema["properties"] : undefined;
}

/** The subschemas for one step, made objects where they were `true`. */
function membersOf(facet: JsonObject, step: string): JsonObject[] {
  if (step === "*") {
    if (facet["items"] === true) facet["items"] = {};
    const items = facet["items"];
    const listed = [...(Array.isArray(items) ? items : [items])];
    if (Array.isArray(facet["prefixItems"])) listed.push(...facet["prefixItems"]);
    return listed.filter(isObject);
  }
  const properties = propertiesOf(facet);
  if (properties === undefined || !Object.hasOwn(properties, step)) return [];
  if (properties[step] === true) properties[step] = {};
  return isObject(properties[step]) ? [properties[step]] : [];
}

/** The types that a value may have, where the schema says. */
export function typesOf({ sure, perhaps }: Facets): ReadonlySet<string> {
  const named = (schema: JsonObject): string[] => {
    const { type } = schema;
    if (typeof type === "string") return [type];
    return Array.isArray(type) ? type.filter((one) => typeof one === "string") : [];
  };
  const certain = sure.flatMap(named);
  return new Set(certain.length > 0 ? certain : perhaps.flatMap(named));
}

/** The types that a value may have by the schema and what stands in it for the same value; undefined: any. References are written out. */
export function possibleTypes(schema: JsonObject, hops = 0): ReadonlySet<string> | undefined {
  if (hops > MOST_HOPS || schema["$ref"] !== undefined) return undefined;
  let left: ReadonlySet<string> | undefined;
  const hold = (types: ReadonlySet<string> | undefined): void => {
    if (types !== undefined) left = left === undefined ? types : left.intersection(types);
  };
  const { type } = schema;
  if (typeof type === "string") hold(new Set([type]));
  if (Array.isArray(type)) hold(new Set(type.map(String)));
  for (const keyword of TOGETHER)
    if (Array.isArray(schema[keyword]))
      for (const one of schema[keyword]) if (isObject(one)) hold(possibleTypes(one, hops + 1));
  for (const keyword of SOMETIMES) {
    const branches = schema[keyword];
    if (!Array.isArray(branches)) continue;
    const each = branches.filter((one) => one !== false).map((one) => isObject(one) && possibleTypes(one, hops + 1));
    if (each.every((one) => one instanceof Set)) hold(new Set(each.flatMap((one) => [...one])));
  }
  return left;
}

/**
 * Takes a property out of everything that callers see of its object: itself, what requires or depends on it, and it in
 * defaults and examples. Conditions that look at it are left out; the pinned schema judges them.
 */
export function takeOut({ sure, perhaps }: Facets, name: string): JsonObject[] {
  const removed: JsonObject[] = [];
  for (const facet of [...sure, ...perhaps]) {
    const properties = propertiesOf(facet);
    const was = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isObject(was)) removed.push(was);
    if (properties !== undefined) delete properties[name];
    without(facet, "required", name);
    for (const keyword of ["dependentRequired", "dependencies", "dependentSchemas"]) {
      const depends = facet[keyword];
      if (!isObject(depends)) continue;
      delete depends[name];
      for (const key of Object.keys(depends)) if (Array.isArray(depends[key])) without(depends, key, name);
    }
    if (typeof facet["minProperties"] === "number" && facet["minProperties"] > 0)
      facet["minProperties"] = facet["minProperties"] - 1;
    const mentions = (value: Json | undefined): boolean => JSON.stringify(value ?? null).includes(JSON.stringify(name));
    if (mentions(facet["if"])) for (const keyword of ["if", "then", "else"]) delete facet[keyword];
    if (mentions(facet["not"])) delete facet["not"];
  }
  return removed;
}

function without(schema: JsonObject, keyword: string, name: string): void {
  const names = schema[keyword];
  if (!Array.isArray(names) || !names.includes(name)) return;
  const left = names.filter((one) => one !== name);
  // Draft-04 allows no empty list.
  if (left.length === 0) delete schema[keyword];
  else schema[keyword] = left;
}

/** Takes a place out of what the schemas above it show as defaults and examples. */
export function forgetExamples(editing: Editing, place: Place): void {
  let level: readonly JsonObject[] = both(editing.facets(editing.root));
  for (let at = 0; at < place.length; at++) {
    for (const facet of level)
      for (const keyword of ["default", "examples", "example", "const", "enum"])
        if (facet[keyword] !== undefined)
          forget(facet[keyword], place.slice(at), keyword === "examples" || keyword === "enum");
    const step = place[at] as string;
    level = level.flatMap((facet) => membersOf(facet, step)).flatMap((schema) => both(editing.facets(schema)));
  }
}

const both = ({ sure, perhaps }: Facets): JsonObject[] => [...sure, ...perhaps];

function forget(value: Json, place: Place, each: boolean): void {
  if (each && Array.isArray(value)) for (const item of value) forget(item, place, false);
  const [step, ...rest] = place;
  if (step === undefined) return;
  if (step === "*") {
    if (Array.isArray(value)) for (const item of value) forget(item, rest, false);
  } else if (isObject(value) && Object.hasOwn(value, step)) {
    if (rest.length === 0) delete value[step];
    else forget(value[step] as Json, rest, false);
  }
}
