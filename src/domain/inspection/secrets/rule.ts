/** One published format of a secret. */
export interface Rule {
  /** The stable word of the finding. */
  readonly kind: string;
  /** Who issues it, as a person would say. */
  readonly owner: string;
  /** Lower-case beginnings (or, with `back`, middles) that have to stand in the text before the pattern is tried. */
  readonly literals: readonly string[];
  /** The whole secret, sticky; bounded, and linear by `recheck`. */
  readonly pattern: RegExp;
  /** The most characters of the secret that stand before the literal. */
  readonly back?: number;
  /** Exactly so many stand before it. */
  readonly exact?: boolean;
  /** 0 to 1 for a token of the right form; 0 refuses it. Without it 0.95. */
  readonly check?: (token: string) => number;
  /** A letter or digit may follow: the pattern ends by itself. */
  readonly open?: boolean;
}

/** Writes a row of the tables below in one line. */
export function rule(
  kind: string,
  owner: string,
  literals: string,
  pattern: RegExp,
  more: Pick<Rule, "back" | "exact" | "check" | "open"> = {},
): Rule {
  return { kind, owner, literals: literals.split(" "), pattern, ...more };
}
