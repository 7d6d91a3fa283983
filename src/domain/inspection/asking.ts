import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { plain } from "./normalise.ts";

/** Words that name a secret in whatever is asked: what a server may not ask for in a form (MCP, elicitation, security). */
const NAMES =
  /\b(?:pass ?words?|passwd|passwor[td]e?|pass ?phrases?|pass ?codes?|pwd|kennw(?:ort|örter)|mots? de passe|contraseñas?|senhas?|wachtwoord(?:en)?|lösenord|парол[ьяи]|credentials?|(?:api|access|secret|private|ssh|license|recovery|encryption) keys?|api ?keys?|secrets?|(?:access|auth(?:entication|orization)?|bearer|refresh|session|api|security) tokens?|(?:credit|debit|payment|bank) cards?|card (?:number|no|details|data)|cvv2?|cvc2?|security codes?|(?:social security|national insurance) numbers?|ssn|one ?time (?:codes?|pass ?words?)|otps?|totp|(?:verification|2fa|mfa|login|pin) codes?|(?:seed|recovery|mnemonic) (?:phrases?|words?))\b|密码|密钥|口令|パスワード|暗証番号|비밀번호/iu;
/** Names of fields, whole: in a sentence they may mean something else. */
const FIELDS = /^(?:\w{1,24} )?(?:token|pin|secret|key phrase|bearer|cookie|iban|card|passkey|mnemonic)$/iu;

/** A name of a member as words: `apiKey`, `api_key` and `api-key` are `api key`. */
const asWords = (name: string): string =>
  plain(name)
    .text.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/[\s_.\-/]+/g, " ")
    .trim();

/**
 * What a form asks for that is nobody's to ask: a password, a key, a token, a card (S10). The name of the field, or where
 * the sentence asks; undefined where it asks for none. A sentence that goes with nothing to fill in asks for nothing.
 *
 * @param schema the form's fields (`requestedSchema`)
 */
export function asksSecret(message: string, schema: Json | undefined): string | undefined {
  const fields = isObject(schema) && isObject(schema["properties"]) ? Object.entries(schema["properties"]) : [];
  for (const [name, field] of fields) if (isSecretField(asWords(name), isObject(field) ? field : {})) return name;
  const open = fields.some(([, field]) => isObject(field) && isOpen(field));
  return open && NAMES.test(asWords(message)) ? "message" : undefined;
}

function isSecretField(words: string, field: JsonObject): boolean {
  if (field["type"] === "boolean") return false;
  if (NAMES.test(words) || FIELDS.test(words)) return isOpen(field);
  const said = [field["title"], field["description"]].filter((text) => typeof text === "string").map(asWords);
  return isOpen(field) && said.some((text) => NAMES.test(text));
}

/** Anything can be typed: no list of choices. */
const isOpen = (field: JsonObject): boolean =>
  field["type"] !== "boolean" &&
  field["enum"] === undefined &&
  field["oneOf"] === undefined &&
  field["items"] === undefined;
