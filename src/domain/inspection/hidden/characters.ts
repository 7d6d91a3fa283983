import { unitsOf } from "../letters.ts";
import { LOOK_ALIKES } from "../look-alikes.ts";
import { HALF, HIDES, SIGNS } from "./signs.ts";
import { type Span, spanOf } from "./span.ts";

const PAIR = /^(?:\ud82f[\udca0-\udca3]|\ud834[\udd73-\udd7a]|\udb40[\udc00-\udfff])/;

const JOINING =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Balinese}\p{Script=Javanese}]/u;
const WITHOUT_SPACES =
  /[\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Javanese}\p{Script=Balinese}]/u;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|\ud83a[\udc00-\udfff]/;
const PICTURE = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]/u;
const PICTURE_BASE = /[\p{Emoji}\p{S}\p{Script=Han}\p{Script=Myanmar}\u20e3]/u;
const IDEOGRAPH = /\p{Script=Han}/u;

/** How far a letter that is written from right to left may stand from a mark of direction, in units. */
const DIRECTION_REACH = 200;

const before = (text: string, i: number): string => {
  if (i <= 0) return "";
  const unit = text.charCodeAt(i - 1);
  return unit >= 0xdc00 && unit <= 0xdfff ? text.slice(Math.max(0, i - 2), i) : (text[i - 1] as string);
};
const after = (text: string, i: number): string =>
  i < text.length ? String.fromCodePoint(text.codePointAt(i) as number) : "";

/** What an invisible character is called that has no business where it stands; undefined where it has. @param repeated another stands right before */
function misplaced(text: string, start: number, code: number, repeated: boolean): string | undefined {
  const prior = before(text, start);
  const next = after(text, start + (code > 0xffff ? 2 : 1));
  if (code >= 0xe0000 && code <= 0xe007f) return flag(text, start) ? undefined : "tag-characters";
  if (code >= 0xe0100 && code <= 0xe01ef) return !repeated && IDEOGRAPH.test(prior) ? undefined : "variation-selector";
  if (code >= 0xfe00 && code <= 0xfe0f) return !repeated && PICTURE_BASE.test(prior) ? undefined : "variation-selector";
  if (code === 0x200d)
    return JOINING.test(prior) || (PICTURE.test(prior) && PICTURE.test(next)) ? undefined : "zero-width";
  if (code === 0x200c) return JOINING.test(prior) || JOINING.test(next) ? undefined : "zero-width";
  if (code === 0x200b) return WITHOUT_SPACES.test(prior) || WITHOUT_SPACES.test(next) ? undefined : "zero-width";
  if (code === 0xad) return !repeated && /\p{L}/u.test(prior) && /\p{L}/u.test(next) ? undefined : "zero-width";
  if (code === 0xfeff) return start === 0 ? undefined : "zero-width";
  if (code === 0x202d || code === 0x202e) return "bidi-override";
  if (isDirection(code)) return nearRightToLeft(text, start) ? undefined : "bidi-control";
  if (code === 0x34f || (code >= 0x17b4 && code <= 0x17b5))
    return /\p{M}|\p{Lo}/u.test(prior) ? undefined : "zero-width";
  if (code >= 0x180b && code <= 0x180f)
    return /\p{Script=Mongolian}/u.test(prior + next) ? undefined : "variation-selector";
  if (code === 0x115f || code === 0x1160) return /[\u1100-\u11ff]/.test(prior + next) ? undefined : "blank-letter";
  if (code === 0x3164 || code === 0xffa0) return "blank-letter";
  return code < 0xa0 ? "control-character" : "zero-width";
}

const isDirection = (code: number) =>
  code === 0x61c ||
  code === 0x200e ||
  code === 0x200f ||
  (code >= 0x202a && code <= 0x202c) ||
  (code >= 0x2066 && code <= 0x2069);

const nearRightToLeft = (text: string, start: number) =>
  RIGHT_TO_LEFT.test(text.slice(Math.max(0, start - DIRECTION_REACH), start + DIRECTION_REACH));

/** Tags that follow a black flag within its twelve units spell a region, as in the flag of Scotland. */
function flag(text: string, start: number): boolean {
  const near = text.slice(Math.max(0, start - 14), start);
  const from = near.lastIndexOf("\ud83c\udff4");
  return from >= 0 && /^(?:\udb40[\udc61-\udc7a\udc30-\udc39]){0,6}$/.test(near.slice(from + 2));
}

/**
 * Characters that show nothing where nothing is meant to be, and overrides of direction; consecutive ones are one span.
 * @param most more spans are not looked for
 */
export function invisible(text: string, most: number): Span[] {
  const spans: Span[] = [];
  const units = unitsOf(text);
  let kept = -1;
  for (let start = 0; start < units.length && spans.length < most; start++) {
    const found = (SIGNS[units[start] as number] as number) & (HIDES | HALF);
    if (found === 0 || (found === HALF && !PAIR.test(text.slice(start, start + 2)))) continue;
    const end = start + found;
    const last = spans.at(-1);
    const repeated = kept === start || last?.end === start;
    const kind = misplaced(text, start, text.codePointAt(start) as number, repeated);
    if (kind === undefined) kept = end;
    else if (last?.end === start && last.kind === kind) last.end = end;
    else spans.push(spanOf(kind, start, end, 0.9));
    start = end - 1;
  }
  return spans;
}

const MIXED = /[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff](?:(?<=[A-Za-z].)|(?=[A-Za-z]))/g;
/** Longest word that is looked at, in units. */
const LONGEST_WORD = 40;
/** Words that are listed; for matching, all of them are resolved. */
const MOST_WORDS = 500;

/** Words that mix Latin letters with look-alikes of them. A Greek letter in a formula, or an ending, is ordinary. */
export function disguised(text: string): Span[] {
  const spans: Span[] = [];
  MIXED.lastIndex = 0;
  for (let match = MIXED.exec(text); match !== null && spans.length < MOST_WORDS; match = MIXED.exec(text)) {
    const [start, end] = wordAround(text, match.index);
    MIXED.lastIndex = Math.max(end, MIXED.lastIndex);
    if (suspicious(text.slice(start, end))) spans.push(spanOf("look-alike", start, end, 0.6));
  }
  return spans;
}

/** Letters of the scripts that are looked at here. */
function isLetter(text: string, i: number): boolean {
  const unit = text.charCodeAt(i);
  if (unit < 128) return (unit | 32) >= 97 && (unit | 32) <= 122;
  return (unit >= 0xc0 && unit < 0x590) || (unit >= 0x13a0 && unit <= 0x13ff);
}

function wordAround(text: string, place: number): [number, number] {
  let start = place;
  while (start > 0 && place - start < LONGEST_WORD && isLetter(text, start - 1)) start--;
  let end = place;
  while (end < text.length && end - place < LONGEST_WORD && isLetter(text, end)) end++;
  return [start, end];
}

function suspicious(word: string): boolean {
  let latin = 0;
  let alike = 0;
  let inside = false;
  for (let i = 0; i < word.length; i++) {
    const unit = word.charCodeAt(i);
    if (unit < 0x250) latin++;
    else if (LOOK_ALIKES.has(unit)) {
      alike++;
      if (i < word.length - 1 && unit > 0x3ff) inside = true;
    } else return false;
  }
  return latin > 0 && (inside || (alike >= 2 && word.length >= 5));
}
