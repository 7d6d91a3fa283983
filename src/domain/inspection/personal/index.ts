import type { Found } from "../anchors.ts";
import type { Finding, PlainText } from "../finding.ts";
import { unitsOf } from "../letters.ts";
import { isBare } from "./bare.ts";
import { emailAt, internationalPhoneAt, ipv4At, ipv6At, nationalPhoneAt, octetsEnd } from "./contacts.ts";
import { share } from "./cues.ts";
import { documentAt, SHORTEST_DOCUMENT } from "./documents.ts";
import type { Identifier } from "./identifier.ts";
import { cardAt, ibanAt, walletAt } from "./money.ts";
import { anyAt, DIGITS, LETTERS, shapeOf } from "./shapes.ts";
import {
  anyCue,
  comeTo,
  compactAt,
  isItem,
  isJoined,
  isNear,
  mayBeNear,
  nowhere,
  rawAt,
  type Scan,
  type Span,
  standsAlone,
  unaskedOf,
} from "./span.ts";
import { isDigit, isWord } from "./units.ts";

/** From this many on, the rest of the text counts as personal. */
const MOST_FINDINGS = 20_000;
/** How much libraries are asked for one text, in units of an e-mail address; then the form alone decides. */
const MOST_ASKS = 400;
const LONGEST_SHORT = 64;
/** No identifier is longer; a longer word is no identifier. */
const LONGEST_WORD = 90;

/** A shorter word with a digit is at most the beginning of something. */
const SHORTEST_ALONE = 7;
const COLON = 58;

const isHex = (unit: number) => isDigit(unit) || ((unit | 32) >= 97 && (unit | 32) <= 102);

/** Characters at which something can begin or, with what stands before them, be known: digits and a few marks. */
const TELLING = new Uint8Array(128);
for (const char of "0123456789@+(:") TELLING[char.charCodeAt(0)] = 1;

/**
 * Finds personal data in a text: cards, accounts, wallets, e-mail and internet addresses, phone numbers, and numbers of
 * authorities with a check or a plan (S2). Weak checks count only near a word that names the number, in a format of its
 * own, or where the text is nothing else. One pass, in time proportional to the length. Findings come in the order of
 * the text and do not overlap.
 *
 * @param plain the text, made plain
 * @param found where `cueParts` stand in it, where that is known
 * @param known its UTF-16 units, with or without accents, where they are known
 * @returns offsets in UTF-16 units of the original
 */
export function findPersonal(plain: PlainText, found?: Found, known?: Uint16Array): Finding[] {
  return mayBegin(plain.text) ? findBegun(plain, found, known) : [];
}

/** The same for a text in which something is known to begin, as `mayBeginIn` says. */
export function findBegun(plain: PlainText, found?: Found, known?: Uint16Array): Finding[] {
  const { text, lower } = plain;
  const scan: Scan = {
    text,
    lower,
    spans: [],
    numbers: undefined,
    found,
    held: undefined,
    unasked: unaskedOf(text.length),
    near: anyCue(),
    unknown: undefined,
    table: 0,
    refused: -1,
    asks: MOST_ASKS,
    short: text.length <= LONGEST_SHORT,
    bare: isBare(text),
    place: nowhere(),
  };
  const units = known ?? (scan.short ? undefined : unitsOf(text));
  for (let i = 0; i < text.length; i++) {
    const unit = units === undefined ? text.charCodeAt(i) : (units[i] as number);
    if (unit > 127 || TELLING[unit] === 0) continue;
    i = isDigit(unit) ? readWord(scan, i) : readMark(scan, i);
    if (scan.spans.length >= MOST_FINDINGS) break;
  }
  return findingsOf(plain, scan.spans);
}

/** Whether anything can begin in a text: most texts have short numbers alone, and need no closer look. */
function mayBegin(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 127 || TELLING[unit] === 0) continue;
    if (!isDigit(unit)) return true;
    const start = wordStart(text, i, text.length);
    i = wordEnd(text, i) - 1;
    if (mayBeginIn(text, start, i + 1)) return true;
  }
  return false;
}

/** Where the word begins that a place stands in. @param most so far back it is looked */
function wordStart(text: string, at: number, most: number): number {
  let start = at;
  while (start > 0 && at - start < most && isWord(text.charCodeAt(start - 1))) start--;
  return start;
}

/** Where it ends, exclusive. */
function wordEnd(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && isWord(text.charCodeAt(end))) end++;
  return end;
}

/** Whether anything can begin with a word that holds a digit. @param end where it ends, exclusive */
export function mayBeginIn(text: string, start: number, end: number): boolean {
  if (end - start >= SHORTEST_ALONE || goesOn(text, end, isDigit(text.charCodeAt(start)) ? 0 : 1)) return true;
  if (start < 2) return false;
  // Letters set apart before it.
  const mark = text.charCodeAt(start - 1);
  return (mark === 32 || mark === 45) && isWord(text.charCodeAt(start - 2)) && !isLongWord(text, start - 2);
}

/** Whether a word of three letters or more ends here. */
const isLongWord = (text: string, last: number): boolean =>
  last > 1 && isWord(text.charCodeAt(last - 1)) && isWord(text.charCodeAt(last - 2));

/** Keeps a span in place of those that it overlaps; answers the last offset that is read. */
function keep(scan: Scan, span: Span): number {
  const { spans } = scan;
  while (spans.length > 0 && (spans.at(-1) as Span).end > span.start) spans.pop();
  spans.push(span);
  return span.end - 1;
}

const isColon = (text: string, at: number): boolean => at < text.length && text.charCodeAt(at) === COLON;

/** Reads the word around its first digit; answers the last offset that is read. */
function readWord(scan: Scan, digit: number): number {
  const { text } = scan;
  const start = wordStart(text, digit, LONGEST_WORD);
  const end = wordEnd(text, digit);
  const colon = end - start <= 4 && isColon(text, end) ? ipv6At(scan, start) : undefined;
  const span =
    colon ?? (end - start > LONGEST_WORD ? undefined : (initialsAt(scan, start) ?? wordAt(scan, start, end)));
  return span === undefined ? end - 1 : keep(scan, span);
}

/** A number with one or two letters set apart before it, as in `PR 123612C`. */
function initialsAt(scan: Scan, word: number): Span | undefined {
  if (word < 2) return undefined;
  const mark = scan.text.charCodeAt(word - 1);
  if ((mark !== 32 && mark !== 45) || !isWord(scan.text.charCodeAt(word - 2))) return undefined;
  const start = wordStart(scan.text, word - 1, 3);
  const letters = word - 1 - start;
  if (letters === 0 || letters > 2) return undefined;
  comeTo(scan, word);
  return authorityAt(scan, start, letters, 0);
}

function readMark(scan: Scan, i: number): number {
  const span = markAt(scan, scan.text.charAt(i), i);
  return span === undefined ? i : keep(scan, span);
}

function markAt(scan: Scan, mark: string, i: number): Span | undefined {
  const { text } = scan;
  if (mark === "@") return emailAt(scan, i);
  if (mark === "+") return /[\d(]/.test(text.charAt(i + 1)) ? internationalPhoneAt(scan, i) : undefined;
  if (mark === "(") {
    const area = isDigit(text.charCodeAt(i + 1)) && /^\d{1,4}\)/.test(text.slice(i + 1, i + 6));
    if (!area) return undefined;
    comeTo(scan, i);
    return nationalPhoneAt(scan, i);
  }
  const next = text.charCodeAt(i + 1);
  if (next !== 58 && !(isHex(next) && isHex(text.charCodeAt(i - 1)))) return undefined;
  let start = i;
  while (i - start <= 4 && isWord(text.charCodeAt(start - 1))) start--;
  if (i - start > 4) return undefined;
  return ipv6At(scan, start);
}

/** What begins with a word that holds a digit. */
function wordAt(scan: Scan, start: number, end: number): Span | undefined {
  const { text } = scan;
  let letters = start;
  while (letters < end && !isDigit(text.charCodeAt(letters))) letters++;
  let digits = letters;
  while (digits < end && isDigit(text.charCodeAt(digits))) digits++;
  const before = letters - start;
  const count = digits - letters;
  if (before >= LETTERS || count >= DIGITS) return undefined;
  if (end - start < SHORTEST_ALONE) {
    // A time of day, a proportion.
    if (end - start < SHORTEST_DOCUMENT && isColon(text, end) && !shapeOf(before, count).hasColon) return undefined;
    if (!goesOn(text, end, before + (end - digits)) || continues(text, start)) return undefined;
    if (before === 0 && isInTable(scan, start, end)) return count === 4 ? cardAt(scan, start) : undefined;
  }
  comeTo(scan, start);
  if (before === 0) {
    const octets = count <= 3 && text.charCodeAt(end) === 46 ? octetsEnd(text, start) : -1;
    // Nothing else is written like that.
    if (octets >= 0 && standsAlone(text, start, octets)) return ipv4At(scan, start, octets);
    const span = numberAt(scan, start, count);
    if (span !== undefined) return span;
  } else if (before === 2 && count >= 2) {
    const span = ibanAt(scan, start);
    if (span !== undefined) return span;
  }
  if (end - start >= 26) return walletAt(scan, start, end);
  return (
    authorityAt(scan, start, before, count) ??
    documentAt(scan, start, end) ??
    (before === 0 ? nationalPhoneAt(scan, start) : undefined)
  );
}

/** Whether a short word goes on a number that began before it. */
function continues(text: string, start: number): boolean {
  if (start < 2) return false;
  const mark = text.charCodeAt(start - 1);
  return (mark === 45 || mark === 46 || mark === 47) && isDigit(text.charCodeAt(start - 2));
}

/** A run of numbers longer than any that is written in groups. */
const TABLE = 64;
const IN_TABLE = /[\d ]*/y;

/** Whether short numbers with spaces between go on and on: then the groups are no parts of one. */
function isInTable(scan: Scan, start: number, end: number): boolean {
  if (start < scan.table) return true;
  if (scan.text.charCodeAt(end) !== 32) return false;
  IN_TABLE.lastIndex = start;
  IN_TABLE.test(scan.text);
  if (IN_TABLE.lastIndex - start < TABLE) return false;
  scan.table = IN_TABLE.lastIndex;
  return true;
}

/** Marks behind which a number can go on. */
const GOES_ON = new Uint8Array(128);
for (const char of " ()./+:-") GOES_ON[char.charCodeAt(0)] = 1;

/** Whether more of a number can follow a short word: a mark or space, and a digit; behind letters, a letter too. */
function goesOn(text: string, end: number, letters: number): boolean {
  if (end + 1 >= text.length) return false;
  const mark = text.charCodeAt(end);
  if (mark > 127 || GOES_ON[mark] === 0) return false;
  const next = text.charCodeAt(end + 1);
  if (letters > 0) return isWord(next);
  if (mark === 40 && !/^\d{1,4}\)/.test(text.slice(end + 1, end + 6))) return false;
  return isDigit(next) || ((next === 32 || next === 40) && isDigit(text.charCodeAt(end + 2)));
}

function numberAt(scan: Scan, start: number, digits: number): Span | undefined {
  return digits === 4 || digits >= 12 ? cardAt(scan, start) : undefined;
}

function authorityAt(scan: Scan, start: number, letters: number, digits: number): Span | undefined {
  const { identifiers, any, alone, cues } = shapeOf(letters, digits);
  if (!anyAt(scan.bare || share(scan.near, cues) ? any : alone, scan.text, start)) return undefined;
  // What begins with digits is in a form of its own by the mark behind them alone.
  const marked = letters > 0 || isMarked(scan.text, start + digits);
  let best: Span | undefined;
  for (const identifier of identifiers) {
    const span = identifierAt(scan, identifier, start, marked);
    if (span !== undefined && (best === undefined || span.confidence > best.confidence)) best = span;
  }
  return best;
}

/** Whether a mark stands at a place that parts the digits of a number, and a digit behind it. */
const isMarked = (text: string, at: number): boolean =>
  isDigit(text.charCodeAt(at + 1)) && PARTING.includes(text.charAt(at));
const PARTING = " -./:+";

/** @param marked the number may be in a form that needs no cue */
function identifierAt(scan: Scan, identifier: Identifier, start: number, marked: boolean): Span | undefined {
  const { pattern, check, cue, formatted, kind, name } = identifier;
  const uncued = cue !== undefined && !scan.bare && !mayBeNear(scan, cue);
  if (uncued && (formatted === undefined || !marked)) return undefined;
  pattern.lastIndex = start;
  if (!pattern.test(scan.text)) return undefined;
  const end = pattern.lastIndex;
  if (!standsAlone(scan.text, start, end)) return undefined;
  const raw = rawAt(scan, start, end);
  if (uncued && formatted?.test(raw) !== true) return undefined;
  if (!check(compactAt(scan, start, end))) return undefined;
  const why = `A number in the form of a ${name}.`;
  const cued = cue !== undefined && isNear(scan, cue, start, end);
  if (cued) return { kind, start, end, confidence: 0.9, why };
  if (isJoined(scan.text, start)) return undefined;
  if (cue === undefined || formatted?.test(raw) === true) return { kind, start, end, confidence: 0.8, why };
  return isItem(scan, start, end) ? { kind, start, end, confidence: 0.4, why } : undefined;
}

function findingsOf(plain: PlainText, spans: readonly Span[]): Finding[] {
  const findings = spans.map((span) => findingOf(plain, span));
  if (spans.length < MOST_FINDINGS) return findings;
  const start = (spans.at(-1) as Span).end;
  if (start < plain.text.length) {
    const why = `The text holds ${MOST_FINDINGS} personal data or more; the rest of it counts as one.`;
    findings.push(
      findingOf(plain, { kind: "too-much-personal-data", start, end: plain.text.length, confidence: 0.5, why }),
    );
  }
  return findings;
}

function findingOf(plain: PlainText, { kind, start, end, confidence, why }: Span): Finding {
  const from = plain.at[start] as number;
  return {
    detector: "personal",
    kind,
    start: from,
    end: Math.max((plain.at[end - 1] as number) + 1, from + 1),
    confidence,
    why,
  };
}
