import type { Json, JsonObject } from "../../kernel/json.ts";
import type { Principal } from "../../kernel/principal.ts";
import type { Minimiser } from "./minimise.ts";
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
  /** What is left of its results; undefined: all. */
  readonly result?: Minimiser;
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
  const { hidden, defaults, guards, headers, approval, result } = plan;
  const some = hidden.length + defaults.length + guards.length + headers.size > 0;
  return !some && approval === undefined && result === undefined;
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

/** Letters and digits alone, encodings, compatibility forms and case folded: what a lenient reader could take for the same name. */
function fold(name: string): string {
  let text = name;
  for (let times = 0; times < 3; times++)
    text = text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\[\d*\]/g, "")
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/**
 * Where a caller supplied what they may not set, in whatever spelling a lenient reader would accept: every name on the way may differ
 * by case, punctuation or encoding, several may be written as one (`rows[0].owner`), and a list may stand in place of an object.
 * @returns the pointer; undefined: nowhere
 */
export function supplied(args: JsonObject, place: Place): string | undefined {
  return suppliedBelow({ pointer: "", value: args }, place);
}

function suppliedBelow({ pointer, value }: Found, place: Place): string | undefined {
  const below = (found: Found[], rest: Place): string | undefined => {
    for (const one of found) {
      const at = suppliedBelow(one, rest);
      if (at !== undefined) return at;
    }
    return undefined;
  };
  const [step] = place;
  if (typeof value !== "object" || value === null || step === undefined) return undefined;
  if (Array.isArray(value))
    return below(
      value.map((item, at) => ({ pointer: `${pointer}/${at}`, value: item })),
      step === "*" ? place.slice(1) : place,
    );
  for (const [key, member] of Object.entries(value)) {
    const here = pointer + pointerOf([key]);
    const ends = endsOf(key, place);
    if (ends.includes(place.length)) return here;
    const at = ends.map((end) => below([{ pointer: here, value: member }], place.slice(end))).find(Boolean);
    if (at !== undefined) return at;
  }
  return step === "*" ? below([{ pointer, value }], place.slice(1)) : undefined;
}

const shapes = new Map<string, readonly (string | RegExp | undefined)[]>();
const MOST_SHAPES = 10_000;

/** What the first steps of a place look like as one name: the first, the first two, and so on. Places come from the configuration. */
function shapesOf(place: Place): readonly (string | RegExp | undefined)[] {
  const key = JSON.stringify(place);
  let made = shapes.get(key);
  if (made === undefined) {
    made = place.map((_, at) => {
      const steps = place.slice(0, at + 1).map((step) => (step === "*" ? "\\d*" : fold(step)));
      const joined = steps.join("").replace(/(?:\\d\*)+/g, "\\d*");
      if (joined === "" || joined === "\\d*") return undefined;
      return joined.includes("\\d*") ? new RegExp(`^${joined}$`, "u") : joined;
    });
    if (shapes.size >= MOST_SHAPES) shapes.clear();
    shapes.set(key, made);
  }
  return made;
}

/** How many steps of a place a name could stand for. */
function endsOf(key: string, place: Place): number[] {
  const [step = ""] = place;
  const folded = fold(key);
  const ends: number[] = key === step || (step === "*" && /^\d+$/.test(folded)) ? [1] : [];
  if (folded === "") return ends;
  for (const [at, shape] of shapesOf(place).entries())
    if (
      shape !== undefined &&
      !ends.includes(at + 1) &&
      (typeof shape === "string" ? shape === folded : shape.test(folded))
    )
      ends.push(at + 1);
  return ends;
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
