import type { Evidence } from "./evidence.ts";
import type { Places } from "./places.ts";
import type { Reading } from "./reading.ts";

/** Places of markers that are looked at in one text; one with more is cut. */
const MOST_PLACES = 4_000;

interface Marker {
  /** What a text must hold, in lower case, to be looked at. */
  readonly literal: string;
  /** What stands there, from `back` units before the literal on. */
  readonly shape: RegExp;
  readonly back: number;
  /** How far it may reach behind the literal: 60 units. */
  readonly ahead?: number;
  /** What stands from the literal on where it is no mark. */
  readonly unless?: RegExp;
  readonly kind: string;
  readonly confidence: number;
}

const ORDER =
  "(?:ignore|disregard|forget|reveal|print|send|focus|approve|you (?:are|must|should|will)|please|next|there are|thanks|translate|repeat|do not|don't|always|never|from now|stop|new|override|provide|call|delete|execute|run|this simulation)";

/** Marks of turns and of the ends of input, which chat templates use and data does not. */
const MARKERS: readonly Marker[] = [
  {
    literal: "<|",
    back: 0,
    shape:
      /^<\|(?:im_start|im_end|endoftext|system|user|assistant|eot_id|start_header_id|end_of_turn|begin_of_text)\|>/,
    kind: "fake-turn",
    confidence: 0.9,
  },
  { literal: "[inst]", back: 4, shape: /(?:^|\n|<s>) ?\[inst\]/, kind: "fake-turn", confidence: 0.9 },
  { literal: "<<sys>>", back: 0, shape: /^<<sys>>/, kind: "fake-turn", confidence: 0.95 },
  { literal: "<start_of_turn>", back: 0, shape: /^<start_of_turn>/, kind: "fake-turn", confidence: 0.9 },
  {
    literal: "<system>",
    back: 0,
    shape: new RegExp(`^<system>\\s{0,4}(?:assistant:|user:|\\W{0,3}${ORDER})`),
    kind: "fake-turn",
    confidence: 0.85,
  },
  {
    literal: "<end of ",
    back: 0,
    shape: /^<end of (?:session|input|document|context|prompt|turn)>/,
    kind: "fake-end",
    confidence: 0.8,
  },
  {
    literal: "system:",
    back: 12,
    shape: new RegExp(`(?:^|\\n|\\\\n|[\\]{>|#]|--) ?(?:\\W{0,3})system: ?\\W?${ORDER}`),
    // A member of an object in code that calls a model: a quoted persona, a comma, and the next member or the end.
    unless: /^system: (['"`])you are (?!now\b)[^'"`\n\\]{0,200}\1,(?:\s|\\n){1,12}(?:[a-z_]\w{0,30}[:,]|\})/,
    kind: "fake-turn",
    confidence: 0.8,
  },
  {
    literal: "user:",
    back: 3,
    shape: new RegExp(`(?:^|\\n|\\\\n)\\W?user: ?${ORDER}`),
    kind: "fake-turn",
    confidence: 0.7,
  },
  {
    literal: "assistant:",
    back: 6,
    shape: new RegExp(`(?:^|\\n|\\\\n|[\\]{>|#]|--|! ?-- ?) ?assistant: ?(?:[<[]|${ORDER})`),
    kind: "fake-turn",
    confidence: 0.7,
  },
  {
    literal: "human:",
    back: 6,
    ahead: 320,
    shape:
      /(?:\n|\\n)\s{0,4}(?:\n|\\n)\s{0,4}human: ?[^\n]{2,200}?(?:\n|\\n)\s{0,4}(?:\n|\\n)\s{0,4}assistant: ?(?:sure|ok|okay|certainly|of course|yes|done|right away|i(?:'ll| will| am|'m)|calling|running|executing)\b/,
    kind: "fake-turn",
    confidence: 0.8,
  },
  {
    literal: "task complete",
    back: 12,
    // Tools say of themselves that a task is complete: alone that is no end of a turn.
    shape: new RegExp(
      `(?:answer|response|output): ?\\s{0,3}task completed?(?:d successfully)?[.!\\n]\\s{0,4}\\S|` +
        `(?:^|\\n|\\\\n)\\s{0,3}task completed?(?:d successfully)?[.!\\n]\\s{0,4}(?:now,? )?${ORDER}\\b`,
    ),
    kind: "fake-completion",
    confidence: 0.8,
  },
  {
    literal: "instruction",
    back: 60,
    shape:
      /(?:^|\n|\\n) ?(?:[-#=*>[]{2,6} ?[a-z ,]{0,40}(?:core|follow|real|actual|priority)|[-=*>[]{2,6} ?[a-z ,]{0,40}(?:system|hidden)) instructions?\b/,
    kind: "fake-section",
    confidence: 0.75,
  },
  {
    literal: "end of ",
    back: 8,
    shape:
      /(?:^|\n|\\n|[.!] )\W{0,4}end of (?:input|document|data|context|text|file|message)\W{1,6}(?:now|ignore|new (?:instructions?|tasks?|orders?|prompts?|user|system|turn)|system|please|you|do)\b/,
    kind: "fake-end",
    confidence: 0.75,
  },
  {
    literal: "override",
    back: 40,
    shape:
      /[<[{(][^<>[\]{}(\n]{0,40}\b(?:training data|system|security|developer|instruction|admin|safety|policy)(?: \w+)? override(?: mode)?\b/,
    kind: "fake-section",
    confidence: 0.75,
  },
];

/** What stands in every text (lower case) with such a mark: one of these at least. */
export const TURN_LITERALS: readonly string[] = MARKERS.map(({ literal }) => literal);

/** So short that it is looked for by itself; a text has few of its first character. */
const SHORT = "<|";

function* shortPlaces(text: string): Generator<number> {
  for (let place = text.indexOf(SHORT); place >= 0; place = text.indexOf(SHORT, place + 1)) yield place;
}

/**
 * Marks in a text (lower case) that pretend a new turn of the conversation or the end of the data.
 *
 * @param places where each literal stands in the text, but for the short one
 */
export function fakeTurns(reading: Reading, places: Places): Evidence[] {
  const { text } = reading;
  const found: Evidence[] = [];
  let tries = 0;
  for (const marker of MARKERS) {
    for (const place of marker.literal === SHORT ? shortPlaces(text) : (places.get(marker.literal) ?? [])) {
      if (++tries > MOST_PLACES) {
        reading.cut = true;
        return found;
      }
      const evidence = atPlace(text, place, marker);
      if (evidence === undefined) continue;
      found.push(evidence);
      break;
    }
  }
  return found;
}

function atPlace(
  lower: string,
  place: number,
  { literal, shape, back, ahead = 60, unless, kind, confidence }: Marker,
): Evidence | undefined {
  const start = Math.max(0, place - back);
  const match = shape.exec(lower.slice(start, place + literal.length + ahead));
  if (match === null || start + match.index + match[0].length <= place) return undefined;
  if (unless?.test(lower.slice(place, place + 300)) === true) return undefined;
  // Documentation of a chat format writes its marks as code.
  if (
    /[`'"]$/.test(lower.slice(Math.max(0, place - 1), place)) &&
    /^[`'"]/.test(lower.slice(place + literal.length, place + literal.length + 1))
  )
    return undefined;
  return {
    kind,
    tier: "T1",
    start: start + match.index,
    end: start + match.index + match[0].length,
    confidence,
    why: "The text pretends that a turn of somebody else begins, or that the data ends here.",
  };
}
