import type { Json, JsonObject } from "../../kernel/json.ts";
import { canonical } from "../../protocol/jcs.ts";

/** One difference between two definitions. */
export interface Difference {
  /** JSON Pointer (RFC 6901) into the definition, with what is invisible shown. */
  readonly path: string;
  /** The JSON text before, with what is invisible shown; undefined where there was nothing. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Compares two definitions field by field, down to single values. */
export function diffDefinition(before: JsonObject, after: JsonObject): Difference[] {
  const found: Difference[] = [];
  compare(before, after, "", found);
  return found;
}

function compare(before: Json | undefined, after: Json | undefined, path: string, found: Difference[]): void {
  if (before !== undefined && after !== undefined) {
    if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
      for (const key of keysOf(before, after)) {
        compare(memberOf(before, key), memberOf(after, key), `${path}/${pointerStep(key)}`, found);
      }
      return;
    }
    if (canonical(before) === canonical(after)) return;
  }
  found.push({ path: visible(path), before: shown(before), after: shown(after) });
}

function isContainer(value: Json): value is Json[] | JsonObject {
  return typeof value === "object" && value !== null;
}

function keysOf(before: Json[] | JsonObject, after: Json[] | JsonObject): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])];
}

function memberOf(value: Json[] | JsonObject, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
}

function pointerStep(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function shown(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : visible(JSON.stringify(value));
}

/**
 * What a reader or a terminal would not show as it is: control, format and bidirectional characters, tags, variation
 * selectors, unusual spaces and fillers (Unicode: general categories C, Zl and Zp, Default_Ignorable_Code_Point, and
 * spaces other than U+0020), and U+2800, the blank braille pattern.
 */
const HIDDEN = /\p{C}|\p{Zl}|\p{Zp}|(?! )\p{Zs}|\p{Default_Ignorable_Code_Point}|\u{2800}/gu;

/** The text with every invisible character written as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Letters of western European languages: they are known when seen. Dotless i and long s look like others. */
const KNOWN = /[\u00C0-\u0130\u0132-\u017E]/u;

/**
 * A word of a command or a path exactly: spaces as ␣, invisible characters as `\u{…}`, and behind each character that could
 * be taken for another (every one that is neither ASCII nor a letter of western European languages) its number.
 */
export function shownWord(text: string): string {
  return visible(text.normalize("NFC") === text ? text : escaped(text))
    .replace(/[^\x00-\x7F]/gu, (one) => (KNOWN.test(one) ? one : `${one}‹U+${hex(one)}›`))
    .replaceAll(" ", "␣");
}

/** Letters whose marks are characters of their own are not those that they look like. */
const escaped = (text: string): string => text.replace(/\p{M}/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);

const hex = (one: string): string => (one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
