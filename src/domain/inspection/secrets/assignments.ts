import { isFingerprint, isPlaceholder, isReference, isRepetitive, isUuid } from "./placeholders.ts";
import { KEYWORDS, POINTING_AFTER, PUBLIC_KEY, PUBLIC_TOKEN, type Sort } from "./keywords.ts";
import { isTyped } from "./told.ts";
import { hasDigits, isLetter, isLower, isOne, isSpace, isUpper, unitsOf } from "./units.ts";
import { bareEnd, endOfName, LONGEST_LOOSE, type Place, placeOf, type Reading } from "./values.ts";
import { holdsWord, looksRandom, makeupOf, readsAsWords, wordLikeness } from "./randomness.ts";

/** What was found behind a keyword. */
export interface Assignment {
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
  readonly password: boolean;
}

/** What stands in documents and tests, with a number or a mark behind it. */
const EVERYBODYS =
  /my|test|user|admin|root|super|secret|p[a@][s$]{2}(?:w[o0]rd|wd|phrase)?|pwd|token|the|new|old|some|api|key|db|wrong|correct|horse|battery|staple|letmein|welcome|hello|world|qwerty|default|postgres|mysql|redis|guest|demo/gi;

const SHORTEST_PASSWORD = 6;

/** A password of a person: short, but not a word alone and not code. */
function isPassword(value: string, quoted: boolean): number {
  if (value.length < SHORTEST_PASSWORD || value.length > 128 || /\s/.test(value)) return 0;
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

const LONG = 100;

/** Marks of code, and with what paths begin. */
const CODE = unitsOf("()[]{}<>\\");
const BEGINS_PATH = unitsOf("./~-");

function holdsOne(value: string, marks: Uint8Array): boolean {
  for (let i = 0; i < value.length; i++) if (isOne(marks, value.charCodeAt(i))) return true;
  return false;
}

/** A key of a machine. */
function isKey(value: string, sort: Sort, place: Place): number {
  if (
    value.length < SHORTEST_KEY ||
    (value.length < SHORTEST_LETTERS && !hasDigits(value, 1)) ||
    (!place.firm && !hasDigits(value, FEWEST_DIGITS) && !isUuid(value)) ||
    (value.length > LONG && !hasDigits(value, 1) && readsAsWords(value)) ||
    /\s/.test(value) ||
    isReference(value) ||
    isFingerprint(value) ||
    isRepetitive(value)
  )
    return 0;
  if (isUuid(value)) return sort === "secret" || (sort === "key" && place.glued) ? 0.7 : 0;
  if (holdsOne(value, CODE) || isOne(BEGINS_PATH, value.charCodeAt(0)) || /^\w+:\/\//.test(value)) return 0;
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

/** What a keyword promises, and whether it has to stand as a word of its own. */
interface Named {
  readonly sort: Sort;
  readonly stands: boolean;
}

const NAMED: ReadonlyMap<string, Named> = new Map(
  Array.from(KEYWORDS, ([keyword, sort]): [string, Named] => {
    const short = (sort !== "secret" || keyword.length < SHORT) && keyword.length <= 7;
    return [keyword, { sort, stands: short && !keyword.startsWith("passw") && !/^[_.]/.test(keyword) }];
  }),
);

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
  const { sort, stands } = NAMED.get(keyword) as Named;
  if (stands && !isOwnWord(text, start, end) && !(sort === "key" && isUpper(text.charCodeAt(start)))) return none;
  const nameEnd = endOfName(text, end, reading);
  const place =
    comparedWith(text, start, reading) ??
    valueInName(text, end, nameEnd, reading) ??
    placeBehind(text, start, nameEnd, reading);
  if (place === undefined || place.end <= place.start) return none;
  if (!place.quoted && place.start < reading.refused) return none;
  if (place.end - place.start < (place.firm ? SHORTEST_PASSWORD : SHORTEST_KEY)) return none;
  const rest = text.slice(end, nameEnd);
  // What points elsewhere is none, whatever it is given; of a long one it has to be known besides that it was judged.
  if (place.end - place.start <= LONG && POINTING_AFTER.test(rest)) return none;
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

/** Whether a quote ends before the signs of a comparison, of which the last stands here. */
function endsQuoted(text: string, mark: number): boolean {
  let at = mark;
  while (mark - at < 3 && (text.charCodeAt(at) === 61 || text.charCodeAt(at) === 33)) at--;
  for (let blanks = 0; blanks < 4 && text.charCodeAt(at) === 32; blanks++) at--;
  return text.charCodeAt(at) === 34 || text.charCodeAt(at) === 39;
}

/** `"value" == password`, as some compare. */
function comparedWith(text: string, start: number, reading: Reading): Place | undefined {
  if (start - equalsBefore(text, start, reading) > COMPARED_REACH) return undefined;
  let mark = start - 1;
  while (start - mark < 36 && isOfName(text.charCodeAt(mark))) mark--;
  if (text.charCodeAt(mark) !== 61 || !endsQuoted(text, mark)) return undefined;
  const from = Math.max(0, start - 180);
  const match = COMPARED.exec(text.slice(from, start));
  if (match === null) return undefined;
  const at = from + match.index + 1;
  return { start: at, end: at + (match[2] as string).length, quoted: true, firm: true, glued: false };
}

/** How far behind the keyword the dash stands at most. */
const LAST_DASH = 16;

function hasDash(text: string, from: number): boolean {
  for (let i = from; i <= from + LAST_DASH; i++)
    if (text.charCodeAt(i) === 45 || text.charCodeAt(i) === 46) return true;
  return false;
}

/** `vendor-token-4f3c…`: the value hangs on the name by a dash and was read as part of it. */
function valueInName(text: string, end: number, nameEnd: number, reading: Reading): Place | undefined {
  if (nameEnd - end <= LAST_DASH || !hasDash(text, end)) return undefined;
  const rest = text.slice(end, nameEnd);
  const dash = rest.search(/[.-](?=[A-Za-z0-9]*\d)/);
  if (dash < 0 || dash > LAST_DASH) return undefined;
  const start = end + dash + 1;
  const stop = bareEnd(text, start, reading);
  return stop - start > LONGEST_LOOSE ? undefined : { start, end: stop, quoted: false, firm: false, glued: true };
}
