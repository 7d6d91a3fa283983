import type { Json, JsonObject } from "../../kernel/json.ts";
import type { Resource } from "./documents.ts";
import { shown, token } from "./json-pointer.ts";
import { describe, nearest } from "./message.ts";

/** One thing that is wrong with a value. No member holds any of the value but property names. */
export interface Problem {
  /** JSON Pointer into the value. */
  readonly path: string;
  /** The rule that was broken, e.g. `maxLength 64`. */
  readonly rule: string;
  /** What was found (its type or length, never itself) and what is accepted. */
  readonly message: string;
  /** JSON Pointer into the schema. */
  readonly schemaPath: string;
}

/** Judges one value by one keyword. Returns whether it passes; says why not through `Run.fail`. */
export type Check = (value: Json, run: Run, seen: Seen | undefined) => boolean;

/** Problems that are reported of one value. */
export const MAX_PROBLEMS = 5;

/** Evaluations inside each other; keeps a recursive schema within the stack. */
const MAX_FRAMES = 1_000;

/** Ends a run: the fuel is used up, evaluations are nested too deeply, or enough problems are known. */
export class Stop {
  readonly reason: "fuel" | "depth" | "enough";
  constructor(reason: "fuel" | "depth" | "enough") {
    this.reason = reason;
  }
}
const NO_FUEL = new Stop("fuel");
const TOO_DEEP = new Stop("depth");
const ENOUGH = new Stop("enough");

/** Which parts of one object or array were evaluated so far (the annotations behind `unevaluatedProperties`). */
export class Seen {
  names: string[] = [];
  allNames = false;
  prefix = 0;
  items: number[] = [];
  allItems = false;
  /** For the closing of arguments, names that `required` demands count as known too. */
  readonly demanded: boolean;
  constructor(demanded: boolean) {
    this.demanded = demanded;
  }
  /** Remembers the present state; the result takes it back, for a branch that did not match. */
  mark(): () => void {
    const { allNames, prefix, allItems } = this;
    const names = this.names.length;
    const items = this.items.length;
    return () => {
      this.names.length = names;
      this.items.length = items;
      this.allNames = allNames;
      this.prefix = prefix;
      this.allItems = allItems;
    };
  }
  add(other: Seen): void {
    for (const name of other.names) this.names.push(name);
    for (const item of other.items) this.items.push(item);
    this.allNames ||= other.allNames;
    this.allItems ||= other.allItems;
    this.prefix = Math.max(this.prefix, other.prefix);
  }
}

/** Most subschemas have few keywords; they share this in place of lists of their own. */
const NONE: readonly never[] = [];

/** The lists of a node that keywords add their checks to. */
export type CheckList = "forString" | "forNumber" | "forArray" | "forObject" | "forAll" | "inPlace" | "late";

/** One compiled subschema in one mode. */
export class Node {
  readonly pointer: string;
  readonly resource: Resource;
  /** Fuel of one evaluation, besides what its keywords spend. */
  cost = 1;
  /** Set for the schema `false`. */
  never = false;
  /** Bits of `TYPE_BITS`; 0 accepts all. */
  types = 0;
  typeRule = "";
  forString: readonly Check[] = NONE;
  forNumber: readonly Check[] = NONE;
  forArray: readonly Check[] = NONE;
  forObject: readonly Check[] = NONE;
  forAll: readonly Check[] = NONE;
  /** Keywords that judge the same value by other subschemas. */
  inPlace: readonly Check[] = NONE;
  /** Keywords that need to know what all others evaluated. */
  late: readonly Check[] = NONE;
  /** Unknown properties are refused here although the schema is silent. */
  closes = false;
  /** This subschema itself names properties. */
  structured = false;
  /** This subschema itself asks for an object. */
  asksObject = false;
  /** All nodes that judge the same value. */
  edges: readonly Node[] = NONE;
  /** Those of `edges` that tell which properties an object may have. */
  shapes: readonly Node[] = NONE;
  /** Property names that are declared here. */
  names: readonly string[] = NONE;

  constructor(pointer: string, resource: Resource) {
    this.pointer = pointer;
    this.resource = resource;
  }

  /** Adds what a keyword checks. */
  add(list: CheckList, check: Check): void {
    if (this[list] === NONE) this[list] = [check];
    else (this[list] as Check[]).push(check);
  }

  /**
   * Notes a node that judges the same value.
   * @param shapes it tells which properties an object may have
   */
  link(node: Node, shapes: boolean): void {
    if (this.edges === NONE) this.edges = [node];
    else (this.edges as Node[]).push(node);
    if (shapes) this.shape(node);
  }

  /** Notes a node that tells which properties an object may have. */
  shape(node: Node): void {
    if (this.shapes === NONE) this.shapes = [node];
    else (this.shapes as Node[]).push(node);
  }
}

/** The types of JSON Schema as bits. An integer is a number too. */
export const TYPE_BITS: Readonly<Record<string, number>> = {
  null: 1,
  boolean: 2,
  integer: 4,
  number: 12,
  string: 16,
  array: 32,
  object: 64,
};

/** One validation: its fuel, where it is, and what it found. */
export class Run {
  fuel: number;
  /** Above 0, failures are expected and not reported. */
  quiet = 0;
  problems: Problem[] = [];
  /** Reference tokens from the root of the value to where the run is. */
  readonly path: (string | number)[] = [];
  /** The schema resources that were entered, outermost first; undefined where no keyword asks for them. */
  readonly scope: Resource[] | undefined;
  /** What exceeds the default caps, by its pointer, until a keyword of the schema allows it. */
  oversized: Map<string, Problem> | undefined;
  depth = 0;

  constructor(fuel: number, dynamic: boolean) {
    this.fuel = fuel;
    this.scope = dynamic ? [] : undefined;
  }

  spend(amount: number): void {
    this.fuel -= amount;
    if (this.fuel < 0) throw NO_FUEL;
  }

  /** The JSON Pointer of where the run is. */
  pointer(): string {
    let pointer = "";
    for (const part of this.path) pointer += typeof part === "number" ? `/${part}` : token(shown(part));
    return pointer;
  }

  /** Reports a failure unless it was expected. Always false. */
  fail(schemaPath: string, rule: string, message: () => string): false {
    if (this.quiet === 0) {
      if (this.problems.length >= MAX_PROBLEMS) throw ENOUGH;
      this.problems.push({ path: this.pointer(), rule, message: message(), schemaPath });
    }
    return false;
  }

  /** A keyword of the schema allowed what exceeds a default cap here. */
  allow(keyword: string): void {
    if (this.oversized === undefined) return;
    const pointer = this.pointer();
    if (this.oversized.get(pointer)?.rule.startsWith(keyword)) this.oversized.delete(pointer);
  }
}

/** Judges `value`, which stands at `step` below the present place. */
export function below(step: string | number, node: Node, value: Json, run: Run): boolean {
  run.path.push(step);
  const ok = evaluate(node, value, run, undefined);
  run.path.pop();
  return ok;
}

/** Judges a value where failure is expected: nothing is reported. */
export function quietly(node: Node, value: Json, run: Run, seen: Seen | undefined): boolean {
  run.quiet++;
  const ok = evaluate(node, value, run, seen);
  run.quiet--;
  return ok;
}

/**
 * Judges a value by a node.
 * @param seen collects what was evaluated, for a parent that needs to know
 * @throws Stop when the fuel is used up or enough is known
 */
export function evaluate(node: Node, value: Json, run: Run, seen: Seen | undefined): boolean {
  run.spend(node.cost);
  if (++run.depth > MAX_FRAMES) throw TOO_DEEP;
  const { scope } = run;
  const entered = scope !== undefined && scope.at(-1) !== node.resource;
  if (entered) scope.push(node.resource);
  let ok: boolean;
  if ((node.late.length > 0 || node.closes) && typeof value === "object" && value !== null) {
    const own = new Seen(node.closes);
    ok = judge(node, value, run, own);
    if (ok && seen !== undefined) {
      run.spend(own.names.length + own.items.length);
      seen.add(own);
    }
  } else {
    ok = judge(node, value, run, seen);
  }
  if (entered) scope.pop();
  run.depth--;
  return ok;
}

function judge(node: Node, value: Json, run: Run, seen: Seen | undefined): boolean {
  if (node.never) return run.fail(node.pointer, "false", () => "nothing is accepted here");
  if (node.types !== 0 && (node.types & typeBit(value)) === 0) {
    return run.fail(
      `${node.pointer}/type`,
      node.typeRule,
      () => `found ${describe(value)}, accepted is ${node.typeRule.slice(5)}`,
    );
  }
  let ok = all(checksFor(node, value), value, run, seen);
  if (!ok && run.quiet > 0) return false;
  if (node.forAll.length > 0) {
    ok = all(node.forAll, value, run, seen) && ok;
    if (!ok && run.quiet > 0) return false;
  }
  if (node.inPlace.length > 0) {
    // Without what the failed ones would have evaluated, the late ones would report too much.
    if (!all(node.inPlace, value, run, seen)) return false;
  }
  if (node.late.length > 0) ok = all(node.late, value, run, seen) && ok;
  if (node.closes && seen !== undefined && !closed(node, value, run, seen)) ok = false;
  return ok;
}

function all(checks: readonly Check[], value: Json, run: Run, seen: Seen | undefined): boolean {
  let ok = true;
  for (const check of checks) {
    if (!check(value, run, seen)) {
      if (run.quiet > 0) return false;
      ok = false;
    }
  }
  return ok;
}

function checksFor(node: Node, value: Json): readonly Check[] {
  if (typeof value === "string") return node.forString;
  if (typeof value === "number") return node.forNumber;
  if (typeof value !== "object" || value === null) return NONE;
  return Array.isArray(value) ? node.forArray : node.forObject;
}

function typeBit(value: Json): number {
  switch (typeof value) {
    case "string":
      return 16;
    case "number":
      return Number.isInteger(value) ? 4 : 8;
    case "boolean":
      return 2;
    default:
      return value === null ? 1 : Array.isArray(value) ? 32 : 64;
  }
}

function closed(node: Node, value: Json, run: Run, seen: Seen): boolean {
  if (Array.isArray(value) || seen.allNames) return true;
  const names = Object.keys(value as JsonObject);
  run.spend(names.length + seen.names.length);
  const known = new Set(seen.names);
  let ok = true;
  for (const name of names) {
    if (known.has(name)) continue;
    ok = unknown(name, () => declared(node), `${node.pointer}`, run);
    if (run.quiet > 0) return false;
  }
  return ok;
}

/** Reports a property that the schema does not know. Always false. */
export function unknown(name: string, known: () => readonly string[], schemaPath: string, run: Run): false {
  run.path.push(name);
  run.fail(schemaPath, "additionalProperties false", () => {
    const names = known();
    const near = nearest(name, names);
    if (near !== undefined) return `this property is not known; did you mean ${JSON.stringify(shown(near))}?`;
    if (names.length === 0) return "this property is not known; no properties are accepted here";
    const list = names.slice(0, 20).map((known) => shown(known, 64));
    return `this property is not known; accepted are ${list.join(", ")}${names.length > 20 ? " and others" : ""}`;
  });
  run.path.pop();
  return false;
}

/** The property names that a node and all that judges the same value declare. */
function declared(node: Node): string[] {
  const names = new Set<string>();
  const reached = new Set([node]);
  for (const at of reached) {
    for (const name of at.names) names.add(name);
    for (const next of at.shapes) reached.add(next);
    if (reached.size > 200) break;
  }
  return [...names];
}
