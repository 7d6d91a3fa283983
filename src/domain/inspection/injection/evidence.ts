import type { Finding, Tier } from "../finding.ts";

/** What a rule found, in places of the plain text. */
export interface Evidence {
  readonly kind: string;
  readonly tier: Tier;
  readonly start: number;
  readonly end: number;
  /** 0 to 1. */
  readonly confidence: number;
  readonly why: string;
}

/** The finding of an evidence, with its places in the original text. */
export function findingOf({ start, end, ...rest }: Evidence, at: Uint32Array): Finding {
  return { detector: "injection", ...rest, start: at[start] as number, end: at[end] as number };
}
