import { visible } from "../domain/pins/index.ts";
import { isObject, type Json, type JsonObject } from "../kernel/json.ts";

/** Columns of a line; longer text goes on in the next line, and none is left out. */
const WIDTH = 110;

/**
 * A definition for a person who is to approve it: every member of it, texts wrapped, and what is invisible shown.
 * @returns lines without their ends
 */
export function definitionText(definition: JsonObject): string[] {
  const { title, description, instructions, inputSchema, outputSchema, annotations, ...rest } = definition;
  // Arguments of a prompt. The entry's own name stands above; a template's entry is its URI, and its name another text.
  const { arguments: args, ...others } = rest;
  const own = "uriTemplate" in definition ? "uriTemplate" : "name";
  const lines: string[] = [];
  if (title !== undefined) lines.push(...text("title", title));
  if (description !== undefined) lines.push(...text("description", description));
  if (instructions !== undefined) lines.push(...text("instructions", instructions));
  if (inputSchema !== undefined) lines.push(...schemaText("parameters", inputSchema));
  if (Array.isArray(args)) lines.push("arguments:", ...args.flatMap((arg) => indent(argument(arg))));
  else if (args !== undefined) lines.push(...text("arguments", args));
  if (outputSchema !== undefined) lines.push(...schemaText("output", outputSchema));
  if (annotations !== undefined) lines.push(...text("annotations", annotations));
  for (const [name, value] of Object.entries(others)) if (name !== own) lines.push(...text(visible(name), value));
  return lines;
}

function argument(arg: Json): string[] {
  if (!isObject(arg)) return wrap(visible(JSON.stringify(arg)));
  const { name, required, ...rest } = arg;
  const head = [visible(String(name)), ...(required === true ? ["required"] : [])].join("  ");
  return [head, ...Object.entries(rest).flatMap(([key, value]) => indent(text(visible(key), value)))];
}

function schemaText(label: string, schema: Json): string[] {
  if (!isObject(schema) || !isObject(schema["properties"])) return text(label, schema);
  const { properties, required, ...rest } = schema;
  const needed = Array.isArray(required) ? required : [];
  const lines = [`${label}:${Object.keys(properties).length === 0 ? " none" : ""}`];
  for (const [name, property] of Object.entries(properties)) lines.push(...indent(parameter(name, property, needed)));
  const missing = needed.filter((name) => typeof name !== "string" || !Object.hasOwn(properties, name));
  if (missing.length > 0) lines.push(...indent(text("also required", missing)));
  const { type, ...constraints } = rest;
  if (type !== undefined && type !== "object") lines.push(...indent(text("type", type)));
  for (const [key, value] of Object.entries(constraints)) lines.push(...indent(text(visible(key), value)));
  return lines;
}

function parameter(name: string, property: Json, needed: readonly Json[]): string[] {
  const must = needed.includes(name) ? ["required"] : [];
  if (!isObject(property)) return [[visible(name), visible(JSON.stringify(property)), ...must].join("  ")];
  const { type, ...rest } = property;
  const kind = type === undefined ? [] : [visible(Array.isArray(type) ? type.join(" or ") : String(type))];
  const head = [visible(name), ...kind, ...must].join("  ");
  return [head, ...Object.entries(rest).flatMap(([key, value]) => indent(text(visible(key), value)))];
}

/** `label: value` on one line where it fits, else the value below it. Texts as they read, all else as JSON. */
function text(label: string, value: Json): string[] {
  const written = typeof value === "string" ? value.split(/\r?\n/) : [JSON.stringify(value)];
  const lines = written.flatMap((line) => wrap(visible(line)));
  const [only = ""] = lines;
  return lines.length === 1 && label.length + only.length + 2 <= WIDTH
    ? [`${label}: ${only}`]
    : [`${label}:`, ...indent(lines)];
}

/** Breaks between words, and within a word that is longer than a line. */
function wrap(line: string): string[] {
  const lines: string[] = [];
  let left = line;
  while (left.length > WIDTH) {
    const space = left.lastIndexOf(" ", WIDTH);
    const whole = /[\ud800-\udbff]/.test(left[WIDTH - 1] ?? "") ? WIDTH - 1 : WIDTH;
    const end = space > 0 ? space : whole;
    lines.push(left.slice(0, end));
    left = left.slice(space > 0 ? end + 1 : end);
  }
  return [...lines, left];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
