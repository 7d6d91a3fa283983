import type { Finding, PlainText } from "../finding.ts";
import { emailAt, internationalPhoneAt, ipv4At, ipv6At, nationalPhoneAt } from "./contacts.ts";
import { documentAt } from "./documents.ts";
import type { Identifier } from "./identifier.ts";
import { EUROPE } from "./identifiers-europe.ts";
import { WORLD } from "./identifiers-world.ts";
import { cardAt, ibanAt, walletAt } from "./money.ts";
import { around, isItem, isJoined, type Scan, type Span, standsAlone } from "./span.ts";

/** Every number of an authority, in the order in which they are tried. */
export const IDENTIFIERS: readonly Identifier[] = [...WORLD, ...EUROPE];

/** From this many on, the rest of the text counts as personal. */
const MOST_FINDINGS = 20_000;
/** How often a library is asked for one text; then the form alone decides. */
const MOST_ASKS = 600;
/** A longer text is never bare. */
const LONGEST_BARE = 80;
const LONGEST_SHORT = 64;
/** No identifier is longer; a longer word is no identifier. */
const LONGEST_WORD = 90;

const LETTERS = 8;
const DIGITS = 32;
/** The numbers whose first word has so many letters and then so many digits. */
const byShape: (readonly Identifier[])[] = Array.from({ length: LETTERS * DIGITS }, (_, index) =>
  IDENTIFIERS.filter(({ shapes }) => shapes.some(([letters, digits]) => letters * DIGITS + digits === index)),
);

const isDigit = (unit: number) => unit >= 48 && unit <= 57;
const isWord = (unit: number) => isDigit(unit) || ((unit | 32) >= 97 && (unit | 32) <= 122);
const PLUS = 43;
const COLON = 58;
const AT = 64;
const PARENTHESIS = 40;

/**
 * Finds personal data in a text: cards, accounts, wallets, e-mail and internet addresses, phone numbers, and numbers of
 * authorities with a check or a plan (S2). Weak checks count only near a word that names the number, in a format of its
 * own, or where the text is nothing else. One pass, in time proportional to the length. Findings come in the order of
 * the text and do not overlap.
 *
 * @param plain the text, made plain
 * @returns offsets in UTF-16 units of the original
 */
export function findPersonal(plain: PlainText): Finding[] {
  const { text, lower } = plain;
  const scan: Scan = {
    text,
    lower,
    spans: [],
    asks: MOST_ASKS,
    short: text.length <= LONGEST_SHORT,
    bare: isBare(text),
  };
  let wordStart = -1;
  /** Where a word of one or two letters began that ends one mark before the present word, or -1. */
  let initials = -1;
  let initialsEnd = -1;
  let hasDigit = false;
  let i = 0;
  const take = (span: Span | undefined): boolean => {
    if (span === undefined) return false;
    while (scan.spans.length > 0 && (scan.spans.at(-1) as Span).end > span.start) scan.spans.pop();
    scan.spans.push(span);
    i = Math.max(i, span.end);
    return true;
  };
  for (; i <= text.length; i++) {
    const unit = i < text.length ? text.charCodeAt(i) : 0;
    if (isWord(unit)) {
      if (wordStart < 0) wordStart = i;
      if (unit <= 57) hasDigit = true;
      continue;
    }
    const start = wordStart;
    const found =
      start >= 0 &&
      hasDigit &&
      i - start <= LONGEST_WORD &&
      ((initialsEnd === start - 1 && take(authorityAt(scan, initials, initialsEnd - initials, 0))) ||
        take(wordAt(scan, start, i)));
    if (start >= 0 && !hasDigit && i - start <= 2 && (unit === 32 || unit === 45)) {
      initials = start;
      initialsEnd = i;
    }
    wordStart = -1;
    hasDigit = false;
    if (found) {
      i--;
      if (scan.spans.length >= MOST_FINDINGS) break;
      continue;
    }
    if (unit > 64 || unit < 40) continue;
    const mark = markAt(scan, unit, start, i);
    if (mark !== undefined && take(mark)) i--;
    if (scan.spans.length >= MOST_FINDINGS) break;
  }
  return findingsOf(plain, scan.spans);
}

/** Nothing but numbers, codes and marks: at most a few letters that are part of no code. */
function isBare(text: string): boolean {
  if (text.length > LONGEST_BARE) return false;
  const words = text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "" && !/\d/.test(word));
  return words.join("").length <= 4;
}

function markAt(scan: Scan, unit: number, word: number, i: number): Span | undefined {
  if (unit === AT) return emailAt(scan, i);
  if (unit === PLUS)
    return isDigit(scan.text.charCodeAt(i + 1)) || scan.text.charAt(i + 1) === "("
      ? internationalPhoneAt(scan, i)
      : undefined;
  if (unit === PARENTHESIS) return isDigit(scan.text.charCodeAt(i + 1)) ? nationalPhoneAt(scan, i) : undefined;
  if (unit !== COLON) return undefined;
  if (word >= 0 && i - word <= 4) return ipv6At(scan, word);
  return word < 0 && scan.text.charCodeAt(i + 1) === COLON ? ipv6At(scan, i) : undefined;
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
  if (before === 0) {
    const span = numberAt(scan, start, end, count);
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

function numberAt(scan: Scan, start: number, end: number, digits: number): Span | undefined {
  if (digits <= 3 && scan.text.charCodeAt(end) === 46) return ipv4At(scan, start);
  return digits === 4 || digits >= 12 ? cardAt(scan, start) : undefined;
}

function authorityAt(scan: Scan, start: number, letters: number, digits: number): Span | undefined {
  let best: Span | undefined;
  for (const identifier of byShape[letters * DIGITS + digits] as readonly Identifier[]) {
    const span = identifierAt(scan, identifier, start);
    if (span !== undefined && (best === undefined || span.confidence > best.confidence)) best = span;
  }
  return best;
}

function identifierAt(scan: Scan, identifier: Identifier, start: number): Span | undefined {
  const { pattern, check, cue, formatted, kind, name } = identifier;
  pattern.lastIndex = start;
  if (!pattern.test(scan.text)) return undefined;
  const end = pattern.lastIndex;
  if (!standsAlone(scan.text, start, end)) return undefined;
  const raw = scan.text.slice(start, end);
  if (!check(raw.replace(/[^A-Za-z0-9]/g, "").toUpperCase())) return undefined;
  const why = `A number in the form of a ${name}.`;
  const cued = cue?.test(around(scan, start, end)) ?? false;
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
