import type { Finding } from "./finding.ts";
import { type Change, changesOf, type Treatment } from "./hidden/index.ts";

/** Whether a finding is masked by default: secrets and card numbers. */
export const maskedByDefault = ({ detector, kind }: Finding): boolean =>
  detector === "secret" || (detector === "personal" && kind === "credit-card");

/** What stands in the place of a secret or of personal data. */
const maskOf = ({ kind }: Finding) => `\u27e6${kind}\u27e7`;

/**
 * The text with secrets and card numbers masked and hidden text treated.
 *
 * @param masked which findings are masked; a text stands in their place
 */
export function redact(
  original: string,
  findings: readonly Finding[],
  treatment: Treatment,
  masked: (finding: Finding) => boolean | string,
): string {
  const changes: Marked[] = [];
  for (const finding of findings) {
    const said = masked(finding);
    if (said === false) continue;
    changes.push({ start: finding.start, end: finding.end, text: said === true ? maskOf(finding) : said, mask: true });
  }
  for (const { start, end, text } of changesOf(original, findings, treatment))
    changes.push({ start, end, text, mask: false });
  if (changes.length === 0) return original;
  changes.sort((one, other) => one.start - other.start || other.end - one.end);
  return applied(original, changes);
}

interface Marked extends Change {
  readonly mask: boolean;
}

/** Changes that overlap become one: a mask says what stands there, and covers all of them. */
function applied(original: string, changes: readonly Marked[]): string {
  const parts: string[] = [];
  let past = 0;
  for (let i = 0; i < changes.length; ) {
    let one = changes[i] as Marked;
    let end = one.end;
    let next = i + 1;
    for (; next < changes.length && (changes[next] as Marked).start < end; next++) {
      const other = changes[next] as Marked;
      end = Math.max(end, other.end);
      if (other.mask && !one.mask) one = other;
    }
    parts.push(original.slice(past, (changes[i] as Marked).start), one.text);
    past = end;
    i = next;
  }
  parts.push(original.slice(past));
  return parts.join("");
}
