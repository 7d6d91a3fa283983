import { anchorsOf, type Found, foundAnchors } from "../anchors.ts";
import type { Finding, PlainText } from "../finding.ts";
import { plain } from "../normalise.ts";
import { BINARY_BEGINS, type Decoded, decoded, MORSE_HOLDS, squeezed } from "./decode.ts";
import { type Evidence, findingOf } from "./evidence.ts";
import { firstLetters } from "./first-letters.ts";
import type { Entry } from "./lexicon.ts";
import { ADDRESSED } from "./addressed.ts";
import { ASIDE } from "./aside.ts";
import { foreignOrders } from "./foreign/index.ts";
import { GATEWAY_LITERALS, imitations } from "./imitation.ts";
import { assembled, CALL } from "./pieces.ts";
import { type Places, placesOf } from "./places.ts";
import { ORDERS } from "./orders.ts";
import { PERSONA } from "./persona.ts";
import { Reading, skeleton } from "./reading.ts";
import { REQUESTS } from "./requests.ts";
import type { Rule, RuleOf } from "./rule.ts";
import { SPEECH } from "./speech.ts";
import { fakeTurns, TURN_LITERALS } from "./turns.ts";

/** Findings of one text; more would say nothing new. */
const MOST = 20;

const RULES: readonly RuleOf[] = [...ADDRESSED, ...ASIDE, ...ORDERS, ...PERSONA, ...REQUESTS, ...SPEECH];
const FIRST_LETTERS = RULES.map(([, , begins]) => (begins === undefined ? undefined : firstLetters(begins)));

/** The rules that look at hits of an entry, in order; undefined in place of those that find nothing that begins like it. */
const rulesOf = ({ meaning, letters }: Entry): readonly (Rule | undefined)[] =>
  RULES.flatMap(([means, rule], i) => {
    if ((meaning & means) === 0) return [];
    return [FIRST_LETTERS[i]?.has(letters.charAt(0)) === false ? undefined : rule];
  });

/** By the entries of the lexicons. */
const rules = new Map<Entry, readonly (Rule | undefined)[]>();

function rulesFor(entry: Entry): readonly (Rule | undefined)[] {
  let known = rules.get(entry);
  if (known === undefined) rules.set(entry, (known = rulesOf(entry)));
  return known;
}

/** Rules that may look at words: so many, and one for so many units. Ordinary text needs a third of it. */
const FUEL = { least: 2_000, unitsEach: 20 };

function judged(reading: Reading): Evidence[] {
  const found: Evidence[] = [];
  let fuel = FUEL.least + reading.text.length / FUEL.unitsEach;
  for (let hit = 0; hit < reading.word.length && found.length < MOST; hit++) {
    for (const rule of rulesFor(reading.entry[hit] as Entry)) {
      if (--fuel < 0) {
        reading.cut = true;
        return found;
      }
      const evidence = rule?.(reading, hit);
      if (evidence !== undefined) found.push(evidence);
    }
  }
  return found;
}

/** What is looked for in a whole text beside its words, all of it in one pass. */
export const MARKS: readonly string[] = [
  ...new Set([...TURN_LITERALS, ...GATEWAY_LITERALS, CALL, BINARY_BEGINS, ...MORSE_HOLDS]),
].filter((literal) => literal.length > 2);
const anchors = anchorsOf(MARKS);
const placesIn = (text: string, found = foundAnchors(text, anchors)): Places => placesOf(MARKS, found);

/** What a text says as it stands. */
const said = (reading: Reading, places: Places): Evidence[] => [
  ...judged(reading),
  ...foreignOrders(reading, MOST),
  ...fakeTurns(reading, places),
  ...imitations(reading, places),
  ...assembled(reading.text, places),
];

/** Forms that no text is in without a reason; base64 has many. */
const SECRETIVE = new Set(["hex", "binary", "rotation", "morse", "spelled"]);

/** What a reader works on, and what it is to say instead. */
const BIDS =
  /\b(?:instructions?|functions?|web ?page|page|documents?|resume|text|data|table|above|previous)\b[^.\n]{0,30}\band (?:then )?(?:state|say|print|output|reply|respond|answer|write|tell|send|report)\b|\b(?:what|tell|give|send|share)\b[^.\n]{0,24}\b(?:password|passphrase|secret key|credentials)\b/;

function hidden(part: Decoded): Evidence | undefined {
  const { bare } = plain(part.text);
  const text = part.leet ? skeleton(bare) : bare;
  const [first] = said(new Reading(text, part.leet), placesIn(text));
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
 *
 * @param marks where `MARKS` stand in it (without accents), where that is known
 * @param units its UTF-16 units (without accents), where they are known
 */
export function screenInjection(source: PlainText, marks?: Found, units?: Uint16Array): Screening {
  const { text, bare, at } = source;
  const reading = new Reading(bare, false, units);
  const places = placesIn(bare, marks);
  const found = said(reading, places);
  let decodable = LONGEST_DECODED;
  for (const part of decoded(text, reading, places)) {
    if (found.length >= MOST) break;
    decodable -= part.text.length;
    if (decodable < 0) {
      reading.cut = true;
      break;
    }
    const evidence = hidden(part);
    if (evidence !== undefined) found.push(evidence);
  }
  const run = squeezed(bare, reading);
  if (run !== undefined) found.push(encoded(run.start, run.end, "without its spaces"));
  return { findings: found.slice(0, MOST).map((evidence) => findingOf(evidence, at)), cut: reading.cut };
}
