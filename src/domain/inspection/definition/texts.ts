import { isObject, type Json, type JsonObject } from "../../../kernel/json.ts";
import type { PlainText } from "../finding.ts";
import { plain } from "../normalise.ts";

/** What a text is in its definition. */
export type Role = "name" | "title" | "description" | "parameter" | "value";

/** A text of a definition and the place where it stands. */
export interface DefinitionText {
  /** JSON Pointer into the definition (RFC 6901). */
  readonly field: string;
  readonly role: Role;
  /** The parameter that the text describes or belongs to, as it is written. */
  readonly parameter: string | undefined;
  readonly plain: PlainText;
}

/** What a definition holds for reading. */
export interface Texts {
  readonly texts: readonly DefinitionText[];
  readonly name: string;
  /** In lower case. */
  readonly parameters: ReadonlySet<string>;
  readonly readOnly: boolean;
  /** A bound was reached: what lies beyond it was not read. */
  readonly cut: boolean;
}

/** Bounds: real definitions stay far below; what exceeds them is never passed unseen. */
const MOST_UNITS = 262_144;
const MOST_TEXTS = 8_192;
const DEEPEST = 64;

const ROLES: Readonly<Record<string, Role>> = { name: "name", title: "title", description: "description" };

/** Reads every string and every property name of a definition, outside in, within bounds. */
class Reader {
  readonly texts: DefinitionText[] = [];
  readonly parameters = new Set<string>();
  #units = MOST_UNITS;
  cut = false;

  add(text: string, field: string, role: Role, parameter: string | undefined): void {
    if (text === "") return;
    if (this.texts.length >= MOST_TEXTS || this.#units <= 0) {
      this.cut = true;
      return;
    }
    if (text.length > this.#units) this.cut = true;
    const read = text.length > this.#units ? text.slice(0, this.#units) : text;
    this.#units -= read.length;
    this.texts.push({ field, role, parameter, plain: plain(read) });
  }

  walk(value: Json, field: string, key: string, parameter: string | undefined, depth: number): void {
    if (this.cut) return;
    if (typeof value === "string") {
      this.add(value, field, roleOf(key, depth, parameter), parameter);
      return;
    }
    if (typeof value !== "object" || value === null) return;
    if (depth > DEEPEST) {
      this.cut = true;
      return;
    }
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length && !this.cut; i++)
        if (mayTell(value[i] as Json, key))
          this.walk(value[i] as Json, `${field}/${i}`, key, argumentName(value[i]) ?? parameter, depth + 1);
      return;
    }
    this.members(value, field, key, parameter, depth);
  }

  members(value: JsonObject, field: string, under: string, parameter: string | undefined, depth: number): void {
    const named = (under === "properties" || under === "patternProperties" || under === "$defs") && depth > 0;
    for (const member of Object.keys(value)) {
      if (this.cut) return;
      const inner = value[member] as Json;
      const key = named ? "" : member;
      if (!named && member.length <= LONGEST_KEYWORD && !mayTell(inner, key)) continue;
      const at = `${field}/${escaped(member)}`;
      if (named) {
        if (under === "properties") this.parameters.add(member.toLowerCase());
        this.add(member, at, "name", member);
      } else if (member.length > LONGEST_KEYWORD) this.add(member, at, "value", parameter);
      this.walk(inner, at, key, named ? member : parameter, depth + 1);
    }
  }
}

/** A member's name as a part of a JSON Pointer (RFC 6901, section 3). */
const escaped = (member: string): string =>
  member.includes("~") || member.includes("/") ? member.replaceAll("~", "~0").replaceAll("/", "~1") : member;

/** Whether a value can hold a text that is read. @param key the member that it stands under */
const mayTell = (value: Json, key: string): boolean =>
  typeof value === "string"
    ? value !== "" && (value.length > LONGEST_KEYWORD || !WORDS_OF_SCHEMA.has(key))
    : typeof value === "object" && value !== null;

/** Names of members that are no words of JSON Schema or MCP are texts themselves when they are long. */
const LONGEST_KEYWORD = 32;

/** Members whose values are words of JSON Schema; longer than a word of it, they are read like all others. */
const WORDS_OF_SCHEMA: ReadonlySet<string> = new Set(["type", "format", "$schema", "$ref", "required"]);

/** Prompt arguments carry their name as a member. */
const argumentName = (value: Json | undefined): string | undefined =>
  isObject(value) && typeof value["name"] === "string" ? value["name"] : undefined;

function roleOf(key: string, depth: number, parameter: string | undefined): Role {
  const role = ROLES[key];
  if (depth === 1)
    return role ?? (key === "instructions" || key === "template" || key === "text" ? "description" : "value");
  if (role === "description" || role === "title") return parameter === undefined ? role : "parameter";
  return "value";
}

/**
 * The texts of a definition: name, title, description, and every string and property name of its schemas, annotations,
 * prompt arguments and templates. Reads at most 256 Ki UTF-16 units, 8,192 texts and 64 levels.
 */
export function textsOf(definition: JsonObject): Texts {
  const reader = new Reader();
  reader.walk(definition, "", "", undefined, 0);
  const name = typeof definition["name"] === "string" ? definition["name"] : "";
  const annotations = definition["annotations"];
  const readOnly = isObject(annotations) && annotations["readOnlyHint"] === true;
  const listed = definition["arguments"];
  if (Array.isArray(listed)) for (const one of listed) reader.parameters.add(argumentName(one)?.toLowerCase() ?? "");
  return { texts: reader.texts, name, parameters: reader.parameters, readOnly, cut: reader.cut };
}
