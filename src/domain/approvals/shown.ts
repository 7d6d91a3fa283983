import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";

/** A piece of a text as a person sees it. */
export interface Piece {
  readonly text: string;
  /** It stands for a character that cannot be seen, or that changes how others are read. */
  readonly hidden: boolean;
}

/** Where in a text a secret stands; `end` exclusive. */
export type FindSecrets = (text: string) => readonly { readonly start: number; readonly end: number }[];

/** What stands in the place of a secret. */
const MASK = "••••••";

/**
 * Characters without a shape of their own: controls, formats (bidirectional ones too), tags, variation selectors, fillers,
 * the empty Braille pattern, the place of an object, other spaces than the usual one, marks that strike through or enclose
 * what stands before them, and the bracket that marks all of them.
 */
const UNSEEN =
  /(?![\n\t ])[\p{C}\p{Zl}\p{Zp}\p{Zs}\p{Me}\p{Default_Ignorable_Code_Point}\u2800\ufffc⟦]|[\u0334-\u0338]|[\u20d2-\u20f0]/u;

/** What the screen puts in the place of such a character before an argument is sent. */
const SCREENED = /(⟦U\+[0-9A-F]{4,6}⟧)/;

/** A text in pieces; what cannot be seen became its number, such as ⟦U+202E⟧, here or by the screen before. */
export function pieces(text: string): Piece[] {
  return text.split(SCREENED).flatMap((part, at) => (at % 2 === 1 ? [{ text: part, hidden: true }] : lettersOf(part)));
}

function lettersOf(text: string): Piece[] {
  const made: Piece[] = [];
  let plain = "";
  const flush = (): void => {
    if (plain !== "") made.push({ text: plain, hidden: false });
    plain = "";
  };
  for (const letter of text) {
    if (!UNSEEN.test(letter)) {
      plain += letter;
      continue;
    }
    flush();
    const number = (letter.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
    made.push({ text: `⟦U+${number}⟧`, hidden: true });
  }
  flush();
  return made;
}

/** The same as plain text, for terminals and for forms of clients. */
export const visible = (text: string): string =>
  pieces(text)
    .map((piece) => piece.text)
    .join("");

/** The arguments as JSON, secrets masked; `pieces` makes the rest of it visible. */
export function argumentText(value: Json, find: FindSecrets): string {
  return JSON.stringify(masked(value, find), null, 2);
}

/**
 * What of a secret is key material: a long run of the characters that keys are made of. The rest of a place where a secret
 * was found stays readable, so that nothing that could be run is hidden behind one; a run with slashes is longer, since
 * paths have them too.
 */
const KEY_MATERIAL = /[A-Za-z0-9+=_-][A-Za-z0-9+/=_-]{31,}|[A-Za-z0-9+=_-]{16,}/g;

function masked(value: Json, find: FindSecrets): Json {
  if (typeof value === "string") return maskText(value, find);
  if (Array.isArray(value)) return value.map((item) => masked(item, find));
  if (!isObject(value)) return value;
  const taken = new Map(Object.keys(value).map((name) => [name, 1] as const));
  const entries = Object.entries(value).map(
    ([name, item]) => [freeName(name, taken, find), masked(item, find)] as const,
  );
  return Object.fromEntries(entries) as JsonObject;
}

/** The masked name, numbered where another entry has it already: no entry stands in the place of another. */
function freeName(name: string, taken: Map<string, number>, find: FindSecrets): string {
  const hidden = maskText(name, find);
  if (hidden === name) return name;
  const numbered = (number: number): string => (number === 1 ? hidden : `${hidden} (${number})`);
  let number = (taken.get(hidden) ?? 0) + 1;
  while (taken.has(numbered(number)) && number > 1) number++;
  taken.set(hidden, number);
  if (number > 1) taken.set(numbered(number), 1);
  return numbered(number);
}

function maskText(text: string, find: FindSecrets): string {
  let made = "";
  let at = 0;
  for (const { start, end } of [...find(text)].sort((a, b) => a.start - b.start)) {
    if (end <= at) continue;
    const from = Math.max(start, at);
    made += text.slice(at, from) + text.slice(from, end).replace(KEY_MATERIAL, MASK);
    at = end;
  }
  return made + text.slice(at);
}
