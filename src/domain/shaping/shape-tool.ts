import type { Effect } from "../../kernel/call.ts";
import { readField } from "../../kernel/field.ts";
import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { effectOf } from "./effect.ts";
import { fieldFault } from "./fields.ts";
import { type Minimiser, minimiserOf, type ResultRule } from "./minimise.ts";
import { type SchemaJudge, tighten } from "./overlay.ts";
import { type Place, placeOf, pointerOf } from "./place.ts";
import type { Bound, Plan } from "./plan.ts";
import { reducedSchema } from "./reduce.ts";
import { type ArgumentRules, type RuleFault, type Rules, type Source, Unfit } from "./rules.ts";
import { Editing, type Facets, forgetExamples, takeOut, typesOf } from "./schema-edit.ts";

/** What callers see of a tool, and what is done to its calls. */
export interface Shaped {
  readonly name: string;
  readonly effect: Effect;
  readonly definition: JsonObject;
  readonly plan: Plan;
  /** Why dangerous arguments stay open, by pointer. */
  readonly accepted: ReadonlyMap<string, string>;
}

/** One thing that callers see: the whole tool, or a part of it. */
interface Wanted {
  readonly name: string;
  readonly effect: Effect;
  readonly description: string | undefined;
  readonly fixed: readonly (readonly [string, Source, readonly string[]])[];
  readonly overlays: readonly (readonly [string, ArgumentRules, readonly string[]])[];
  readonly approval: Rules["approval"];
  readonly result: readonly [ResultRule | undefined, readonly string[]];
}

/**
 * What callers see of a tool (P4, P6, V2): tightened, without what the gateway sets, in parts where it is split.
 * @returns at least one, or the first fault of each place of the rules
 */
export function shapeTool(definition: JsonObject, rules: Rules, schemas: SchemaJudge): Shaped[] | RuleFault[] {
  const shaped: Shaped[] = [];
  const faults: RuleFault[] = [];
  for (const wanted of wantedOf(definition, rules)) {
    const one = new Shaping(definition, wanted, rules, schemas);
    const made = one.run();
    if (one.faults.length > 0) faults.push(...one.faults.filter((fault) => !faults.some((said) => alike(said, fault))));
    else shaped.push(made);
  }
  return faults.length > 0 ? faults : shaped;
}

const alike = (a: RuleFault, b: RuleFault): boolean =>
  a.path.join("\n") === b.path.join("\n") && a.message === b.message;

function wantedOf(definition: JsonObject, rules: Rules): Wanted[] {
  const own = Object.entries(rules.arguments).map(([at, argument]) => [at, argument, ["arguments", at]] as const);
  const bind = Object.entries(rules.bind).map(([at, source]) => [at, source, ["bind", at]] as const);
  const confirm = rules.confirm === undefined ? [] : [[rules.confirm, { value: true }, ["confirm"]] as const];
  const set = [...bind, ...confirm];
  const parts = Object.entries(rules.publish ?? {});
  if (parts.length === 0)
    return [
      {
        name: String(definition["name"]),
        effect: effectOf(rules.effect, definition),
        description: undefined,
        fixed: set,
        overlays: own,
        approval: rules.approval,
        result: [rules.result, ["result"]],
      },
    ];
  return parts.map(([name, part]) => {
    const here = ["publish", name];
    const fixed = Object.entries(part.fixed).map(([at, value]) => [at, { value }, [...here, "fixed", at]] as const);
    const further = Object.entries(part.arguments).map(
      ([at, argument]) => [at, argument, [...here, "arguments", at]] as const,
    );
    return {
      name,
      // Annotations speak of the whole tool; a part is what the operator says.
      effect: part.effect,
      description: part.description,
      fixed: [...set, ...fixed],
      overlays: [...own.filter(([at]) => !Object.hasOwn(part.fixed, at)), ...further],
      approval: part.approval ?? rules.approval,
      result: part.result === undefined ? [rules.result, ["result"]] : [part.result, [...here, "result"]],
    };
  });
}

class Shaping {
  readonly faults: RuleFault[] = [];
  readonly #definition: JsonObject;
  readonly #wanted: Wanted;
  readonly #rules: Rules;
  readonly #schemas: SchemaJudge;
  readonly #editing: Editing;
  readonly #bound: Bound[] = [];
  readonly #headers = new Set<string>();

  constructor(definition: JsonObject, wanted: Wanted, rules: Rules, schemas: SchemaJudge) {
    this.#definition = definition;
    this.#wanted = wanted;
    this.#rules = rules;
    this.#schemas = schemas;
    this.#editing = new Editing(isObject(definition["inputSchema"]) ? definition["inputSchema"] : {});
  }

  run(): Shaped {
    const { name, effect, description, fixed, overlays } = this.#wanted;
    const taken: [Place, readonly string[]][] = [];
    for (const [at, source, path] of fixed) this.#try(path, () => taken.push([this.#bind(at, source, path), path]));
    const defaults: { place: Place; value: Json }[] = [];
    const guards: Plan["guards"][number][] = [];
    const accepted = new Map<string, string>();
    for (const [at, rules, path] of overlays)
      this.#try(path, () => {
        const place = placeOf(at);
        const facets = this.#editing.at(place, path);
        if (rules.guard !== undefined) mayHoldText(facets, path);
        tighten(this.#editing, place, rules, path, this.#schemas);
        if (rules.remove === true) taken.push([this.#remove(place, rules, path), path]);
        else if (rules.default !== undefined) defaults.push({ place, value: rules.default });
        if (rules.guard !== undefined && rules.remove !== true) guards.push({ place, rules: rules.guard });
        if (rules.accept !== undefined) accepted.set(pointerOf(place), rules.accept);
      });
    for (const { place, source } of this.#bound) if ("value" in source) this.#prune(place, source.value);
    for (const [place, path] of taken) this.#try(path, () => this.#hide(place, path));
    const confirms = this.#rules.confirm !== undefined;
    const [rule, at] = this.#wanted.result;
    const result = rule === undefined ? undefined : minimiserOf(rule);
    const output = rule === undefined || result === undefined ? {} : this.#reduced(rule, result, at);
    const plan: Plan = {
      bound: this.#bound,
      hidden: taken.map(([place]) => place),
      defaults,
      guards,
      headers: this.#headers,
      approval: this.#wanted.approval ?? (confirms ? { by: "self", expiresMs: CONFIRM_MS } : undefined),
      confirms,
      ...(result === undefined ? {} : { result }),
    };
    return { name, effect, plan, accepted, definition: { ...this.#made(name, description, effect), ...output } };
  }

  #try(path: readonly string[], step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      this.faults.push(error.fault.path.length === 0 ? { ...error.fault, path } : error.fault);
    }
  }

  /** Notes that the gateway sets this argument. */
  #bind(at: string, source: Source, path: readonly string[]): Place {
    const place = placeOf(at);
    const facets = this.#editing.at(place, path);
    const types = typesOf(facets);
    const integer = !types.has("string") && (types.has("integer") || types.has("number"));
    const top = facets.sure[0];
    if ("value" in source && top !== undefined && !this.#schemas.accepts(this.#editing.root, top, source.value))
      throw new Unfit({
        path,
        message: "sets a value that the server's own schema refuses",
        expected: "a value that the pinned schema accepts",
        remedy: "Write a value that the tool takes.",
      });
    if (this.#bound.some((one) => pointerOf(one.place) === pointerOf(place)))
      throw new Unfit({
        path,
        message: "sets an argument that is set already",
        expected: "each argument once among bind, fixed and confirm",
        remedy: "Keep one of them.",
      });
    this.#bound.push({ place, source, integer });
    return place;
  }

  #remove(place: Place, rules: ArgumentRules, path: readonly string[]): Place {
    const name = place.at(-1) as string;
    const { sure } = this.#editing.holders(place, path);
    const required = sure.some((facet) => Array.isArray(facet["required"]) && facet["required"].includes(name));
    if (rules.default !== undefined) this.#bind(pointerOf(place), { value: rules.default }, [...path, "default"]);
    else if (required && !this.#bound.some((one) => pointerOf(one.place) === pointerOf(place)))
      throw new Unfit({
        path: [...path, "remove"],
        message: "removes an argument that the server requires",
        expected: "a `default` beside it, or a binding of the argument",
        remedy: "Add `default:` with the value that is always sent, or bind the argument.",
      });
    return place;
  }

  /** Takes an argument out of what callers see. */
  #hide(place: Place, path: readonly string[]): void {
    forgetExamples(this.#editing, place);
    for (const was of takeOut(this.#editing.holders(place, path), place.at(-1) as string))
      noteHeaders(was, this.#headers);
  }

  /** Leaves out the alternatives that a fixed value can never meet. */
  #prune(place: Place, value: Json): void {
    const name = place.at(-1) as string;
    const { sure, perhaps } = this.#editing.holders(place, []);
    for (const facet of [...sure, ...perhaps])
      for (const keyword of ["anyOf", "oneOf"]) {
        const branches = facet[keyword];
        if (!Array.isArray(branches)) continue;
        const left = branches.filter((branch) => {
          const asked = isObject(branch) && isObject(branch["properties"]) ? branch["properties"][name] : undefined;
          if (!isObject(asked)) return true;
          if (asked["const"] !== undefined) return asked["const"] === value;
          return !Array.isArray(asked["enum"]) || asked["enum"].includes(value);
        });
        if (left.length > 0) facet[keyword] = left;
      }
  }

  /** The output schema of what is left; every field that the rule names exists. */
  #reduced(rule: ResultRule, { part }: Minimiser, path: readonly string[]): JsonObject {
    const { outputSchema } = this.#definition;
    const schema = isObject(outputSchema) ? outputSchema : undefined;
    const keeps = rule.keep !== undefined;
    for (const [at, text] of (rule.keep ?? rule.drop ?? []).entries()) {
      const field = readField(text);
      const fault = typeof field === "string" ? undefined : fieldFault(schema, field, keeps);
      if (fault !== undefined) this.faults.push({ ...fault, path: [...path, keeps ? "keep" : "drop", String(at)] });
    }
    let output: JsonObject = {};
    if (schema !== undefined && this.faults.length === 0)
      this.#try(path, () => (output = { outputSchema: reducedSchema(schema, [part]) }));
    return output;
  }

  #made(name: string, description: string | undefined, effect: Effect): JsonObject {
    const { title: _title, ...rest } = this.#definition;
    if (description === undefined) return { ...this.#definition, inputSchema: this.#editing.root };
    const hints = { readOnlyHint: effect === "read", destructiveHint: effect === "destructive" };
    return { ...rest, name, description, inputSchema: this.#editing.root, annotations: hints };
  }
}

/** @throws Unfit where a guard would judge nothing */
function mayHoldText(facets: Facets, path: readonly string[]): void {
  const types = typesOf(facets);
  if (types.size === 0 || ["string", "array", "object"].some((type) => types.has(type))) return;
  throw new Unfit({
    path: [...path, "guard"],
    message: `would judge nothing: the argument is of type ${[...types].join(" or ")}`,
    expected: "a guard on an argument that can hold a text",
    remedy: "Remove the guard, or bound the argument with `enum`, `minimum` or `maximum`.",
  });
}

/** How long a person has to confirm where nothing else is said. */
const CONFIRM_MS = 5 * 60_000;

function noteHeaders(value: Json, headers: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) noteHeaders(item, headers);
  if (!isObject(value)) return;
  if (typeof value["x-mcp-header"] === "string") headers.add(`mcp-param-${value["x-mcp-header"].toLowerCase()}`);
  for (const member of Object.values(value)) noteHeaders(member, headers);
}
