import type { Dice } from "./fuzz-dice.ts";
import type { Alone } from "./fuzz-draft.ts";
import type { Verdict } from "./fuzz-oracle.ts";

/** What a raw case is made of. */
export interface Parts {
  readonly dice: Dice;
  /** Lines of a good call without its framing, each with its end. */
  readonly line: string;
  readonly fields: string;
  readonly body: string;
  /** A good call that must never be one: it stands where only a body is. */
  readonly inner: string;
  readonly host: string;
}

export interface Raw {
  readonly name: string;
  readonly verdict: Verdict;
  readonly weight: number;
  readonly replies?: number;
  readonly then?: Alone["then"];
  /** The text of a request, in Latin-1. */
  make(parts: Parts): string | Buffer;
}

export const hex = (n: number): string => n.toString(16);
export const chunked = (body: string): string => `${hex(body.length)}\r\n${body}\r\n0\r\n\r\n`;
export const withLength = (p: Parts, more = ""): string =>
  `${p.line}${p.fields}${more}Content-Length: ${p.body.length}\r\n\r\n${p.body}`;
export const withChunks = (p: Parts, te: string, body = chunked(p.body)): string =>
  `${p.line}${p.fields}${te}\r\n\r\n${body}`;

export const raw = (name: string, verdict: Verdict, make: Raw["make"], more: Partial<Raw> = {}): Raw => ({
  name,
  verdict,
  weight: 1,
  ...more,
  make,
});
