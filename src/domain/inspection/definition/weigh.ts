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

/** The weight of all evidence. Each sign counts once. */
export function weigh(found: readonly Evidence[]): number {
  if (found.length === 0) return 0;
  const passage = found.filter(({ field, sentence }) => field === "/description" && sentence >= 0);
  const elsewhere = found.filter(({ field, sentence }) => field !== "/description" || sentence < 0);
  let best = 0;
  for (const from of new Set([0, ...passage.map(({ sentence }) => sentence)])) {
    const shares = new Map<string, number>();
    for (const { id, sentence } of passage) if (sentence < from || sentence >= from + TOGETHER) shares.set(id, APART);
    for (const { id, sentence } of passage) if (sentence >= from && sentence < from + TOGETHER) shares.set(id, 1);
    for (const { id } of elsewhere) shares.set(id, 1);
    best = Math.max(best, sum(shares));
  }
  return best;
}

function sum(shares: ReadonlyMap<string, number>): number {
  let total = 0;
  const parts = FAMILIES.map(() => 0);
  for (const [id, share] of shares) {
    const weight = share * (WEIGHTS[id] ?? 0);
    const family = FAMILIES.findIndex(({ ids }) => ids.has(id));
    if (family < 0) total += weight;
    else parts[family] = (parts[family] as number) + weight;
  }
  return parts.reduce((all, part, i) => all + Math.min(part, (FAMILIES[i] as (typeof FAMILIES)[number]).most), total);
}

/** Whether there is evidence besides the ways in which honest authors order and press. */
export const isMoreThanPressing = (found: readonly Evidence[]): boolean =>
  found.some(({ id }) => !ORDER.has(id) && !PRESSING.has(id));
