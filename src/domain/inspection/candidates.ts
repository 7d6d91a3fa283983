import { type Anchors, anchorClass, PACKED } from "./anchors.ts";
import { lowered, unitsOf } from "./letters.ts";

const { bits: BITS, mask: MASK } = PACKED;

/** By UTF-16 unit its class among anchors. A unit beyond Latin-1 may be taken for another one here. */
const CLASSES = Uint8Array.from({ length: 256 }, (_, unit) => anchorClass(unit));

/** Anchors as tables for long texts: what leads nowhere costs one look at each unit and no branch. */
export interface Table {
  /** By packed trigram the classes that the fourth character of a literal can have that begins with it. */
  readonly fourth: Int32Array;
  /** By packed trigram its number among `firsts`. */
  readonly numbers: Uint16Array;
  /** By number of a trigram where its items begin; where the next one's begin, they end. */
  readonly firsts: Int32Array;
  /** Indexes of literals. */
  readonly items: Int32Array;
  /** The units of all literals; by index of a literal where its own begin, with one index more. */
  readonly letters: Uint16Array;
  readonly froms: Int32Array;
  /** Whether a literal is one character again and again. */
  readonly runs: Uint8Array;
  /** Whether it is ASCII: then it stands in a text without accents wherever it is visited. */
  readonly ascii: Uint8Array;
}

/** Prepares the tables. */
export function tableOf({ literals, begins, table, fourth, buckets, runs }: Anchors): Table {
  const firsts = new Int32Array(buckets.length + 2);
  for (const [i, { length }] of buckets.entries()) firsts[i + 2] = (firsts[i + 1] as number) + length;
  const froms = new Int32Array(literals.length + 1);
  for (const [i, { length }] of literals.entries()) froms[i + 1] = (froms[i] as number) + length;
  return {
    fourth: Int32Array.from(begins, (is, key) => (is === 0 ? 0 : (fourth[table[key] as number] as number))),
    numbers: table,
    firsts,
    items: Int32Array.from(buckets.flat()),
    letters: unitsOf(lowered(literals.join(""), unitsOf(literals.join("")), true).bare),
    froms,
    runs,
    ascii: Uint8Array.from(literals, (literal) => (/^[\0-\x7f]*$/.test(literal) ? 1 : 0)),
  };
}

/** Units that are looked at before what was found among them is. */
const STRETCH = 2_048;
const places = new Int32Array(STRETCH);

/** Writes to `places` where literals may begin whose fourth characters stand in a stretch; how many. */
function placesIn(units: Uint16Array, length: number, fourth: Int32Array, from: number, to: number): number {
  let key = 0;
  for (let i = Math.max(0, from - 3); i < from; i++) key = (key << BITS) | classAt(units, i);
  let count = 0;
  const last = Math.min(to, length);
  for (let i = from; i < last; i++) {
    const next = CLASSES[(units[i] as number) & 0xff] as number;
    places[count] = i - 3;
    count += ((fourth[key] as number) >>> next) & 1;
    key = ((key << BITS) | next) & MASK;
  }
  // Behind the last unit nothing stands.
  if (to > length) {
    places[count] = length - 3;
    count += (fourth[key] as number) & 1;
  }
  return count;
}

const classAt = (units: Uint16Array, i: number): number => CLASSES[(units[i] as number) & 0xff] as number;

/**
 * Calls `visit` for each place where a literal stands, in the order of the text, or would stand with other accents. In a run of one
 * character a literal of it stands everywhere: such places are left out but for the first few of the run.
 *
 * @param units of a text in lower case without accents, its first `length`
 * @param visit does not look for candidates itself
 */
export function eachCandidate(
  units: Uint16Array,
  length: number,
  table: Table,
  visit: (start: number, literal: number) => void,
): void {
  const { fourth, numbers, firsts, items, runs } = table;
  for (let from = 0; from <= length; from += STRETCH) {
    const count = placesIn(units, length, fourth, from, Math.min(length + 1, from + STRETCH));
    for (let i = 0; i < count; i++) {
      const start = places[i] as number;
      const key =
        (classAt(units, start) << (2 * BITS)) | (classAt(units, start + 1) << BITS) | classAt(units, start + 2);
      const number = numbers[key] as number;
      const end = firsts[number + 1] as number;
      for (let j = firsts[number] as number; j < end; j++) {
        const literal = items[j] as number;
        if (runs[literal] === 1 && isDeepInRun(units, start)) continue;
        if (stands(units, length, start, literal, table)) visit(start, literal);
      }
    }
  }
}

function stands(
  units: Uint16Array,
  length: number,
  start: number,
  literal: number,
  { letters, froms }: Table,
): boolean {
  const from = froms[literal] as number;
  const size = (froms[literal + 1] as number) - from;
  if (start + size > length) return false;
  for (let i = size - 1; i >= 0; i--) if (units[start + i] !== letters[from + i]) return false;
  return true;
}

/** Places at the beginning of a run that count: an escape before a token (`%AA`, `\\uAAAA`) may end in its first character. */
const RUN_BEGINS = 4;

function isDeepInRun(units: Uint16Array, start: number): boolean {
  for (let at = start - RUN_BEGINS; at < start; at++) if (units[at] !== units[start]) return false;
  return true;
}
