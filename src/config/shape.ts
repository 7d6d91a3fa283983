import type { z } from "zod";
import { child, type Finding, isPlain, near, pathText, quoted, type Step } from "./fault.ts";
import { configJsonSchema, SCHEMA, type Parsed } from "./schema.ts";

/** The part of a JSON Schema that faults are worded from. */
interface Shape {
  readonly description?: string;
  readonly type?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | false;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
}

let whole: Shape | undefined;

/**
 * Holds raw values against the schema.
 * @returns the parsed values where they fit, and a finding for every place where they do not
 */
export function checkShape(raw: unknown): { parsed: Parsed | undefined; findings: Finding[] } {
  const result = SCHEMA.safeParse(raw);
  if (result.success) return { parsed: result.data, findings: [] };
  return { parsed: undefined, findings: result.error.issues.flatMap((issue) => findingsOf(issue, raw, [])) };
}

function findingsOf(issue: z.core.$ZodIssue, raw: unknown, above: readonly Step[]): Finding[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))];
  const shape = shapeAt(path);
  const said = path.length === 0 ? "the file" : pathText(path);
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(inside(shape).properties ?? {});
    return issue.keys.map((key) => unknownKey(key, known, path));
  }
  const value = path.reduce<unknown>(child, raw);
  if (issue.code === "invalid_union" && typeof value === "object" && value !== null) {
    const branch = issue.errors.find((issues) =>
      issues.every((one) => one.code === "unrecognized_keys" || one.path.length > 0),
    );
    if (branch !== undefined) return branch.flatMap((one) => findingsOf(one, raw, path));
  }
  const expected = shape.description ?? "another value";
  const example = shape.type === "boolean" ? (meantBoolean(value) ?? shape.examples?.[0]) : shape.examples?.[0];
  const remedy = example === undefined ? `Give ${expected}.` : `Write, for example, ${written(path.at(-1), example)}.`;
  const key = path.at(-1);
  if (value === undefined && typeof key === "string") {
    return [{ path, message: `${said} is missing`, expected, remedy }];
  }
  if (value === null) {
    return [
      {
        path,
        atKey: true,
        message: `${said} is empty`,
        expected,
        remedy: `${remedy.slice(0, -1)}, or remove the key.`,
      },
    ];
  }
  const guess = shape.enum !== undefined && typeof value === "string" ? near(value, shape.enum) : {};
  return [{ path, message: `${said} ${complaint(issue, value)}`, expected, ...guess, remedy }];
}

/** YAML 1.2 knows true and false alone; what older YAML and people write for them says which was meant. */
function meantBoolean(value: unknown): boolean | undefined {
  const text = String(value).toLowerCase();
  if (["yes", "y", "on", "true", "1"].includes(text)) return true;
  return ["no", "n", "off", "false", "0"].includes(text) ? false : undefined;
}

function unknownKey(key: string, known: readonly string[], path: readonly Step[]): Finding {
  const guess = near(key, known);
  const place = path.length === 0 ? "the configuration" : pathText(path);
  return {
    path: [...path, key],
    atKey: true,
    message: `${quoted(key)} is not a key of ${place}`,
    expected: `one of ${known.join(", ")}`,
    ...guess,
    remedy:
      guess.nearest === undefined ? "Remove the key, or move it where it belongs." : `Rename it to ${guess.nearest}.`,
  };
}

function complaint(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case "invalid_value":
      return "has an unknown value";
    case "too_small":
    case "too_big":
      return "is out of range";
    case "invalid_format":
      return "is not well formed";
    case "custom":
      return "is out of range";
    default:
      return `is ${kind(value)}`;
  }
}

function kind(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "true or false";
  return Number.isSafeInteger(value) ? "a number" : "a number that is not whole";
}

function shapeAt(path: readonly Step[]): Shape {
  whole ??= configJsonSchema() as Shape;
  let shape: Shape = whole;
  for (const step of path) {
    const { items, properties, additionalProperties }: Shape = inside(shape);
    const known = properties !== undefined && Object.hasOwn(properties, step) ? properties[step] : additionalProperties;
    const next: Shape | false | undefined = typeof step === "number" ? items : known;
    shape = next === undefined || next === false ? {} : next;
  }
  return shape;
}

/** The branch of a choice that is a mapping; everything else as it is. */
function inside(shape: Shape): Shape {
  return shape.anyOf?.find((branch) => branch.properties !== undefined) ?? shape;
}

/** An example the way it stands in the file: `port: 7332`. */
function written(key: Step | undefined, example: unknown): string {
  const text = typeof example === "string" && /^[\w./-]+$/.test(example) ? example : JSON.stringify(example);
  return typeof key === "string" && isPlain(key) ? `\`${key}: ${text}\`` : `\`${text}\``;
}
