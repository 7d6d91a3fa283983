import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { nearest } from "../../kernel/nearest.ts";
import { visible } from "./diff.ts";

/** Says what is wrong with an entry of the lockfile. */
export type Say = (entry: string, message: string) => void;

/** The object with its known members; says what is missing and what is unknown. */
export function readObject(raw: Json, entry: string, needed: string[], optional: string[], say: Say): JsonObject {
  if (!isObject(raw)) {
    say(entry, "must be an object");
    return {};
  }
  const known = [...needed, ...optional];
  for (const key of Object.keys(raw)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    say(
      `${entry}${step(key)}`,
      `is unknown (accepted: ${known.join(", ")})${near === undefined ? "" : `, did you mean ${near}?`}`,
    );
  }
  for (const key of needed) if (!Object.hasOwn(raw, key)) say(`${entry}${step(key)}`, "is missing");
  return raw;
}

/** A text of this form. */
export function readText(raw: Json | undefined, entry: string, form: RegExp, expected: string, say: Say): string {
  if (typeof raw === "string" && form.test(raw)) return raw;
  if (raw !== undefined) say(entry, `must be ${expected}`);
  return "";
}

/** A key after a dot, or in brackets where it is no plain word; cut after 100 characters. */
export function step(key: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(key) ? `.${key}` : `[${visible(JSON.stringify(key.slice(0, 100)))}]`;
}

/** A list of texts. */
export function readWords(raw: Json | undefined, entry: string, say: Say): string[] {
  const words = Array.isArray(raw) ? raw.filter((word) => typeof word === "string") : [];
  if (!Array.isArray(raw) || words.length < raw.length) say(entry, "must be a list of texts");
  return words;
}
