/** The most frequent pairs of letters in English; words of other European languages are made of them too. */
const PAIRS = new Set(
  (
    "th he in er re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic " +
    "ne ea ra ce li ch ll be ma si om ur ca el ta la ns ge ec il pe ol no na us di wo ke pr ac ss ut so ot un et ad " +
    "rs ul em id im ir op tr lo am ct pl sh ho ee oo do bl ap ab ag ig mo po pa su ai ow ly ay ie tu pp fo fi ex sp " +
    "rt mp cl ck cr up ef ew ey fe ga gr ht if"
  ).split(" "),
);

/** By both letters, from `a` on. */
const IS_PAIR = new Uint8Array(1024);
for (const pair of PAIRS) IS_PAIR[((pair.charCodeAt(0) - 97) << 5) | (pair.charCodeAt(1) - 97)] = 1;

/** The share (0 to 1) of neighbouring letters that are usual neighbours in words. */
export function wordLikeness(letters: string): number {
  if (letters.length < 2) return 1;
  const lower = letters.toLowerCase();
  let usual = 0;
  let before = 31;
  for (let i = 0; i < lower.length; i++) {
    const unit = lower.charCodeAt(i) - 97;
    const letter = unit >= 0 && unit < 26 ? unit : 31;
    usual += IS_PAIR[(before << 5) | letter] as number;
    before = letter;
  }
  return usual / (lower.length - 1);
}

const counts = new Uint32Array(0x10000);

/** Texts so short have their shares of entropy kept: by length and count, 0 where they are not known yet. */
const SHORT = 64;
const shares = new Float64Array(SHORT * SHORT);

/** What a character adds to the entropy that occurs so often in a text of this length. */
function shareOf(count: number, length: number): number {
  if (length >= SHORT || count === length) return (count / length) * Math.log2(count / length);
  const at = length * SHORT + count;
  return shares[at] || (shares[at] = (count / length) * Math.log2(count / length));
}

/** Shannon's entropy of the characters of a text, in bits per character. */
function entropy(text: string): number {
  for (let i = 0; i < text.length; i++) counts[text.charCodeAt(i)] = (counts[text.charCodeAt(i)] as number) + 1;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const count = counts[text.charCodeAt(i)] as number;
    if (count === 0) continue;
    counts[text.charCodeAt(i)] = 0;
    bits -= shareOf(count, text.length);
  }
  return bits;
}

/** How many characters of each sort a text has, and how often neighbours are of different sorts. */
export interface Makeup {
  readonly lower: number;
  readonly upper: number;
  readonly digits: number;
  readonly others: number;
  readonly changes: number;
}

const sortOf = (unit: number) =>
  unit >= 97 && unit <= 122 ? 0 : unit >= 65 && unit <= 90 ? 1 : unit >= 48 && unit <= 57 ? 2 : 3;

/** Counts the sorts of characters. */
export function makeupOf(text: string): Makeup {
  const counts: [number, number, number, number] = [0, 0, 0, 0];
  let changes = 0;
  let before = -1;
  for (let i = 0; i < text.length; i++) {
    const sort = sortOf(text.charCodeAt(i)) as 0 | 1 | 2 | 3;
    counts[sort]++;
    if (before !== -1 && sort !== before) changes++;
    before = sort;
  }
  return { lower: counts[0], upper: counts[1], digits: counts[2], others: counts[3], changes };
}

/** Whether every part between marks is a word, a number, or a word with a number behind it, as in names and versions. */
function isMadeOfNames(value: string): boolean {
  for (let from = 0; from < value.length; from++) {
    let letters = from;
    while (isLetter(value.charCodeAt(letters))) letters++;
    let end = letters;
    while (isDigit(value.charCodeAt(end))) end++;
    if (end < value.length && !BETWEEN.includes(value.charAt(end))) return false;
    const word = letters - from;
    const number = end - letters;
    if (number > 10 || (word > 0 && word <= 5 && number > 4)) return false;
    if (word > 5 && !isWordy(value.slice(from, letters))) return false;
    from = end;
  }
  return true;
}

/** Marks between the parts of names. */
const BETWEEN = "-_./:+=@";
const isLetter = (unit: number) => (unit | 32) >= 97 && (unit | 32) <= 122;
const isDigit = (unit: number) => unit >= 48 && unit <= 57;

/** Several words written together (camelCase) are judged one by one. */
function isWordy(word: string): boolean {
  const words = word.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? [];
  if (words.length > 1 && word.length / words.length < 2.5) return false;
  return wordLikeness(word) >= 0.4;
}

/** Whether the letters of a text, without what stands between them, follow one another as they do in words. */
export const readsAsWords = (value: string): boolean => wordLikeness(value.replace(/[^A-Za-z]/g, "")) >= 0.3;

/**
 * Whether a text looks as if drawn at random: a key, not a name, a path, a version or a sentence.
 *
 * @param value a text without spaces
 * @param least the fewest characters that are believed
 */
export function looksRandom(value: string, least: number): boolean {
  if (value.length < least) return false;
  const { lower, upper, digits, others, changes } = makeupOf(value);
  const letters = lower + upper;
  if (others * 3 > value.length || (digits === 0 && letters < 20) || (letters === 0 && digits < 30)) return false;
  const bits = entropy(value);
  if (bits < 2.6) return false;
  if (digits === 0) return !readsAsWords(value) && bits > 3.2;
  if (letters === 0) return bits > 2.8;
  if (isMadeOfNames(value)) return false;
  if (/^[0-9a-fA-F]+$/.test(value)) return changes >= 3;
  if (digits + upper < 3 && value.length < 24) return false;
  return changes >= 4 || (changes >= 2 && value.length >= 24);
}

/** A run of letters that reads as a word: random letters seldom do over five. */
export function holdsWord(value: string): boolean {
  return (value.match(/[A-Z]?[a-z]{4,}/g) ?? []).some((word) => word.length >= 5 && wordLikeness(word) >= 0.7);
}
