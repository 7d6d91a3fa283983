import type { Json } from "../kernel/json.ts";
import { JsonFault } from "./json-fault.ts";
import { numberSurvives } from "./json-number.ts";
import { closingQuote, readStrictly, strictSteps } from "./json-reader.ts";
import type { JsonLimits } from "./json-reader.ts";

export { JsonFault } from "./json-fault.ts";
export type { JsonLimits } from "./json-reader.ts";

/** Bounds for what comes over the network: 64 levels, 100,000 members and items, strings of 4 Mi code units. */
export const DEFAULT_LIMITS: JsonLimits = { maxDepth: 64, maxNodes: 100_000, maxString: 4_194_304 };

/** How far a string is walked by character before a native search is cheaper (measured: about 20). */
const WALK = 20;
/** Members of which a second one of a name is looked for by the strict reader, which takes its time, to say where it is. */
const FEW = 1_000;
/** Source characters for each member above which members count as few and long. */
const LONG_MEMBER = 128;
/** Integers of at most 15 digits, and decimals of as many, always survive (IEEE 754 binary64, DBL_DIG). */
const SAFE_DIGITS = 15;

/**
 * Reads one JSON text (RFC 8259), stricter than `JSON.parse`: refuses duplicate keys (after unescaping), numbers that
 * do not survive the round trip through a double, U+0000 and lone surrogates in strings and keys, and what exceeds the
 * limits. `-0`, `1.0` and `1e2` are accepted and become `0`, `1` and `100`. A `__proto__` key is a plain own property.
 *
 * The native parser builds the value. Before it one scan over the source measures depth and counts members and
 * colons; after it the members of the value are counted: fewer members than colons means a duplicate. Whatever looks
 * wrong is read again by the slow strict reader, which decides and says where the fault is. Only what is certainly too
 * much is refused at once: the strict reader would take its time to come as far.
 *
 * @throws JsonFault
 */
export function parseJson(text: string, limits: JsonLimits): Json {
  const colons = scan(text, limits);
  if (colons < 0) return readStrictly(text, limits);
  if (limits.maxNames !== undefined && colons > limits.maxNames) countNames(text, limits.maxNames);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return readStrictly(text, limits);
  }
  return passes(value, text, limits, colons) ? value : readStrictly(text, limits);
}

/** As `parseJson`, in steps between which others get their turn. @param turn resolves when they had it */
export async function parseJsonInTurns(text: string, limits: JsonLimits, turn: () => Promise<unknown>): Promise<Json> {
  const colons = scan(text, limits);
  await turn();
  if (colons >= 0) {
    if (limits.maxNames !== undefined && colons > limits.maxNames) {
      countNames(text, limits.maxNames);
      await turn();
    }
    let value: Json | undefined;
    try {
      value = JSON.parse(text) as Json;
    } catch {
      // The strict reader says what is wrong.
    }
    await turn();
    if (value !== undefined && passes(value, text, limits, colons)) return value;
  }
  const steps = strictSteps(text, limits);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await turn();
  }
}

/** Whether the native parser read what is written. @throws JsonFault for a name twice among many members */
function passes(value: Json, text: string, limits: JsonLimits, colons: number): boolean {
  if (typeof value !== "object" || value === null) return typeof value !== "string";
  // Only an escape can put U+0000 or a lone surrogate into a well-formed text: raw control characters are no JSON. Where
  // members are few and long, their values are searched faster than the source with its many other escapes.
  const members =
    text.length > limits.maxString || text.length > colons * LONG_MEMBER || text.includes("\\u") || !text.isWellFormed()
      ? countChecked(value, limits.maxString)
      : count(value);
  if (members === colons) return true;
  if (colons > FEW && members < colons)
    throw new JsonFault("duplicate", 0, "A member stands twice in its object; accepted: each name once");
  return false;
}

/** Refuses too many different names before the native parser makes them: strings with a colon behind, whatever else is there. */
function countNames(text: string, most: number): void {
  const names = new Set<string>();
  for (let open = text.indexOf('"'); open >= 0; ) {
    const end = closingQuote(text, open + 1);
    if (end < 0) return;
    let behind = end;
    while (text.charCodeAt(behind) <= 32) behind++;
    if (text.charCodeAt(behind) === 58 && names.add(text.slice(open + 1, end - 1)).size > most)
      throw new JsonFault(
        "size",
        open,
        `Too many different names of members before character ${open}; accepted: at most ${most} in all`,
      );
    open = text.indexOf('"', end);
  }
}

/** Number of colons outside strings, or -1 where the strict reader has to look. Makes no assumption about validity. */
function scan(text: string, limits: JsonLimits): number {
  const end = text.length;
  const { maxDepth, maxNodes } = limits;
  let depth = 0;
  let colons = 0;
  // Together never less than the number of members and items; commas alone never more.
  let commas = 0;
  let openings = 0;
  // The last string: whether an escape was seen in it, and where its part that was not walked begins and ends.
  let escaped = false;
  let restFrom = 0;
  let restTo = 0;
  let i = 0;
  // Without any escape a string ends at the next quote.
  const escapes = text.includes("\\");
  while (i < end) {
    const c = text.charCodeAt(i++);
    if (c === 34 && !escapes) {
      i = text.indexOf('"', i) + 1;
      if (i === 0) return -1;
    } else if (c === 34) {
      const stop = i + WALK;
      let d = 0;
      escaped = false;
      while (i < end && i < stop) {
        d = text.charCodeAt(i);
        if (d === 34) break;
        if (d === 92) {
          escaped = true;
          i++;
        }
        i++;
      }
      restFrom = restTo = i;
      if (d === 34) {
        i++;
      } else {
        i = closingQuote(text, i);
        if (i < 0) return -1;
        restTo = i;
      }
    } else if (c <= 32) {
      // White space, or a fault that the native parser finds.
    } else if (c === 44) {
      if (++commas > maxNodes) tooMany(i, maxNodes);
    } else if (c === 58) {
      colons++;
      // V8 reads an escaped key as another one that it has seen: {"x":1,"\\":2} makes {"x":1,"\n":2} wrong
      // (nodejs/node#63785, V8 12.8 to 14.6 at least). The strict reader reads such keys itself.
      if (escaped || holdsBackslash(text, restFrom, restTo)) return -1;
    } else if (c === 123 || c === 91) {
      openings++;
      if (++depth > maxDepth) return -1;
    } else if (c === 125 || c === 93) {
      depth--;
      // What is empty has no first member or item.
      const before = text.charCodeAt(i - 2);
      if (before === 123 || before === 91) openings--;
    } else if (c === 45 || (c >= 48 && c <= 57)) {
      const start = i - 1;
      let plain = c !== 45 || (i < end && text.charCodeAt(i) !== 48);
      while (i < end) {
        const d = text.charCodeAt(i);
        if (d >= 48 && d <= 57) i++;
        else if (d === 46) i++;
        else if (d === 101 || d === 69 || d === 43 || d === 45) {
          plain = false;
          i++;
        } else break;
      }
      if (!plain || i - start > SAFE_DIGITS) {
        const token = text.slice(start, i);
        if (!numberSurvives(token) || Object.is(Number(token), -0)) return -1;
      }
    }
  }
  return commas + openings > maxNodes ? -1 : colons;
}

function tooMany(at: number, most: number): never {
  throw new JsonFault(
    "size",
    at,
    `Too many members and items before character ${at}; accepted: at most ${most} in all`,
  );
}

function holdsBackslash(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (text.charCodeAt(i) === 92) return true;
  return false;
}

/** Members of all objects in a value whose depth is bounded. */
function count(value: object): number {
  let members = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (typeof item === "object" && item !== null) members += count(item);
    }
    return members;
  }
  const object = value as Record<string, unknown>;
  for (const key in object) {
    members++;
    const item = object[key];
    if (typeof item === "object" && item !== null) members += count(item);
  }
  return members;
}

/** As `count`; NaN as soon as a string or key is too long, holds U+0000 or is not well-formed UTF-16. */
function countChecked(value: object, maxString: number): number {
  let members = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) members += countItem(value[i], maxString);
    return members;
  }
  const object = value as Record<string, unknown>;
  for (const key in object) {
    if (!fine(key, maxString)) return Number.NaN;
    members += 1 + countItem(object[key], maxString);
  }
  return members;
}

function countItem(item: unknown, maxString: number): number {
  if (typeof item === "string") return fine(item, maxString) ? 0 : Number.NaN;
  return typeof item === "object" && item !== null ? countChecked(item, maxString) : 0;
}

function fine(text: string, maxString: number): boolean {
  return text.length <= maxString && !text.includes("\0") && text.isWellFormed();
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Stands in the text of `Buffer.toString` where the bytes are malformed, and wherever somebody wrote it. */
const REPLACEMENT = "\ufffd";

/**
 * Decodes UTF-8 (RFC 3629), refusing what is malformed and a byte order mark (RFC 8259 section 8.1).
 *
 * @throws JsonFault with the offset in bytes
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const quick = Buffer.isBuffer(bytes) ? bytes.toString() : REPLACEMENT;
  const text = quick.includes(REPLACEMENT) ? decodeStrictly(bytes) : quick;
  if (text.charCodeAt(0) === 0xfeff) {
    throw new JsonFault("syntax", 0, "A byte order mark at byte 0; the text must be UTF-8 without one (RFC 8259 8.1)");
  }
  return text;
}

function decodeStrictly(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    const at = firstMalformed(bytes);
    throw new JsonFault("syntax", at, `Malformed UTF-8 at byte ${at}; the text must be UTF-8 throughout`);
  }
}

/** Offset of the byte that makes the text malformed, by bisection over prefixes; the length where the end is cut off. */
function firstMalformed(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    try {
      // With `stream` an incomplete sequence at the end of the prefix is no fault.
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}
