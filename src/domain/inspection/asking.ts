import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { asWords, namesSecret } from "./asking-words.ts";

/** Names of fields, whole: in a sentence they may mean something else. */
const FIELDS =
  /^(?:\w{1,24} )?(?:token|pin|secret|key phrase|bearer|cookie|iban|card|passkey|mnemonic|seed|otp|pw|pass)$/iu;

/**
 * What a form asks for that is nobody's to ask: a password, a key, a token, a code that was sent, a card (S10). The name of
 * the field, or where the sentence asks; undefined where it asks for none. A sentence that goes with nothing to fill in
 * asks for nothing.
 *
 * @param schema the form's fields (`requestedSchema`)
 */
export function asksSecret(message: string, schema: Json | undefined): string | undefined {
  const form = isObject(schema) ? schema : {};
  const { properties, ...around } = form;
  const fields = isObject(properties) ? Object.entries(properties) : [];
  const open = fields.filter(([, field]) => isOpen(field));
  for (const [name, field] of open) if (isSecretField(name, field)) return name;
  if (open.length === 0) return undefined;
  if (namesSecret(message)) return "message";
  if (textsIn(around).some(namesSecret)) return "requestedSchema";
  // What stands beside the field to fill in says what goes into it.
  for (const [name, field] of fields)
    if (isObject(field) && field["type"] !== "boolean" && textsIn(field).some(namesSecret)) return name;
  return undefined;
}

function isSecretField(name: string, field: Json): boolean {
  if (namesSecret(name) || FIELDS.test(asWords(name))) return true;
  if (!isObject(field)) return false;
  return field["format"] === "password" || field["writeOnly"] === true || textsIn(field).some(namesSecret);
}

/** Every string of a field but the words of JSON Schema. */
function textsIn(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => (KEYWORDS.has(name) ? [] : textsIn(inner)));
}

const KEYWORDS: ReadonlySet<string> = new Set(["type", "format", "$schema", "required", "pattern"]);

/** Anything can be typed: no list of choices. */
function isOpen(field: Json): boolean {
  if (!isObject(field)) return true;
  if (field["type"] === "boolean" || isChoice(field)) return false;
  const { items } = field;
  return !(isObject(items) && isChoice(items));
}

const isChoice = (field: JsonObject): boolean =>
  field["const"] !== undefined ||
  ["enum", "oneOf", "anyOf"].some((name) => {
    const choices = field[name];
    return Array.isArray(choices) && choices.length > 0;
  });
