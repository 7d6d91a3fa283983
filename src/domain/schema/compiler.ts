import type { Json, JsonObject } from "../../kernel/json.ts";
import { applicators } from "./applicators.ts";
import { arrayKeywords } from "./array-keywords.ts";
import type { Build, Mode } from "./build.ts";
import type { Draft } from "./dialect.ts";
import { Documents, type Place } from "./documents.ts";
import { Node } from "./evaluate.ts";
import { type CompileBudget, SchemaFault } from "./fault.ts";
import { objectKeywords } from "./object-keywords.ts";
import { compilePattern, type Pattern } from "./pattern.ts";
import { scalarKeywords } from "./scalar-keywords.ts";
import { boundFanOut, settleClosing } from "./shape.ts";

/** A compiled schema: its root, and whether a run must keep the scope of entered resources. */
export interface Program {
  readonly root: Node;
  readonly dynamic: boolean;
}

/**
 * Turns a schema into nodes.
 * @throws SchemaFault for whatever cannot be enforced within the budget
 */
export function compileProgram(schema: Json, budget: CompileBudget, mode: Mode, assertFormat: boolean): Program {
  return new Compiler(budget, assertFormat).run(schema, mode);
}

/** Annotations beside a `$ref` that leave it a plain alias. */
const SILENT = new Set(["$ref", "$comment", "title", "description", "examples", "default", "deprecated", "readOnly"]);

class Compiler {
  readonly #documents: Documents;
  readonly #budget: CompileBudget;
  readonly assertFormat: boolean;
  readonly #nodes = new Map<Place["schema"] & object, { [mode in Mode]?: Node }>();
  readonly #all: Node[] = [];
  readonly #queue: (() => void)[] = [];
  readonly #patterns = new Map<string, Pattern>();
  readonly #dynamic: { name: string; mode: Mode; byResource: Map<object, Node> }[] = [];
  #patternTotal = 0;
  #root: Node | undefined;

  constructor(budget: CompileBudget, assertFormat: boolean) {
    this.#budget = budget;
    this.assertFormat = assertFormat;
    this.#documents = new Documents(budget);
  }

  run(schema: Json, mode: Mode): Program {
    const place = this.#documents.read(schema);
    const root = this.#node(place, mode, true);
    // A queue in place of recursion: a chain of references may be as long as there are subschemas.
    do {
      for (let work = this.#queue.pop(); work !== undefined; work = this.#queue.pop()) work();
    } while (this.#linkDynamic());
    settleClosing(this.#all, root, mode === "closed");
    boundFanOut(this.#all, this.#budget.fanOut);
    return { root, dynamic: this.#dynamic.length > 0 };
  }

  #node(from: Place, mode: Mode, isRoot = false): Node {
    const place = isRoot ? from : this.#behindAliases(from);
    const { schema } = place;
    if (typeof schema === "boolean") {
      const node = new Node(place.pointer, place.resource);
      node.never = !schema;
      return node;
    }
    let modes = this.#nodes.get(schema);
    if (modes === undefined) this.#nodes.set(schema, (modes = {}));
    const known = modes[mode];
    if (known !== undefined) return known;
    const node = new Node(place.pointer, place.resource);
    modes[mode] = node;
    this.#all.push(node);
    if (isRoot) this.#root = node;
    this.#queue.push(() => this.#fill(node, place, schema, mode));
    return node;
  }

  /** Follows subschemas that are nothing but a `$ref`, within one resource. */
  #behindAliases(from: Place): Place {
    let place = from;
    for (let hops = 0; hops < 8; hops++) {
      const { schema } = place;
      if (typeof schema === "boolean" || typeof schema.$ref !== "string" || !Object.hasOwn(schema, "$ref")) break;
      if (place.resource.draft > 7 && !Object.keys(schema).every((keyword) => SILENT.has(keyword))) break;
      const next = this.#documents.resolve(schema.$ref, place, `${place.pointer}/$ref`);
      if (next.resource !== place.resource) break;
      place = next;
    }
    return place;
  }

  /** The node for a subschema that stands at `pointer`. */
  child(from: Place, pointer: string, schema: Json | undefined, mode: Mode): Node {
    return this.#node(this.#documents.at(from, schema, pointer), mode);
  }

  /** The node that a reference at `path` leads to. */
  target(from: Place, path: string, reference: string, mode: Mode): Node {
    return this.#node(this.#documents.resolve(reference, from, path), mode);
  }

  #fill(node: Node, place: Place, schema: JsonObject, mode: Mode): void {
    const { draft } = place.resource;
    // Up to draft-07 everything next to $ref is ignored.
    const plain = draft <= 7 && Object.hasOwn(schema, "$ref") ? { $ref: schema.$ref as Json } : schema;
    const build = new Filling(this, plain, place, mode, node);
    const families = familiesOf(plain);
    if ((families & SCALAR) !== 0) scalarKeywords(build);
    if ((families & APPLICATOR) !== 0) applicators(build);
    if ((families & ARRAY) !== 0) arrayKeywords(build);
    const names = ["properties", "patternProperties", "required"].some((keyword) => Object.hasOwn(plain, keyword));
    const says =
      Object.hasOwn(plain, "additionalProperties") || (draft >= 2019 && Object.hasOwn(plain, "unevaluatedProperties"));
    node.structured = names;
    node.closes = mode === "closed" && !says;
    const alone = node.closes && node.shapes.length === 0;
    if (alone) node.closes = false;
    const closes = alone && (names || (node === this.#root && node.asksObject));
    if (closes || (families & OBJECT) !== 0) objectKeywords(build, closes);
    const { forAll, forArray, forNumber, forObject, forString, inPlace, late } = node;
    node.cost += forAll.length + inPlace.length + late.length;
    node.cost += Math.max(forArray.length, forNumber.length, forObject.length, forString.length);
  }

  pattern(path: string, source: string): Pattern {
    const known = this.#patterns.get(source);
    if (known !== undefined) return known;
    if (this.#patterns.size >= this.#budget.patterns) {
      throw new SchemaFault(path, `is one of more than ${this.#budget.patterns} different patterns`);
    }
    const pattern = compilePattern(source, this.#budget, path);
    this.#patternTotal += pattern.size;
    if (this.#patternTotal > this.#budget.patternTotal)
      throw new SchemaFault(path, "makes the patterns of this schema too large");
    this.#patterns.set(source, pattern);
    return pattern;
  }

  dynamicTarget(
    place: Place,
    keyword: string,
    reference: string,
    mode: Mode,
  ): { fixed: Node; byResource: Map<object, Node> } {
    const target = this.#documents.resolve(reference, place, `${place.pointer}/${keyword}`);
    const name = keyword === "$recursiveRef" ? "" : reference.slice(reference.indexOf("#") + 1);
    const byResource = new Map<object, Node>();
    // Dynamic only where the reference, taken statically, leads to a dynamic anchor (2020-12 core, 8.2.3.2).
    const isDynamic =
      target.resource.dynamic.get(name) === target && (reference.includes("#") || keyword === "$recursiveRef");
    if (isDynamic) this.#dynamic.push({ name, mode, byResource });
    return { fixed: this.#node(target, mode), byResource };
  }

  #linkDynamic(): boolean {
    for (const { name, mode, byResource } of this.#dynamic) {
      for (const resource of this.#documents.resources.values()) {
        const place = resource.dynamic.get(name);
        if (place === undefined || byResource.has(resource)) continue;
        byResource.set(resource, this.#node(place, mode));
      }
    }
    return this.#queue.length > 0;
  }
}

/** One subschema while its keywords are compiled. */
class Filling implements Build {
  readonly #compiler: Compiler;
  readonly schema: JsonObject;
  readonly place: Place;
  readonly draft: Draft;
  readonly mode: Mode;
  readonly node: Node;
  readonly assertFormat: boolean;

  constructor(compiler: Compiler, schema: JsonObject, place: Place, mode: Mode, node: Node) {
    this.#compiler = compiler;
    this.schema = schema;
    this.place = place;
    this.draft = place.resource.draft;
    this.mode = mode;
    this.node = node;
    this.assertFormat = compiler.assertFormat;
  }
  child(at: string, schema: Json | undefined, mode: Mode): Node {
    return this.#compiler.child(this.place, this.place.pointer + at, schema, mode);
  }
  target(keyword: string, reference: string, mode: Mode): Node {
    return this.#compiler.target(this.place, `${this.place.pointer}/${keyword}`, reference, mode);
  }
  dynamicTarget(keyword: string, reference: string, mode: Mode): { fixed: Node; byResource: Map<object, Node> } {
    return this.#compiler.dynamicTarget(this.place, keyword, reference, mode);
  }
  pattern(at: string, source: string): Pattern {
    return this.#compiler.pattern(this.place.pointer + at, source);
  }
}

const SCALAR = 1;
const ARRAY = 2;
const OBJECT = 4;
const APPLICATOR = 8;

/** Which of the modules below has keywords to compile; most subschemas need one. */
function familiesOf(schema: JsonObject): number {
  let families = 0;
  for (const keyword of Object.keys(schema)) families |= FAMILIES.get(keyword) ?? 0;
  return families;
}

const FAMILIES = new Map(
  [
    [SCALAR, "type enum const minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"],
    [SCALAR, "minLength maxLength pattern format"],
    [ARRAY, "items prefixItems additionalItems contains minContains maxContains minItems maxItems uniqueItems"],
    [ARRAY, "unevaluatedItems"],
    [OBJECT, "properties patternProperties additionalProperties propertyNames required minProperties maxProperties"],
    [OBJECT, "dependentRequired unevaluatedProperties"],
    [OBJECT | APPLICATOR, "dependencies"],
    [APPLICATOR, "$ref $dynamicRef $recursiveRef allOf anyOf oneOf not if dependentSchemas"],
  ].flatMap(([family, keywords]) =>
    (keywords as string).split(" ").map((keyword) => [keyword, family as number] as const),
  ),
);
