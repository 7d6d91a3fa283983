import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { type Branch, memberPart, type Part } from "./minimise.ts";
import { Unfit } from "./rules.ts";
import { Editing, propertiesOf } from "./schema-edit.ts";

/** Subschemas that hold for a part of what they stand beside, and may fail for what is left of a value that they took. */
const UNSURE = ["not", "if", "then", "else", "unevaluatedProperties", "unevaluatedItems"] as const;
/** Values of the server's own, in which anything may stand. */
const SHOWN = ["default", "examples", "example"] as const;
const COUNTED = ["minItems", "uniqueItems", "contains", "minContains", "maxContains"] as const;

/**
 * The output schema of what is left: whatever fits `schema` fits the result after the parts of one or more of `parts`
 * were applied to it. What goes by all of them is not in it; what may go is not required.
 * @param parts one for each rule that may apply; a call applies at least one of them
 * @throws Unfit where a reference cannot be followed
 */
export function reducedSchema(schema: JsonObject, parts: readonly Part[]): JsonObject {
  if (parts.every((part) => part === "whole")) return schema;
  if (nestedId(schema))
    throw new Unfit({
      ...UNREADABLE,
      message: "cannot be applied: the output schema names a base inside itself ($id)",
    });
  const editing = new Editing(schema);
  reduce(editing, editing.root, parts);
  if (!editing.whole)
    throw new Unfit({ ...UNREADABLE, message: "cannot be applied: the output schema refers too deep" });
  loosen(editing.root);
  prune(editing.root);
  return editing.root;
}

const UNREADABLE = {
  path: [],
  expected: "an output schema with references such as #/$defs/name",
  remedy: "Ask for a definition with plain references, or remove the rule.",
};

const nestedId = (schema: JsonObject): boolean =>
  JSON.stringify(schema, (key, value: unknown) =>
    key === "" && value === schema ? { ...schema, $id: undefined } : value,
  ).includes('"$id":"');

function reduce(editing: Editing, schema: JsonObject, parts: readonly Part[]): void {
  const branches = parts.filter((part): part is Branch => typeof part === "object");
  if (branches.length === 0) return;
  const { sure, perhaps } = editing.facets(schema);
  for (const facet of [...sure, ...perhaps]) {
    if (facet["$dynamicRef"] !== undefined || facet["$recursiveRef"] !== undefined)
      throw new Unfit({
        ...UNREADABLE,
        message: "cannot be applied: the output schema has references that depend on where they are read",
      });
    for (const keyword of [...UNSURE, ...SHOWN]) delete facet[keyword];
    for (const keyword of ["const", "enum"])
      if (JSON.stringify(facet[keyword] ?? null).includes("{")) delete facet[keyword];
    members(editing, facet, parts);
    items(editing, facet, parts);
    alternatives(facet);
  }
}

/** What becomes of a member by each part, those that let it stay. */
const staying = (parts: readonly Part[], name: string): Part[] =>
  parts.map((part) => (typeof part === "string" ? part : memberPart(part, name))).filter((part) => part !== "gone");

const everyOf = (parts: readonly Part[]): Part[] =>
  parts.map((part) => (typeof part === "string" ? part : part.every)).filter((part) => part !== "gone");

function members(editing: Editing, facet: JsonObject, parts: readonly Part[]): void {
  const properties = propertiesOf(facet) ?? {};
  for (const name of Object.keys(properties)) {
    const left = staying(parts, name);
    const own = properties[name];
    if (left.length === 0) delete properties[name];
    else if (isObject(own)) reduce(editing, own, left);
  }
  const stays = (name: string): boolean => staying(parts, name).length === parts.length;
  names(facet, "required", stays);
  delete facet["minProperties"];
  for (const keyword of ["dependentRequired", "dependentSchemas", "dependencies"]) {
    const depends = facet[keyword];
    if (!isObject(depends)) continue;
    for (const name of Object.keys(depends)) {
      if (staying(parts, name).length === 0) delete depends[name];
      else names(depends, name, stays);
    }
  }
  unnamed(editing, facet, parts);
}

/** Members that the schema does not name: by patterns, or by whatever else there is. */
function unnamed(editing: Editing, facet: JsonObject, parts: readonly Part[]): void {
  const left = everyOf(parts);
  const isNamed = parts.some(
    (part) => typeof part === "object" && [...part.names.values()].some((one) => typeof one === "object"),
  );
  const patterns = facet["patternProperties"];
  const others = facet["additionalProperties"];
  if (left.length === 0 || isNamed) {
    // Which of them a name falls under is not known here, so that they say nothing any more.
    delete facet["patternProperties"];
    if (isObject(others) || isObject(patterns)) delete facet["additionalProperties"];
    return;
  }
  for (const one of [others, ...(isObject(patterns) ? Object.values(patterns) : [])])
    if (isObject(one)) reduce(editing, one, left);
}

function items(editing: Editing, facet: JsonObject, parts: readonly Part[]): void {
  if (!parts.some((part) => typeof part === "object" && part.lists)) return;
  for (const keyword of COUNTED) delete facet[keyword];
  const left = everyOf(parts);
  for (const keyword of ["items", "prefixItems", "additionalItems"]) {
    const said = facet[keyword];
    if (left.length === 0) delete facet[keyword];
    else for (const one of Array.isArray(said) ? said : [said]) if (isObject(one)) reduce(editing, one, left);
  }
}

/** Alternatives that exclude each other may look the same without what told them apart. */
function alternatives(facet: JsonObject): void {
  const one = facet["oneOf"];
  if (one === undefined) return;
  delete facet["oneOf"];
  if (facet["anyOf"] === undefined) facet["anyOf"] = one;
  else facet["allOf"] = [...(Array.isArray(facet["allOf"]) ? facet["allOf"] : []), { anyOf: one }];
}

function names(schema: JsonObject, keyword: string, stays: (name: string) => boolean): void {
  const said = schema[keyword];
  if (!Array.isArray(said)) return;
  const left = said.filter((name) => typeof name !== "string" || stays(name));
  // Draft-04 allows no empty list.
  if (left.length === 0) delete schema[keyword];
  else schema[keyword] = left;
}

/** Takes out references that lead into what was reduced: what is kept whole is not bound by it. */
function loosen(value: Json): void {
  if (Array.isArray(value)) return value.forEach(loosen);
  if (!isObject(value)) return;
  const { $ref } = value;
  if (typeof $ref === "string" && !/^#\/(?:\$defs|definitions)\//.test($ref))
    for (const keyword of Object.keys(value)) delete value[keyword];
  for (const inner of Object.values(value)) loosen(inner);
}

/** Leaves out definitions that nothing refers to any more. */
function prune(root: JsonObject): void {
  const { $defs, definitions, ...rest } = root;
  const seen = new Set<string>();
  const look = (value: Json | undefined): void => {
    if (Array.isArray(value)) return value.forEach(look);
    if (!isObject(value)) return;
    const [, where, name] =
      /^#\/(\$defs|definitions)\/([^/]*)/.exec(typeof value["$ref"] === "string" ? value["$ref"] : "") ?? [];
    if (where !== undefined && name !== undefined && !seen.has(`${where}/${name}`)) {
      seen.add(`${where}/${name}`);
      const own = root[where];
      look(isObject(own) ? own[plain(name)] : undefined);
    }
    Object.values(value).forEach(look);
  };
  look(rest);
  for (const [where, own] of Object.entries({ $defs, definitions })) {
    if (!isObject(own)) continue;
    const used = new Set(
      [...seen].filter((one) => one.startsWith(`${where}/`)).map((one) => plain(one.slice(where.length + 1))),
    );
    const left = Object.entries(own).filter(([name]) => used.has(name));
    if (left.length === 0) delete root[where];
    else root[where] = Object.fromEntries(left);
  }
}

function plain(name: string): string {
  try {
    return decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return name;
  }
}
