import type { Json, JsonObject } from "../../kernel/json.ts";
import type { Principal } from "../../kernel/principal.ts";
import { Blocked, filled, type Found, type Place, pointerOf, valuesAt } from "./place.ts";
import type { GuardRules, Part, Source, ToolApproval } from "./rules.ts";

/** One value that the gateway sets. */
export interface Bound {
  readonly place: Place;
  readonly source: Source;
  /** The schema wants a whole number. */
  readonly integer: boolean;
}

/** What is done to every call of a published definition; made once. */
export interface Plan {
  readonly bound: readonly Bound[];
  /** What callers neither see nor send: everything bound, and what was removed. */
  readonly hidden: readonly Place[];
  /** Filled in where the caller sent none. */
  readonly defaults: readonly { readonly place: Place; readonly value: Json }[];
  readonly guards: readonly { readonly place: Place; readonly rules: GuardRules }[];
  /** `mcp-param-…` headers, lower case, that would repeat what callers may not set. */
  readonly headers: ReadonlySet<string>;
  readonly approval: ToolApproval | undefined;
  /** An argument that only an approval sets is among `bound`. */
  readonly confirms: boolean;
}

export const NO_PLAN: Plan = {
  bound: [],
  hidden: [],
  defaults: [],
  guards: [],
  headers: new Set(),
  approval: undefined,
  confirms: false,
};

/** Whether a plan does nothing. */
export function isEmpty(plan: Plan): boolean {
  const { hidden, defaults, guards, headers, approval } = plan;
  return hidden.length + defaults.length + guards.length + headers.size === 0 && approval === undefined;
}

/** The value of a part of the principal; undefined where they have none. */
export function partOf(principal: Principal, part: Part): string | undefined {
  if (part === "login") return /^person:(.+)$/s.exec(principal.owner)?.[1];
  const value = principal[part];
  return value === "" ? undefined : value;
}

/** The first part of the principal that is needed and missing; undefined: all are there. */
export function missingPart(bound: readonly Pick<Bound, "source">[], principal: Principal): Part | undefined {
  for (const { source } of bound)
    if ("principal" in source && partOf(principal, source.principal) === undefined) return source.principal;
  return undefined;
}

/** Letters and digits alone, compatibility forms and case folded: what a lenient reader could take for the same name. */
const fold = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");

/**
 * Where a caller supplied what they may not set, in whatever spelling a lenient reader would accept: the name itself, one that
 * differs by case or punctuation, and the path written as one name.
 * @returns the pointer; undefined: nowhere
 */
export function supplied(args: JsonObject, place: Place): string | undefined {
  const name = place.at(-1) as string;
  const wanted = fold(name);
  for (const holder of valuesAt(args, place.slice(0, -1))) {
    const at = memberLike(holder, name, wanted);
    if (at !== undefined) return at;
  }
  if (place.length === 1) return undefined;
  return memberLike({ pointer: "", value: args }, place.join("."), fold(place.join("")));
}

function memberLike({ pointer, value }: Found, name: string, wanted: string): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  for (const key of Object.keys(value))
    if (key === name || (wanted !== "" && fold(key) === wanted)) return pointer + pointerOf([key]);
  return undefined;
}

/** The value to set. The principal has what is needed (`missingPart`). */
function valueOf({ source, integer }: Bound, principal: Principal): Json {
  if ("value" in source) return source.value;
  const text = partOf(principal, source.principal) as string;
  return integer && /^(?:0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

/** Arguments with every bound value and default in place. @returns the pointer of what stands in the way, or the arguments */
export function fillIn(plan: Plan, args: JsonObject, principal: Principal): JsonObject | string {
  let made = args;
  try {
    for (const { place, value } of plan.defaults)
      if (valuesAt(made, place.slice(0, -1)).length > 0) made = filled(made, place, value, true);
    for (const bound of plan.bound) made = filled(made, bound.place, valueOf(bound, principal));
  } catch (error) {
    if (!(error instanceof Blocked)) throw error;
    return error.pointer;
  }
  return made;
}
