import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { type Leaf, leavesOf } from "./leaves.ts";
import { type Reach, reachOfPattern } from "./pattern-reach.ts";
import type { SchemaJudge } from "./overlay.ts";
import { pointerOf } from "./place.ts";
import type { GuardKind } from "./rules.ts";
import { type Around, type Shape, shapeOf, wordsOf } from "./shapes.ts";

/** One thing that stands open in a definition. */
export interface Finding {
  /** `off`: the tool stays off until this is narrowed, confined or accepted. */
  readonly severity: "off" | "warn";
  readonly shape: Shape;
  /** JSON Pointer into the arguments. */
  readonly pointer: string;
  /** What an attacker could do, in one sentence. */
  readonly why: string;
  /** What narrows it, for `servers.<name>.tools.<tool>` (or prompts, templates); empty where nothing does. */
  readonly rules: JsonObject;
  /** The same as YAML for `servers.<name>`, to paste; empty where nothing does. */
  readonly overlay: string;
}

/** What is known beside the definition. */
export interface LintFacts {
  readonly kind: "tool" | "prompt" | "template";
  /** The name in the configuration, under which overlays stand. */
  readonly name: string;
  /** What the sandbox confines. */
  readonly confined: { readonly files: boolean; readonly network: boolean };
  /** Guards by pointer. */
  readonly guards: ReadonlyMap<string, GuardKind>;
  /** Pointers that the operator explained. */
  readonly accepted: ReadonlySet<string>;
  readonly schemas: SchemaJudge;
}

/** Characters that may not stand where a pattern leaves a choice; then what the pattern begins with is the author's. */
const DANGEROUS: Partial<Record<Shape, string>> = {
  shell: " \t\n\r;&|$`<>(){}[]*?!~#'\"\\%^\u00a0\u2028",
  sql: " \t\n\r;,'\"`()*/\\=<>|&%#@:+\u00a0\u2028",
  path: "/\\:~%$\0\n\r\u2028\uff0f",
};
/** What a pattern for the name of a file may let through no more. */
const DOTS = ["..", ".", ".ssh", ".env"];

const WHY: Readonly<Record<Shape, string>> = {
  shell: "takes a raw command or code: whoever writes the argument runs what they like",
  sql: "takes a raw query: whoever writes the argument reads and changes what the server's account may",
  path: "takes any file path: whoever writes the argument chooses the file",
  url: "takes any URL: whoever writes the argument makes the server call hosts of their choice, internal ones too",
  tenant: "lets the caller choose whose data it is",
  html: "takes HTML: what is written there may run where it is shown",
  template: "takes a template: what is written there may be evaluated",
  text: "takes text of any length",
  list: "takes a list of any length",
  "open-object": "takes members that nobody named",
  unreadable:
    "have a schema that cannot be looked through whole, so that nobody knows what stands open; no rule opens it: ask its author for a smaller one, whose references begin with #/",
};

const OFF: ReadonlySet<Shape> = new Set(["shell", "sql", "path", "url", "tenant", "unreadable"]);
/** Open texts are told of so often in one definition. */
const MOST_TEXTS = 10;

/**
 * What could an attacker do if every text were theirs (V2, P6)? Judges a definition as callers see it.
 * @returns findings, the dangerous first
 */
export function lint(definition: JsonObject, facts: LintFacts): Finding[] {
  if (facts.kind === "template") return lintTemplate(definition, facts);
  const schema = facts.kind === "prompt" ? promptSchema(definition) : definition["inputSchema"];
  if (!isObject(schema)) return [];
  const { root, leaves, open, unreadable } = leavesOf(schema);
  const tool: Around = {
    words: wordsOf(String(definition["name"] ?? "")),
    description: typeof definition["description"] === "string" ? definition["description"].slice(0, 4_000) : "",
  };
  const found: Finding[] = [];
  if (unreadable) found.push(make(facts.kind === "tool" ? "off" : "warn", "unreadable", "", facts, {}));
  for (const leaf of leaves) {
    const finding = judge(leaf, tool, root, facts);
    if (finding !== undefined) found.push(finding);
  }
  for (const { pointer } of open)
    if (!facts.accepted.has(pointer))
      found.push(
        make("warn", "open-object", pointer, facts, {
          accept: "why the server may be sent members that it does not name",
        }),
      );
  let texts = 0;
  const dangerous = found.filter(({ shape }) => shape !== "text" || texts++ < MOST_TEXTS);
  return dangerous.sort((a, b) => Number(b.severity === "off") - Number(a.severity === "off"));
}

function judge(leaf: Leaf, tool: Around, root: JsonObject, facts: LintFacts): Finding | undefined {
  const { pointer } = leaf;
  if (facts.accepted.has(pointer) || isListed(leaf)) return undefined;
  const shape = shapeOf(leaf, tool);
  if (shape === undefined)
    return isLoose(leaf) && guardOver(pointer, facts) === undefined
      ? make("warn", "text", pointer, facts, { maxLength: 1000 })
      : undefined;
  if (isNarrow(shape, leaf, root, facts)) return undefined;
  const confined = (shape === "path" && facts.confined.files) || (shape === "url" && facts.confined.network);
  const off = OFF.has(shape) && !confined && facts.kind === "tool";
  return make(off ? "off" : "warn", shape, pointer, facts, REMEDY[shape], confined);
}

/** Every value is written down. */
function isListed({ facets }: Leaf): boolean {
  const lists = (schema: JsonObject): boolean =>
    Array.isArray(schema["enum"]) || schema["const"] !== undefined || (ofTexts(schema) ?? schema)["enum"] !== undefined;
  if (facets.sure.some(lists)) return true;
  // One of several alternatives, all of which list their values or take none.
  const others = facets.perhaps.filter((schema) => schema["type"] !== "null" && schema["type"] !== "boolean");
  return others.length > 0 && others.every(lists);
}

/** What an overlay on the items of a list says of a text that stands in place of the list. */
function ofTexts(schema: JsonObject): JsonObject | undefined {
  const { if: when, then } = schema;
  return isObject(when) && isObject(then) && when["type"] === "string" && Object.keys(when).length === 1
    ? then
    : undefined;
}

/** The guard that judges what stands at a place: its own, one above, or one on the items of what may be a list. */
function guardOver(pointer: string, { guards }: LintFacts): GuardKind | undefined {
  for (const [at, kind] of guards)
    if (at === pointer || pointer.startsWith(`${at}/`) || at === `${pointer}/*`) return kind;
  return undefined;
}

/** Guards that make a raw value of this shape harmless. A command of plain words is a command still. */
const NARROWING: Partial<Record<Shape, GuardKind>> = {
  sql: "sql",
  path: "path",
  url: "url",
  html: "html",
  template: "template",
};

/** By a guard, or by a pattern of which it can be proved that it leaves nothing dangerous to choose. */
function isNarrow(
  shape: Shape,
  { pointer, facets, types, unplaced }: Leaf,
  root: JsonObject,
  facts: LintFacts,
): boolean {
  const guard = unplaced ? undefined : guardOver(pointer, facts);
  if (guard !== undefined && guard === NARROWING[shape]) return true;
  if (types.size === 0 || ![...types].every((type) => TEXTS_AND_MORE.has(type))) return false;
  const patterns = facets.sure
    .flatMap((schema) => [schema["pattern"], ofTexts(schema)?.["pattern"]])
    .filter((pattern) => typeof pattern === "string");
  return patterns.some((pattern) => proves(shape, reachOfPattern(pattern), pattern, root, facts));
}

/** Lists are judged by their items. */
const TEXTS_AND_MORE = new Set(["string", "null", "boolean", "integer", "number", "array"]);

function proves(shape: Shape, reach: Reach | undefined, pattern: string, root: JsonObject, facts: LintFacts): boolean {
  if (reach === undefined || !reach.start) return false;
  if (shape === "url") return /^https?:\/\/[a-z0-9.-]+(?::\d+)?\//i.test(reach.prefix);
  const dangerous = DANGEROUS[shape];
  if (dangerous === undefined || !reach.end || [...dangerous].some(reach.free)) return false;
  if (shape !== "path") return reach.prefix !== "";
  const takes = (text: string): boolean => facts.schemas.accepts(root, { pattern }, reach.prefix + text);
  return !DOTS.some(takes);
}

function isLoose({ types, facets }: Leaf): boolean {
  if (types.size > 0 && !types.has("string")) return false;
  return ![...facets.sure, ...facets.perhaps].some(
    (schema) => schema["maxLength"] !== undefined || schema["pattern"] !== undefined || schema["format"] !== undefined,
  );
}

const REMEDY: Partial<Record<Shape, JsonObject>> = {
  shell: { enum: ["status", "version"] },
  sql: { enum: ["SELECT id, name FROM products"] },
  path: { guard: { kind: "path", roots: ["./workspace"] } },
  url: { guard: { kind: "url", hosts: ["api.example.com"] } },
  html: { guard: { kind: "html" } },
  template: { guard: { kind: "template" } },
};

function make(
  severity: Finding["severity"],
  shape: Shape,
  pointer: string,
  facts: LintFacts,
  rule: JsonObject | undefined,
  confined = false,
): Finding {
  const at = placeName(pointer);
  const section = facts.kind === "tool" ? "tools" : facts.kind === "prompt" ? "prompts" : "templates";
  const rules: JsonObject =
    shape === "tenant" ? { bind: { [at]: "principal.tenant" } } : { arguments: { [at]: rule ?? { maxLength: 1000 } } };
  const why = confined
    ? `${pointer} ${WHY[shape]}; the server's sandbox confines it`
    : `${pointer === "" ? "The arguments" : pointer} ${pointer === "" ? WHY[shape].replace(/^takes/, "take") : WHY[shape]}`;
  // Rules are for arguments: none is for all of them together.
  if (pointer === "") return { severity, shape, pointer, why, rules: {}, overlay: "" };
  return { severity, shape, pointer, why, rules, overlay: yaml({ [section]: { [facts.name]: rules } }, 0) };
}

/** A single argument by its name, a deeper one by its pointer. */
function placeName(pointer: string): string {
  const steps = pointer.slice(1).split("/");
  const name = steps[0] ?? "";
  return steps.length === 1 && !name.includes("~") && name !== "" ? name : pointer;
}

/** Mappings on lines of their own down to the third level, inline below. */
function yaml(value: Json, level: number): string {
  if (!isObject(value)) return inline(value);
  if (level > 3) return inline(value);
  const pad = "  ".repeat(level);
  return Object.entries(value)
    .map(([key, member]) => {
      const nested = isObject(member) && level < 3;
      return `${pad}${quote(key)}:${nested ? `\n${yaml(member, level + 1)}` : ` ${inline(member)}`}`;
    })
    .join("\n");
}

function inline(value: Json): string {
  if (isObject(value))
    return `{ ${Object.entries(value)
      .map(([key, member]) => `${quote(key)}: ${inline(member)}`)
      .join(", ")} }`;
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  return typeof value === "string" ? quote(value) : String(value);
}

const quote = (name: string): string =>
  /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z][\w.-]*$/i.test(name) ? name : JSON.stringify(name);

/** A prompt's arguments as a schema: texts. */
function promptSchema(definition: JsonObject): JsonObject {
  const listed = Array.isArray(definition["arguments"]) ? definition["arguments"].filter(isObject) : [];
  const properties: JsonObject = {};
  for (const { name, description } of listed)
    if (typeof name === "string")
      Object.defineProperty(properties, name, {
        value: { type: "string", ...(typeof description === "string" ? { description } : {}) },
        enumerable: true,
      });
  return { type: "object", properties, additionalProperties: false };
}

/** A template that reads files, or calls hosts, of the caller's choice. */
function lintTemplate(definition: JsonObject, facts: LintFacts): Finding[] {
  const template = String(definition["uriTemplate"] ?? "");
  const [, variable] = /\{[+#./;?&]?([A-Za-z0-9_.]+)/.exec(template) ?? [];
  if (variable === undefined) return [];
  const shape = /^file:/i.test(template) ? "path" : /^https?:\/\/\{/i.test(template) ? "url" : undefined;
  const pointer = pointerOf([variable]);
  if (shape === undefined || guardOver(pointer, facts) !== undefined || facts.accepted.has(pointer)) return [];
  const confined = shape === "path" ? facts.confined.files : facts.confined.network;
  return [make("warn", shape, pointer, facts, REMEDY[shape], confined)];
}
