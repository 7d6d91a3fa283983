import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";

/** What a policy looks at. Only that reaches Cedar, and only that decides what is remembered of an answer. */
export interface Mentions {
  /** Fields below `context.arguments`, e.g. `["filter", "tenant"]`; an empty path is all of them. */
  readonly fields: readonly (readonly string[])[];
  /** Names of parameters that it only asks about with `has`. */
  readonly asked: ReadonlySet<string>;
  readonly flags: ReadonlySet<Mention>;
}

export type Mention =
  | "scopes"
  | "labels"
  | "time"
  | "client"
  | "owner"
  | "key"
  | "plan"
  | "server"
  | "action"
  | "environment";

const CONTEXT: Record<string, Mention> = {
  scopes: "scopes",
  labels: "labels",
  time: "time",
  client: "client",
  environment: "environment",
};
const EVERY: readonly Mention[] = ["scopes", "labels", "time", "client", "environment"];
const PERSON: readonly Mention[] = ["owner", "client", "key", "plan"];

/** Reads what the conditions and the scope of a policy look at. */
export function mentionsOf({ principal, conditions }: Pick<PolicyJson, "principal" | "conditions">): Mentions {
  const fields = new Map<string, readonly string[]>();
  const flags = new Set<Mention>();
  const asked = new Set<string>();
  const used = new Set<string>();
  /** Paths whose value is looked at; of others only whether they are there. */
  const read = new Set<string>();
  const add = (path: readonly string[], has = false): void => {
    fields.set(JSON.stringify(path), path);
    if (!has) read.add(JSON.stringify(path));
  };
  const all = (which: readonly Mention[]): void => which.forEach((one) => flags.add(one));

  function chain(root: string, path: readonly string[], has: boolean): void {
    const [first, ...rest] = path;
    if (root === "action") flags.add("action");
    if (root === "principal") {
      if (first === "client" || first === "plan") flags.add(first);
      else if (first !== "tenant") all(PERSON);
    }
    if (root === "resource" && first === "server") flags.add("server");
    if (root !== "context") return;
    if (first === "arguments") {
      add(rest, has);
      if (rest[0] !== undefined) (has && rest.length === 1 ? asked : used).add(rest[0]);
    } else if (first === undefined) {
      all(EVERY);
      add([]);
    } else if (Object.hasOwn(CONTEXT, first)) flags.add(CONTEXT[first] as Mention);
  }

  function walk(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    const path = pathOf(value);
    if (path !== undefined) return chain(path.root, path.path, false);
    const has = (value as { has?: { left: unknown; attr: string | string[] } }).has;
    if (has !== undefined && isHas(has)) {
      const left = pathOf(has.left);
      if (left === undefined) return walk(has.left);
      const attrs = [has.attr].flat();
      return attrs.forEach((_, at) => chain(left.root, [...left.path, ...attrs.slice(0, at + 1)], true));
    }
    for (const one of Object.values(value)) walk(one);
  }

  walk(conditions);
  for (const type of typesIn(principal)) {
    if (type === "Cardea::User") flags.add("owner");
    if (type === "Cardea::Client") flags.add("client");
    if (type === "Cardea::Key") flags.add("key");
  }
  for (const name of used) asked.delete(name);
  // What lies below shows that it is there.
  const shown = [...fields.values()].filter(
    (path) => read.has(JSON.stringify(path)) || ![...fields.values()].some((other) => isBelow(other, path)),
  );
  return { fields: shortest(shown), asked, flags };
}

/** The path of an attribute below a variable: `context.arguments.path`; undefined: it is something else. */
export function pathOf(value: unknown): { root: string; path: readonly string[] } | undefined {
  const path: string[] = [];
  let at = value as { Var?: unknown; "."?: { left: unknown; attr: string } } | undefined;
  while (typeof at === "object" && at !== null && at["."] !== undefined && typeof at["."].attr === "string") {
    path.unshift(at["."].attr);
    at = at["."].left as typeof at;
  }
  return typeof at?.Var === "string" ? { root: at.Var, path } : undefined;
}

/** What several policies look at together. */
export function joined(all: readonly Mentions[]): Mentions {
  const flags = new Set(all.flatMap((one) => [...one.flags]));
  const fields = new Map(all.flatMap((one) => one.fields).map((path) => [JSON.stringify(path), path]));
  return { fields: shortest([...fields.values()]), asked: new Set(), flags };
}

function isHas(has: { left: unknown; attr: unknown }): boolean {
  return [has.attr].flat().every((one) => typeof one === "string");
}

/** Without those that lie below another one. */
function shortest(paths: readonly (readonly string[])[]): (readonly string[])[] {
  return paths.filter((path) => !paths.some((other) => isBelow(path, other)));
}

const isBelow = (path: readonly string[], of: readonly string[]): boolean =>
  of.length < path.length && of.every((step, at) => step === path[at]);

function typesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const { type } = value as { type?: unknown };
  return [...(typeof type === "string" ? [type] : []), ...Object.values(value).flatMap(typesIn)];
}
