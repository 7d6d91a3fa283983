import type { PlainText } from "../finding.ts";

/** A mark in a text, in units of the original. */
export interface Mark {
  readonly id: string;
  readonly start: number;
  readonly end: number;
}

/** Marks that need no sentence: hidden text, fake turns, comments, commanding labels. */
interface Pattern {
  readonly id: string;
  /** One of these must be in the text (lower case) before the pattern is tried. */
  readonly hint: readonly string[];
  readonly pattern: RegExp;
}

const SPEAKER =
  "important|system|hidden|secret|instructions?|admin|override|assistant|critical|internal|sys|directives?|ai|llm|agent|confidential|mandatory|developer|private|prompt|priority";

// Patterns have no nested repetition; the bounded gaps keep them linear.
const PATTERNS: readonly Pattern[] = [
  { id: "fake-tag", hint: ["</"], pattern: new RegExp(`<(?:${SPEAKER})\\b[^<>\\n]{0,60}>`, "g") },
  {
    id: "fake-turn",
    hint: ["<|", "[inst", "<<sys", "[/", "|||", "###", "[system", "[admin", "[hidden", "[assistant", "[instruction"],
    pattern:
      /<\|[a-z_]{2,20}\|>|\[\/?inst\]|<<sys>>|\|\|\|[a-z_ ]{3,30}\|\|\||#{2,4} ?(?:system|instructions? (?:to|for)|assistant|hidden)\b|\[(?:system|admin|hidden|assistant|instructions?)[ \]:][^\]\n]{0,40}/g,
  },
  {
    id: "bracket-important",
    hint: ["[important", "[critical", "[mandatory"],
    pattern: /\[(?:important|critical|mandatory)\]/g,
  },
  { id: "comment", hint: ["<!--"], pattern: /<!--[^>]{12,2000}?-->/g },
];

/** `CRITICAL SYSTEM UPDATE:` — capitals that claim an office. Tried on the original case. */
const LABEL =
  /\b(?:[A-Z]{2,}[ -]){1,4}[A-Z]{3,}:|\b(?:SYSTEM|ADMIN|OVERRIDE)[ _](?:OVERRIDE|NOTE|NOTICE|UPDATE|PROMPT|MESSAGE)\b/g;
const OFFICE =
  /\b(?:SYSTEM|SECURITY|ADMIN|UPDATE|VALIDATION|OPTIMI[SZ]ATION|OVERRIDE|INTERNAL|DEV|INSTRUCTIONS?|COMPLIANCE|PROTOCOL|ASSISTANT|POLICY|MAINTENANCE|VERIFICATION|DIRECTIVE)\b/;

/** Letters on both sides, none of them of a script that needs joiners. */
const ZERO_WIDTH = /[\u200b\u2060\ufeff\u00ad\u180e]|(?<=[\u0021-\u024f])[\u200c\u200d](?=[\u0021-\u024f])/g;
const BIDI = /[\u202a-\u202e\u2066-\u2069]/g;
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f]/g;
/** Tag characters that do not belong to a flag, and variation selectors in a row. */
const TAGS = /(?:\udb40[\udc00-\udc7f]){2,}|(?:\udb40[\udd00-\uddef]){2,}|[\ufe00-\ufe0f]{3,}/g;
const FLAG = "\ud83c\udff4";

/** The marks of a text. */
export function marksOf(text: PlainText): Mark[] {
  const marks: Mark[] = [];
  if (/[^\t\n\r\u0020-\u007e]/.test(text.original)) hidden(text, marks);
  for (const { id, hint, pattern } of PATTERNS) {
    if (!hint.some((part) => text.lower.includes(part))) continue;
    for (const found of text.lower.matchAll(pattern)) {
      if (id === "fake-tag" && !text.lower.includes(`</${/[a-z]+/.exec(found[0])?.[0]}`)) continue;
      push(marks, text, id, found.index, found.index + found[0].length);
    }
  }
  for (const found of text.text.matchAll(LABEL))
    if (OFFICE.test(found[0])) push(marks, text, "office-label", found.index, found.index + found[0].length);
  return marks;
}

function push(marks: Mark[], text: PlainText, id: string, from: number, to: number): void {
  marks.push({ id, start: text.at[from] as number, end: text.at[to] as number });
}

function hidden(text: PlainText, marks: Mark[]): void {
  const { original } = text;
  const add = (id: string, found: RegExpMatchArray) =>
    marks.push({ id, start: found.index as number, end: (found.index as number) + found[0].length });
  for (const found of original.matchAll(TAGS))
    if (!original.startsWith(FLAG, (found.index as number) - 2)) add("hidden-tags", found);
  for (const found of original.matchAll(BIDI)) add("hidden-order", found);
  for (const found of original.matchAll(CONTROL)) add("hidden-control", found);
  for (const found of original.matchAll(ZERO_WIDTH)) add("hidden-zero-width", found);
  disguised(text, marks);
}

/** Words in which plain() resolved look-alikes: Latin words with letters of another script. */
function disguised(text: PlainText, marks: Mark[]): void {
  for (let i = 0; i < text.text.length; i++) {
    const was = text.original.charCodeAt(text.at[i] as number);
    const is = text.text.charCodeAt(i) | 32;
    if (is >= 97 && is <= 122 && ((was >= 0x370 && was <= 0x58f) || (was >= 0x13a0 && was <= 0x13ff)))
      marks.push({ id: "look-alike", start: text.at[i] as number, end: (text.at[i] as number) + 1 });
  }
}
