import type { Scan, Span } from "./span.ts";
import { cueOf } from "./cues.ts";
import { isPresent, standsAlone } from "./span.ts";

/** Documents without a check that holds everywhere: only right behind their name. */
const NAMES: readonly (readonly [string, RegExp, RegExp])[] = [
  ["passport", /passport|pasaporte|passeport|reisepass|passaporto|paspoort|여권/, /^[A-Z0-9]{6,10}$/i],
  [
    "driver-license",
    /driv(?:er|ing)'?s?'? licen[cs]e|driver'?s? id|führerschein|fahrerlaubnis|permis de conduire|patente|licencia de conducir/,
    /^[A-Z0-9]{6,16}$/i,
  ],
  ["bank-account", /account (?:number|no\b|#)|bank account|kontonummer|acct/, /^\d{8,17}$/],
  ["medical-record", /medical record|patient (?:id|number)|\bmrn\b/, /^[A-Z]{0,3}\d{6,10}$/i],
];
for (const { 1: name } of NAMES) cueOf(name);
const NEAR = 40;
const FEWEST_DIGITS = 5;

/** A passport, driving licence or account right behind its name. */
export function documentAt(scan: Scan, start: number, end: number): Span | undefined {
  if (end - start < 6 || end - start > 17) return undefined;
  const before = scan.lower.slice(Math.max(0, start - NEAR), start);
  if (!/[a-z\u00a1-\uffff]{3}/.test(before)) return undefined;
  if ((scan.text.slice(start, end).match(/\d/g)?.length ?? 0) < FEWEST_DIGITS) return undefined;
  for (const [kind, name, form] of NAMES) {
    if (
      !isPresent(scan, name) ||
      !name.test(before) ||
      !form.test(scan.text.slice(start, end)) ||
      !standsAlone(scan.text, start, end)
    )
      continue;
    return { kind, start, end, confidence: 0.7, why: "A number right behind the name of such a document." };
  }
  return undefined;
}
