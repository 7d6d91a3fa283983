import { type FieldPath, readField } from "../../kernel/field.ts";
import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";

/** What is kept of a result, or what is left out of it: fields as `readField` reads them (S9). Exactly one of the two. */
export interface ResultRule {
  readonly keep?: readonly string[];
  readonly drop?: readonly string[];
}

/** What becomes of a value: it stays, it goes, or parts of it go. */
export type Part = "whole" | "gone" | Branch;

/** What becomes of the members or items of a value. */
export interface Branch {
  /** By the name, or by its folded form where names that only look different are the same. */
  readonly names: ReadonlyMap<string, Part>;
  /** Members that are not named, and items of a list. */
  readonly every: Part;
  /** Whether the rule speaks of every item: where it does not, a list is none of the values that it was written for. */
  readonly lists: boolean;
  readonly folded: boolean;
}

/** A rule as it is applied. */
export interface Minimiser {
  readonly part: Part;
  /** It names what stays, and whatever it does not name goes. */
  readonly keeps: boolean;
  /** What it says, for people: `id, name` or `all but ssn`. */
  readonly said: string;
}

/** @throws TypeError for a field that `readField` refuses: the configuration and the policies were checked before */
export function minimiserOf({ keep, drop }: ResultRule): Minimiser {
  const written = keep ?? drop ?? [];
  const paths = written.map((text) => {
    const path = readField(text);
    if (typeof path === "string") throw new TypeError(path);
    return path;
  });
  const keeps = keep !== undefined;
  return {
    part: build(paths, keeps),
    keeps,
    said: keep === undefined ? `all but ${written.join(", ")}` : written.join(", "),
  };
}

function build(paths: readonly FieldPath[], keeps: boolean): Part {
  if (paths.some((path) => path.length === 0)) return keeps ? "whole" : "gone";
  const named = new Map<string, FieldPath[]>();
  const all: FieldPath[] = [];
  for (const [step = "", ...rest] of paths) {
    const name = keeps ? step : folded(step);
    if (step === "*") all.push(rest);
    else named.set(name, [...(named.get(name) ?? []), rest]);
  }
  const names = new Map([...named].map(([name, rest]) => [name, build([...rest, ...all], keeps)]));
  const every = all.length > 0 ? build(all, keeps) : keeps ? "gone" : "whole";
  return { names, every, lists: all.length > 0, folded: !keeps };
}

/** Letters and digits alone, compatibility forms and case folded: spellings of one name. */
export function folded(name: string): string {
  const plain = name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
  return plain === "" ? name : plain;
}

/** What becomes of a member. */
export function memberPart(branch: Branch, name: string): Part {
  return branch.names.get(branch.folded ? folded(name) : name) ?? branch.every;
}

/** Where a rule meets a value that it cannot be applied to. */
export class Inapplicable extends Error {
  /** As the rule writes it: `/rows/*`. */
  readonly pointer: string;
  constructor(path: readonly string[]) {
    super("the rule cannot be applied to a value");
    this.pointer = path.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("") || "/";
  }
}

/** A value with what is left of it, and how many members and items went. */
export interface Minimised {
  readonly value: Json;
  readonly gone: number;
}

/**
 * What is left of a value. Members are found by their parsed names, so that no spelling of JSON hides one.
 * @returns the same value where nothing went
 * @throws Inapplicable where something else than an object or list stands where fields are named; null holds none
 */
export function minimised(value: Json, part: Part): Minimised {
  let count = 0;
  const path: string[] = [];
  const look = (here: Json, what: Part): Json => {
    if (typeof what === "string" || here === null) return here;
    if (Array.isArray(here)) return what.lists ? list(here, what) : unfit();
    return isObject(here) ? object(here, what) : unfit();
  };
  const unfit = (): never => {
    throw new Inapplicable(path);
  };
  const below = (step: string, here: Json, what: Part): Json => {
    path.push(step);
    const said = look(here, what);
    path.pop();
    return said;
  };
  const list = (items: Json[], { every }: Branch): Json => {
    if (every === "gone") {
      count += items.length;
      return items.length === 0 ? items : [];
    }
    const said = items.map((item) => below("*", item, every));
    return said.every((item, at) => item === items[at]) ? items : said;
  };
  const object = (members: JsonObject, branch: Branch): Json => {
    let changed = false;
    const said: [string, Json][] = [];
    for (const name of Object.keys(members)) {
      const member = members[name] as Json;
      const what = memberPart(branch, name);
      if (what === "gone") {
        count++;
        changed = true;
        continue;
      }
      const rest = below(what === branch.every ? "*" : name, member, what);
      changed ||= rest !== member;
      said.push([name, rest]);
    }
    return changed ? Object.fromEntries(said) : members;
  };
  return { value: look(value, part), gone: count };
}
