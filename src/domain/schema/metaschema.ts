import type { Json, JsonObject } from "../../kernel/json.ts";
import type { Draft } from "./dialect.ts";

const SELF = { $ref: "#" };
const MAP = { type: "object", additionalProperties: SELF };
const LIST = { type: "array", items: SELF, minItems: 1 };
const COUNT = { type: "integer", minimum: 0 };
const NAMES = { type: "array", items: { type: "string" }, uniqueItems: true };
const NUMBER = { type: "number" };
const TEXT = { type: "string" };
const BOOLEAN = { type: "boolean" };
const TYPES = { enum: ["array", "boolean", "integer", "null", "number", "object", "string"] };

const COMMON: JsonObject = {
  $schema: TEXT,
  title: TEXT,
  description: TEXT,
  type: { anyOf: [TYPES, { type: "array", items: TYPES, minItems: 1, uniqueItems: true }] },
  enum: { type: "array" },
  multipleOf: { type: "number", exclusiveMinimum: 0 },
  minimum: NUMBER,
  maximum: NUMBER,
  maxLength: COUNT,
  minLength: COUNT,
  pattern: { type: "string", format: "regex" },
  format: TEXT,
  maxItems: COUNT,
  minItems: COUNT,
  uniqueItems: BOOLEAN,
  maxProperties: COUNT,
  minProperties: COUNT,
  required: NAMES,
  properties: MAP,
  patternProperties: MAP,
  additionalProperties: SELF,
  definitions: MAP,
  dependencies: { type: "object", additionalProperties: { anyOf: [SELF, NAMES] } },
  allOf: LIST,
  anyOf: LIST,
  oneOf: LIST,
  not: SELF,
};
const FROM_6: JsonObject = {
  $id: TEXT,
  $ref: TEXT,
  exclusiveMinimum: NUMBER,
  exclusiveMaximum: NUMBER,
  propertyNames: SELF,
  contains: SELF,
};
const FROM_7: JsonObject = { $comment: TEXT, if: SELF, then: SELF, else: SELF, readOnly: BOOLEAN };
const FROM_2019: JsonObject = {
  $anchor: TEXT,
  $defs: MAP,
  dependentSchemas: MAP,
  dependentRequired: { type: "object", additionalProperties: NAMES },
  minContains: COUNT,
  maxContains: COUNT,
  unevaluatedItems: SELF,
  unevaluatedProperties: SELF,
  deprecated: BOOLEAN,
  writeOnly: BOOLEAN,
  contentSchema: SELF,
};
const LIST_OF_ITEMS: JsonObject = { items: { anyOf: [SELF, LIST] }, additionalItems: SELF };

function keywords(draft: Draft): JsonObject {
  if (draft === 4) {
    return { ...COMMON, ...LIST_OF_ITEMS, id: TEXT, exclusiveMinimum: BOOLEAN, exclusiveMaximum: BOOLEAN };
  }
  if (draft === 6) return { ...COMMON, ...FROM_6, ...LIST_OF_ITEMS };
  if (draft === 7) return { ...COMMON, ...FROM_6, ...FROM_7, ...LIST_OF_ITEMS };
  const modern = { ...COMMON, ...FROM_6, ...FROM_7, ...FROM_2019 };
  if (draft === 2019) return { ...modern, ...LIST_OF_ITEMS, $recursiveRef: TEXT, $recursiveAnchor: BOOLEAN };
  return { ...modern, prefixItems: LIST, items: SELF, $dynamicRef: TEXT, $dynamicAnchor: TEXT };
}

/**
 * A dialect's own schema, so that a `$ref` to it needs no network: one flat document in place of the published
 * vocabularies. It accepts and refuses the same schemas; a `$dynamicRef` cannot extend it.
 */
export function metaschema(draft: Draft, uri: string): Json {
  return { [draft === 4 ? "id" : "$id"]: uri, type: ["object", "boolean"], properties: keywords(draft) };
}
