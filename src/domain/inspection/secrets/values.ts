import { mayTell, TOLD } from "./told.ts";
import { isBlank, isOne, isSpace, unitsOf } from "./units.ts";

/** What is known of the text from the values that were read before. */
export interface Reading {
  /** Where the last long bare value ended that was no secret: what it holds is none either. */
  refused: number;
  /** The run of characters without a space or quote that was walked last; it is walked once. */
  runStart: number;
  runEnd: number;
  /** The run of characters of names that was walked last; it is walked once. */
  nameStart: number;
  nameEnd: number;
  /** Equals signs before the last keyword and behind it. */
  lastEquals: number;
  nextEquals: number;
}

/** Where the value stands. */
export interface Place {
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  /** `=`, `:` and the like, or only a space or dash. */
  readonly firm: boolean;
  /** `=` without a quoted name: an environment file, a shell, a query. */
  readonly glued: boolean;
  readonly told?: boolean;
}

/** What a name goes on with behind a keyword, and how far. */
const NAME = unitsOf("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
const LONGEST_REST = 40;
/** Quotes, brackets and type annotations that close a name. */
const CLOSING = /(?:\\?["'`]|\[\d{0,4}\]|[\])]){0,3}[ \t]{0,20}(?:\\?["'][ \t]{0,4})?/y;
const FIRM =
  /(?:(?::=|=>|===?|!==?|[=:>]|[ \t]{0,4}\{\s{0,40}default[ \t]{0,4}=|\|\||\?\?=?|->)[ \t]{0,24}(?:=[ \t]{0,4})?(?:\r?\n[ \t]{1,40})?|[ \t]{0,4}value[ \t]{0,4}=[ \t]{0,4})/y;
const LOOSE = /[ \t,(-]{1,8}|[ \t]{0,4}\r?\n[ \t]{0,8}/y;
const LOOSE_WORDS = /(?:(?:secret|private|access|api|auth|token|key)[ \t_=:-]{1,3}){0,3}/iy;
const OPENING =
  /(?:(?:new|String|Buffer\.from|std::string|Bearer|Basic|Token|SSWS|env|getenv|b|u|r|f|L|@)[ \t(]{0,2})?\\{0,2}["'`](?:\\?["'`])?/y;
const QUOTED_END: Record<string, RegExp> = {
  '"': /[^"\n\r]{0,520}/y,
  "'": /[^'\n\r]{0,520}/y,
  "`": /[^`\n\r]{0,520}/y,
};
const SCHEME = /(?:Bearer|Basic|Token|SSWS)[ \t]{1,3}/y;
/** A bare value goes on up to one of these. */
const ENDS = new Uint8Array(128);
for (const end of "\t\n\v\f\r \"'`,;<>|\\") ENDS[end.charCodeAt(0)] = 1;
const LONGEST_VALUE = 520;
export const LONGEST_LOOSE = 200;

/** Where the bare value ends that begins here, `LONGEST_VALUE` characters on at the most. */
export function bareEnd(text: string, at: number, reading: Reading): number {
  if (at < reading.runStart || at >= reading.runEnd) {
    let end = at;
    while (end < text.length && !endsValue(text, end)) end++;
    reading.runStart = at;
    reading.runEnd = end;
  }
  return Math.min(reading.runEnd, at + LONGEST_VALUE);
}

const NEXT_PARAMETER = /&(?:amp;)?[\w.[\]-]{1,40}=/y;

/** An ampersand ends a value only before the next parameter of an address or form; passwords hold it too. */
function endsValue(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit > 127) return isSpace(unit);
  if (unit === 38) return step(NEXT_PARAMETER, text, at) >= 0;
  return ENDS[unit] === 1;
}

/** What the patterns above begin with where they match more than nothing. */
const CLOSES = unitsOf("\\\"'`[]) \t");
const FIRM_BEGINS = unitsOf(":=!>{|?- \tv");
const LOOSE_BEGINS = unitsOf(" \t,(-\r\n");
const LOOSE_WORD_BEGINS = unitsOf("spatkSPATK");
const OPENS = unitsOf("nSBsTegburfL@\\\"'`");
const SCHEME_BEGINS = unitsOf("BTS");
const ENDS_SENTENCE = unitsOf(".,:;)]}!?");

function step(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

export function endOfName(text: string, from: number, reading: Reading): number {
  if (from < reading.nameStart || from > reading.nameEnd) {
    let end = from;
    while (end < text.length && isOne(NAME, text.charCodeAt(end))) end++;
    reading.nameStart = from;
    reading.nameEnd = end;
  }
  return Math.min(reading.nameEnd, from + LONGEST_REST);
}

/** Behind quotes, brackets and blanks that close a name: most have one space. */
function closed(text: string, at: number): number {
  if (!isOne(CLOSES, text.charCodeAt(at))) return at;
  return text.charCodeAt(at) === 32 && !isOne(CLOSES, text.charCodeAt(at + 1)) ? at + 1 : step(CLOSING, text, at);
}

/** Finds where the value behind a name begins and ends; undefined where no value can follow. */
export function placeOf(text: string, nameEnd: number, reading: Reading): Place | undefined {
  let at = closed(text, nameEnd);
  let firm = true;
  const separated = isOne(FIRM_BEGINS, text.charCodeAt(at)) ? step(FIRM, text, at) : -1;
  if (separated >= 0) at = separated;
  else {
    const told = mayTell(text, at) ? step(TOLD, text, at) : -1;
    if (told >= 0) return { ...valueAt(text, told, true, reading), told: true };
    firm = false;
    const loose = isOne(LOOSE_BEGINS, text.charCodeAt(at)) ? step(LOOSE, text, at) : -1;
    if (loose < 0 && !isBlank(text.charCodeAt(at - 1))) return undefined;
    at = Math.max(loose, at);
    if (isOne(LOOSE_WORD_BEGINS, text.charCodeAt(at))) at = step(LOOSE_WORDS, text, at);
  }
  return valueAt(text, at, firm, reading);
}

function valueAt(text: string, at: number, firm: boolean, reading: Reading): Place {
  const opened = isOne(OPENS, text.charCodeAt(at)) ? step(OPENING, text, at) : -1;
  if (opened >= 0) {
    const quote = text.charAt(opened - 1);
    const end = step(QUOTED_END[quote] as RegExp, text, opened);
    const escaped = end < text.length && text.charAt(end) === quote && text.charAt(end - 1) === "\\" ? 1 : 0;
    return { start: opened, end: end - escaped, quoted: true, firm, glued: false };
  }
  const word = isOne(SCHEME_BEGINS, text.charCodeAt(at)) ? Math.max(0, step(SCHEME, text, at) - at) : 0;
  let end = bareEnd(text, at + word, reading);
  if (!firm && end - at > LONGEST_LOOSE) end = at;
  while (end > at && isOne(ENDS_SENTENCE, text.charCodeAt(end - 1))) end--;
  const glued = text.charCodeAt(isBlank(text.charCodeAt(at - 1)) ? at - 2 : at - 1) === 61;
  return { start: at + word, end, quoted: false, firm, glued };
}
