import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";

/** Where an argument stands: names, and `*` for every item of a list. */
export type Place = readonly string[];

/** Reads an argument's name, or a JSON Pointer (RFC 6901) when it begins with a slash. */
export function placeOf(written: string): Place {
  if (!written.startsWith("/")) return [written];
  return written
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The pointer of a place. */
export function pointerOf(place: readonly (string | number)[]): string {
  return place.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** A value with the pointer to it. */
export interface Found {
  readonly pointer: string;
  readonly value: Json;
}

/** Every value that stands at a place. */
export function valuesAt(root: Json, place: Place): Found[] {
  let found: Found[] = [{ pointer: "", value: root }];
  for (const step of place) found = found.flatMap((one) => stepInto(one, step));
  return found;
}

function stepInto({ pointer, value }: Found, step: string): Found[] {
  if (Array.isArray(value)) {
    if (step === "*") return value.map((item, at) => ({ pointer: `${pointer}/${at}`, value: item }));
    const item = /^(?:0|[1-9]\d{0,8})$/.test(step) ? value[Number(step)] : undefined;
    return item === undefined ? [] : [{ pointer: `${pointer}/${step}`, value: item }];
  }
  if (!isObject(value) || !Object.hasOwn(value, step)) return [];
  return [{ pointer: pointer + pointerOf([step]), value: value[step] as Json }];
}

/**
 * Every value that stands at a place, and what stands on the way where the schema lets it stand there in place of the object or list:
 * a text for a list of texts, a list for an object. Guards judge all of it.
 */
export function valuesOver(root: Json, place: Place): Found[] {
  let found: Found[] = [{ pointer: "", value: root }];
  const ended: Found[] = [];
  for (const step of place) {
    found = found.flatMap((one): Found[] => {
      if (typeof one.value === "string" || (step === "*" && isObject(one.value))) {
        ended.push(one);
        return [];
      }
      if (!Array.isArray(one.value) || step === "*") return stepInto(one, step);
      return stepInto(one, "*").flatMap((item) => (isObject(item.value) ? stepInto(item, step) : [item]));
    });
  }
  return [...ended, ...found];
}

/** Every text inside a value, each with the pointer to it. @param names which names of members count too */
export function textsIn(
  { pointer, value }: Found,
  names: (name: string) => boolean,
): { pointer: string; text: string }[] {
  if (typeof value === "string") return [{ pointer, text: value }];
  if (Array.isArray(value))
    return value.flatMap((item, at) => textsIn({ pointer: `${pointer}/${at}`, value: item }, names));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const here = pointer + pointerOf([name]);
    return [
      ...(names(name) ? [{ pointer: here, text: name }] : []),
      ...textsIn({ pointer: here, value: member }, names),
    ];
  });
}

/** What filling a place found in its way. */
export class Blocked extends Error {
  readonly pointer: string;
  constructor(pointer: string) {
    super(`${pointer} is no object`);
    this.pointer = pointer;
  }
}

/**
 * A copy of `root` with the value at a place; objects on the way are made where they are missing. Items of a list that
 * is not there are not made.
 * @param keep leaves what is there already
 * @throws Blocked where something else than an object (or a list for `*`) stands in the way
 */
export function filled(root: JsonObject, place: Place, value: Json, keep = false): JsonObject {
  return fill(root, place, 0, value, keep) as JsonObject;
}

function fill(here: Json | undefined, place: Place, at: number, value: Json, keep: boolean): Json | undefined {
  const step = place[at];
  if (step === undefined) return keep && here !== undefined ? here : value;
  if (step === "*") {
    if (here === undefined) return undefined;
    if (!Array.isArray(here)) throw new Blocked(pointerOf(place.slice(0, at)));
    return here.map((item) => fill(item, place, at + 1, value, keep) as Json);
  }
  if (here !== undefined && !isObject(here)) throw new Blocked(pointerOf(place.slice(0, at)));
  const inner = fill(
    here !== undefined && Object.hasOwn(here, step) ? here[step] : undefined,
    place,
    at + 1,
    value,
    keep,
  );
  if (inner === undefined) return here ?? {};
  const copy: JsonObject = { ...here };
  Object.defineProperty(copy, step, { value: inner, writable: true, enumerable: true, configurable: true });
  return copy;
}
