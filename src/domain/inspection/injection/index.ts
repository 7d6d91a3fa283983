import { Buffer } from "node:buffer";
import type { Finding, PlainText } from "../finding.ts";
import { plain } from "../normalise.ts";
import { type Decoded, decoded, squeezed } from "./decode.ts";
import { type Evidence, findingOf } from "./evidence.ts";
import { baseOf } from "./lexicon.ts";
import { ADDRESSED } from "./addressed.ts";
import { ASIDE } from "./aside.ts";
import { foreignOrders } from "./foreign/index.ts";
import { imitations } from "./imitation.ts";
import { assembled } from "./pieces.ts";
import { ORDERS } from "./orders.ts";
import { PERSONA } from "./persona.ts";
import { Reading, skeleton } from "./reading.ts";
import { REQUESTS } from "./requests.ts";
import { SPEECH } from "./speech.ts";
import { fakeTurns } from "./turns.ts";

/** Findings of one text; more would say nothing new. */
const MOST = 20;

const RULES = [...ADDRESSED, ...ASIDE, ...ORDERS, ...PERSONA, ...REQUESTS, ...SPEECH];
const ANY = RULES.reduce((all, [meaning]) => all | meaning, 0);

/** Rules that may look at words: so many, and one for so many units. Ordinary text needs a third of it. */
const FUEL = { least: 2_000, unitsEach: 20 };

function judged(reading: Reading): Evidence[] {
  const found: Evidence[] = [];
  let fuel = FUEL.least + reading.text.length / FUEL.unitsEach;
  for (let hit = 0; hit < reading.word.length && found.length < MOST; hit++) {
    if (!reading.has(hit, ANY)) continue;
    for (const [meaning, rule] of RULES) {
      if (!reading.has(hit, meaning)) continue;
      if (--fuel < 0) {
        reading.cut = true;
        return found;
      }
      const evidence = rule(reading, hit);
      if (evidence !== undefined) found.push(evidence);
    }
  }
  return found;
}

/** What a text says as it stands. */
const said = (reading: Reading): Evidence[] => [
  ...judged(reading),
  ...foreignOrders(reading, MOST),
  ...fakeTurns(reading),
  ...imitations(reading),
  ...assembled(reading.text),
];

const ACCENTED = /[\u00c0-\u024f\u1e00-\u1eff]/;

/** Latin letters without their accents, unit for unit. */
function withoutAccents(lower: string): string {
  if (!ACCENTED.test(lower)) return lower;
  const units = new Uint16Array(lower.length);
  for (let i = 0; i < lower.length; i++) units[i] = baseOf(lower.charCodeAt(i));
  return Buffer.from(units.buffer).toString("utf16le");
}

/** Forms that no text is in without a reason; base64 has many. */
const SECRETIVE = new Set(["hex", "binary", "rotation", "morse", "spelled"]);

/** What a reader works on, and what it is to say instead. */
const BIDS =
  /\b(?:instructions?|functions?|web ?page|page|documents?|resume|text|data|table|above|previous)\b[^.\n]{0,30}\band (?:then )?(?:state|say|print|output|reply|respond|answer|write|tell|send|report)\b|\b(?:what|tell|give|send|share)\b[^.\n]{0,24}\b(?:password|passphrase|secret key|credentials)\b/;

function hidden(part: Decoded): Evidence | undefined {
  const lower = withoutAccents(plain(part.text).lower);
  const text = part.leet ? skeleton(lower) : lower;
  const [first] = said(new Reading(text, part.leet));
  const hides = first !== undefined || (SECRETIVE.has(part.how) && BIDS.test(text));
  return hides ? encoded(part.start, part.end, part.how) : undefined;
}

const encoded = (start: number, end: number, how: string): Evidence => ({
  kind: "encoded-instruction",
  tier: "T1",
  start,
  end,
  confidence: 0.9,
  why: `The text hides an instruction to its reader in another form (${how}).`,
});

/** Units that are read of everything that was decoded. */
const LONGEST_DECODED = 32_768;

/** What was found, and whether the text held more than was looked at. */
export interface Screening {
  readonly findings: Finding[];
  readonly cut: boolean;
}

/**
 * Finds instructions that are aimed at a model: T1 with an explicit marker (setting aside what it was told, fake turns,
 * freed personas, encoded orders), T2 an order without one. Quoted and reported speech, what is said of others, and what is
 * forbidden do not count. Takes time in proportion to the length; a text that would take more is cut.
 */
export function screenInjection(source: PlainText): Screening {
  const { text, at } = source;
  const lower = withoutAccents(source.lower);
  const reading = new Reading(lower);
  const found = said(reading);
  let decodable = LONGEST_DECODED;
  for (const part of decoded(text, reading)) {
    if (found.length >= MOST) break;
    decodable -= part.text.length;
    if (decodable < 0) {
      reading.cut = true;
      break;
    }
    const evidence = hidden(part);
    if (evidence !== undefined) found.push(evidence);
  }
  const run = squeezed(lower, reading);
  if (run !== undefined) found.push(encoded(run.start, run.end, "without its spaces"));
  return { findings: found.slice(0, MOST).map((evidence) => findingOf(evidence, at)), cut: reading.cut };
}
