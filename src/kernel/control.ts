import type { EndSignal } from "./ending.ts";
import type { Refusal } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** How a call that a person has to decide on can go on. */
export interface Pending {
  /** Resolves with whether it was decided while the caller waited; undefined: it is answered at once. */
  readonly wait?: (signal: EndSignal) => Promise<boolean>;
  /** The question to the client, a result of 2026-07-28 (`input_required`); undefined: the refusal is answered. */
  readonly question?: JsonObject;
}

/**
 * What a control says. `pass` carries the fact that the control established; `hold` says that a person has to decide
 * first, and what the caller is told meanwhile. There is no `next()` to forget.
 */
export type Verdict<Out> =
  | { readonly kind: "pass"; readonly fact: Out }
  | { readonly kind: "deny"; readonly refusal: Refusal }
  | { readonly kind: "hold"; readonly refusal: Refusal; readonly pending?: Pending };

export const pass = <Out>(fact: Out): Verdict<Out> => ({ kind: "pass", fact });
export const deny = (refusal: Refusal): Verdict<never> => ({ kind: "deny", refusal });

/**
 * One control: one file, a verb, a verdict. The engine runs it, times it, records it, and denies when it throws.
 * `ids` name what it enforces in docs/controls.md.
 */
export interface Control<In, Out extends In = In> {
  readonly name: string;
  readonly ids: readonly string[];
  judge(call: In): Verdict<Out> | Promise<Verdict<Out>>;
}
