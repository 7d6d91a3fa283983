import type { Json, JsonObject } from "../../kernel/json.ts";
import { type Build, countOf, innerValue, listOf, membersOf, namesOf, own } from "./build.ts";
import { below, evaluate, type Node, type Run, type Seen, unknown } from "./evaluate.ts";
import { shown, token } from "./json-pointer.ts";
import { count } from "./message.ts";
import type { Pattern } from "./pattern.ts";

/**
 * Compiles the keywords for objects (2020-12 core, 10.3.2 and 11.3; validation, 6.5).
 * @param closes unknown properties are refused although the schema does not say so
 */
export function objectKeywords(build: Build, closes: boolean): void {
  counts(build);
  required(build);
  properties(build, closes);
  names(build);
  if (build.draft >= 2019) unevaluated(build);
}

function counts(build: Build): void {
  const { node, place } = build;
  const most = countOf(build, "maxProperties");
  if (most !== undefined) {
    node.add("forObject", (value, run) => {
      const { length } = Object.keys(value as JsonObject);
      run.spend(length >> 2);
      if (length <= most) {
        run.allow("maxProperties");
        return true;
      }
      return run.fail(
        `${place.pointer}/maxProperties`,
        `maxProperties ${most}`,
        () => `found ${count(length, "property", "properties")}, accepted are at most ${most}`,
      );
    });
  }
  const least = countOf(build, "minProperties");
  if (least !== undefined) {
    node.add("forObject", (value, run) => {
      const { length } = Object.keys(value as JsonObject);
      run.spend(length >> 2);
      if (length >= least) return true;
      return run.fail(
        `${place.pointer}/minProperties`,
        `minProperties ${least}`,
        () => `found ${count(length, "property", "properties")}, accepted are at least ${least}`,
      );
    });
  }
}

function required(build: Build): void {
  const list = listOf(build, "required");
  if (list !== undefined) {
    const wanted = namesOf(build, "required", list);
    const at = `${build.place.pointer}/required`;
    build.node.cost += wanted.length >> 2;
    build.node.add("forObject", (value, run, seen) => demand(value as JsonObject, wanted, at, run, seen));
  }
  const dependent = build.draft >= 2019 ? membersOf(build, "dependentRequired") : undefined;
  for (const [name, value] of Object.entries(dependent ?? {})) {
    requireWith(build, "dependentRequired", name, namesOf(build, "dependentRequired", value));
  }
  for (const [name, value] of Object.entries(membersOf(build, "dependencies") ?? {})) {
    if (Array.isArray(value)) requireWith(build, "dependencies", name, namesOf(build, "dependencies", value));
  }
}

function requireWith(build: Build, keyword: string, name: string, wanted: readonly string[]): void {
  const at = `${build.place.pointer}/${keyword}${token(name)}`;
  build.node.cost += 1 + (wanted.length >> 2);
  build.node.add("forObject", (value, run, seen) =>
    Object.hasOwn(value as JsonObject, name) ? demand(value as JsonObject, wanted, at, run, seen) : true,
  );
}

function demand(object: JsonObject, wanted: readonly string[], at: string, run: Run, seen: Seen | undefined): boolean {
  let ok = true;
  for (const name of wanted) {
    if (Object.hasOwn(object, name)) {
      if (seen?.demanded === true) seen.names.push(name);
      continue;
    }
    ok = run.fail(at, `required ${shown(name)}`, () => `the property ${JSON.stringify(shown(name))} is missing`);
    if (run.quiet > 0) return false;
  }
  return ok;
}

function properties(build: Build, closes: boolean): void {
  const { node } = build;
  const mode = innerValue(build.mode);
  const named = new Map<string, Node>();
  for (const [name, schema] of Object.entries(membersOf(build, "properties") ?? {})) {
    named.set(name, build.child(`/properties${token(name)}`, schema, mode));
  }
  const patterned: { pattern: Pattern; node: Node }[] = [];
  for (const [source, schema] of Object.entries(membersOf(build, "patternProperties") ?? {})) {
    const at = `/patternProperties${token(source)}`;
    patterned.push({ pattern: build.pattern(at, source), node: build.child(at, schema, mode) });
  }
  const schema = own(build, "additionalProperties");
  const refused = schema === false || (schema === undefined && closes);
  const rest = schema === undefined || refused ? undefined : build.child("/additionalProperties", schema, mode);
  if (named.size > 0) node.names = [...named.keys()];
  if (named.size === 0 && patterned.length === 0 && rest === undefined && !refused) return;
  // `required` tells which properties exist where nothing else does; see the rule of closing in index.ts.
  const demanded = new Set(schema === undefined && closes ? (own(build, "required") as string[] | undefined) : []);
  const known = () => [...named.keys(), ...demanded];
  const at = `${build.place.pointer}${schema === undefined ? "" : "/additionalProperties"}`;

  node.add("forObject", (value, run, seen) => {
    const object = value as JsonObject;
    const present = Object.keys(object);
    run.spend(present.length);
    let ok = true;
    for (const name of present) {
      const member = object[name] as Json;
      const own = named.get(name);
      let judged = own !== undefined;
      let good = own === undefined || below(name, own, member, run);
      for (const { pattern, node } of patterned) {
        if (!pattern.test(name, run)) continue;
        judged = true;
        if (!below(name, node, member, run)) good = false;
      }
      if (judged) seen?.names.push(name);
      else if (rest !== undefined) good = below(name, rest, member, run);
      else if (refused && !demanded.has(name)) good = unknown(name, known, at, run);
      if (good) continue;
      ok = false;
      if (run.quiet > 0) return false;
    }
    if (seen !== undefined && (rest !== undefined || refused)) seen.allNames = true;
    return ok;
  });
}

function names(build: Build): void {
  const schema = build.draft >= 6 ? own(build, "propertyNames") : undefined;
  if (schema === undefined) return;
  const node = build.child("/propertyNames", schema, "open");
  build.node.add("forObject", (value, run) => {
    let ok = true;
    for (const name of Object.keys(value as JsonObject)) {
      run.path.push(name);
      if (!evaluate(node, name, run, undefined)) ok = false;
      run.path.pop();
      if (!ok && run.quiet > 0) return false;
    }
    return ok;
  });
}

function unevaluated(build: Build): void {
  const schema = own(build, "unevaluatedProperties");
  if (schema === undefined) return;
  const node = build.child("/unevaluatedProperties", schema, innerValue(build.mode));
  const at = `${build.place.pointer}/unevaluatedProperties`;
  build.node.add("late", (value, run, seen) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return true;
    if (seen === undefined || seen.allNames) return true;
    const present = Object.keys(value);
    run.spend(present.length + seen.names.length);
    const known = new Set(seen.names);
    let ok = true;
    for (const name of present) {
      if (known.has(name)) continue;
      const good =
        schema === false ? unknown(name, () => [...known], at, run) : below(name, node, value[name] as Json, run);
      if (good) continue;
      ok = false;
      if (run.quiet > 0) return false;
    }
    seen.allNames = true;
    return ok;
  });
}
