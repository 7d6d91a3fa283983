import type { Finding, PlainText } from "../finding.ts";
import { plain } from "../normalise.ts";
import { type Decoded, decoded, squeezed } from "./decode.ts";
import { type Evidence, findingOf } from "./evidence.ts";
import { ORDERS } from "./orders.ts";
import { PERSONA } from "./persona.ts";
import { phrases } from "./phrases.ts";
import { Reading, skeleton } from "./reading.ts";
import { REQUESTS } from "./requests.ts";
import { fakeTurns } from "./turns.ts";

/** Findings of one text; more would say nothing new. */
const MOST = 20;

const RULES = [...ORDERS, ...PERSONA, ...REQUESTS];
const ANY = RULES.reduce((all, [meaning]) => all | meaning, 0);

function judged(reading: Reading): Evidence[] {
  const found: Evidence[] = [];
  for (let hit = 0; hit < reading.word.length && found.length < MOST; hit++) {
    if (!reading.has(hit, ANY)) continue;
    for (const [meaning, rule] of RULES) {
      if (!reading.has(hit, meaning)) continue;
      const evidence = rule(reading, hit);
      if (evidence !== undefined) found.push(evidence);
    }
  }
  return found;
}

/** What a text (lower case) says as it stands. */
const said = (lower: string, reading: Reading): Evidence[] => [
  ...judged(reading),
  ...fakeTurns(lower),
  ...phrases(lower),
];

function hidden(part: Decoded): Evidence | undefined {
  const { lower } = plain(part.text);
  const text = part.leet ? skeleton(lower) : lower;
  const [first] = said(text, new Reading(text, part.leet));
  return first && encoded(part.start, part.end, part.how);
}

const encoded = (start: number, end: number, how: string): Evidence => ({
  kind: "encoded-instruction",
  tier: "T1",
  start,
  end,
  confidence: 0.9,
  why: `The text hides an instruction to its reader in another form (${how}).`,
});

/**
 * Finds instructions that are aimed at a model: T1 with an explicit marker (setting aside what it was told, fake turns,
 * freed personas, encoded orders), T2 an order without one. Quoted and reported speech, what is said of others, and what is
 * forbidden do not count. Takes time in proportion to the length.
 */
export function findInjection(source: PlainText): Finding[] {
  const { text, lower, at } = source;
  const reading = new Reading(lower);
  const found = said(lower, reading);
  for (const part of decoded(text, lower, reading)) {
    if (found.length >= MOST) break;
    const evidence = hidden(part);
    if (evidence !== undefined) found.push(evidence);
  }
  const run = squeezed(lower, reading);
  if (run !== undefined) found.push(encoded(run.start, run.end, "without its spaces"));
  return found.slice(0, MOST).map((evidence) => findingOf(evidence, at));
}
