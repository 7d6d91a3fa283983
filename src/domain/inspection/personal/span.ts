import { mayHold } from "./cues.ts";

/** What was found in the plain text. */
export interface Span {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
  readonly why: string;
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
  /** Whether words of a sort stand anywhere in the text, by how often they were looked for. */
  cues: Map<RegExp, { asked: number; anywhere: boolean }> | undefined;
  /** The cues of which a part stands in the text, once they are known. */
  held: ReadonlySet<RegExp> | undefined;
  /** Where the present run of numbers ends, if it is so long that it is a table. */
  table: number;
  /** Where the last numbers with colons began that are no address. */
  refused: number;
  /** A text so short that an address in it is what it is about. */
  readonly short: boolean;
  /** The text is no more than numbers and codes: nothing could stand around them. */
  readonly bare: boolean;
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
  return `${scan.lower.slice(Math.max(0, start - BEFORE), start)} ${scan.lower.slice(end, end + AFTER)}`;
}

/** So often a cue is looked for near a place before its parts are looked for in the whole text, and before it is itself. */
const OFTEN = 8;
const VERY_OFTEN = 64;

/** Whether a word of a sort can stand near a place: it is not known to be absent. */
export function isPresent(scan: Scan, cue: RegExp): boolean {
  const cues = (scan.cues ??= new Map());
  let seen = cues.get(cue);
  if (seen === undefined) cues.set(cue, (seen = { asked: 0, anywhere: true }));
  seen.asked++;
  if (seen.asked === OFTEN) seen.anywhere = mayHold(scan, cue);
  else if (seen.asked === VERY_OFTEN) seen.anywhere &&= cue.test(scan.lower);
  return seen.anywhere;
}

/** Whether it is known that no word of a sort stands in the text. */
export const isAbsent = (scan: Scan, cue: RegExp): boolean => scan.cues?.get(cue)?.anywhere === false;

/** Whether a word of a sort stands near a place. */
export function isNear(scan: Scan, cue: RegExp, start: number, end: number): boolean {
  return isPresent(scan, cue) && cue.test(around(scan, start, end));
}

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
  return /[/=_#&%.\-@]/.test(text.charAt(start - 1));
}
