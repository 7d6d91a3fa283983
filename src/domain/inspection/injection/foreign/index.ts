import { reported } from "../context.ts";
import type { Evidence } from "../evidence.ts";
import type { Reading } from "../reading.ts";
import { FOREIGN_ORDERS } from "./orders.ts";
import { Passage, WORDS_AROUND } from "./passage.ts";
import { FOREIGN_REQUESTS } from "./requests.ts";

const RULES = [...FOREIGN_ORDERS, ...FOREIGN_REQUESTS];

/** What rules for other languages than English begin with, of the first set of meanings and of the second. */
export const BEGINS_FOREIGN = RULES.reduce(
  (all, [meaning, sense]) => ({ meaning: all.meaning | meaning, sense: all.sense | sense }),
  { meaning: 0, sense: 0 },
);

/** Passages that are made of one text, and one more for so many units. */
const FUEL = { least: 200, unitsEach: 60 };

/**
 * Orders to a model in other languages than English: by which meanings stand in one sentence, whatever their order.
 *
 * @param most findings that are enough
 */
export function foreignOrders(reading: Reading, most: number): Evidence[] {
  const found: Evidence[] = [];
  const { foreign, word } = reading;
  let next = 0;
  let fuel = FUEL.least + reading.text.length / FUEL.unitsEach;
  for (let hit = 0; hit < word.length && next < foreign.length && found.length < most; hit++) {
    if (!reading.says(hit, BEGINS_FOREIGN.meaning) && !reading.means(hit, BEGINS_FOREIGN.sense)) continue;
    const at = word[hit] as number;
    while (next < foreign.length && (foreign[next] as number) < at - WORDS_AROUND) next++;
    if (next === foreign.length || (foreign[next] as number) > at + WORDS_AROUND) continue;
    if (--fuel < 0) {
      reading.cut = true;
      break;
    }
    const passage = new Passage(reading, hit);
    if (passage.isForeign) found.push(...judged(passage));
  }
  return found;
}

function judged(passage: Passage): Evidence[] {
  const { reading, hit } = passage;
  const found: Evidence[] = [];
  for (const [meaning, sense, rule] of RULES) {
    if (!reading.says(hit, meaning) && !reading.means(hit, sense)) continue;
    const said = rule(passage);
    if (said === undefined) continue;
    const { last, ...evidence } = said;
    const [first, end] = [Math.min(hit, last), Math.max(hit, last)];
    if (reported(reading, first, end)) continue;
    found.push({ ...evidence, start: reading.start[first] as number, end: reading.end[end] as number });
  }
  return found;
}
