import type { FieldPath } from "../../kernel/field.ts";
import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { nearest } from "../../kernel/nearest.ts";
import { folded } from "./minimise.ts";
import { pointerOf } from "./place.ts";
import { type RuleFault, Unfit } from "./rules.ts";
import { Editing, possibleTypes, propertiesOf } from "./schema-edit.ts";

/** What is wrong with one field; the place is the caller's to say. */
export type FieldFault = Omit<RuleFault, "path">;

const MOST_NAMED = 20;

/**
 * Holds one field against an output schema.
 * @param schema undefined: the tool has none
 * @param keeps a field that is kept may stand where the schema names nothing: what is not named goes. One that is left out may not
 * @returns what is wrong; undefined: there is such a field, or there may be
 */
export function fieldFault(schema: JsonObject | undefined, field: FieldPath, keeps: boolean): FieldFault | undefined {
  if (schema === undefined) return keeps ? undefined : unstructured([]);
  const editing = new Editing(schema);
  try {
    let level = facetsOf(editing, [editing.root]);
    for (const [at, step] of field.entries()) {
      const next = level.flatMap((facet) => below(facet, step, keeps));
      if (next.length === 0) {
        if (!level.some(says)) return keeps ? undefined : unstructured(field.slice(0, at));
        return unknown(level, field, at);
      }
      level = facetsOf(editing, next);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    const { path: _, ...fault } = error.fault;
    return fault;
  }
}

function facetsOf(editing: Editing, schemas: readonly JsonObject[]): JsonObject[] {
  return schemas.flatMap((schema) => {
    const { sure, perhaps } = editing.facets(schema);
    return [...sure, ...perhaps];
  });
}

/** Whether a subschema says anything of the form of a value. */
function says(facet: JsonObject): boolean {
  const types = possibleTypes(facet);
  return (
    Object.keys(propertiesOf(facet) ?? {}).length > 0 ||
    listed(facet).length > 0 ||
    facet["additionalProperties"] === false ||
    (types !== undefined && !types.has("object"))
  );
}

function listed(facet: JsonObject): Json[] {
  return ["items", "prefixItems", "additionalItems"]
    .flatMap((keyword) => facet[keyword] ?? [])
    .filter((one) => one !== false);
}

/** Subschemas of what stands at a step; `true` counts as one that says nothing. */
function below(facet: JsonObject, step: string, keeps: boolean): JsonObject[] {
  const properties = propertiesOf(facet) ?? {};
  const free = ["additionalProperties", "patternProperties"].flatMap((keyword) => {
    const said = facet[keyword];
    if (!isObject(said)) return [];
    return keyword === "additionalProperties" ? [said] : Object.values(said);
  });
  const all =
    step === "*"
      ? [...Object.values(properties), ...free, ...listed(facet)]
      : [...named(properties, step, keeps), ...free];
  return all.flatMap((one) => (isObject(one) ? [one] : one === true ? [{}] : []));
}

function named(properties: JsonObject, step: string, keeps: boolean): Json[] {
  return Object.keys(properties)
    .filter((name) => (keeps ? name === step : folded(name) === folded(step)))
    .map((name) => properties[name] as Json);
}

function unknown(level: readonly JsonObject[], field: FieldPath, at: number): FieldFault {
  const here = pointerOf(field.slice(0, at)) || "the result";
  const step = field[at] as string;
  const known = [...new Set(level.flatMap((facet) => Object.keys(propertiesOf(facet) ?? {})))];
  const isList = level.some((facet) => listed(facet).length > 0);
  const rest = pointerOf(field.slice(at));
  if (isList && step !== "*") {
    const near = `${pointerOf(field.slice(0, at))}/*${rest}`;
    const message = `names no field of the tool's result: ${here} is a list`;
    return { message, expected: "`*` for the items of a list", nearest: near, remedy: `Write ${near}.` };
  }
  const types = [...new Set(level.flatMap((facet) => [...(possibleTypes(facet) ?? [])]))];
  if (known.length === 0 && types.length > 0 && !types.includes("object"))
    return {
      message: `names no field of the tool's result: ${here} is of type ${types.join(" or ")}`,
      expected: "fields of objects and lists",
      remedy: "Name the value itself, or a field of the pinned output schema.",
    };
  const near = nearest(step, known);
  const whole =
    near === undefined
      ? undefined
      : at === 0 && field.length === 1
        ? near
        : pointerOf([...field.slice(0, at), near, ...field.slice(at + 1)]);
  return {
    message: `names no field of the tool's result: there is no ${pointerOf(field.slice(0, at + 1))}`,
    expected:
      known.length === 0 ? "fields of the pinned output schema" : `one of ${known.slice(0, MOST_NAMED).join(", ")}`,
    ...(whole === undefined ? {} : { nearest: whole }),
    remedy: whole === undefined ? "Name a field of the pinned output schema." : `Write ${whole}.`,
  };
}

const unstructured = (at: FieldPath): FieldFault => ({
  message: `cannot be left out: the pinned output schema names no fields${at.length === 0 ? "" : ` of ${pointerOf(at)}`}`,
  expected: "keep, which leaves out whatever it does not name",
  remedy: "Name what is kept instead.",
});
