import type { Json } from "../../kernel/json.ts";
import { booleanOf, type Build, countOf, innerValue, listOf, own, refuse } from "./build.ts";
import { canonical } from "./canonical.ts";
import { below, evaluate, type Node, type Run } from "./evaluate.ts";
import { count } from "./message.ts";

/** Compiles the keywords for arrays (2020-12 core, 10.3.1 and 11.2; validation, 6.4). */
export function arrayKeywords(build: Build): void {
  counts(build);
  items(build);
  contains(build);
  unique(build);
  if (build.draft >= 2019) unevaluated(build);
}

function counts(build: Build): void {
  const { node, place } = build;
  const most = countOf(build, "maxItems");
  if (most !== undefined) {
    node.add("forArray", (value, run) => {
      const { length } = value as Json[];
      if (length <= most) {
        run.allow("maxItems");
        return true;
      }
      const found = count(length, "item");
      return run.fail(
        `${place.pointer}/maxItems`,
        `maxItems ${most}`,
        () => `found ${found}, accepted are at most ${most}`,
      );
    });
  }
  const least = countOf(build, "minItems");
  if (least !== undefined) {
    node.add("forArray", (value, run) => {
      const { length } = value as Json[];
      if (length >= least) return true;
      const found = count(length, "item");
      return run.fail(
        `${place.pointer}/minItems`,
        `minItems ${least}`,
        () => `found ${found}, accepted are at least ${least}`,
      );
    });
  }
}

function items(build: Build): void {
  const mode = innerValue(build.mode);
  const modern = build.draft === 2020;
  const value = own(build, "items");
  if (modern && Array.isArray(value))
    refuse(build, "items", "items must be one schema in this dialect; use prefixItems for a list");
  const listKeyword = modern ? "prefixItems" : "items";
  const list = modern ? listOf(build, "prefixItems") : Array.isArray(value) ? value : undefined;
  const first = list?.map((schema, index) => build.child(`/${listKeyword}/${index}`, schema, mode)) ?? [];
  let rest: Node | undefined;
  if (value !== undefined && !Array.isArray(value)) rest = build.child("/items", value, mode);
  else if (!modern && Array.isArray(value) && own(build, "additionalItems") !== undefined) {
    rest = build.child("/additionalItems", own(build, "additionalItems"), mode);
  }
  if (first.length === 0 && rest === undefined) return;
  build.node.add("forArray", (value, run, seen) => {
    const array = value as Json[];
    let ok = true;
    const last = rest === undefined ? Math.min(first.length, array.length) : array.length;
    for (let index = 0; index < last; index++) {
      if (below(index, first[index] ?? (rest as Node), array[index] as Json, run)) continue;
      ok = false;
      if (run.quiet > 0) return false;
    }
    if (seen !== undefined) {
      seen.prefix = Math.max(seen.prefix, last);
      if (rest !== undefined) seen.allItems = true;
    }
    return ok;
  });
}

function contains(build: Build): void {
  const schema = build.draft >= 6 ? own(build, "contains") : undefined;
  const least = (build.draft >= 2019 ? countOf(build, "minContains") : undefined) ?? 1;
  const most = build.draft >= 2019 ? countOf(build, "maxContains") : undefined;
  if (schema === undefined) return;
  // A condition on items, not their description: it stays as written when arguments are closed.
  const node = build.child("/contains", schema, "open");
  const annotates = build.draft === 2020;
  const { pointer } = build.place;
  build.node.add("forArray", (value, run, seen) => {
    const array = value as Json[];
    const tracked = annotates ? seen : undefined;
    let found = 0;
    for (let index = 0; index < array.length; index++) {
      if (!matches(index, node, array[index] as Json, run)) continue;
      found++;
      tracked?.items.push(index);
      if (tracked === undefined && found >= least && (most === undefined || found > most)) break;
    }
    if (found < least) {
      const rule = least === 1 ? "contains" : `minContains ${least}`;
      return run.fail(
        `${pointer}/contains`,
        rule,
        () => `${count(found, "item")} as required, accepted are at least ${least}`,
      );
    }
    if (most === undefined || found <= most) return true;
    return run.fail(
      `${pointer}/maxContains`,
      `maxContains ${most}`,
      () => `more than ${most} items of the limited kind`,
    );
  });
}

function matches(index: number, node: Node, item: Json, run: Run): boolean {
  run.quiet++;
  const ok = below(index, node, item, run);
  run.quiet--;
  return ok;
}

function unique(build: Build): void {
  if (booleanOf(build, "uniqueItems") !== true) return;
  const at = `${build.place.pointer}/uniqueItems`;
  build.node.add("forArray", (value, run) => {
    const first = new Map<string, number>();
    for (const [index, item] of (value as Json[]).entries()) {
      run.spend(2);
      const text = canonical(item, run);
      const before = first.get(text);
      if (before !== undefined) return run.fail(at, "uniqueItems", () => `items ${before} and ${index} are equal`);
      first.set(text, index);
    }
    return true;
  });
}

function unevaluated(build: Build): void {
  const schema = own(build, "unevaluatedItems");
  if (schema === undefined) return;
  const node = build.child("/unevaluatedItems", schema, innerValue(build.mode));
  build.node.add("late", (value, run, seen) => {
    if (!Array.isArray(value) || seen === undefined || seen.allItems) return true;
    run.spend(seen.items.length);
    const done = new Set(seen.items);
    let ok = true;
    for (let index = seen.prefix; index < value.length; index++) {
      run.spend(1);
      if (done.has(index)) continue;
      run.path.push(index);
      if (!evaluate(node, value[index] as Json, run, undefined)) ok = false;
      run.path.pop();
      if (!ok && run.quiet > 0) return false;
    }
    seen.allItems = true;
    return ok;
  });
}
