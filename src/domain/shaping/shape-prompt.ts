import { isObject, type JsonObject } from "../../kernel/json.ts";
import { nearest } from "../../kernel/nearest.ts";
import type { Plan } from "./plan.ts";
import { NO_PLAN } from "./plan.ts";
import type { RuleFault, Rules } from "./rules.ts";

/** Rules of a prompt or template. */
type Named = Pick<Rules, "bind" | "arguments">;

/**
 * What callers see of a prompt (P4): without the arguments that the gateway sets. Of the rules on an argument `guard`,
 * `default` and `remove` mean something; a prompt has no schema that could be tightened.
 */
export function shapePrompt(
  definition: JsonObject,
  rules: Named,
): { definition: JsonObject; plan: Plan } | { faults: RuleFault[] } {
  const listed = Array.isArray(definition["arguments"]) ? definition["arguments"] : [];
  const known = listed.flatMap((item) => (isObject(item) && typeof item["name"] === "string" ? [item["name"]] : []));
  const faults = [
    ...unknown("bind", Object.keys(rules.bind), known),
    ...unknown("arguments", Object.keys(rules.arguments), known),
  ];
  const bound = Object.entries(rules.bind).map(([name, source]) => ({ place: [name], source, integer: false }));
  const defaults: { place: string[]; value: string }[] = [];
  const hidden = new Set(Object.keys(rules.bind));
  for (const [name, argument] of Object.entries(rules.arguments)) {
    if (argument.remove === true) hidden.add(name);
    if (argument.default === undefined) continue;
    if (argument.remove === true)
      bound.push({ place: [name], source: { value: String(argument.default) }, integer: false });
    else defaults.push({ place: [name], value: String(argument.default) });
  }
  const guards = guardsOf(rules);
  if (faults.length > 0) return { faults };
  const filled = new Set(defaults.map(({ place }) => place[0]));
  const left = listed
    .filter((item) => !(isObject(item) && hidden.has(String(item["name"]))))
    .map((item) => (isObject(item) && filled.has(String(item["name"])) ? { ...item, required: false } : item));
  return {
    definition: { ...definition, arguments: left },
    plan: { ...NO_PLAN, bound, hidden: [...hidden].map((name) => [name]), defaults, guards },
  };
}

export function guardsOf(rules: Named): Plan["guards"] {
  return Object.entries(rules.arguments).flatMap(([name, { guard }]) =>
    guard === undefined ? [] : [{ place: [name], rules: guard }],
  );
}

export function unknown(key: string, names: readonly string[], known: readonly string[]): RuleFault[] {
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return {
        path: [key, name],
        message: "names nothing that the pinned definition takes",
        expected: known.length === 0 ? "a definition with arguments; this one has none" : `one of ${known.join(", ")}`,
        ...(near === undefined ? {} : { nearest: near }),
        remedy: near === undefined ? "Remove the key." : `Write ${near}.`,
      };
    });
}
