/** What a detector looks for. */
export type Detector = "hidden" | "secret" | "personal" | "injection" | "poisoning";

/**
 * How an instruction to the model shows itself. T1: an explicit marker, a fake turn, role play, an encoded payload. T2:
 * an imperative aimed at the agent without a marker. (T3, a plain task diversion, has no mark in the text.)
 */
export type Tier = "T1" | "T2";

/** One thing that was found. Offsets count UTF-16 units of the original text, `end` exclusive. */
export interface Finding {
  readonly detector: Detector;
  /** What exactly, in one stable word: `aws-access-key`, `iban`, `zero-width`, `fake-turn` … */
  readonly kind: string;
  readonly tier?: Tier;
  readonly start: number;
  readonly end: number;
  /** 0 to 1. */
  readonly confidence: number;
  /** One sentence for a person; never holds the found text of a secret or of personal data. */
  readonly why: string;
}

/** Where a text comes from or goes to; detectors weigh what they find by it. */
export type Surface = "result" | "argument" | "definition";

/**
 * A text made plain once for every detector: compatibility forms folded (NFKC), look-alikes and invisible characters
 * resolved, runs of white space kept. `at[i]` is the offset in `original` of unit `i` of `text`; `at[text.length]` is
 * `original.length`.
 */
export interface PlainText {
  readonly original: string;
  readonly text: string;
  /** `text` in lower case, of the same length. */
  readonly lower: string;
  /** The same without the accents of Latin letters, unit for unit. */
  readonly bare: string;
  /** The UTF-16 units of `bare`; undefined where nobody has made them yet. */
  readonly units: Uint16Array | undefined;
  readonly at: Uint32Array;
  /** What the original has of `SIGNS`: which looks for hidden text can find any. */
  readonly signs: number;
}
