import type { Finding, PlainText, Tier } from "../finding.ts";
import { findHidden } from "../hidden/index.ts";
import { BEYOND } from "../hidden/signs.ts";
import { findSecrets, secretsAmong } from "../secrets/index.ts";
import { ANGLE, BACKSLASH, CAPITALS, COLON, kindsIn, ODD, SQUARE } from "./units.ts";

/** A mark in a text, in units of the original. */
export interface Mark {
  /** What weights are kept by. */
  readonly id: string;
  readonly kind: string;
  readonly tier: Tier;
  readonly why: string;
  readonly start: number;
  readonly end: number;
}

/** A mark that needs no sentence: a fake turn, a comment, a commanding label, program code. */
interface Pattern {
  readonly id: string;
  readonly kind: string;
  readonly why: string;
  /** One of these must be in the text (lower case) before the pattern is tried. */
  readonly hint: readonly string[];
  readonly pattern: RegExp;
}

const SPEAKER =
  "important|system|hidden|secret|instructions?|admin|override|assistant|critical|internal|sys|directives?|ai|llm|agent|confidential|mandatory|developer|private|prompt|priority";

// Patterns have no nested repetition, and bounded gaps keep them linear.
const PATTERNS: readonly Pattern[] = [
  {
    id: "fake-tag",
    kind: "fake-tag",
    why: "A tag pretends that somebody with authority speaks.",
    hint: ["</"],
    pattern: new RegExp(`<(?:${SPEAKER})\\b[^<>\\n]{0,60}>`, "g"),
  },
  {
    id: "fake-turn",
    kind: "fake-turn",
    why: "It imitates a turn or a system message of a conversation.",
    hint: ["<|", "[inst", "<<sys", "[/", "|||", "###", "[system", "[admin", "[hidden", "[assistant", "[instruction"],
    pattern:
      /<\|[a-z_]{2,20}\|>|\[\/?inst\]|<<sys>>|\|\|\|[a-z_ ]{3,30}\|\|\||#{2,4} ?(?:system|instructions? (?:to|for)|assistant|hidden)\b|\[(?:system|admin|hidden|assistant|instructions?)[ \]:][^\]\n]{0,40}/g,
  },
  {
    id: "bracket-important",
    kind: "fake-tag",
    why: "A mark in brackets demands attention.",
    hint: ["[important", "[critical", "[mandatory"],
    pattern: /\[(?:important|critical|mandatory)\]/g,
  },
  {
    id: "active-content",
    kind: "active-content",
    why: "It carries content that a viewer would run.",
    hint: ["javascript:", "<script", "data:text/html", "union select", "drop table", "/dev/tcp", "1=1"],
    pattern: /javascript:[a-z(]|<script\b|data:text\/html[;,]|union select\b|; ?drop table|\/dev\/tcp\/|' or '?1'?=/g,
  },
];

/** Who speaks of such things in order to keep them out. */
const GUARDS = /\b(?:strip|filter|remov|sanitiz|detect|block|escap|reject|scan|schemes?)/;

/** `CRITICAL SYSTEM UPDATE:` — capitals that claim an office. Tried on the original case. */
const LABEL =
  /\b(?:[A-Z]{2,12}[ -]){1,4}[A-Z]{3,14}:|\b(?:SYSTEM|ADMIN|OVERRIDE)[ _](?:OVERRIDE|NOTE|NOTICE|UPDATE|PROMPT|MESSAGE)\b/g;
/** No label is without one of these; seldom are they in others. */
const BEFORE_COLON = /[A-Z]{2}[ -][A-Z]{3,14}:/;
const OFFICES = ["SYSTEM", "ADMIN", "OVERRIDE"] as const;
const mayLabel = (text: string, holds: number): boolean =>
  ((holds & COLON) !== 0 && BEFORE_COLON.test(text)) || OFFICES.some((office) => text.includes(office));
const OFFICE =
  /\b(?:SYSTEM|SECURITY|ADMIN|UPDATE|VALIDATION|OPTIMI[SZ]ATION|OVERRIDE|INTERNAL|DEV|INSTRUCTIONS?|COMPLIANCE|PROTOCOL|ASSISTANT|POLICY|MAINTENANCE|VERIFICATION|DIRECTIVE)\b/;

/** What the other detectors of the room say of a text, as marks; what they are unsure of stays out. */
const HIDDEN: Readonly<Record<string, string>> = {
  "tag-characters": "hidden-message",
  "variation-selector": "hidden-message",
  "look-alike": "look-alike",
  "bidi-override": "hidden-order",
  "html-comment": "comment",
};
const SURE = 0.4;

function idOf({ detector, kind }: Finding): string {
  if (detector === "hidden") return HIDDEN[kind] ?? "hidden-other";
  return "secret-literal";
}

/** The hints of each pattern, with what a text must hold for them. */
const HINTS = PATTERNS.map(({ hint }) => hint.map((part) => ({ part, needs: kindsIn(part) })));

type Hints = (typeof HINTS)[number];

function isHinted(hints: Hints, lower: string, holds: number): boolean {
  for (let i = 0; i < hints.length; i++) {
    const { part, needs } = hints[i] as Hints[number];
    if ((holds & needs) === needs && lower.includes(part)) return true;
  }
  return false;
}

/** From so many of one sort on, the definition counts as cut: no more of it is looked for, since each sort counts once. */
const MOST_MARKS = 256;

/** What hides in ASCII needs one of these, or is a link. */
const HIDING = ODD | ANGLE | BACKSLASH;

/**
 * The marks of a text.
 *
 * @param holds the kinds of its units; of a text that was not cut, with all that only cutting tells
 * @param lower its units in lower case, where they are known
 */
export function marksOf(text: PlainText, holds: number, lower?: Uint16Array): Mark[] {
  const marks: Mark[] = [];
  const links = (holds & SQUARE) !== 0 && text.text.includes("](");
  if ((holds & HIDING) !== 0 || links || text.text !== text.original) add(marks, findHidden(text, MOST_MARKS));
  const units = text.units ?? ((text.signs & BEYOND) === 0 ? lower : undefined);
  const found = units === undefined ? undefined : secretsAmong(text, units);
  add(marks, findSecrets(text, found === undefined ? undefined : (found[0] ?? -1), found, MOST_MARKS));
  for (let i = 0; i < PATTERNS.length; i++) {
    if (isHinted(HINTS[i] as Hints, text.lower, holds)) search(marks, text, PATTERNS[i] as Pattern);
  }
  if ((holds & CAPITALS) !== 0 && mayLabel(text.text, holds)) labels(marks, text);
  return marks;
}

function labels(marks: Mark[], text: PlainText): void {
  const most = marks.length + MOST_MARKS;
  for (const found of text.text.matchAll(LABEL)) {
    if (OFFICE.test(found[0])) push(marks, text, OFFICE_MARK, found.index, found[0].length);
    if (marks.length >= most) return;
  }
}

/** What the other detectors found and are sure of. */
function add(marks: Mark[], findings: readonly Finding[]): void {
  for (const finding of findings) {
    const { kind, tier, why, start, end, confidence } = finding;
    if (confidence >= SURE || kind === "html-comment")
      marks.push({ id: idOf(finding), kind, tier: tier ?? "T1", why, start, end });
  }
}

function search(marks: Mark[], text: PlainText, { id, kind, why, pattern }: Pattern): void {
  if (id === "active-content" && GUARDS.test(text.lower)) return;
  const most = marks.length + MOST_MARKS;
  const closed = new Map<string, boolean>();
  for (const found of text.lower.matchAll(pattern)) {
    if (id === "fake-tag" && !isClosed(text.lower, found[0], closed)) continue;
    push(marks, text, { id, kind, tier: "T1", why }, found.index, found[0].length);
    if (marks.length >= most) return;
  }
}

/** Whether a text has the end of a tag. @param closed by name what is known already: a text may have one tag many times */
function isClosed(lower: string, tag: string, closed: Map<string, boolean>): boolean {
  const name = /[a-z]+/.exec(tag)?.[0] ?? "";
  let is = closed.get(name);
  if (is === undefined) closed.set(name, (is = lower.includes(`</${name}`)));
  return is;
}

const OFFICE_MARK = {
  id: "office-label",
  kind: "fake-office",
  tier: "T1",
  why: "A heading in capitals claims an office.",
} as const;

function push(marks: Mark[], { at }: PlainText, mark: Omit<Mark, "start" | "end">, from: number, length: number): void {
  marks.push({ ...mark, start: at[from] as number, end: at[from + length] as number });
}
