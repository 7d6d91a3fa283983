import type { Json, JsonObject } from "../../kernel/json.ts";
import { type Build, listOf, membersOf, own, refuse, sameValue, textOf } from "./build.ts";
import { evaluate, MAX_PROBLEMS, type Node, type Problem, quietly, type Run, Stop } from "./evaluate.ts";
import { token } from "./json-pointer.ts";

/** Compiles the keywords that judge the same value by other subschemas (2020-12 core, 8.2.3 and 10.2). */
export function applicators(build: Build): void {
  references(build);
  allOf(build);
  anyOf(build);
  oneOf(build);
  not(build);
  if (build.draft >= 7) condition(build);
  dependent(build);
}

/** A subschema that judges the same value and tells which properties it may have. */
function same(build: Build, at: string, schema: Json | undefined): Node {
  const node = build.child(at, schema, sameValue(build.mode));
  build.node.link(node, true);
  return node;
}

/** A subschema that judges the same value as written, whether or not arguments are closed: closing it could accept more. */
function open(build: Build, at: string, schema: Json | undefined): Node {
  const node = build.child(at, schema, "open");
  build.node.link(node, false);
  return node;
}

function references(build: Build): void {
  const { node } = build;
  const mode = sameValue(build.mode);
  const reference = textOf(build, "$ref");
  if (reference !== undefined) {
    const target = build.target("$ref", reference, mode);
    node.link(target, true);
    node.add("inPlace", (value, run, seen) => evaluate(target, value, run, seen));
  }
  const keyword = build.draft === 2020 ? "$dynamicRef" : build.draft === 2019 ? "$recursiveRef" : undefined;
  const dynamic = keyword === undefined ? undefined : textOf(build, keyword);
  if (keyword === undefined || dynamic === undefined) return;
  if (keyword === "$recursiveRef" && dynamic !== "#") refuse(build, keyword, "$recursiveRef must be #");
  const { fixed, byResource } = build.dynamicTarget(keyword, dynamic, mode);
  node.link(fixed, true);
  node.add("inPlace", (value, run, seen) => {
    for (const resource of byResource.size > 0 ? (run.scope ?? []) : []) {
      run.spend(1);
      const target = byResource.get(resource);
      if (target !== undefined) return evaluate(target, value, run, seen);
    }
    return evaluate(fixed, value, run, seen);
  });
}

function branches(build: Build, keyword: string): Json[] | undefined {
  const list = listOf(build, keyword);
  if (list?.length === 0) refuse(build, keyword, `${keyword} must hold at least one schema`);
  return list;
}

function allOf(build: Build): void {
  const nodes = branches(build, "allOf")?.map((schema, index) => same(build, `/allOf/${index}`, schema));
  if (nodes === undefined) return;
  build.node.add("inPlace", (value, run, seen) => {
    let ok = true;
    for (const node of nodes) {
      if (evaluate(node, value, run, seen)) continue;
      ok = false;
      if (run.quiet > 0) return false;
    }
    return ok;
  });
}

function anyOf(build: Build): void {
  const nodes = branches(build, "anyOf")?.map((schema, index) => same(build, `/anyOf/${index}`, schema));
  if (nodes === undefined) return;
  const at = `${build.place.pointer}/anyOf`;
  build.node.add("inPlace", (value, run, seen) => {
    let found = false;
    for (const node of nodes) {
      const restore = seen?.mark();
      if (quietly(node, value, run, seen)) {
        found = true;
        // Further branches matter only for what they evaluate.
        if (seen === undefined) return true;
      } else restore?.();
    }
    return found || mismatch(nodes, value, run, at, "anyOf");
  });
}

function oneOf(build: Build): void {
  const list = branches(build, "oneOf");
  if (list === undefined) return;
  // Counted as written, so that closing arguments cannot turn two matches into one; then the one match is closed too.
  const counted = list.map((schema, index) => open(build, `/oneOf/${index}`, schema));
  const judged = build.mode === "open" ? counted : list.map((schema, index) => same(build, `/oneOf/${index}`, schema));
  if (judged === counted) for (const node of counted) build.node.shape(node);
  const at = `${build.place.pointer}/oneOf`;
  build.node.add("inPlace", (value, run, seen) => {
    let match = -1;
    for (const [index, node] of counted.entries()) {
      if (!quietly(node, value, run, undefined)) continue;
      if (match >= 0) {
        const both = `alternatives ${match} and ${index} both match, accepted is exactly one`;
        return run.fail(at, "oneOf", () => both);
      }
      match = index;
    }
    if (match < 0) return mismatch(counted, value, run, at, "oneOf");
    const node = judged[match] as Node;
    if (node === counted[match] && seen === undefined) return true;
    return evaluate(node, value, run, seen);
  });
}

/** Alternatives that are tried again to say why they do not match. */
const MAX_EXPLAINED = 16;

/** Reports that no alternative matches, and what the nearest one lacks. Always false. */
function mismatch(nodes: readonly Node[], value: Json, run: Run, at: string, rule: string): false {
  if (run.quiet > 0) return false;
  const { problems, depth } = run;
  const here = run.pointer();
  const steps = run.path.length;
  const scopes = run.scope?.length ?? 0;
  let best: Problem[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const node of nodes.slice(0, MAX_EXPLAINED)) {
    run.problems = [];
    try {
      evaluate(node, value, run, undefined);
    } catch (stop) {
      if (!(stop instanceof Stop) || stop.reason !== "enough") throw stop;
      run.depth = depth;
      run.path.length = steps;
      run.quiet = 0;
      if (run.scope !== undefined) run.scope.length = scopes;
    }
    const distance = run.problems.reduce((sum, problem) => sum + weight(problem, here), 0);
    if (distance < least) [best, least] = [run.problems, distance];
  }
  run.problems = problems;
  const nearer = nodes.length > 1 && best.length > 0 ? "; the nearest one is explained next" : "";
  run.fail(at, rule, () => `none of the ${nodes.length} accepted alternatives matches${nearer}`);
  for (const problem of best) if (problems.length < MAX_PROBLEMS) problems.push(problem);
  return false;
}

/** An alternative of another type is farther than one for another constant, and that than one with a wrong property. */
function weight(problem: Problem, here: string): number {
  if (problem.path === here && /^(?:type|false)\b/.test(problem.rule)) return 100;
  return /^(?:const|enum)\b/.test(problem.rule) ? 10 : 1;
}

function not(build: Build): void {
  const schema = own(build, "not");
  if (schema === undefined) return;
  const node = open(build, "/not", schema);
  const at = `${build.place.pointer}/not`;
  build.node.add("inPlace", (value, run) => {
    if (!quietly(node, value, run, undefined)) return true;
    return run.fail(at, "not", () => "the value matches what is excluded here");
  });
}

function condition(build: Build): void {
  const schema = own(build, "if");
  if (schema === undefined) return;
  const node = open(build, "/if", schema);
  build.node.shape(node);
  const then = own(build, "then") === undefined ? undefined : same(build, "/then", own(build, "then"));
  const otherwise = own(build, "else") === undefined ? undefined : same(build, "/else", own(build, "else"));
  build.node.add("inPlace", (value, run, seen) => {
    const restore = seen?.mark();
    const holds = quietly(node, value, run, seen);
    if (!holds) restore?.();
    const next = holds ? then : otherwise;
    return next === undefined || evaluate(next, value, run, seen);
  });
}

function dependent(build: Build): void {
  for (const keyword of build.draft >= 2019 ? ["dependentSchemas", "dependencies"] : ["dependencies"]) {
    for (const [name, schema] of Object.entries(membersOf(build, keyword) ?? {})) {
      if (Array.isArray(schema)) continue;
      const node = same(build, `/${keyword}${token(name)}`, schema);
      build.node.add("inPlace", (value, run, seen) => {
        if (typeof value !== "object" || value === null || Array.isArray(value)) return true;
        run.spend(1);
        return !Object.hasOwn(value as JsonObject, name) || evaluate(node, value, run, seen);
      });
    }
  }
}
