import { isObject } from "../kernel/json.ts";
import type { Json, JsonObject } from "../kernel/json.ts";
import { shownPointer } from "./json-fault.ts";

/** `Mcp-Name` and `Mcp-Param-*` (MCP 2026-07-28, Streamable HTTP, request headers; SEP-2243). */
const PREFIX = "=?base64?";
const SUFFIX = "?=";
const ANNOTATION = "x-mcp-header";
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const DECIMAL = /^-?[0-9]{1,400}(?:\.[0-9]{1,400})?$/;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A header value that breaks the rules of its encoding. */
export class HeaderFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "HeaderFault";
  }
}

/**
 * The header value that stands for a text: as it is if visible ASCII, space and tab, not padded with white space and not
 * like the sentinel; else `=?base64?…?=` over its UTF-8.
 */
export function encodeHeaderValue(value: string): string {
  const plain = /^[\t\x20-\x7e]*$/.test(value) && !/^[\t ]|[\t ]$/.test(value);
  if (plain && !(value.startsWith(PREFIX) && value.endsWith(SUFFIX))) return value;
  return PREFIX + Buffer.from(value, "utf8").toString("base64") + SUFFIX;
}

/**
 * The text that a header value stands for. White space around it is no part of it (RFC 9110 5.5); without both ends of
 * the sentinel it is taken literally.
 *
 * @throws HeaderFault for padding or alphabet that is not canonical base64 (RFC 4648 4), for malformed UTF-8, and for
 * characters that no header value may hold as they are
 */
export function decodeHeaderValue(raw: string): string {
  // Most names: nothing to take off, and no sentinel.
  if (/^[\w./-]+$/.test(raw)) return raw;
  const value = withoutPadding(raw);
  if (!(value.startsWith(PREFIX) && value.endsWith(SUFFIX)) || value.length < PREFIX.length + SUFFIX.length) {
    if (/^[\t\x20-\x7e]*$/.test(value)) return value;
    throw new HeaderFault("the value holds other characters than visible ASCII; send it as =?base64?…?=");
  }
  const coded = value.slice(PREFIX.length, -SUFFIX.length);
  const bytes = Buffer.from(coded, "base64");
  // Node skips what is no base64 and accepts other alphabets; only the canonical text comes out as it went in.
  if (bytes.toString("base64") !== coded)
    throw new HeaderFault("the value between =?base64? and ?= is no canonical base64");
  try {
    return utf8.decode(bytes);
  } catch {
    throw new HeaderFault("the value between =?base64? and ?= is no UTF-8");
  }
}

function withoutPadding(raw: string): string {
  let start = 0;
  let end = raw.length;
  while (start < end && (raw[start] === " " || raw[start] === "\t")) start++;
  while (end > start && (raw[end - 1] === " " || raw[end - 1] === "\t")) end--;
  return raw.slice(start, end);
}

/** One annotated property of a schema. */
interface Annotation {
  /** Header name, e.g. `Mcp-Param-Tenant`. */
  readonly header: string;
  /** Names that lead to the argument, e.g. `["filter", "tenant"]`. */
  readonly path: readonly string[];
}

/** Every call of a tool needs its annotations, and a definition never changes once it was read. */
const known = new WeakMap<JsonObject, readonly Annotation[]>();

function annotations(inputSchema: JsonObject): readonly Annotation[] {
  let found = known.get(inputSchema);
  if (found === undefined) {
    found = collect(inputSchema, []);
    known.set(inputSchema, found);
  }
  return found;
}

function collect(schema: JsonObject, path: readonly string[]): Annotation[] {
  if (!Object.hasOwn(schema, "properties") || !isObject(schema["properties"])) return [];
  return Object.entries(schema["properties"]).flatMap(([name, property]) => {
    if (!isObject(property)) return [];
    const here = [...path, name];
    const header = Object.hasOwn(property, ANNOTATION) ? property[ANNOTATION] : undefined;
    const inner = collect(property, here);
    return typeof header === "string" ? [{ header: `Mcp-Param-${header}`, path: here }, ...inner] : inner;
  });
}

function argumentAt(args: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json = args;
  for (const name of path) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name] as Json;
  }
  return value;
}

/**
 * The `Mcp-Param-*` headers of a call, made from its final arguments. What is absent, null or no primitive has none.
 * The annotations must be valid (`headerAnnotationFault`).
 */
export function paramHeaders(inputSchema: JsonObject, args: JsonObject): { headers: [string, string][] } {
  const headers: [string, string][] = [];
  for (const { header, path } of annotations(inputSchema)) {
    const text = primitiveText(argumentAt(args, path));
    if (text !== undefined) headers.push([header, encodeHeaderValue(text)]);
  }
  return { headers };
}

/**
 * Compares the `Mcp-Param-*` headers of a call with its arguments; `Mcp-Param-*` headers that the schema does not know
 * are ignored, as the specification asks of intermediaries.
 *
 * @param rawHeaders header values as received, by lower-case name
 * @returns what does not match, or undefined
 */
export function checkParamHeaders(
  inputSchema: JsonObject,
  args: JsonObject,
  rawHeaders: ReadonlyMap<string, string>,
): string | undefined {
  for (const { header: name, path } of annotations(inputSchema)) {
    const value = argumentAt(args, path);
    const place = shownPointer(path);
    const raw = rawHeaders.get(name.toLowerCase());
    const text = primitiveText(value);
    if (text === undefined) {
      if (raw !== undefined) return `Header ${name} is set but argument ${place} has no value; leave the header out`;
      continue;
    }
    if (raw === undefined)
      return `Header ${name} is missing; argument ${place} has a value, which the header must repeat`;
    let sent: string;
    try {
      sent = decodeHeaderValue(raw);
    } catch (fault) {
      if (!(fault instanceof HeaderFault)) throw fault;
      return `Header ${name}: ${fault.message}`;
    }
    const equal = typeof value === "number" && DECIMAL.test(sent) ? Number(sent) === value : sent === text;
    if (!equal) return `Header ${name} differs from argument ${place}; the header must repeat the argument`;
  }
  return undefined;
}

/** The text of an argument in a header, undefined where it has none. */
function primitiveText(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean" || Number.isSafeInteger(value)) return String(value);
  return undefined;
}

/** Keywords with one subschema or a list of them. */
const SUBSCHEMAS: ReadonlySet<string> = new Set([
  ..."items prefixItems additionalItems contains unevaluatedItems additionalProperties unevaluatedProperties".split(
    " ",
  ),
  ..."propertyNames contentSchema oneOf anyOf allOf not if then else".split(" "),
]);
/** Keywords with named subschemas, other than `properties`. */
const NAMED_SUBSCHEMAS: ReadonlySet<string> = new Set(
  "patternProperties dependentSchemas dependencies $defs definitions".split(" "),
);

/**
 * What is wrong with the `x-mcp-header` annotations of a tool's input schema; a tool with a fault must not be listed.
 * An annotation is an RFC 9110 token, unique without regard to case, on an integer, string or boolean property that is
 * reached through `properties` alone.
 */
export function headerAnnotationFault(inputSchema: JsonObject): string | undefined {
  return annotationFault(inputSchema, "root", new Set());
}

function annotationFault(
  schema: Json | undefined,
  where: "root" | "chain" | "outside",
  seen: Set<string>,
): string | undefined {
  if (Array.isArray(schema)) return firstFault(schema, "outside", seen);
  if (!isObject(schema)) return undefined;
  if (Object.hasOwn(schema, ANNOTATION)) {
    const header = schema[ANNOTATION];
    if (where !== "chain") return `${ANNOTATION} is allowed only on properties that a chain of "properties" leads to`;
    if (typeof header !== "string" || !TOKEN.test(header))
      return `${ANNOTATION} must be an RFC 9110 token, such as Tenant-Id`;
    const shown = header.slice(0, 40);
    if (seen.has(header.toLowerCase())) return `${ANNOTATION} "${shown}" stands twice; case makes no difference`;
    seen.add(header.toLowerCase());
    if (!["integer", "string", "boolean"].includes(schema["type"] as string)) {
      return `${ANNOTATION} "${shown}" must be on a property of type integer, string or boolean`;
    }
  }
  for (const [keyword, value] of Object.entries(schema)) {
    let fault: string | undefined;
    if (keyword === "properties") {
      if (isObject(value)) fault = firstFault(Object.values(value), where === "outside" ? "outside" : "chain", seen);
    } else if (NAMED_SUBSCHEMAS.has(keyword)) {
      if (isObject(value)) fault = firstFault(Object.values(value), "outside", seen);
    } else if (SUBSCHEMAS.has(keyword)) {
      fault = annotationFault(value, "outside", seen);
    }
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function firstFault(schemas: readonly Json[], where: "chain" | "outside", seen: Set<string>): string | undefined {
  for (const schema of schemas) {
    const fault = annotationFault(schema, where, seen);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
