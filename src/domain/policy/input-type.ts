import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";

/** A Cedar type that the value of a parameter has. */
export type InputType =
  /** The only texts there are, where an `enum` says so. */
  | { readonly kind: "String"; readonly values?: readonly string[] }
  | { readonly kind: "Long" | "Boolean" }
  | { readonly kind: "Set"; readonly element: InputType }
  | { readonly kind: "Record"; readonly fields: Parameters };

export interface Parameter {
  readonly type: InputType;
  readonly required: boolean;
}

/** The parameters of a tool or prompt that policies may name, and why they may not name the others. */
export interface Parameters {
  readonly known: ReadonlyMap<string, Parameter>;
  readonly barred: ReadonlyMap<string, string>;
}

export const NO_PARAMETERS: Parameters = { known: new Map(), barred: new Map() };
export const TEXT: InputType = { kind: "String" };

const SIMPLE: Record<string, InputType> = {
  string: TEXT,
  integer: { kind: "Long" },
  boolean: { kind: "Boolean" },
};
const DEEPEST = 8;
/** Subschemas of one definition that are read: references that lead back let it grow without end. */
const MOST_READ = 5_000;
/** Cedar reads these members of JSON as something else than data; the last is no member of what is made here. */
const RESERVED = ["__entity", "__extn", "__expr", "__proto__"];
/** Keywords that make a value one of several types. */
const UNIONS = ["anyOf", "oneOf", "if", "not", "$dynamicRef"];

/** The parameters of a published tool (its input schema) or prompt (texts). */
export function parametersOf(definition: JsonObject): Parameters {
  const { inputSchema, arguments: named } = definition;
  if (isObject(inputSchema)) return fieldsOf(inputSchema, { schema: inputSchema, left: MOST_READ }, 0);
  const known = new Map<string, Parameter>();
  for (const one of Array.isArray(named) ? named : [])
    if (isObject(one) && typeof one["name"] === "string")
      known.set(one["name"], { type: TEXT, required: one["required"] === true });
  return { known, barred: new Map() };
}

/** What two variants of a definition have in common: a parameter that differs cannot be named. */
export function common(a: Parameters, b: Parameters): Parameters {
  const known = new Map<string, Parameter>();
  const barred = new Map([...a.barred, ...b.barred]);
  for (const [name, one] of [...a.known, ...b.known]) {
    const [left, right] = [a.known.get(name), b.known.get(name)];
    const same = left === undefined || right === undefined || signature(left.type) === signature(right.type);
    if (!same) barred.set(name, "its approved variants have different types");
    else
      known.set(name, {
        type: left && right ? anyValue(one.type) : one.type,
        required: left?.required === true && right?.required === true,
      });
  }
  for (const name of barred.keys()) known.delete(name);
  return { known, barred };
}

/** The same type without what one variant alone says of its values. */
function anyValue(type: InputType): InputType {
  if (type.kind === "Set") return { kind: "Set", element: anyValue(type.element) };
  if (type.kind !== "Record") return { kind: type.kind };
  const known = [...type.fields.known].map(
    ([name, one]) => [name, { ...one, type: anyValue(one.type) }] satisfies [string, Parameter],
  );
  return { kind: "Record", fields: { known: new Map(known), barred: type.fields.barred } };
}

/** Equal for equal types. */
export function signature(type: InputType): string {
  return JSON.stringify(cedarType(type));
}

/** The type in Cedar's JSON schema. */
function cedarType(type: InputType): object {
  if (type.kind === "Set") return { type: "Set", element: cedarType(type.element) };
  return type.kind === "Record" ? { type: "Record", attributes: attributesOf(type.fields) } : { type: type.kind };
}

/** The attributes of a record in Cedar's JSON schema. */
export function attributesOf(fields: Parameters): Record<string, object> {
  return Object.fromEntries(
    [...fields.known].map(([name, { type, required }]) => [name, { ...cedarType(type), required }]),
  );
}

/** The schema that references point into, and how many subschemas may still be read. */
interface Root {
  readonly schema: JsonObject;
  left: number;
}

function fieldsOf(schema: JsonObject, root: Root, depth: number): Parameters {
  const known = new Map<string, Parameter>();
  const barred = new Map<string, string>();
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  for (const [name, raw] of Object.entries(isObject(schema["properties"]) ? schema["properties"] : {})) {
    const type = RESERVED.includes(name) ? "its name means something else to Cedar" : typeOf(raw, root, depth + 1);
    if (typeof type === "string") barred.set(name, type);
    else known.set(name, { type, required: required.includes(name) });
  }
  return { known, barred };
}

/** The Cedar type of a schema, or why there is none. */
function typeOf(raw: Json, root: Root, depth: number): InputType | string {
  if (root.left-- <= 0) return "its definition is too large";
  if (depth > DEEPEST) return "it is nested too deeply";
  if (!isObject(raw)) return "its schema allows anything";
  if (typeof raw["$ref"] === "string") return typeOf(pointed(raw["$ref"], root.schema), root, depth + 1);
  if (UNIONS.some((keyword) => raw[keyword] !== undefined)) return "it has several types";
  const said = raw["type"] ?? typeOfValues(raw);
  if (said === undefined) return "its schema names no type";
  if (Array.isArray(said)) return said.includes("null") ? "it may be null" : "it has several types";
  if (said === "number") return "it may be a fraction, which Cedar does not have";
  if (said === "null") return "it is null";
  if (said === "array") {
    if (raw["items"] === undefined || raw["prefixItems"] !== undefined) return "its items have no single type";
    const element = typeOf(raw["items"], root, depth + 1);
    return typeof element === "string" ? `of its items ${element}` : { kind: "Set", element };
  }
  if (said === "object") return { kind: "Record", fields: fieldsOf(raw, root, depth) };
  const values = Array.isArray(raw["enum"]) ? raw["enum"] : raw["const"] === undefined ? [] : [raw["const"]];
  if (said === "string" && values.length > 0)
    return { kind: "String", values: values.filter((one) => typeof one === "string") };
  return (typeof said === "string" && Object.hasOwn(SIMPLE, said) && SIMPLE[said]) || "its type is unknown";
}

/** The one type of all values of `enum` or `const`. */
function typeOfValues(raw: JsonObject): string | undefined {
  const values = Array.isArray(raw["enum"]) ? raw["enum"] : raw["const"] === undefined ? [] : [raw["const"]];
  for (const type of ["string", "boolean"])
    if (values.length > 0 && values.every((one) => typeof one === type)) return type;
  return values.length > 0 && values.every(Number.isInteger) ? "integer" : undefined;
}

/** What a reference inside the same document points at (RFC 6901). */
function pointed(ref: string, root: JsonObject): Json {
  if (!ref.startsWith("#/")) return null;
  let at: Json = root;
  for (const step of ref.slice(2).split("/")) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    at = isObject(at) && Object.hasOwn(at, name) ? (at[name] as Json) : null;
  }
  return at;
}
