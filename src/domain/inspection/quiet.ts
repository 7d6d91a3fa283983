import { anchorClass, anchorsOf, literalAt, PACKED } from "./anchors.ts";
import { BEGINS_FOREIGN } from "./injection/foreign/index.ts";
import { HASH_START, hashed, LEXICON as lexicon, Lexicon } from "./injection/lexicon.ts";
import { FOREIGN, INSTRUCTION, PRIOR, ROTATED, RULE } from "./injection/meanings.ts";
import { ORDERS } from "./injection/orders.ts";
import { PERSONA } from "./injection/persona.ts";
import { REQUESTS } from "./injection/requests.ts";
import { TURN_LITERALS } from "./injection/turns.ts";
import { plainAscii } from "./normalise.ts";
import { findBegun, mayBeginIn } from "./personal/index.ts";
import { BEGINNINGS, beginsToken, findSecrets, LITERALS } from "./secrets/index.ts";

/** Longer texts hardly ever hold none of the words that rules begin with. */
const LONGEST = 1024;

const LETTER = 1;
const DIGIT = 2;
const MARK = 3;
const TELLING = 4;
/** Classes of ASCII; 0 is what hides something, or is the beginning of text in another form. */
const CLASSES = new Uint8Array(128);
for (let unit = 32; unit < 127; unit++) CLASSES[unit] = MARK;
for (const char of "\t\n\r") CLASSES[char.charCodeAt(0)] = MARK;
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") CLASSES[char.charCodeAt(0)] = LETTER;
for (const char of "0123456789") CLASSES[char.charCodeAt(0)] = DIGIT;
for (const char of "@+(:") CLASSES[char.charCodeAt(0)] = TELLING;
const LOUD = "<]\\%&";
for (const char of LOUD) CLASSES[char.charCodeAt(0)] = 0;

/** What rules of injection begin with. */
const BEGINS = [...ORDERS, ...PERSONA, ...REQUESTS].reduce((all, [meaning]) => all | meaning, ROTATED | INSTRUCTION);

/** What every sentence of the gateway has, orders in strings that are put together, and texts in Morse. */
const OTHERS = ["gateway", "cardea", "from the server", "person released", "person's approval", "gpt(", ".- ", "-. "];
/** What is looked for beside words and single characters, marks of turns as well. */
const TELLS = [...TURN_LITERALS, ...OTHERS].filter(
  (literal) => !Array.from(literal).some((char) => LOUD.includes(char)),
);
const starts = new Set(BEGINNINGS);
const WITHIN = [...TELLS, ...LITERALS.filter((literal) => !starts.has(literal))];
/** Of literals at one place the first of these is told: what says something anywhere, then what does where a token begins. */
const anchors = anchorsOf([...WITHIN, ...starts]);
const { bits: BITS, mask: MASK } = PACKED;
const LOW = (1 << BITS) - 1;
/** Packed trigrams that begin a literal, a bit for each: few bytes stay in the nearest cache between two calls. */
const BEGIN = bitsOf(anchors.begins);
const OPEN = bitsOf(lexicon.mayOpen);

const isSet = (bits: Int32Array, at: number): boolean => (((bits[at >> 5] as number) >> (at & 31)) & 1) !== 0;

function bitsOf(bytes: Uint8Array): Int32Array {
  const bits = new Int32Array(bytes.length >> 5);
  for (const [i, byte] of bytes.entries()) if (byte === 1) bits[i >> 5] = (bits[i >> 5] as number) | (1 << (i & 31));
  return bits;
}
/** With each class its class among anchors, so that one look tells both. */
for (let unit = 0; unit < 128; unit++) {
  const lower = String.fromCharCode(unit).toLowerCase().charCodeAt(0);
  CLASSES[unit] = ((CLASSES[unit] as number) << BITS) | anchorClass(lower);
}

/** "All earlier rules are void", and words of another language that a rule begins with. */
const saysTogether = (meaning: number, sense: number): boolean =>
  ((meaning & PRIOR) !== 0 && (meaning & RULE) !== 0) ||
  ((sense & FOREIGN) !== 0 && ((meaning & BEGINS_FOREIGN.meaning) !== 0 || (sense & BEGINS_FOREIGN.sense) !== 0));

const SPACE = 32;
const APOSTROPHE = 39;

const kindOf = (unit: number): number => (unit < 128 ? (CLASSES[unit] as number) >> BITS : 0);
const isWordly = (unit: number): boolean => kindOf(unit) === LETTER || kindOf(unit) === DIGIT;

/** What one pass over a text says: every detector has to look, or, added up, which of two. */
const EVERYTHING = -1;
const PERSONAL = 1;
/** Times one more than the place of the first literal of a secret. */
const SECRET = 2;

/** One pass over the words. */
function words(text: string): number {
  const { open: openings } = lexicon;
  const places = Lexicon.SIZE - 1;
  let looks = 0;
  let key = 0;
  // The word that is being read.
  let length = 0;
  let digits = 0;
  /** Where its letters and digits begin: it may have an apostrophe before them. */
  let run = 0;
  let hash = HASH_START;
  let open = 0;
  // All words so far, and what they mean: of the first set and of the second.
  let all = 0;
  let single = 0;
  let mixed = 0;
  let meaning = 0;
  let sense = 0;
  for (let i = 0; i <= text.length; i++) {
    // What ends the text ends its last word.
    const unit = i < text.length ? text.charCodeAt(i) : SPACE;
    const both = unit < 128 ? (CLASSES[unit] as number) : 0;
    const kind = both >> BITS;
    if (kind === 0) return EVERYTHING;
    key = ((key << BITS) | (both & LOW)) & MASK;
    if (isSet(BEGIN, key)) {
      const literal = literalAt(text, i - 2, key, anchors);
      if (literal >= 0 && literal < TELLS.length) return EVERYTHING;
      if (literal >= TELLS.length && looks < SECRET && (literal < WITHIN.length || beginsToken(text, i - 2)))
        looks |= SECRET * (i - 1);
    }
    if (kind <= DIGIT) {
      length++;
      if (kind === DIGIT) digits++;
      // The bit that makes a letter small is set in every digit.
      hash = hashed(hash, unit | 32);
      const place = hash & places;
      if (isSet(OPEN, place) && (openings[place] === hash || openings[place ^ 1] === hash)) open = hash;
      continue;
    }
    if (kind === TELLING) looks |= PERSONAL;
    const start = run;
    run = i + 1;
    if (length === 0) continue;
    if (digits > 0 && mayBeginIn(text, start, i)) looks |= PERSONAL;
    // An apostrophe is a part of the word where more of it follows.
    if (unit === APOSTROPHE && length > 1 && isWordly(text.charCodeAt(i + 1))) continue;
    // Runs that may be text in another form: base64, hex, binary.
    if (length > 30 || digits > 7) return EVERYTHING;
    all++;
    if (length === 1) single++;
    else if (digits > 0 && digits < length) mixed++;
    const entry = lexicon.find(hash) ?? (open === 0 ? undefined : lexicon.find(open));
    if (entry !== undefined) {
      // A word that a rule begins with.
      if ((entry.meaning & BEGINS) !== 0) return EVERYTHING;
      meaning |= entry.anywhere;
      sense |= entry.sense;
    }
    length = digits = open = 0;
    hash = HASH_START;
  }
  // Words of one letter, and those that mix letters with digits, are what disguised text is made of.
  const spelled = single > 7 || mixed > 2 || single * 2 >= all || mixed * 3 >= all;
  return (spelled && all > 0 && text.length >= 12) || saysTogether(meaning, sense) ? EVERYTHING : looks;
}

/**
 * Whether no detector would find anything, for short texts in ASCII, in a fraction of the time that `inspect` takes: no
 * character that hides something, no word that a rule of injection begins with, no secret, nobody's data. False says nothing.
 */
export function isQuiet(text: string): boolean {
  if (text.length > LONGEST) return false;
  const looks = words(text);
  if (looks <= 0) return looks === 0;
  const source = plainAscii(text);
  if (looks >= SECRET && findSecrets(source, Math.floor(looks / SECRET) - 1).length > 0) return false;
  return (looks & PERSONAL) === 0 || findBegun(source).length === 0;
}
