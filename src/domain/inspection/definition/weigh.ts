import type { Evidence } from "./evidence.ts";
import { TOOLS } from "./signs-tools.ts";
import { WEIGHTS } from "./weights.ts";

/** Signs count fully where they stand together: in so many sentences one after the other. */
const TOGETHER = 5;
/** What signs of a description count that stand apart from the weightiest passage. */
const APART = 0.25;

const ORDER: ReadonlySet<string> = new Set(TOOLS.filter(({ kind }) => kind === "cross-tool-order").map(({ id }) => id));
/** How honest authors press the model to use their tools. */
const PRESSING: ReadonlySet<string> = new Set([
  "exclusive",
  "model-addressed",
  "compulsion",
  "all-calls",
  "rather-than",
  "self-first",
]);

/**
 * Signs that see the same thing from several sides, and what they count together at most. Calls of other tools are how
 * honest servers work too: however many signs of them, they do not block alone.
 */
const FAMILIES: readonly { readonly ids: ReadonlySet<string>; readonly most: number }[] = [
  { ids: PRESSING, most: 2.2 },
  { ids: ORDER, most: 2.3 },
  { ids: new Set(["secret-moved", "kept-data", "read-then-put", "carries", "send-outside", "facts"]), most: 2.8 },
];

/** What each sign weighs, and the number of its family; -1 where it has none. */
const SIGNS = Object.entries(WEIGHTS).map(([id, weight]) => ({
  id,
  weight,
  family: FAMILIES.findIndex(({ ids }) => ids.has(id)),
}));
const NUMBERS: ReadonlyMap<string, number> = new Map(SIGNS.map(({ id }, number) => [id, number]));

/** Which signs count, in the order in which they were seen first, and how much. */
class Shares {
  readonly #of = new Float64Array(SIGNS.length);
  readonly #seen: number[] = [];

  set(sign: number, share: number): void {
    if (this.#of[sign] === 0) this.#seen.push(sign);
    this.#of[sign] = share;
  }

  /** The sum of all weights; then nothing counts. */
  take(): number {
    let total = 0;
    const parts = FAMILIES.map(() => 0);
    for (const sign of this.#seen) {
      const { weight, family } = SIGNS[sign] as (typeof SIGNS)[number];
      const part = (this.#of[sign] as number) * weight;
      this.#of[sign] = 0;
      if (family < 0) total += part;
      else parts[family] = (parts[family] as number) + part;
    }
    this.#seen.length = 0;
    return parts.reduce((all, part, i) => all + Math.min(part, (FAMILIES[i] as (typeof FAMILIES)[number]).most), total);
  }
}

const shares = new Shares();

/** The weight of all evidence. Each sign counts once. */
export function weigh(found: readonly Evidence[]): number {
  if (found.length === 0) return 0;
  const seen = found.map(({ id, field, sentence }) => ({
    sign: NUMBERS.get(id) as number,
    sentence: field === "/description" ? sentence : -1,
  }));
  const passage = seen.filter(({ sentence }) => sentence >= 0);
  const elsewhere = seen.filter(({ sentence }) => sentence < 0);
  let best = 0;
  for (const from of new Set([0, ...passage.map(({ sentence }) => sentence)])) {
    const isNear = (sentence: number) => sentence >= from && sentence < from + TOGETHER;
    for (const { sign, sentence } of passage) if (!isNear(sentence)) shares.set(sign, APART);
    for (const { sign, sentence } of passage) if (isNear(sentence)) shares.set(sign, 1);
    for (const { sign } of elsewhere) shares.set(sign, 1);
    best = Math.max(best, shares.take());
  }
  return best;
}

/** Whether there is evidence besides the ways in which honest authors order and press. */
export const isMoreThanPressing = (found: readonly Evidence[]): boolean =>
  found.some(({ id }) => !ORDER.has(id) && !PRESSING.has(id));
