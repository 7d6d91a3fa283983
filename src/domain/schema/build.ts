import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import type { Draft } from "./dialect.ts";
import type { Place } from "./documents.ts";
import type { Node } from "./evaluate.ts";
import { SchemaFault } from "./fault.ts";
import { token } from "./json-pointer.ts";
import type { Pattern } from "./pattern.ts";

/**
 * How strictly a subschema is read. `open`: as written. `closed`: objects refuse unknown properties where the schema is
 * silent. `inner`: it judges the same value as a closed one, which closes for both; what it holds further down is closed.
 */
export type Mode = "open" | "inner" | "closed";

/** One subschema while its keywords are compiled. */
export interface Build {
  readonly schema: JsonObject;
  readonly place: Place;
  readonly draft: Draft;
  readonly mode: Mode;
  readonly node: Node;
  readonly assertFormat: boolean;
  /** The node for a subschema held at `at`, a pointer below this one. It may be filled later. */
  child(at: string, schema: Json | undefined, mode: Mode): Node;
  /** The node that a reference leads to. */
  target(keyword: string, reference: string, mode: Mode): Node;
  /** The subschema that a `$dynamicRef` or `$recursiveRef` leads to, by the scope of a run. */
  dynamicTarget(keyword: string, reference: string, mode: Mode): { fixed: Node; byResource: Map<object, Node> };
  pattern(at: string, source: string): Pattern;
}

/** The mode of subschemas that judge the same value. */
export function sameValue(mode: Mode): Mode {
  return mode === "open" ? "open" : "inner";
}

/** The mode of subschemas that judge a value inside. */
export function innerValue(mode: Mode): Mode {
  return mode === "open" ? "open" : "closed";
}

/** Refuses the schema because of a keyword's value. */
export function refuse(build: Build, keyword: string, message: string): never {
  throw new SchemaFault(build.place.pointer + token(keyword), message);
}

/** A keyword's value as a count; undefined where the keyword is absent. */
export function countOf(build: Build, keyword: string): number | undefined {
  const value = own(build, keyword);
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  return refuse(build, keyword, `${keyword} must be an integer of at least 0`);
}

/** A keyword's value as a number; undefined where the keyword is absent. */
export function numberOf(build: Build, keyword: string): number | undefined {
  const value = own(build, keyword);
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return refuse(build, keyword, `${keyword} must be a number${typeof value === "boolean" ? " in this dialect" : ""}`);
}

/** A keyword's value as a text; undefined where the keyword is absent. */
export function textOf(build: Build, keyword: string): string | undefined {
  const value = own(build, keyword);
  if (value === undefined || typeof value === "string") return value;
  return refuse(build, keyword, `${keyword} must be a string`);
}

/** A keyword's value as a boolean; undefined where the keyword is absent. */
export function booleanOf(build: Build, keyword: string): boolean | undefined {
  const value = own(build, keyword);
  if (value === undefined || typeof value === "boolean") return value;
  return refuse(build, keyword, `${keyword} must be true or false`);
}

/** A keyword's value as an object; undefined where the keyword is absent. */
export function membersOf(build: Build, keyword: string): JsonObject | undefined {
  const value = own(build, keyword);
  if (value === undefined || isObject(value)) return value;
  return refuse(build, keyword, `${keyword} must be an object`);
}

/** A keyword's value as an array; undefined where the keyword is absent. */
export function listOf(build: Build, keyword: string): Json[] | undefined {
  const value = own(build, keyword);
  if (value === undefined || Array.isArray(value)) return value;
  return refuse(build, keyword, `${keyword} must be an array`);
}

/** A value as property names. */
export function namesOf(build: Build, keyword: string, value: Json): string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  return refuse(build, keyword, `${keyword} must hold arrays of property names`);
}

/** A keyword's value; undefined where the keyword is absent. */
export function own(build: Build, keyword: string): Json | undefined {
  return Object.hasOwn(build.schema, keyword) ? build.schema[keyword] : undefined;
}
