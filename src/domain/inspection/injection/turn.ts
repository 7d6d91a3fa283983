import { negated, ofOthers } from "./context.ts";
import type { Reading } from "./reading.ts";
import { type Rule, told } from "./rule.ts";

/** A turn of speech that only makes sense to a model: where it starts, and what follows there. */
export interface Turn {
  /** Meaning of its first word. */
  readonly at: number;
  /** How the first word begins, where that spares the look at most. */
  readonly starts?: string;
  /** From the first word on. */
  readonly shape: RegExp;
  /** What stands before the first word, where that matters. */
  readonly before?: RegExp;
  readonly kind: string;
  readonly tier: "T1" | "T2";
  readonly confidence: number;
  readonly why: string;
}

/** What stands before an order. */
export const START = /(?:^|[.!?:;>"'*#\n(\]] ?|\\n|\b(?:and|then|please|now|just|you|can|could|also)) ?$/;

const BEFORE = 48;
const AFTER = 110;

/** Turns of speech whose words fix what they mean. */
export const turnOf =
  ({ starts, shape, before, kind, tier, confidence, why }: Turn): Rule =>
  (reading: Reading, hit: number) => {
    const start = reading.start[hit] as number;
    if (starts !== undefined && !reading.text.startsWith(starts, start)) return undefined;
    if (!shape.test(reading.text.slice(start, start + AFTER))) return undefined;
    if (before !== undefined && !before.test(reading.text.slice(Math.max(0, start - BEFORE), start))) return undefined;
    if (before === START && (negated(reading, hit) || ofOthers(reading, hit))) return undefined;
    return told(reading, hit, hit, { kind, tier, confidence, why });
  };
