import type { Tier } from "../finding.ts";
import type { Concept } from "./concepts.ts";
import type { Reach, Sentence } from "./sentence.ts";
import type { Role } from "./texts.ts";

/** What is known where a sentence stands. */
export interface Place {
  readonly role: Role;
  /** The first sentence of the description says what the tool does, and is no side effect. */
  readonly first: boolean;
  /** The parameter that the sentence describes, in lower case. */
  readonly parameter: string | undefined;
  /** What the tool is about by its name, title and parameters. */
  readonly about: ReadonlySet<Concept>;
  readonly readOnly: boolean;
}

/** Groups of concepts and lists of words: the sentence has one of each group at least, or the sign is not in it. */
export type Needs = readonly (readonly (Concept | number)[])[];

/** One thing that speaks for poisoning. */
export interface Sign {
  /** Unique; what weights are kept by. */
  readonly id: string;
  /** One stable word for people and policies. */
  readonly kind: string;
  readonly tier: Tier;
  /** What is said to a person: one sentence. */
  readonly why: string;
  /** What has to be in the sentence before it is looked at. Empty for signs that need no word. */
  readonly needs: Needs;
  /** Where the sentence shows it; undefined where it does not. */
  see(sentence: Sentence, place: Place): Reach | undefined;
}

/** The reach of one token; undefined where there is none. */
export const at = (token: number | undefined): Reach | undefined =>
  token === undefined || token < 0 ? undefined : { from: token, to: token };

/** From the earlier of two tokens to the later. */
export const ordered = (a: number, b: number): Reach => ({ from: Math.min(a, b), to: Math.max(a, b) });
