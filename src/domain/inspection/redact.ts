import type { Finding } from "./finding.ts";
import { inOrder } from "./in-order.ts";
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
  const changes = changesOf(original, findings, treatment);
  for (const finding of findings) {
    const said = masked(finding);
    if (said === false) continue;
    changes.push({ start: finding.start, end: finding.end, text: said === true ? maskOf(finding) : said, mask: true });
  }
  if (changes.length === 0) return original;
  return applied(original, inOrder(changes, byPlace));
}

const byPlace = (one: Change, other: Change): number => one.start - other.start || other.end - one.end;

/** Changes that overlap become one: a mask says what stands there, and covers all of them. */
function applied(original: string, changes: readonly Change[]): string {
  let said = "";
  let past = 0;
  for (let i = 0; i < changes.length; ) {
    let one = changes[i] as Change;
    const { start } = one;
    let end = one.end;
    let next = i + 1;
    for (; next < changes.length && (changes[next] as Change).start < end; next++) {
      const other = changes[next] as Change;
      end = Math.max(end, other.end);
      if (other.mask && !one.mask) one = other;
    }
    if (start > past) said += original.slice(past, start);
    said += one.text;
    past = end;
    i = next;
  }
  return past < original.length ? said + original.slice(past) : said;
}
