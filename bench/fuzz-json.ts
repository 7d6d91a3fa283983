import type { Json } from "../src/kernel/json.ts";

/** A JSON text as the oracle reads it. */
export type Read =
  | { readonly kind: "refuse"; readonly why: string }
  /** `unsure`: it holds a number that may or may not survive a round trip. */
  | { readonly kind: "value"; readonly value: Json; readonly unsure: boolean };

const DEEPEST = 64;
const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- raw control characters are what it is there to find
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/**
 * Reads JSON by the grammar of RFC 8259 and the gateway's stricter rules: no duplicate names, no U+0000, no half
 * surrogate pairs, no byte order mark, at most 64 levels.
 */
export function readOracle(bytes: Buffer): Read {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { kind: "refuse", why: "no UTF-8" };
  }
  let at = 0;
  let unsure = false;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? "";
    at += found.length;
    return found;
  };
  const must = (character: string): void => {
    if (text[at++] !== character) throw new SyntaxError(`no ${character}`);
  };
  const string = (): string => {
    const token = take(STRING);
    if (token === "") throw new SyntaxError("no string");
    const value = JSON.parse(token) as string;
    if (value.includes("\0")) throw new SyntaxError("U+0000");
    if (/[\ud800-\udfff]/u.test(value)) throw new SyntaxError("half a surrogate pair");
    return value;
  };
  const number = (): number => {
    const token = take(NUMBER);
    const value = Number(token);
    if (token === "" || !Number.isFinite(value)) throw new SyntaxError("no value");
    if (token !== String(value)) unsure = true;
    return value;
  };
  const list = (close: string, item: () => void): void => {
    at++;
    take(SPACE);
    if (text[at] === close) return void at++;
    for (;;) {
      take(SPACE);
      item();
      take(SPACE);
      if (text[at] === close) return void at++;
      must(",");
    }
  };
  const value = (depth: number): Json => {
    const first = text[at];
    if (depth > DEEPEST && (first === "{" || first === "[")) throw new SyntaxError("too deep");
    if (first === '"') return string();
    if (first === "[") {
      const items: Json[] = [];
      list("]", () => items.push(value(depth + 1)));
      return items;
    }
    if (first === "{") {
      const members = new Map<string, Json>();
      list("}", () => {
        const name = string();
        if (members.has(name)) throw new SyntaxError("duplicate");
        take(SPACE);
        must(":");
        take(SPACE);
        members.set(name, value(depth + 1));
      });
      return Object.fromEntries(members);
    }
    for (const [word, meant] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meant;
      }
    }
    return number();
  };
  try {
    take(SPACE);
    const whole = value(1);
    take(SPACE);
    if (at < text.length) throw new SyntaxError("text after the value");
    return { kind: "value", value: whole, unsure };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: "refuse", why: error.message };
    throw error;
  }
}
