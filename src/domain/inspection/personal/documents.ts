import type { Scan, Span } from "./span.ts";
import { type Cue, cueOf } from "./cues.ts";
import { mayBeNear, standsAlone } from "./span.ts";

/** Documents without a check that holds everywhere: only right behind their name. */
const NAMES: readonly (readonly [string, Cue, RegExp])[] = [
  ["passport", cueOf(/passport|pasaporte|passeport|reisepass|passaporto|paspoort|여권/), /^[A-Z0-9]{6,10}$/i],
  [
    "driver-license",
    cueOf(
      /driv(?:er|ing)'?s?'? licen[cs]e|driver'?s? id|führerschein|fahrerlaubnis|permis de conduire|patente|licencia de conducir/,
    ),
    /^[A-Z0-9]{6,16}$/i,
  ],
  ["bank-account", cueOf(/account (?:number|no\b|#)|bank account|kontonummer|acct/), /^\d{8,17}$/],
  ["medical-record", cueOf(/medical record|patient (?:id|number)|\bmrn\b/), /^[A-Z]{0,3}\d{6,10}$/i],
];
const NEAR = 40;
const FEWEST_DIGITS = 5;
export const SHORTEST_DOCUMENT = 6;

/** A passport, driving licence or account right behind its name. */
export function documentAt(scan: Scan, start: number, end: number): Span | undefined {
  if (end - start < SHORTEST_DOCUMENT || end - start > 17 || !NAMES.some(([, name]) => mayBeNear(scan, name)))
    return undefined;
  const before = scan.lower.slice(Math.max(0, start - NEAR), start);
  if (!/[a-z\u00a1-\uffff]{3}/.test(before)) return undefined;
  if ((scan.text.slice(start, end).match(/\d/g)?.length ?? 0) < FEWEST_DIGITS) return undefined;
  for (const [kind, name, form] of NAMES) {
    if (
      !mayBeNear(scan, name) ||
      !name.pattern.test(before) ||
      !form.test(scan.text.slice(start, end)) ||
      !standsAlone(scan.text, start, end)
    )
      continue;
    return { kind, start, end, confidence: 0.7, why: "A number right behind the name of such a document." };
  }
  return undefined;
}
