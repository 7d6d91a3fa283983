import { DECODERS, legible } from "./decoders.ts";

/** One way to read a text that leaves. */
export interface View {
  /** How it was written, for a person; empty: as it is. */
  readonly how: string;
  readonly text: string;
  /** It is in another order, or its letters are others: it is not turned once more. */
  readonly turned: boolean;
}

/** Most views of one call, and most characters of all of them: what is beyond was not looked at. */
const MOST_VIEWS = 96;
const MOST_LETTERS = 1 << 21;
/** Encodings around encodings. */
const DEEPEST = 3;

/**
 * A text and everything that it is when it is decoded: base64, base32, hex, percent, quoted-printable, octal, JSON escapes,
 * character references and codes, backwards, rotated by 13, its words in the opposite order, also one within another.
 * `whole` is false where there was more than is looked at.
 */
export function viewsOf(texts: readonly string[]): { readonly views: readonly View[]; readonly whole: boolean } {
  const views: View[] = [];
  let letters = 0;
  let whole = true;
  const seen = new Set<string>();
  const look = (view: View, depth: number): void => {
    if (seen.has(view.text) || view.text === "") return;
    if (views.length >= MOST_VIEWS || letters + view.text.length > MOST_LETTERS) {
      whole = false;
      return;
    }
    seen.add(view.text);
    views.push(view);
    letters += view.text.length;
    if (depth === DEEPEST) return;
    for (const [how, decode] of DECODERS)
      for (const decoded of decode(view.text))
        look({ ...view, how: view.how === "" ? how : `${how} in ${view.how}`, text: legible(decoded) }, depth + 1);
  };
  for (const text of texts) look({ how: "", text, turned: false }, 0);
  for (const { how, text: plain } of views.slice()) {
    const turn = (name: string, text: string, depth: number): void =>
      look({ how: how === "" ? name : `${name} in ${how}`, text, turned: true }, depth);
    const backwards = reversed(plain);
    turn("backwards", backwards, DEEPEST - 1);
    turn("rotated letters", rotated(plain), DEEPEST - 1);
    if (!/\S\s+\S/.test(plain)) continue;
    turn("words in the opposite order", opposite(plain), DEEPEST);
    turn("words backwards", opposite(backwards), DEEPEST);
  }
  return { views, whole };
}

const reversed = (text: string): string =>
  // Halves of a character outside the first plane change places too, which matters to no letter that is compared.
  Buffer.from(text, "utf16le").swap16().reverse().toString("utf16le");
const opposite = (text: string): string => text.split(/\s+/).reverse().join(" ");

const rotated = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => {
    const first = letter <= "Z" ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
  });
