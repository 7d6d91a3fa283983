import { isDigit, isWord } from "./units.ts";

/** A longer text is never bare. */
const LONGEST_BARE = 80;
/** Letters that are part of no code, at most. */
const MOST_LETTERS = 4;
/** A word that is longer than all letters of a bare text may be: most texts have one, and need no closer look. */
const WORD = /(?:^|[^\p{L}\p{N}])[A-Za-z]{5,}(?:$|[^\p{L}\p{N}])/u;

/** Nothing but numbers, codes and marks: at most a few letters that are part of no code. */
export function isBare(text: string): boolean {
  if (text.length > LONGEST_BARE) return false;
  const letters = lettersIn(text);
  if (letters !== undefined) return letters <= MOST_LETTERS;
  if (WORD.test(text)) return false;
  const words = text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "" && !/\d/.test(word));
  return words.join("").length <= MOST_LETTERS;
}

/** How many letters stand in words without a digit; undefined where the text is no ASCII. */
function lettersIn(text: string): number | undefined {
  let letters = 0;
  let length = 0;
  let mixed = false;
  for (let i = 0; i <= text.length; i++) {
    const unit = i < text.length ? text.charCodeAt(i) : 32;
    if (unit > 127) return undefined;
    if (isWord(unit)) {
      length++;
      mixed ||= isDigit(unit);
      continue;
    }
    if (!mixed) letters += length;
    length = 0;
    mixed = false;
  }
  return letters;
}
