import type { Found } from "../anchors.ts";
import { type Bits, type Cue, cuesIn, heldBetween, share } from "./cues.ts";

/** What was found in the plain text. */
export interface Span {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
  readonly why: string;
}

/** A place that is looked at for several sorts of numbers, with what they all ask of it. */
interface Place {
  start: number;
  end: number;
  raw: string | undefined;
  compact: string | undefined;
  around: string | undefined;
}
export const nowhere = (): Place => ({ start: -1, end: -1, raw: undefined, compact: undefined, around: undefined });

function placeAt({ place }: Scan, start: number, end: number): Place {
  if (place.start === start && place.end === end) return place;
  place.start = start;
  place.end = end;
  place.raw = place.compact = place.around = undefined;
  return place;
}

/** What stands at a place, as it is written. */
export function rawAt(scan: Scan, start: number, end: number): string {
  const place = placeAt(scan, start, end);
  return (place.raw ??= scan.text.slice(start, end));
}

/** The letters and digits of it, in upper case. */
export function compactAt(scan: Scan, start: number, end: number): string {
  const place = placeAt(scan, start, end);
  return (place.compact ??= rawAt(scan, start, end)
    .replace(/[^A-Za-z0-9]/g, "")
    .toUpperCase());
}

/** One pass over one text, with what it may still spend. */
export interface Scan {
  readonly text: string;
  readonly lower: string;
  readonly spans: Span[];
  /** How many more times a library may be asked; without it the form alone decides. */
  asks: number;
  /** Of numbers for calling that were looked up, whether some plan allows them. */
  numbers: Map<string, boolean> | undefined;
  /** Where parts of cues stand, where that is known. */
  readonly found: Found | undefined;
  /** Which cues begin where in the text, once there were so many numbers that it is worth to know. */
  held: Int32Array | undefined;
  /** How many more words with digits are read before. */
  unasked: number;
  /** The cues that may stand near the word that is being read. */
  readonly near: Bits;
  /** Of cues of which nothing is known: how often they were asked for, and whether they stand anywhere. */
  unknown: Map<Cue, { asked: number; anywhere: boolean }> | undefined;
  /** Where the present run of numbers ends, if it is so long that it is a table. */
  table: number;
  /** Where the last numbers with colons began that are no address. */
  refused: number;
  /** A text so short that an address in it is what it is about. */
  readonly short: boolean;
  /** The text is no more than numbers and codes: nothing could stand around them. */
  readonly bare: boolean;
  /** The place that was asked about last. */
  readonly place: Place;
}

const BEFORE = 56;
const AFTER = 24;

/** Whether a place of a bare text is one of its items as a whole, not the middle of a longer code. */
export function isItem(scan: Scan, start: number, end: number): boolean {
  if (!scan.bare) return false;
  const before = scan.text.slice(0, start).trimEnd();
  const after = scan.text.slice(end).trimStart();
  return (
    /(?:^|[,;:|(\n"']|\b[A-Za-z]{2,4}|\d[\d-]{5})$/.test(before) &&
    /^(?:$|[,;|)\n"'.]|[A-Za-z]{2,4}\b|\d[\d-]{5})/.test(after)
  );
}

/** What stands close to a place, in lower case. */
function around(scan: Scan, start: number, end: number): string {
  const place = placeAt(scan, start, end);
  return (place.around ??= `${scan.lower.slice(Math.max(0, start - BEFORE), start)} ${scan.lower.slice(end, end + AFTER)}`);
}

/** Words with digits of a text that are read before its cues are looked for, and one more for so many units. */
const UNASKED = { least: 8, unitsEach: 512 };
export const unaskedOf = (length: number): number => UNASKED.least + length / UNASKED.unitsEach;

/** How far a number reaches from its first word, with what stands behind it; and what may be set apart before it. */
const REACH = 128;
const SET_APART = 8;

/** Says that the words around a place are looked at next. */
export function comeTo(scan: Scan, start: number): void {
  if (scan.held === undefined) {
    if (--scan.unasked > 0) return;
    scan.held = cuesIn(scan.lower, scan.found);
  }
  heldBetween(scan.held, start - BEFORE - SET_APART, start + REACH, scan.near);
}

/** Nothing is known of what stands near: any cue may. */
export const anyCue = (): Bits => ({ low: -1, high: -1 });

/** Whether a word of a sort can stand near the word that is being read: none of its parts is known to be absent. */
export const mayBeNear = (scan: Scan, cue: Cue): boolean =>
  cue.isKnown ? share(scan.near, cue) : mayBeAnywhere(scan, cue);

/** So often such a cue is looked for near a place before it is looked for in the whole text. */
const OFTEN = 64;

function mayBeAnywhere(scan: Scan, cue: Cue): boolean {
  const unknown = (scan.unknown ??= new Map());
  let seen = unknown.get(cue);
  if (seen === undefined) unknown.set(cue, (seen = { asked: 0, anywhere: true }));
  if (++seen.asked === OFTEN) seen.anywhere = cue.pattern.test(scan.lower);
  return seen.anywhere;
}

/** Whether a word of a sort stands near a place. */
export const isNear = (scan: Scan, cue: Cue, start: number, end: number): boolean =>
  mayBeNear(scan, cue) && cue.pattern.test(around(scan, start, end));

const isAlphanumeric = (unit: number) =>
  (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122) || unit > 191;

const isDigit = (unit: number) => unit >= 48 && unit <= 57;

/** Whether neither letters nor digits touch a place, nor a decimal point with more digits. */
export function standsAlone(text: string, start: number, end: number): boolean {
  if (isAlphanumeric(text.charCodeAt(start - 1)) || isAlphanumeric(text.charCodeAt(end))) return false;
  const next = text.charCodeAt(end);
  if ((next === 46 || next === 44 || next === 45) && isDigit(text.charCodeAt(end + 1))) return false;
  const before = text.charCodeAt(start - 1);
  return !((before === 46 || before === 44) && isDigit(text.charCodeAt(start - 2)));
}

/** Whether a number is part of an address, a path, a name or a decimal: before it stands a joining mark. */
export function isJoined(text: string, start: number): boolean {
  return start > 0 && JOINING.includes(text.charAt(start - 1));
}
const JOINING = "/=_#&%.-@";
