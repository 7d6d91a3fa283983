import type { Finding } from "../finding.ts";

/** A stretch of the original that a person would not see, or would see as something else. It can still grow. */
export interface Span extends Finding {
  end: number;
}

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

/**
 * A span.
 *
 * @param start in UTF-16 units of the original
 * @param end exclusive
 * @param confidence 0 to 1; from `SURE` on it is shown or removed by default
 */
export function spanOf(kind: string, start: number, end: number, confidence: number): Span {
  return { detector: "hidden", kind, start, end, confidence, why: WHY[kind] as string };
}

/** What is at least so sure is changed; below it, a finding alone is made. */
export const SURE = 0.5;
