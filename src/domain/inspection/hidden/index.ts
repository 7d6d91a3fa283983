import type { Finding, PlainText } from "../finding.ts";
import { disguised, invisible } from "./characters.ts";
import { escapes, spelled } from "./escapes.ts";
import { markup } from "./markup.ts";
import { type Treatment, treated } from "./show.ts";
import { ALIKE, ESCAPES, HALF, HIDES } from "./signs.ts";
import type { Span } from "./span.ts";

export type { Treatment } from "./show.ts";

const WHY: Readonly<Record<string, string>> = {
  "tag-characters": "Tag characters show nothing and can spell a message.",
  "variation-selector": "A variation selector stands where it selects nothing; rows of them carry data.",
  "zero-width": "A character without width stands where no script needs it.",
  "bidi-override": "An override of direction makes a text read differently from what it is.",
  "bidi-control": "A control of direction stands where nothing is written from right to left.",
  "blank-letter": "A letter that shows nothing.",
  "control-character": "A control character that no text needs.",
  "ansi-sequence": "A terminal sequence can hide, overwrite or restyle what a person sees.",
  "osc-sequence": "A terminal command can set titles, links or the clipboard.",
  "ansi-spelled": "A terminal sequence is spelled out; a program may turn it into one.",
  "look-alike": "A word mixes Latin letters with look-alikes from another script.",
  "html-comment": "A comment is not seen where the text is rendered.",
  "css-hidden": "The style of this element makes its text invisible.",
  "exfil-image": "The address of an image carries data: who shows it sends them.",
  "exfil-link": "The address of a link carries data.",
  "link-mismatch": "The text of a link names another site than the link leads to.",
};

/** Spans of hidden text in order, without those inside another. */
function spansOf({ original, text, signs }: PlainText): Span[] {
  const spans = (signs & (HIDES | HALF)) === 0 ? [] : invisible(original);
  if ((signs & ESCAPES) !== 0) for (const span of escapes(original)) spans.push(span);
  if (original.includes("\\")) for (const span of spelled(original)) spans.push(span);
  for (const span of markup(original)) spans.push(span);
  // What is plain as it stands holds no look-alikes.
  if ((signs & ALIKE) !== 0 && text !== original) for (const span of disguised(original)) spans.push(span);
  if (spans.length < 2) return spans;
  spans.sort((one, other) => one.start - other.start || other.end - one.end);
  return spans;
}

/**
 * Finds text that a person would not see, or would see as something else: tag and zero-width characters, controls of
 * direction, variation selectors, look-alikes in mixed words, terminal sequences, comments, invisible elements, images and
 * links that carry data or lead elsewhere. What scripts and emoji need (joiners, marks of direction) is no finding.
 */
export function findHidden(source: PlainText): Finding[] {
  return spansOf(source).map(
    ({ kind, start, end, confidence }): Finding => ({
      detector: "hidden",
      kind,
      start,
      end,
      confidence,
      why: WHY[kind] as string,
    }),
  );
}

/** One change of a text: what stands for a stretch of the original. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What showing or removing the findings of `findHidden` changes. */
export function changesOf(original: string, findings: readonly Finding[], treatment: Treatment): Change[] {
  const changes: Change[] = [];
  let last = { start: 0, end: 0 };
  for (const finding of findings) {
    // What stands inside of what is changed goes with it.
    if (finding.detector !== "hidden" || (finding.start >= last.start && finding.end <= last.end)) continue;
    const run = original.slice(finding.start, finding.end);
    const text = treated(finding, run, treatment);
    if (text === run) continue;
    changes.push({ start: finding.start, end: finding.end, text });
    last = finding;
  }
  return changes;
}
