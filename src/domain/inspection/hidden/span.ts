/** A stretch of the original that a person would not see, or would see as something else. */
export interface Span {
  readonly kind: string;
  /** Offsets in UTF-16 units of the original, `end` exclusive. */
  readonly start: number;
  end: number;
  /** 0 to 1; from `SURE` on it is shown or removed by default. */
  readonly confidence: number;
}

/** What is at least so sure is changed; below it, a finding alone is made. */
export const SURE = 0.5;
