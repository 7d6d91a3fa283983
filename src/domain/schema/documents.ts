import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { DIALECTS, type Draft, dialectOf, type Holds, holdsSchemas } from "./dialect.ts";
import { type CompileBudget, SchemaFault } from "./fault.ts";
import { shown, token, tokens } from "./json-pointer.ts";
import { metaschema } from "./metaschema.ts";

/** A schema resource: a document or an embedded schema with its own `$id` (2020-12 core, 4.3.5). */
export interface Resource {
  readonly uri: string;
  readonly draft: Draft;
  readonly root: Place;
  readonly anchors: Map<string, Place>;
  /** `$dynamicAnchor` by name; under the empty name the root of a resource with `$recursiveAnchor: true`. */
  readonly dynamic: Map<string, Place>;
}

/** Where a subschema stands. */
export interface Place {
  readonly schema: JsonObject | boolean;
  /** JSON Pointer from the document's root. */
  readonly pointer: string;
  readonly resource: Resource;
}

/** Resolves references of a schema that names no base; it is never fetched, nor is any other. */
const NO_BASE = "schema:///";

/** The schema and what it may refer to: itself, its embedded resources and the supported metaschemas. Nothing is fetched. */
export class Documents {
  readonly resources = new Map<string, Resource>();
  readonly #places = new Map<JsonObject, Place>();
  readonly #budget: CompileBudget;
  #count = 0;

  constructor(budget: CompileBudget) {
    this.#budget = budget;
  }

  /**
   * Reads a document: bounds it, finds its subschemas, identifiers and anchors.
   * @throws SchemaFault where it exceeds the budget or an identifier is unusable
   */
  read(document: Json): Place {
    measure(document, this.#budget);
    return this.#document(document, 2020);
  }

  /**
   * The subschema that a reference names.
   * @param reference a URI reference, its fragment a JSON Pointer or an anchor
   * @throws SchemaFault where it leads outside or nowhere
   */
  resolve(reference: string, from: Place, path: string): Place {
    const hash = reference.indexOf("#");
    const uri = hash < 0 ? reference : reference.slice(0, hash);
    let resource = from.resource;
    if (uri !== "") {
      const absolute = absoluteUri(uri, from.resource.uri, path);
      const found = this.resources.get(absolute) ?? this.#metaschema(absolute);
      if (found === undefined) {
        throw new SchemaFault(
          path,
          `refers to ${shown(reference)}, which is outside of this schema and is never fetched`,
        );
      }
      resource = found;
    }
    const fragment = hash < 0 ? "" : decoded(reference.slice(hash + 1), path);
    if (fragment === "") return resource.root;
    const place = fragment.startsWith("/") ? this.#walk(resource.root, fragment) : resource.anchors.get(fragment);
    if (place === undefined)
      throw new SchemaFault(path, `refers to ${shown(reference)}, which does not exist in this schema`);
    return place;
  }

  /** The place of a subschema at a keyword of `from`. */
  at(from: Place, schema: Json | undefined, pointer: string): Place {
    if (typeof schema === "boolean") return { schema, pointer, resource: from.resource };
    if (!isObject(schema)) throw new SchemaFault(pointer, "is not a schema: accepted are an object, true and false");
    return this.#places.get(schema) ?? this.#scan(schema, pointer, from.resource, 0);
  }

  #document(document: Json, draft: Draft): Place {
    if (typeof document !== "boolean" && !isObject(document)) {
      throw new SchemaFault("", "is not a schema: accepted are an object, true and false");
    }
    if (isObject(document)) {
      const own = document.$schema === undefined ? draft : dialectOf(document.$schema, "");
      const uri = identifier(document, own, "") ?? "";
      return this.#open(document, "", absoluteUri(uri, NO_BASE, ""), own, 0);
    }
    return this.#open(document, "", NO_BASE, draft, 0);
  }

  #metaschema(uri: string): Resource | undefined {
    const draft = DIALECTS.get(uri);
    return draft === undefined ? undefined : this.#document(metaschema(draft, uri), draft).resource;
  }

  #open(schema: JsonObject | boolean, pointer: string, uri: string, draft: Draft, depth: number): Place {
    if (this.resources.has(uri))
      throw new SchemaFault(pointer, "has the same identifier as another part of this schema");
    const anchors = new Map<string, Place>();
    const dynamic = new Map<string, Place>();
    // The two refer to each other; both are complete before either is seen outside.
    const resource = { uri, draft, anchors, dynamic } as { -readonly [K in keyof Resource]: Resource[K] };
    const place: Place = { schema, pointer, resource };
    resource.root = place;
    this.resources.set(uri, resource);
    if (isObject(schema)) {
      this.#places.set(schema, place);
      this.#inside(schema, place, depth);
    }
    return place;
  }

  #scan(schema: JsonObject, pointer: string, resource: Resource, depth: number): Place {
    const known = this.#places.get(schema);
    if (known !== undefined) return known;
    const id = identifier(schema, resource.draft, pointer);
    if (id !== undefined && id !== "") {
      const draft = schema.$schema === undefined ? resource.draft : dialectOf(schema.$schema, pointer);
      return this.#open(schema, pointer, absoluteUri(id, resource.uri, pointer), draft, depth);
    }
    const place: Place = { schema, pointer, resource };
    this.#places.set(schema, place);
    this.#inside(schema, place, depth);
    return place;
  }

  #inside(schema: JsonObject, place: Place, depth: number): void {
    if (++this.#count > this.#budget.subschemas) {
      throw new SchemaFault(place.pointer, `has more than ${this.#budget.subschemas} subschemas`);
    }
    if (depth > this.#budget.depth) {
      throw new SchemaFault(place.pointer, `is nested deeper than ${this.#budget.depth} subschemas`);
    }
    this.#anchor(schema, place);
    for (const keyword of Object.keys(schema)) {
      const holds = holdsSchemas(keyword, place.resource.draft);
      if (holds !== undefined)
        this.#held(schema[keyword], holds, place.pointer + token(keyword), place.resource, depth);
    }
  }

  #held(value: Json | undefined, holds: Holds, pointer: string, resource: Resource, depth: number): void {
    if (holds === "map" || holds === "map-or-names") {
      if (!isObject(value)) return;
      for (const name of Object.keys(value)) {
        const member = value[name];
        if (isObject(member)) this.#scan(member, pointer + token(name), resource, depth + 1);
      }
    } else if (Array.isArray(value)) {
      if (holds === "one") return;
      for (const [index, member] of value.entries()) {
        if (isObject(member)) this.#scan(member, pointer + token(index), resource, depth + 1);
      }
    } else if (isObject(value)) {
      this.#scan(value, pointer, resource, depth + 1);
    }
  }

  #anchor(schema: JsonObject, place: Place): void {
    const { draft, anchors, dynamic } = place.resource;
    if (draft <= 7) {
      const id = schema[draft === 4 ? "id" : "$id"];
      const hash = typeof id === "string" && !Object.hasOwn(schema, "$ref") ? id.indexOf("#") : -1;
      if (hash >= 0 && (id as string).length > hash + 1) this.#name(anchors, (id as string).slice(hash + 1), place);
      return;
    }
    if (typeof schema.$anchor === "string") this.#name(anchors, schema.$anchor, place);
    if (draft === 2020 && typeof schema.$dynamicAnchor === "string") {
      this.#name(anchors, schema.$dynamicAnchor, place);
      dynamic.set(schema.$dynamicAnchor, place);
    }
    if (draft === 2019 && schema.$recursiveAnchor === true && place === place.resource.root) dynamic.set("", place);
  }

  #name(anchors: Map<string, Place>, name: string, place: Place): void {
    if (anchors.has(name)) throw new SchemaFault(place.pointer, `has the same anchor as another part: ${shown(name)}`);
    anchors.set(name, place);
  }

  #walk(root: Place, pointer: string): Place | undefined {
    let value: Json | undefined = root.schema;
    let at = root;
    let path = root.pointer;
    for (const part of tokens(pointer)) {
      if (Array.isArray(value)) value = /^(?:0|[1-9]\d{0,8})$/.test(part) ? value[Number(part)] : undefined;
      else value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
      if (value === undefined) return undefined;
      path += token(part);
      if (isObject(value)) at = this.#places.get(value) ?? at;
    }
    return this.at(at, value, path);
  }
}

/** Bounds a document without recursion, so that no depth of it can exhaust the stack. */
function measure(document: Json, budget: CompileBudget): void {
  // Keywords such as properties add a level of JSON to each level of subschema; enum and default may nest by themselves.
  const levels = budget.depth * 4;
  let row: Json[] = [document];
  let values = 0;
  let chars = 0;
  for (let level = 0; row.length > 0; level++) {
    if (level > levels) throw new SchemaFault("", `is nested deeper than ${levels} levels of JSON`);
    const next: Json[] = [];
    for (const value of row) {
      values++;
      if (typeof value === "string") chars += value.length;
      else if (typeof value === "object" && value !== null) {
        for (const key of Object.keys(value)) {
          if (!Array.isArray(value)) chars += key.length;
          next.push((value as JsonObject)[key] as Json);
        }
        if (next.length + values > budget.values) break;
      }
    }
    if (chars > budget.chars) throw new SchemaFault("", `holds more than ${budget.chars} characters`);
    if (next.length + values > budget.values) throw new SchemaFault("", `holds more than ${budget.values} JSON values`);
    row = next;
  }
}

/** The identifier of a schema without its fragment; undefined where it has none. */
function identifier(schema: JsonObject, draft: Draft, pointer: string): string | undefined {
  const keyword = draft === 4 ? "id" : "$id";
  // Up to draft-07 everything next to $ref is ignored.
  if (!Object.hasOwn(schema, keyword) || (draft <= 7 && Object.hasOwn(schema, "$ref"))) return undefined;
  const id = schema[keyword];
  if (typeof id !== "string") throw new SchemaFault(`${pointer}/${keyword}`, "is not a URI reference");
  const hash = id.indexOf("#");
  if (draft >= 2019 && hash >= 0 && hash < id.length - 1) {
    throw new SchemaFault(`${pointer}/${keyword}`, "has a fragment; accepted is a URI reference without one");
  }
  return hash < 0 ? id : id.slice(0, hash);
}

function absoluteUri(reference: string, base: string, path: string): string {
  try {
    return new URL(reference, base).href;
  } catch {
    throw new SchemaFault(path, `is no usable URI reference: ${shown(reference)}`);
  }
}

function decoded(fragment: string, path: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    throw new SchemaFault(path, "has a fragment with a broken percent-encoding");
  }
}
