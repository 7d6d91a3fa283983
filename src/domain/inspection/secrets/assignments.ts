import { isFingerprint, isPlaceholder, isReference, isRepetitive, isUuid } from "./placeholders.ts";
import { KEYWORDS, POINTING_AFTER, PUBLIC_KEY, PUBLIC_TOKEN, type Sort } from "./keywords.ts";
import { isTyped, mayTell, TOLD } from "./told.ts";
import { hasDigits, isBlank, isLetter, isLower, isOne, isSpace, isUpper, unitsOf } from "./units.ts";
import { holdsWord, looksRandom, makeupOf, wordLikeness } from "./randomness.ts";

/** What was found behind a keyword. */
export interface Assignment {
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
  readonly password: boolean;
}

/** What is known of the text from the values that were read before. */
export interface Reading {
  /** Where the last long bare value ended that was no secret: what it holds is none either. */
  refused: number;
  /** The run of characters without a space or quote that was walked last; it is walked once. */
  runStart: number;
  runEnd: number;
  /** Equals signs before the last keyword and behind it. */
  lastEquals: number;
  nextEquals: number;
}

/** Where the value stands. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  /** `=`, `:` and the like, or only a space or dash. */
  readonly firm: boolean;
  /** `=` without a quoted name: an environment file, a shell, a query. */
  readonly glued: boolean;
  readonly told?: boolean;
}

const REST_OF_NAME = /[\w.-]{0,40}/y;
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
const LONGEST_LOOSE = 200;

/** Where the bare value ends that begins here, `LONGEST_VALUE` characters on at the most. */
function bareEnd(text: string, at: number, reading: Reading): number {
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

/** Finds where the value behind a name begins and ends; undefined where no value can follow. */
function placeOf(text: string, nameEnd: number, reading: Reading): Place | undefined {
  let at = isOne(CLOSES, text.charCodeAt(nameEnd)) ? step(CLOSING, text, nameEnd) : nameEnd;
  let firm = true;
  const separated = isOne(FIRM_BEGINS, text.charCodeAt(at)) ? step(FIRM, text, at) : -1;
  if (separated >= 0) at = separated;
  else {
    const told = mayTell(text.charCodeAt(at)) ? step(TOLD, text, at) : -1;
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

/** What stands in documents and tests, with a number or a mark behind it. */
const EVERYBODYS =
  /my|test|user|admin|root|super|secret|p[a@][s$]{2}(?:w[o0]rd|wd|phrase)?|pwd|token|the|new|old|some|api|key|db|wrong|correct|horse|battery|staple|letmein|welcome|hello|world|qwerty|default|postgres|mysql|redis|guest|demo/gi;

/** A password of a person: short, but not a word alone and not code. */
function isPassword(value: string, quoted: boolean): number {
  if (value.length < 6 || value.length > 128 || /\s/.test(value)) return 0;
  const { digits, others, upper, lower } = makeupOf(value);
  if (digits === 0 && others < 2 && !quoted) return 0;
  if (isPlaceholder(value) || isReference(value)) return 0;
  if (!quoted && /[()[\]{}]|^[\w$]+(?:[.:][\w$]+)+$|=$/.test(value)) return 0;
  if (/^[\w/.-]+$/.test(value) && digits === 0) return 0;
  if (/^(?:[a-z]+:)?\/|^[#.]|^\w+\(|^--|[{}<>]/i.test(value)) return 0;
  if (value.replace(EVERYBODYS, "").length <= 4) return 0;
  if (digits === 0 && upper + lower < 4) return 0;
  return digits > 0 && upper + lower > 0 ? 0.75 : others > 0 && digits === 0 ? 0.6 : 0;
}

/** As long as a SHA-256 in hexadecimal or Base64: behind a mere "key" that is a fingerprint as often as a secret. */
function isDigest(value: string): boolean {
  return /^(?:[0-9a-f]{64}|[\w+/-]{43}=?)$/i.test(value);
}

/** Shorter values are passwords at the most, and so are those without a digit up to the other length. */
const [SHORTEST_KEY, SHORTEST_LETTERS] = [12, 20];

/** Of a value that only stands behind a name. */
const FEWEST_DIGITS = 4;

/** A key of a machine. */
function isKey(value: string, sort: Sort, place: Place): number {
  if (
    value.length < SHORTEST_KEY ||
    (value.length < SHORTEST_LETTERS && !hasDigits(value, 1)) ||
    (!place.firm && !hasDigits(value, FEWEST_DIGITS) && !isUuid(value)) ||
    /\s/.test(value) ||
    isReference(value) ||
    isFingerprint(value) ||
    isRepetitive(value)
  )
    return 0;
  if (isUuid(value)) return sort === "secret" || (sort === "key" && place.glued) ? 0.7 : 0;
  if (/[()[\]{}<>\\]/.test(value) || /^(?:\w+:)?\/\/|^[./~-]/.test(value)) return 0;
  const direct = place.firm && (sort === "secret" || sort === "password");
  if (isPlaceholder(value) && !(value.length >= 28 && looksRandom(value, 28))) return 0;
  if (looksRandom(value, direct ? SHORTEST_KEY : 16)) {
    if (direct) return 0.8;
    return holdsWord(value) || (!place.firm && isDigest(value)) ? 0 : 0.65;
  }
  if (!place.firm || sort === "weak") return 0;
  // Counted up, or a word with a long number: what somebody invents where a key is asked for.
  if (direct && /^[A-Za-z0-9]{20,64}$/.test(value) && makeupOf(value).digits >= 4) return 0.55;
  const { digits, lower, upper, others } = makeupOf(value);
  if (direct && place.quoted && value.length >= 14 && digits >= 2 && lower + upper >= 4 && others <= 2)
    return wordLikeness(value.replace(/[^A-Za-z]/g, "")) < 0.4 ? 0.6 : 0;
  return 0;
}

/** What names, numbers, paths and sentences are made of. */
const ORDINARY = unitsOf("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,:- \t\n\v\f\r");
const FEWEST_SYMBOLS = 4;

/** Whether a value has four different characters of other sorts. */
function hasSymbols(value: string): boolean {
  const seen: number[] = [];
  for (let i = 0; i < value.length && seen.length < FEWEST_SYMBOLS; i++) {
    const unit = value.charCodeAt(i);
    if (!isOne(ORDINARY, unit) && !seen.includes(unit)) seen.push(unit);
  }
  return seen.length === FEWEST_SYMBOLS;
}

/** Written by a person who was asked for many sorts of characters: nothing else looks like that. */
function isSymbols(value: string): number {
  if (value.length < 8 || !hasSymbols(value)) return 0;
  if (/\s/.test(value) || isReference(value) || isPlaceholder(value)) return 0;
  return !/^[<{[(].*[>}\])]$/.test(value) ? 0.6 : 0;
}

const LONG = 100;

/** Where a value ends that is so long that nothing in it is judged again, or time would grow with its square. */
function refusedBy(place: Place): number | undefined {
  return !place.quoted && place.end - place.start > LONG ? place.end : undefined;
}

function judge(value: string, sort: Sort, place: Place): number {
  const key = isKey(value, sort, place);
  if (key > 0 || !place.firm) return key;
  if (place.told && !place.quoted && !isTyped(value)) return 0;
  if (sort === "password") return Math.max(isPassword(value, place.quoted), place.quoted ? isSymbols(value) : 0);
  return sort === "secret" && place.quoted ? isSymbols(value) : 0;
}

/** Whether a short keyword stands as a word of its own: `dbPass`, `API_KEY`, not `keyboard`, `bypass`. */
function isOwnWord(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1);
  const first = text.charCodeAt(start);
  const next = text.charCodeAt(end);
  if (start > 0 && isLetter(before) && !(isUpper(first) && isLower(before))) return false;
  return !isLower(next) || isUpper(text.charCodeAt(end - 1));
}

/** Whether a name with a secret's word in it means something public, or points at a secret that is elsewhere. */
function isHarmlessName(text: string, start: number, rest: string, sort: Sort, firm: boolean): boolean {
  if (POINTING_AFTER.test(rest)) return true;
  const before = text.slice(Math.max(0, start - 16), start);
  if ((sort === "secret" || sort === "password" ? PUBLIC_TOKEN : PUBLIC_KEY).test(before)) return true;
  // A mere `key: value` is a row of a table; a key to something is called after it.
  return sort === "key" && firm && !/[\w.-]$/.test(before);
}

/** How far before a keyword, and behind it, quotes can stand that have to do with it. */
const [COMPARED_REACH, PLACE_REACH] = [48, 128];

/** Whether a keyword stands so deep in a bare value that was refused that what follows it is a part of that value. */
const isRefused = (start: number, end: number, { refused, runStart, runEnd }: Reading): boolean =>
  start - COMPARED_REACH >= runStart && end + PLACE_REACH <= refused && end + PLACE_REACH <= runEnd;

const SHORT = 5;

/**
 * Reads what a name with a secret's keyword is given: in code, JSON, YAML, environment files, XML, headers, command lines.
 *
 * @param text the plain text
 * @param start where the keyword stands
 * @param keyword one of `KEYWORDS`
 * @param reading what was read before; written to
 * @returns undefined where it is given no secret; `upTo` says how far the text was read
 */
export function assignmentAt(
  text: string,
  start: number,
  keyword: string,
  reading: Reading,
): { readonly found?: Assignment; readonly upTo: number } {
  const end = start + keyword.length;
  const none = { upTo: end };
  if (isRefused(start, end, reading)) return none;
  const sort = KEYWORDS.get(keyword) as Sort;
  if ((sort !== "secret" || keyword.length < SHORT) && keyword.length <= 7 && !keyword.startsWith("passw"))
    if (!/^[_.]/.test(keyword) && !isOwnWord(text, start, end) && !(sort === "key" && isUpper(text.charCodeAt(start))))
      return none;
  const nameEnd = step(REST_OF_NAME, text, end);
  const rest = text.slice(end, nameEnd);
  const place =
    comparedWith(text, start, reading) ??
    valueInName(text, end, nameEnd, reading) ??
    placeBehind(text, start, nameEnd, reading);
  if (place === undefined || place.end <= place.start) return none;
  if (!place.quoted && place.start < reading.refused) return none;
  const value = text.slice(place.start, place.end);
  const confidence = judge(value, sort, place);
  if (confidence === 0) {
    reading.refused = refusedBy(place) ?? reading.refused;
    return none;
  }
  if (isHarmlessName(text, start, rest, sort, place.firm)) return none;
  return { found: { start: place.start, end: place.end, confidence, password: sort === "password" }, upTo: place.end };
}

/** On a command line (`--password value`) a space is as good as an equals sign. */
function placeBehind(text: string, start: number, nameEnd: number, reading: Reading): Place | undefined {
  const place = placeOf(text, nameEnd, reading);
  if (place === undefined || place.firm) return place;
  return text.charCodeAt(nameEnd) === 32 && isOption(text, start) ? { ...place, firm: true } : place;
}

/** The longest name of an option before a keyword, with one dash. */
const LONGEST_OPTION = 25;

/** Whether what stands before a keyword, up to the space, begins with a dash. */
function isOption(text: string, start: number): boolean {
  let first = start;
  while (start - first <= LONGEST_OPTION && isOfOption(text.charCodeAt(first - 1))) first--;
  if (text.charCodeAt(first) !== 45 || first === start) return false;
  if (start - first > LONGEST_OPTION && text.charCodeAt(first + 1) !== 45) return false;
  return first === 0 || isSpace(text.charCodeAt(first - 1));
}

const isOfOption = (unit: number) => isLetter(unit) || (unit >= 48 && unit <= 57) || unit === 95 || unit === 45;

const COMPARED = /(["'])([^"'\n]{6,128})\1 {0,4}[!=]==? {0,4}[\w.$]{0,30}$/;

/** Letters, digits, `_`, `.`, `$` and space. */
const isOfName = (unit: number) =>
  isLetter(unit) || (unit >= 48 && unit <= 57) || unit === 95 || unit === 46 || unit === 36 || unit === 32;

/** Where the last equals sign before a keyword stands: keywords come in the order of the text, which is searched once. */
function equalsBefore(text: string, start: number, reading: Reading): number {
  while (reading.nextEquals < start) {
    reading.lastEquals = reading.nextEquals;
    const next = text.indexOf("=", reading.lastEquals + 1);
    reading.nextEquals = next < 0 ? Number.POSITIVE_INFINITY : next;
  }
  return reading.lastEquals;
}

/** `"value" == password`, as some compare. */
function comparedWith(text: string, start: number, reading: Reading): Place | undefined {
  if (start - equalsBefore(text, start, reading) > COMPARED_REACH) return undefined;
  let mark = start - 1;
  while (start - mark < 36 && isOfName(text.charCodeAt(mark))) mark--;
  if (text.charAt(mark) !== "=") return undefined;
  const from = Math.max(0, start - 180);
  const match = COMPARED.exec(text.slice(from, start));
  if (match === null) return undefined;
  const at = from + match.index + 1;
  return { start: at, end: at + (match[2] as string).length, quoted: true, firm: true, glued: false };
}

/** `vendor-token-4f3c…`: the value hangs on the name by a dash and was read as part of it. */
function valueInName(text: string, end: number, nameEnd: number, reading: Reading): Place | undefined {
  if (nameEnd - end < 17) return undefined;
  const rest = text.slice(end, nameEnd);
  const dash = rest.search(/[.-](?=[A-Za-z0-9]*\d)/);
  if (dash < 0 || dash > 16) return undefined;
  const start = end + dash + 1;
  const stop = bareEnd(text, start, reading);
  return stop - start > LONGEST_LOOSE ? undefined : { start, end: stop, quoted: false, firm: false, glued: true };
}
