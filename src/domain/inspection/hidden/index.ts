import type { Finding, PlainText } from "../finding.ts";
import { disguised, invisible } from "./characters.ts";
import { escapes, spelled } from "./escapes.ts";
import { markup } from "./markup.ts";
import { type Treatment, treated } from "./show.ts";
import { ALIKE, ESCAPES, HALF, HIDES } from "./signs.ts";
import { inOrder } from "../in-order.ts";
import type { Span } from "./span.ts";

export type { Treatment } from "./show.ts";

/** Spans of hidden text in order, without those inside another. */
function spansOf({ original, text, signs }: PlainText, most: number): Span[] {
  let spans = (signs & (HIDES | HALF)) === 0 ? [] : invisible(original, most);
  if ((signs & ESCAPES) !== 0) spans = woven(spans, escapes(original, most));
  if (original.includes("\\")) for (const span of spelled(original)) spans.push(span);
  for (const span of markup(original)) spans.push(span);
  // What is plain as it stands holds no look-alikes.
  if ((signs & ALIKE) !== 0 && text !== original) for (const span of disguised(original)) spans.push(span);
  if (spans.length < 2) return spans;
  return inOrder(spans, byPlace);
}

const byPlace = (one: Span, other: Span): number => one.start - other.start || other.end - one.end;

/** Two lists in order as one. */
function woven(some: Span[], others: Span[]): Span[] {
  if (some.length === 0) return others;
  const spans: Span[] = [];
  let next = 0;
  for (const span of some) {
    for (; next < others.length && byPlace(others[next] as Span, span) < 0; next++) spans.push(others[next] as Span);
    spans.push(span);
  }
  for (; next < others.length; next++) spans.push(others[next] as Span);
  return spans;
}

/**
 * Finds text that a person would not see, or would see as something else: tag and zero-width characters, controls of
 * direction, variation selectors, look-alikes in mixed words, terminal sequences, comments, invisible elements, images and
 * links that carry data or lead elsewhere. What scripts and emoji need (joiners, marks of direction) is no finding.
 *
 * @param most from so many on, no more invisible characters are looked for, nor terminal sequences; all by default
 */
export function findHidden(source: PlainText, most = Number.POSITIVE_INFINITY): Finding[] {
  return spansOf(source, most);
}

/** One change of a text: what stands for a stretch of the original. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** It stands for a secret or for personal data. */
  readonly mask: boolean;
}

/** Terminal sequences so short come again and again; so many are kept while one text is gone through. */
const LONGEST_KNOWN = 16;
const MOST_KNOWN = 256;

/** What showing or removing the findings of `findHidden` changes. */
export function changesOf(original: string, findings: readonly Finding[], treatment: Treatment): Change[] {
  const changes: Change[] = [];
  const sequences = new Map<string, string>();
  let last = { start: 0, end: 0 };
  for (const finding of findings) {
    // What stands inside of what is changed goes with it.
    if (finding.detector !== "hidden" || (finding.start >= last.start && finding.end <= last.end)) continue;
    const run = original.slice(finding.start, finding.end);
    const known = finding.kind.endsWith("-sequence") && run.length <= LONGEST_KNOWN ? run : undefined;
    let text = known === undefined ? undefined : sequences.get(known);
    if (text === undefined) {
      text = treated(finding, run, treatment);
      if (known !== undefined && sequences.size < MOST_KNOWN) sequences.set(known, text);
    }
    if (text === run) continue;
    changes.push({ start: finding.start, end: finding.end, text, mask: false });
    last = finding;
  }
  return changes;
}
