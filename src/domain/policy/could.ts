import type { Clause, PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { isIn, type Placed, same, type Uid, uidOf } from "./scope.ts";

/** What is not known before the call, or not understood here. */
export const UNKNOWN = Symbol("unknown");

/** A value of Cedar as far as it is read here. A moment or a span of time is its milliseconds. */
export type Value =
  | string
  | number
  | boolean
  | typeof UNKNOWN
  | { readonly entity: Uid }
  | { readonly ms: number; readonly span: boolean }
  | { readonly set: readonly Value[] }
  | { readonly record: Readonly<Record<string, Value>> };

/** What is known of a request before its arguments are. */
export interface Known {
  readonly principal: Placed;
  readonly action: Placed;
  readonly resource: Placed;
  /** Attributes of an entity; undefined: it has none that are known. */
  attributes(uid: Uid): Readonly<Record<string, Value>> | undefined;
  readonly context: Readonly<Record<string, Value>>;
}

/**
 * Reads the conditions of a policy in three values (P8): `true` and `false` hold whatever is not known yet turns out to
 * be, `UNKNOWN` may become either. What is not understood is unknown, so that a permit is never taken for impossible and
 * a forbid never for certain where Cedar could say otherwise.
 */
export function could({ conditions }: Pick<PolicyJson, "conditions">, known: Known): boolean | typeof UNKNOWN {
  let all: boolean | typeof UNKNOWN = true;
  for (const { kind, body } of conditions as readonly Clause[]) {
    const value = truth(read(body, known));
    const holds = kind === "when" ? value : not(value);
    if (holds === false) return false;
    if (holds === UNKNOWN) all = UNKNOWN;
  }
  return all;
}

type Truth = boolean | typeof UNKNOWN;
type Pair = { left: unknown; right: unknown };

const truth = (value: Value): Truth => (typeof value === "boolean" ? value : UNKNOWN);
const not = (value: Truth): Truth => (value === UNKNOWN ? UNKNOWN : !value);

function read(expr: unknown, known: Known): Value {
  if (typeof expr !== "object" || expr === null) return UNKNOWN;
  const [operator = "", ...more] = Object.keys(expr);
  if (more.length > 0 || !Object.hasOwn(READERS, operator)) return UNKNOWN;
  const reader = READERS[operator] as Reader;
  return reader((expr as Record<string, unknown>)[operator] as never, known);
}

type Reader = (part: never, known: Known) => Value;

const READERS: Record<string, Reader> = {
  Value: (value: unknown) => literal(value),
  Var: (name: string, known) =>
    name === "context" ? { record: known.context } : { entity: known[name as "principal" | "action" | "resource"].uid },
  Set: (items: readonly unknown[], known) => ({ set: items.map((item) => read(item, known)) }),
  ".": ({ left, attr }: { left: unknown; attr: string }, known) => member(read(left, known), attr, known),
  "!": ({ arg }: { arg: unknown }, known) => not(truth(read(arg, known))),
  // False on the left ends it before the right could err; on the right it only counts where the left has a value.
  "&&": ({ left, right }: Pair, known) => {
    const a = truth(read(left, known));
    if (a === false) return false;
    const b = truth(read(right, known));
    return a === true ? b : b === false ? false : UNKNOWN;
  },
  "||": ({ left, right }: Pair, known) => {
    const a = truth(read(left, known));
    if (a === true) return true;
    const b = truth(read(right, known));
    return a === false ? b : UNKNOWN;
  },
  "if-then-else": (part: { if: unknown; then: unknown; else: unknown }, known) => {
    const condition = truth(read(part.if, known));
    if (condition !== UNKNOWN) return read(condition ? part.then : part.else, known);
    const [a, b] = [read(part.then, known), read(part.else, known)];
    return typeof a === "boolean" && a === b ? a : UNKNOWN;
  },
  // What is not known yet may still be there.
  has: ({ left, attr }: { left: unknown; attr: unknown }, known) => {
    const of = typeof attr === "string" ? read(left, known) : UNKNOWN;
    return typeof of === "object" && "record" in of && Object.hasOwn(of.record, String(attr)) ? true : UNKNOWN;
  },
  "==": ({ left, right }: Pair, known) => equal(read(left, known), read(right, known)),
  "!=": ({ left, right }: Pair, known) => not(equal(read(left, known), read(right, known))),
  "<": (pair: Pair, known) => compare(pair, known, (a, b) => a < b),
  "<=": (pair: Pair, known) => compare(pair, known, (a, b) => a <= b),
  ">": (pair: Pair, known) => compare(pair, known, (a, b) => a > b),
  ">=": (pair: Pair, known) => compare(pair, known, (a, b) => a >= b),
  in: ({ left, right }: Pair, known) => within(read(left, known), read(right, known), known),
  contains: ({ left, right }: Pair, known) => contains(read(left, known), read(right, known)),
  like: ({ left, pattern }: { left: unknown; pattern: readonly unknown[] }, known) => {
    const text = read(left, known);
    return typeof text === "string" ? like(text, pattern) : UNKNOWN;
  },
  is: ({ left, entity_type, in: inside }: { left: unknown; entity_type: string; in?: unknown }, known) => {
    const one = read(left, known);
    if (!isEntity(one)) return UNKNOWN;
    if (`Cardea::${one.entity.type}` !== entity_type) return false;
    return inside === undefined ? true : within(one, read(inside, known), known);
  },
  datetime: ([text]: readonly unknown[], known) => moment(read(text, known)),
  duration: ([text]: readonly unknown[], known) => span(read(text, known)),
  toTime: ([at]: readonly unknown[], known) => {
    const value = read(at, known);
    return isTime(value) && !value.span ? { ms: modulo(value.ms), span: true } : UNKNOWN;
  },
};

const DAY_MS = 86_400_000;
const modulo = (ms: number): number => ((ms % DAY_MS) + DAY_MS) % DAY_MS;

function literal(value: unknown): Value {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : UNKNOWN;
  if (typeof value === "object" && value !== null && "__entity" in value)
    return { entity: uidOf(value as { __entity: Uid }) };
  return UNKNOWN;
}

function member(of: Value, attr: string, known: Known): Value {
  if (typeof of !== "object") return UNKNOWN;
  const members = "record" in of ? of.record : "entity" in of ? known.attributes(of.entity) : undefined;
  return members !== undefined && Object.hasOwn(members, attr) ? (members[attr] as Value) : UNKNOWN;
}

const isEntity = (value: Value): value is { readonly entity: Uid } => typeof value === "object" && "entity" in value;
const isTime = (value: Value): value is { readonly ms: number; readonly span: boolean } =>
  typeof value === "object" && "ms" in value;

const isPlain = (value: Value): value is string | number | boolean =>
  typeof value !== "object" && typeof value !== "symbol";

function equal(a: Value, b: Value): Truth {
  if (isEntity(a) && isEntity(b)) return a.entity.type === b.entity.type && a.entity.id === b.entity.id;
  if (isTime(a) && isTime(b)) return a.ms === b.ms && a.span === b.span;
  return isPlain(a) && isPlain(b) ? a === b : UNKNOWN;
}

function compare({ left, right }: Pair, known: Known, holds: (a: number, b: number) => boolean): Truth {
  const [a, b]: [Value, Value] = [read(left, known), read(right, known)];
  if (typeof a === "number" && typeof b === "number") return holds(a, b);
  return isTime(a) && isTime(b) && a.span === b.span ? holds(a.ms, b.ms) : UNKNOWN;
}

function within(one: Value, of: Value, known: Known): Truth {
  if (!isEntity(one)) return UNKNOWN;
  if (typeof of === "object" && "set" in of) {
    const each = of.set.map((part) => within(one, part, known));
    return each.includes(true) ? (each.includes(UNKNOWN) ? UNKNOWN : true) : each.includes(UNKNOWN) ? UNKNOWN : false;
  }
  if (!isEntity(of)) return UNKNOWN;
  const placed = [known.principal, known.action, known.resource].find((p) => same(p.uid, one.entity));
  return placed === undefined ? equal(one, of) === true || UNKNOWN : isIn(placed, of.entity);
}

function contains(of: Value, one: Value): Truth {
  if (typeof of !== "object" || !("set" in of)) return UNKNOWN;
  const each = of.set.map((part) => equal(part, one));
  return each.includes(UNKNOWN) ? UNKNOWN : each.includes(true);
}

/** At most text × pattern steps: only the last wildcard is ever tried again. */
function like(text: string, pattern: readonly unknown[]): Truth {
  const parts: (string | undefined)[] = [];
  for (const part of pattern) {
    if (part === "Wildcard") parts.push(undefined);
    else {
      const { Literal } = part as { Literal?: unknown };
      if (typeof Literal !== "string") return UNKNOWN;
      parts.push(...Literal);
    }
  }
  const letters = [...text];
  let [p, n, star, resume] = [0, 0, -1, 0];
  while (n < letters.length) {
    if (p < parts.length && parts[p] === undefined) {
      star = p++;
      resume = n;
    } else if (p < parts.length && parts[p] === letters[n]) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  return parts.slice(p).every((part) => part === undefined);
}

/** Only whole days and moments in UTC are read; Cedar knows more. */
function moment(text: Value): Value {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{3})?Z)?$/.test(text)) return UNKNOWN;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? UNKNOWN : { ms, span: false };
}

const UNITS: Record<string, number> = { d: DAY_MS, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

function span(text: Value): Value {
  if (typeof text !== "string" || !/^(\d{1,6}(d|h|ms|m|s))+$/.test(text)) return UNKNOWN;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/(\d+)(d|h|ms|m|s)/g)) ms += Number(number) * (UNITS[unit ?? ""] ?? 0);
  return { ms, span: true };
}
