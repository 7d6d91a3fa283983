import { APPROVE, ASK, CALL, META, NOT, OTHERS, OVERRIDE, REVEAL, SEND, YOU } from "./meanings.ts";
import type { Reading } from "./reading.ts";

/** How far a quotation may reach around what it holds, in units. */
const QUOTATION = 90;
/** How far the words that speak about attacks may stand from one, in words. */
const NEARBY = 14;

/** An apostrophe between two letters ends no quotation. */
const OPENING =
  /(?:^|[\s([{=:,#])(['"`\u00ab\u300c\u201c\u201e])(?:[^'"`\u00bb\u300d\u201d\n]|(?<=\p{L})'(?=\p{L}))*$/u;
const CLOSING =
  /^(?:[^'"`\u00bb\u300d\u201c\u201d\n]|(?<=\p{L})'(?=\p{L}))*(['"`\u00bb\u300d\u201c\u201d])(?:$|[^\p{L}])/u;

/** Whether the span stands inside quotation marks that open and close near it. */
function quoted({ text }: Reading, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - QUOTATION), start);
  const after = text.slice(end, end + QUOTATION);
  return OPENING.test(before) && CLOSING.test(after);
}

/** A phrase that is quoted whole in the middle of a sentence which does not tell anybody to say it. */
const WITHIN = /(?:^|[^a-z])([a-z]+) ['"`](?:[a-z]+ ){0,2}$/;
const TO_BE_SAID = /^(?:print|say|repeat|output|state|write|reply|answer|respond|with|instructions?)$/;

const within = (before: string) => {
  const word = WITHIN.exec(before)?.[1];
  return word !== undefined && !TO_BE_SAID.test(word);
};

/** `the answer explains that 'reveal …'`: the verb that was found stands outside, and a quoted order begins between. */
function quotes(reading: Reading, first: number, last: number): boolean {
  const from = reading.end[first] as number;
  const opening = /[\s(]['"`\u00ab](?=\w)/.exec(reading.text.slice(from, reading.start[last]));
  if (opening === null) return false;
  const inside = from + opening.index + 2;
  for (let hit = first + 1; hit < last; hit++) if (reading.start[hit] === inside) return reading.has(hit, ORDERING);
  return false;
}

const ORDERING = OVERRIDE | REVEAL | SEND | APPROVE | CALL;

/**
 * Whether a phrase is reported and not said: it is quoted where attacks are spoken of, as documentation, tests and
 * training material do.
 */
export function reported(reading: Reading, first: number, last: number): boolean {
  const start = reading.start[first] as number;
  const end = reading.end[last] as number;
  if (quotes(reading, first, last)) return true;
  if (!quoted(reading, start, end)) return false;
  if (within(reading.text.slice(Math.max(0, start - 24), start))) return true;
  return reading.before(first, META, NEARBY) >= 0 || reading.after(last, META, NEARBY) >= 0;
}

/** Whether the verb is said of somebody else, asked about, or forbidden, and so no order to the reader. */
export function noOrder(reading: Reading, verb: number): boolean {
  return negated(reading, verb) || ofOthers(reading, verb);
}

/** `do not`, `never`, `without` up to three words before. */
export function negated(reading: Reading, verb: number): boolean {
  const not = reading.before(verb, NOT, 3);
  return not >= 0 && !reading.apart(not, verb);
}

/** Said of somebody else: `they ignore`, `can I ignore`, `how to ignore`. */
export function ofOthers(reading: Reading, verb: number): boolean {
  if (reading.begins(verb)) return false;
  const others = reading.before(verb, OTHERS, 2);
  if (others >= 0 && !reading.apart(others, verb)) {
    // "I want you to ignore" is an order; "can I ignore" and "they ignore" are not.
    const you = reading.before(verb, YOU, 2);
    return you < others;
  }
  return infinitive(reading, verb);
}

const INFINITIVE = /(?:\b(?:to|how|will|would|may|might|that|by|does|did|not|of|or|for|the|an?) +)$/;

/** `to ignore`, `how to reveal`: an order only where the reader is told `you … to` or asked to. */
function infinitive(reading: Reading, verb: number): boolean {
  const start = reading.start[verb] as number;
  if (!INFINITIVE.test(reading.text.slice(Math.max(0, start - 12), start))) return false;
  const asked = reading.before(verb, YOU | ASK, 3);
  return asked < 0 || reading.apart(asked, verb);
}
