import type { CedarValueJson } from "@cedar-policy/cedar-wasm/nodejs";
import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import type { InputType, Parameters } from "./input-type.ts";

/** Thrown where a value cannot be shown to Cedar; the call is then denied. */
export class Unfit extends Error {
  /** The name of the argument. */
  readonly argument: string;
  constructor(argument: string, why: string) {
    super(`the argument ${argument} ${why}`);
    this.argument = argument;
  }
}

const LONG = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/**
 * The part of the arguments that policies look at, as Cedar reads it. Every value is made anew by the type that the schema
 * gave it, so that nothing which a caller wrote (`__entity`, `__extn`) means anything but data.
 *
 * What is looked at, is there, and has no type that Cedar reads is refused: it may be declared where types are not read
 * (`allOf`, `$ref`, `anyOf`, `patternProperties`) or be allowed by being nowhere forbidden, and a `forbid` that cannot see
 * it would not hold.
 * @param fields paths below the arguments; an empty one is all of them
 * @throws Unfit where a value is of another or of no known type, or an integer leaves 64 bits
 */
export function project(
  fields: readonly (readonly string[])[],
  parameters: Parameters,
  args: JsonObject,
): Record<string, CedarValueJson> {
  const made: Record<string, CedarValueJson> = {};
  const wanted = new Map<string, (readonly string[])[]>();
  for (const [first, ...rest] of fields)
    for (const name of first === undefined ? Object.keys(args) : [first])
      wanted.set(name, [...(wanted.get(name) ?? []), rest]);
  for (const [name, below] of wanted) {
    const parameter = parameters.known.get(name);
    if (!Object.hasOwn(args, name)) continue;
    if (parameter === undefined) throw new Unfit(name, "is not declared where policies can read it");
    made[name] = shown(args[name] as Json, parameter.type, below, name);
  }
  return made;
}

/** The members of the arguments at these paths, as they are; what is not there is left out. */
export function picked(fields: readonly (readonly string[])[], args: JsonObject): JsonObject {
  const made: Record<string, Json> = {};
  for (const [first, ...rest] of fields) {
    if (first === undefined) return args;
    const value = Object.hasOwn(args, first) ? (args[first] as Json) : undefined;
    if (value === undefined || first === "__proto__") continue;
    const before = made[first];
    const below = rest.length > 0 && isObject(value) ? picked([rest], value) : value;
    made[first] = isObject(before) && isObject(below) && rest.length > 0 ? { ...before, ...below } : below;
  }
  return made;
}

function shown(value: Json, type: InputType, below: readonly (readonly string[])[], name: string): CedarValueJson {
  switch (type.kind) {
    case "String":
      if (typeof value === "string") return value;
      break;
    case "Boolean":
      if (typeof value === "boolean") return value;
      break;
    case "Long":
      return integer(value, name);
    case "Set":
      if (Array.isArray(value)) return value.map((one) => shown(one, type.element, [[]], name));
      break;
    case "Record":
      if (isObject(value)) return project(below, type.fields, value);
  }
  throw new Unfit(name, `is no ${type.kind}`);
}

/** What counts is the number as it is written in JSON: that text is what Cedar gets, and what is sent. */
function integer(value: Json, name: string): CedarValueJson {
  const text = typeof value === "number" ? JSON.stringify(value) : "";
  if (typeof value !== "number" || !/^-?[0-9]+$/.test(text)) throw new Unfit(name, "is no whole number");
  if (BigInt(text) < LONG.least || BigInt(text) > LONG.most) throw new Unfit(name, "leaves 64 bits");
  return value;
}
