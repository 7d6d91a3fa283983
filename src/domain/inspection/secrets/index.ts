import { anchorsOf, type Found, firstAnchor, foundAnchors } from "../anchors.ts";
import type { Finding, PlainText } from "../finding.ts";
import { eachCandidate, tableOf } from "../candidates.ts";
import { BEYOND } from "../hidden/signs.ts";
import { inOrder } from "../in-order.ts";
import { assignmentAt } from "./assignments.ts";
import { type BlockMarks, noMarks, privateKeyAt, puttyKeyAt, walletKeyAt } from "./blocks.ts";
import { FORMATS } from "./formats.ts";
import { FOREIGN, KEYWORDS } from "./keywords.ts";
import { isRepetitive } from "./placeholders.ts";
import { CLOUD } from "./providers-cloud.ts";
import { CODE } from "./providers-code.ts";
import { SERVICES } from "./providers-services.ts";
import type { Rule } from "./rule.ts";
import type { Reading } from "./values.ts";
import {
  basicCredentials,
  COMMAND_BEGINS,
  noFlags,
  passwordInConnection,
  passwordInUrl,
  passwordOfCommand,
  type NextFlag,
  type NextUser,
  passwordOfCurl,
  sharedAccessSignature,
  type Span,
} from "./urls.ts";

/** Every published format, in the order in which they are tried. */
export const RULES: readonly Rule[] = [...CODE, ...CLOUD, ...SERVICES, ...FORMATS];

/** The kind of what was not read since so much was found before. */
export const TOO_MANY = "too-many-secrets";
/** From this many on, the rest of the text counts as secret: nobody reads such a text, and it is not worth the time. */
const MOST_FINDINGS = 20_000;

/** A span in the plain text. */
interface Hit {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  readonly confidence: number;
  readonly why: string;
}

type Reader = (scan: Scan, start: number, literal: string) => number;

/** @property begins the literal is where the secret begins */
const readers: { readonly literal: string; readonly read: Reader; readonly begins?: boolean }[] = [
  ...RULES.flatMap((rule) =>
    rule.literals.map((literal) => ({ literal, read: readerOf(rule), begins: rule.back === undefined })),
  ),
  ...Array.from(KEYWORDS.keys())
    .filter((literal) => !FOREIGN.includes(literal))
    .map((literal) => ({ literal, read: readAssignment })),
  {
    literal: "-----begin",
    read: spanReader("private-key", "A private key in PEM.", (text, at, { marks }) => privateKeyAt(text, at, marks)),
  },
  {
    literal: "putty-user-key-file-",
    read: spanReader("private-key", "A private key of PuTTY.", (text, at, { marks }) => puttyKeyAt(text, at, marks)),
  },
  {
    literal: "://",
    read: spanReader("url-password", "A password in an address.", (text, at) => passwordInUrl(text, at + 3)),
  },
  {
    literal: "curl",
    read: commandReader((text, at, { nextUser }) => passwordOfCurl(text, at, nextUser)),
  },
  ...COMMAND_BEGINS.map(([literal, which]) => ({
    literal,
    read: commandReader((text, at, { nextFlag }) => passwordOfCommand(text, at, which, nextFlag)),
  })),
  ...[";password", ";pwd"].map((literal) => ({
    literal,
    read: spanReader("connection-password", "A password in a connection string.", (text, at) =>
      passwordInConnection(text, at, literal.length),
    ),
  })),
  ...Array.from("0123456789abcdef", (digit) => ({
    literal: `0x${digit}`,
    read: spanReader("wallet-key", "A private key of a wallet.", walletKeyAt),
  })),
  { literal: "sig=", read: spanReader("azure-sas", "A signature of shared access.", sharedAccessSignature) },
  { literal: "basic ", read: spanReader("basic-credentials", "HTTP Basic credentials.", basicCredentials) },
];
/** What stands in every text in ASCII that holds a secret, in lower case. */
export const LITERALS: readonly string[] = readers.map(({ literal }) => literal);
const within = new Set(readers.flatMap(({ literal, begins }) => (begins === true ? [] : [literal])));
/** Those that say nothing but where `beginsToken` holds: a token of Discord's begins with `OTE`, and `note` holds none. */
export const BEGINNINGS: readonly string[] = LITERALS.filter((literal) => !within.has(literal));
const anchors = anchorsOf(LITERALS);
const table = tableOf(anchors);

/** None of them can stand in a text of Latin letters, which is known without reading it. */
const FOREIGN_NAME = new RegExp(FOREIGN.join("|"), "g");

/** One pass over one text. */
interface Scan {
  readonly text: string;
  /** From so many on, the rest is not read. */
  readonly most: number;
  readonly exact: Hit[];
  readonly likely: Hit[];
  /** Up to where the last value behind a keyword was read: it is read once, whatever else it holds. */
  read: number;
  readonly reading: Reading;
  readonly nextUser: NextUser;
  readonly nextFlag: NextFlag;
  readonly marks: BlockMarks;
  /** By rule with long patterns: how often it failed in the present run of characters, and where that ends. */
  failures: Map<Rule, { count: number; end: number }> | undefined;
}

const isAlphanumeric = (unit: number) =>
  (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);

const isSlash = (text: string, at: number): boolean => at >= 0 && text.charCodeAt(at) === 92;

/** What stands for one character in an address, in a mail, in a string of a program: its letters and digits are no word. */
const ESCAPED = /(?:[%=][0-9a-f]{2}|\\(?:[nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}))$/i;

/** The beginning of a token: no letter or digit before it, but for those of an escape. */
export function beginsToken(text: string, start: number): boolean {
  if (start === 0 || !isAlphanumeric(text.charCodeAt(start - 1))) return true;
  const third = start < 3 ? 0 : text.charCodeAt(start - 3);
  const mayEscape =
    third === 37 || third === 61 || isSlash(text, start - 2) || isSlash(text, start - 4) || isSlash(text, start - 6);
  return mayEscape && ESCAPED.test(text.slice(Math.max(0, start - 6), start));
}

const MARKS = new Uint8Array(128);
for (let unit = 0; unit < 128; unit++) MARKS[unit] = /[\w+/=~.-]/.test(String.fromCharCode(unit)) ? 1 : 0;
const isMark = (unit: number) => unit < 128 && MARKS[unit] === 1;

/** A token with its literal in the middle may begin behind so many marks before it. */
const MOST_STARTS = 12;

/** Where a token that has the literal in its middle begins at the earliest; less than 0 where it cannot. */
function beginning(text: string, literal: number, most: number, exact: boolean): number {
  if (exact) return literal - most;
  let start = literal;
  while (start > 0 && literal - start < most && isMark(text.charCodeAt(start - 1))) start--;
  return start;
}

function readerOf(rule: Rule): Reader {
  const why = `A secret in the format of ${rule.owner}.`;
  const long = /,\d{3,}\}/.test(rule.pattern.source);
  return (scan, at) => {
    const { text } = scan;
    if (long && isHopeless(scan, rule, at)) return 0;
    const first = rule.back === undefined ? at : beginning(text, at, rule.back, rule.exact === true);
    if (first < 0) return 0;
    const last = rule.exact === true ? first : at;
    let tries = 0;
    for (let start = first; start <= last && tries < MOST_STARTS; start++) {
      if (start > first && !beginsToken(text, start)) continue;
      tries++;
      const end = matchEnd(rule, text, start);
      if (end < 0) continue;
      const confidence = confidenceOf(rule, text.slice(start, end));
      if (confidence === 0) break;
      scan.exact.push({ start, end, kind: rule.kind, confidence, why });
      return end;
    }
    if (long) countFailure(scan, rule, at);
    return 0;
  };
}

/** A pattern that runs far is tried so often in one run of characters, or the time would grow with its square. */
const MOST_TRIES = 6;

function isHopeless(scan: Scan, rule: Rule, at: number): boolean {
  const failure = scan.failures?.get(rule);
  return failure !== undefined && at < failure.end && failure.count >= MOST_TRIES;
}

function countFailure(scan: Scan, rule: Rule, at: number): void {
  const failure = scan.failures?.get(rule);
  if (failure !== undefined && at < failure.end) failure.count++;
  else {
    let end = at;
    while (end < scan.text.length && isMark(scan.text.charCodeAt(end))) end++;
    (scan.failures ??= new Map()).set(rule, { count: 1, end });
  }
}

function matchEnd(rule: Rule, text: string, start: number): number {
  if (!beginsToken(text, start)) return -1;
  rule.pattern.lastIndex = start;
  if (!rule.pattern.test(text)) return -1;
  const end = rule.pattern.lastIndex;
  return !rule.open && isAlphanumeric(text.charCodeAt(end)) ? -1 : end;
}

function confidenceOf(rule: Rule, token: string): number {
  const tail = token.slice(-12);
  if (isRepetitive(tail) || /example|xxxx|your[_-]/i.test(token)) return 0;
  return rule.check?.(token) ?? 0.95;
}

function readAssignment(scan: Scan, start: number, keyword: string): number {
  if (start < scan.read) return 0;
  const { found, upTo } = assignmentAt(scan.text, start, keyword, scan.reading);
  if (found === undefined) return 0;
  scan.read = Math.max(scan.read, upTo);
  const kind = found.password ? "password" : "credential";
  const why = found.password ? "A password behind its name." : "A random value behind a name that calls it secret.";
  scan.likely.push({ start: found.start, end: found.end, kind, confidence: found.confidence, why });
  return 0;
}

function commandReader(at: SpanAt): Reader {
  return spanReader("command-password", "A password on a command line.", at);
}

type SpanAt = (text: string, start: number, scan: Scan) => Span | undefined;

function spanReader(kind: string, why: string, at: SpanAt): Reader {
  return (scan, start) => {
    const span = at(scan.text, start, scan);
    if (span === undefined) return 0;
    scan.exact.push({ ...span, kind, why });
    return span.end;
  };
}

/** Formats win over values behind keywords, and what comes first over what it overlaps. */
function merged({ exact, likely }: Scan): Hit[] {
  const formats = new Set(likely.length > 0 ? exact : []);
  const rank = (hit: Hit): number => (formats.has(hit) ? 0 : 1);
  const all = inOrder([...exact, ...likely], (a, b) => a.start - b.start || rank(a) - rank(b));
  const kept: Hit[] = [];
  for (const hit of all) {
    const last = kept.at(-1);
    if (last === undefined || hit.start >= last.end) kept.push(hit);
    else if (formats.has(hit) && !formats.has(last)) {
      const whole = { ...hit, start: last.start, end: Math.max(hit.end, last.end) };
      formats.add(whole);
      kept[kept.length - 1] = whole;
    }
  }
  return kept;
}

/**
 * Finds secrets in a text: tokens in a published format, private keys, passwords in addresses and on command lines, and
 * random-looking values behind names such as `password` or `api_key` (S1). One pass, in time proportional to the
 * length. Findings come in the order of the text and do not overlap.
 *
 * @param plain the text, made plain
 * @param first where the first of `LITERALS` stands, where that is known; -1: none does
 * @param found where all of them stand, where that is known
 * @param most from so many on, the rest of the text counts as one
 * @returns offsets in UTF-16 units of the original
 */
export function findSecrets(
  plain: PlainText,
  first = firstAnchor(plain.lower, anchors),
  found = first < 0 ? [] : foundAnchors(plain.lower, anchors, first),
  most = MOST_FINDINGS,
): Finding[] {
  const foreign = (plain.signs & BEYOND) === 0 ? -1 : plain.lower.search(FOREIGN_NAME);
  if (found.length === 0 && foreign < 0) return [];
  const scan = scanOf(plain.text, most);
  const full = readAll(scan, found);
  if (foreign >= 0 && full < 0) scan.likely.push(...foreignPasswords(plain, foreign, most));
  if (scan.exact.length === 0 && scan.likely.length === 0) return [];
  const hits = merged(scan);
  if (full >= 0) hits.push(restOf(plain, most, Math.max(full, hits.at(-1)?.end ?? 0)));
  return hits.filter(({ start, end }) => end > start).map((hit) => findingOf(plain, hit));
}

/** Where `LITERALS` stand in a text. @param units of it in lower case without accents, and more of another */
export function secretsAmong({ lower, bare }: PlainText, units: Uint16Array): Found {
  const found: number[] = [];
  const same = lower === bare;
  eachCandidate(units, lower.length, table, (start, literal) => {
    if ((same && table.ascii[literal] === 1) || lower.startsWith(LITERALS[literal] as string, start))
      found.push(start, literal);
  });
  return found;
}

/** Reads what stands at each literal; the place from which on nothing was read, -1 where all was. */
function readAll(scan: Scan, found: Found): number {
  let past = 0;
  let next = 0;
  for (let i = 0; i < found.length; i += 2) {
    const start = found[i] as number;
    // Of literals at one place all are read; those inside of what was read are none.
    if (i > 0 && start !== found[i - 2]) past = Math.max(past, next);
    if (start < past) continue;
    const { literal, read } = readers[found[i + 1] as number] as (typeof readers)[number];
    next = Math.max(next, read(scan, start, literal));
    if (scan.exact.length + scan.likely.length >= scan.most) return Math.max(start + literal.length, next);
  }
  return -1;
}

const scanOf = (text: string, most: number): Scan => ({
  text,
  most,
  exact: [],
  likely: [],
  read: 0,
  nextUser: { from: 0, at: -1, refused: false },
  nextFlag: noFlags(),
  marks: noMarks(),
  reading: { refused: -1, runStart: 0, runEnd: 0, nameStart: 0, nameEnd: -1, lastEquals: -1000, nextEquals: -1 },
  failures: undefined,
});

function foreignPasswords({ text, lower }: PlainText, from: number, most: number): readonly Hit[] {
  const scan = scanOf(text, most);
  FOREIGN_NAME.lastIndex = from;
  for (let name = FOREIGN_NAME.exec(lower); name !== null; name = FOREIGN_NAME.exec(lower)) {
    readAssignment(scan, name.index, name[0]);
    if (scan.likely.length >= most) break;
  }
  FOREIGN_NAME.lastIndex = 0;
  return scan.likely;
}

function restOf(plain: PlainText, most: number, start: number): Hit {
  const why = `The text holds ${most} secrets or more; the rest of it counts as one.`;
  return { start, end: plain.text.length, kind: TOO_MANY, confidence: 0.5, why };
}

function findingOf(plain: PlainText, hit: Hit): Finding {
  const start = plain.at[hit.start] as number;
  const end = (plain.at[hit.end - 1] as number) + 1;
  return {
    detector: "secret",
    kind: hit.kind,
    start,
    end: Math.max(end, start + 1),
    confidence: hit.confidence,
    why: hit.why,
  };
}
