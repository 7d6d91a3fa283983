import type { Json } from "../../kernel/json.ts";
import { type Caps, DEFAULT_CAPS, walk } from "./caps.ts";
import { compileProgram, type Program } from "./compiler.ts";
import { evaluate, MAX_PROBLEMS, type Problem, Run, Stop } from "./evaluate.ts";
import { type CompileBudget, DEFAULT_BUDGET } from "./fault.ts";

export type { Caps } from "./caps.ts";
export type { Problem } from "./evaluate.ts";
export { type CompileBudget, SchemaFault } from "./fault.ts";

/** How a schema is compiled. */
export interface CompileOptions {
  /** What the schema may cost; what is left out has its default. */
  readonly budget?: Partial<CompileBudget>;
  /**
   * Refuses unknown properties where the schema does not openly allow them (V1). An object that names properties
   * (`properties`, `patternProperties`, `required`), itself or through allOf, anyOf, oneOf, if/then/else, `$ref` or
   * dependentSchemas, and is silent about `additionalProperties` and `unevaluatedProperties`, is judged as if it said
   * `unevaluatedProperties: false`, names in `required` counting as known. `additionalProperties: true` or a schema stays
   * open, and so does a nested `{"type": "object"}` that names nothing; as the root, that takes no properties at all.
   * `not`, `if` and `contains` are conditions and stay as written. Closing never accepts what the schema refuses.
   */
  readonly closed: boolean;
  /** Whether `format` is enforced; true unless said otherwise. Unknown formats are annotations. */
  readonly assertFormat?: boolean;
  /** Caps where the schema sets no limit. By default those of `DEFAULT_CAPS` when closed, and none otherwise. */
  readonly caps?: Caps;
}

/** What a value was found to be. At most five problems; with `exhausted` the judgement was given up, which refuses too. */
export type Result =
  | { readonly valid: true }
  | { readonly valid: false; readonly exhausted: boolean; readonly errors: readonly Problem[] };

/** Fuel of one validation. A unit is at most about 50 ns, so a run ends within 50 ms of CPU time. */
export const DEFAULT_FUEL = 1_000_000;

const VALID: Result = { valid: true };

/**
 * Compiles a JSON Schema (2020-12, 2019-09, draft-07, -06 or -04 as `$schema` says; 2020-12 by default). It runs no code of
 * the schema, fetches nothing, and takes bounded time.
 * @throws SchemaFault for a schema that cannot be enforced: it names where and why
 */
export function compile(schema: Json, options: CompileOptions): Compiled {
  const budget = { ...DEFAULT_BUDGET, ...options.budget };
  const program = compileProgram(schema, budget, options.closed ? "closed" : "open", options.assertFormat ?? true);
  return new Compiled(program, options.caps ?? (options.closed ? DEFAULT_CAPS : undefined));
}

/** A schema that is ready to judge values. */
export class Compiled {
  readonly #program: Program;
  readonly #caps: Caps | undefined;

  constructor(program: Program, caps: Caps | undefined) {
    this.#program = program;
    this.#caps = caps;
  }

  /**
   * Judges a value. Never throws; whatever cannot be judged is refused.
   * @param fuel units of work, see `DEFAULT_FUEL`
   */
  validate(value: Json, fuel = DEFAULT_FUEL): Result {
    const run = new Run(fuel, this.#program.dynamic);
    let ok: boolean;
    try {
      ok = walk(value, this.#caps, run) && evaluate(this.#program.root, value, run, undefined);
    } catch (stop) {
      if (!(stop instanceof Stop)) throw stop;
      if (stop.reason !== "enough") return exhausted(run, stop.reason, fuel);
      ok = false;
    }
    if (ok && run.oversized === undefined) return VALID;
    for (const problem of run.oversized?.values() ?? []) {
      if (run.problems.length < MAX_PROBLEMS) run.problems.push(problem);
    }
    return run.problems.length === 0 && ok ? VALID : { valid: false, exhausted: false, errors: run.problems };
  }
}

function exhausted(run: Run, reason: "fuel" | "depth", fuel: number): Result {
  const message =
    reason === "fuel"
      ? "the value takes too much work to judge by this schema; send a smaller or simpler one"
      : "the value makes the schema refer to itself too often; send one with fewer levels";
  const problem = { path: run.pointer(), rule: reason === "fuel" ? `fuel ${fuel}` : "depth", message, schemaPath: "" };
  return { valid: false, exhausted: true, errors: [problem] };
}
