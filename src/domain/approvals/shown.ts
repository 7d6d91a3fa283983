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
 * other spaces than the usual one, and the bracket that marks them.
 */
const UNSEEN = /(?![\n\t ])[\p{C}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}⟦]/u;

/** A text in pieces; what cannot be seen became its number, such as ⟦U+202E⟧. */
export function pieces(text: string): Piece[] {
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

/** Names whose values are secrets whatever they look like. */
const SECRET_NAME =
  /pass(?:word|wd|phrase)?$|secret|token$|api[-_]?key|private[-_]?key|access[-_]?key|credential|authorization|cookie/i;

function masked(value: Json, find: FindSecrets): Json {
  if (typeof value === "string") return maskText(value, find);
  if (Array.isArray(value)) return value.map((item) => masked(item, find));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => {
    const secret = SECRET_NAME.test(name) && (typeof item === "string" || typeof item === "number");
    return [maskText(name, find), secret ? MASK : masked(item, find)] as const;
  });
  return Object.fromEntries(entries) as JsonObject;
}

function maskText(text: string, find: FindSecrets): string {
  let made = "";
  let at = 0;
  for (const { start, end } of [...find(text)].sort((a, b) => a.start - b.start)) {
    if (start < at) continue;
    made += text.slice(at, start) + MASK;
    at = end;
  }
  return made + text.slice(at);
}
