import type { DefinitionVerdict } from "../domain/inspection/definition/index.ts";
import type { Finding } from "../domain/inspection/finding.ts";
import type { Inspection } from "../domain/inspection/inspect.ts";
import { visible } from "../domain/pins/index.ts";

/** Findings of one text that are printed; the others are counted. */
const MOST = 50;
/** Units of a finding that are quoted. */
const QUOTED = 80;

const COLOURS: Readonly<Record<string, number>> = { pass: 32, mark: 33, flag: 33, quarantine: 31, block: 31 };
const painted = (text: string, colour: number | undefined, on: boolean) =>
  on && colour !== undefined ? `\u001b[${colour}m${text}\u001b[0m` : text;

const count = (n: number) => `${n} ${n === 1 ? "finding" : "findings"}`;

/** Places of a text as line and column, both from 1, asked for in order. */
function placesIn(text: string): (offset: number) => string {
  let line = 1;
  let from = 0;
  return (offset) => {
    for (let end = text.indexOf("\n", from); end >= 0 && end < offset; end = text.indexOf("\n", from)) {
      line++;
      from = end + 1;
    }
    return `${line}:${offset - from + 1}`;
  };
}

/** What was found, quoted where it is no secret and nobody's data, with what is invisible shown. */
function quotation(text: string, finding: Finding, findings: readonly Finding[]): string | undefined {
  const end = Math.min(finding.end, finding.start + QUOTED);
  const isPrivate = ({ detector }: Finding) => detector === "secret" || detector === "personal";
  if (findings.some((one) => isPrivate(one) && one.start < end && one.end > finding.start)) return undefined;
  return `${visible(text.slice(finding.start, end).replace(/\s+/g, " "))}${end < finding.end ? " …" : ""}`;
}

/** The report of one text for a person, with its line end. */
export function textReport(name: string, text: string, inspection: Inspection, colour: boolean): string {
  const { verdict, findings, cut } = inspection;
  const place = placesIn(text);
  const lines = [`${visible(name)}: ${painted(verdict, COLOURS[verdict], colour)}, ${count(findings.length)}`];
  if (cut) lines.push("  The text is longer than what is read: its end was not inspected.");
  for (const finding of findings.slice(0, MOST)) {
    const { detector, kind, tier, why, start } = finding;
    lines.push(
      `  ${place(start).padEnd(8)} ${[detector, kind, ...(tier === undefined ? [] : [tier])].join(" ")}: ${why}`,
    );
    const quoted = quotation(text, finding, findings);
    if (quoted !== undefined) lines.push(`           ${painted(quoted, 2, colour)}`);
  }
  if (findings.length > MOST) lines.push(`  and ${count(findings.length - MOST)} more; --json lists all`);
  return `${lines.join("\n")}\n`;
}

/** The report of one definition for a person, with its line end. */
export function definitionReport(name: string, { verdict, findings }: DefinitionVerdict, colour: boolean): string {
  const lines = [`${visible(name)}: ${painted(verdict, COLOURS[verdict], colour)}, ${count(findings.length)}`];
  for (const { kind, tier, field, start, end, why } of findings.slice(0, MOST))
    lines.push(`  ${visible(field) || "/"} ${start}-${end} ${kind} ${tier}: ${why}`);
  return `${lines.join("\n")}\n`;
}
