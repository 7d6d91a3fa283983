/**
 * What can be said of instructions in a language other than English, by what each word means. Words stand without accents
 * where the script is Latin. A star stands for any ending, a plus for the particles that Arabic writes before a noun, an
 * underscore joins two words that mean something only together.
 */
export interface Tongue {
  /** To set aside: imperatives and infinitives, never what somebody else does. */
  readonly override: string;
  readonly instruction: string;
  readonly rule: string;
  /** What was said or stands before. */
  readonly prior: string;
  readonly all?: string;
  /** What a reader is given to work on: page, document, function, table. */
  readonly source: string;
  readonly you: string;
  readonly me: string;
  /** To tell, give, share, confirm. */
  readonly reveal: string;
  readonly write: string;
  readonly secret: string;
  readonly what: string;
  /** What forbids; and what makes a verb a report where its own form does not. */
  readonly not: string;
  readonly must: string;
  /** The one that a program serves. */
  readonly user: string;
  /** What nobody asks of a stranger: date of birth, where somebody lives, balance of the bank. */
  readonly intimate: string;
  /** What is asked for in any letter: an address, a name. */
  readonly contact: string;
  /** Imagine, suppose, a hypothetical scenario, another world. */
  readonly frame: string;
  /** What "we" or "one" might say or state. */
  readonly says: string;
  /** A poem, reversed order, another alphabet. */
  readonly disguise: string;
  /** What forms do with a password: enter, change, forget, save. */
  readonly form: string;
  readonly authority: string;
  readonly mode: string;
  /** To enter or switch to. */
  readonly enter: string;
  readonly obey: string;
  /** Free of, limits. */
  readonly free: string;
  readonly agent: string;
  /** What fixes the answer: result, sum, conclusion. */
  readonly result: string;
  /** Parts of an order that the reader puts together. */
  readonly parts: string;
  readonly send: string;
  /** What is not to leave: data of people and customers. */
  readonly data: string;
  /** To tell somebody, in the forms that follow a negation. */
  readonly tell: string;
  readonly harm: string;
  /** To set aside, in any form: what "we" do in a made-up scenario. */
  readonly passing: string;
}
