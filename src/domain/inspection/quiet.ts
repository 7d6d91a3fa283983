import { anchorClass, anchorsOf, literalAt, PACKED } from "./anchors.ts";
import { BEGINS_FOREIGN } from "./injection/foreign/index.ts";
import { HASH_START, hashed, LEXICON as lexicon, Lexicon } from "./injection/lexicon.ts";
import { FOREIGN, INSTRUCTION, PRIOR, ROTATED, RULE } from "./injection/meanings.ts";
import { ORDERS } from "./injection/orders.ts";
import { PERSONA } from "./injection/persona.ts";
import { REQUESTS } from "./injection/requests.ts";
import { TURN_LITERALS } from "./injection/turns.ts";
import { plainAscii } from "./normalise.ts";
import { findPersonal, mayBeginIn } from "./personal/index.ts";
import { findSecrets, LITERALS } from "./secrets/index.ts";

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
const anchors = anchorsOf([...TELLS, ...LITERALS]);
const { bits: BITS, mask: MASK } = PACKED;
const LOW = (1 << BITS) - 1;
/** With each class its class among anchors, so that one look tells both. */
for (let unit = 0; unit < 128; unit++) {
  const lower = String.fromCharCode(unit).toLowerCase().charCodeAt(0);
  CLASSES[unit] = ((CLASSES[unit] as number) << BITS) | anchorClass(lower);
}

/** Words of a text so far. */
interface Words {
  words: number;
  single: number;
  mixed: number;
  /** Everything that they mean, of the first set and of the second. */
  meaning: number;
  sense: number;
}

/** Whether the word is none that a rule begins with. */
function isPlainWord(count: Words, length: number, digits: number, hash: number, open: number): boolean {
  // Runs that may be text in another form: base64, hex, binary.
  if (length > 30 || digits > 7) return false;
  count.words++;
  if (length === 1) count.single++;
  else if (digits > 0 && digits < length) count.mixed++;
  const entry = lexicon.find(hash) ?? (open === 0 ? undefined : lexicon.find(open));
  if (entry === undefined) return true;
  count.meaning |= entry.anywhere;
  count.sense |= entry.sense;
  return (entry.meaning & BEGINS) === 0;
}

/** "All earlier rules are void", and words of another language that a rule begins with. */
const saysTogether = ({ meaning, sense }: Words): boolean =>
  ((meaning & PRIOR) !== 0 && (meaning & RULE) !== 0) ||
  ((sense & FOREIGN) !== 0 && ((meaning & BEGINS_FOREIGN.meaning) !== 0 || (sense & BEGINS_FOREIGN.sense) !== 0));

const kindOf = (unit: number): number => (unit < 128 ? (CLASSES[unit] as number) >> BITS : 0);
const isWordly = (unit: number): boolean => kindOf(unit) === LETTER || kindOf(unit) === DIGIT;

/** What one pass over a text says: every detector has to look, or, added up, which of two. */
const EVERYTHING = -1;
const PERSONAL = 1;
/** Times one more than the place of the first literal of a secret. */
const SECRET = 2;

/** One pass over the words. */
function words(text: string): number {
  const count: Words = { words: 0, single: 0, mixed: 0, meaning: 0, sense: 0 };
  const { open: openings, mayOpen } = lexicon;
  const places = Lexicon.SIZE - 1;
  const { begins } = anchors;
  let key = 0;
  let looks = 0;
  let length = 0;
  let digits = 0;
  let hash = HASH_START;
  let open = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const both = unit < 128 ? (CLASSES[unit] as number) : 0;
    const kind = both >> BITS;
    if (kind === 0) return EVERYTHING;
    key = ((key << BITS) | (both & LOW)) & MASK;
    if (begins[key] === 1) {
      const literal = literalAt(text, i - 2, key, anchors);
      if (literal >= TELLS.length && looks < SECRET) looks |= SECRET * (i - 1);
      else if (literal >= 0 && literal < TELLS.length) return EVERYTHING;
    }
    if (kind === LETTER || kind === DIGIT) {
      length++;
      if (kind === DIGIT) digits++;
      hash = hashed(hash, kind === LETTER ? unit | 32 : unit);
      const place = hash & places;
      if (mayOpen[place] === 1 && (openings[place] === hash || openings[place ^ 1] === hash)) open = hash;
      continue;
    }
    if (kind === TELLING) looks |= PERSONAL;
    if (length === 0) continue;
    if (digits > 0 && mayBeginIn(text, i)) looks |= PERSONAL;
    // An apostrophe is a part of the word where more of it follows.
    if (unit === 39 && length > 1 && isWordly(text.charCodeAt(i + 1))) continue;
    if (!isPlainWord(count, length, digits, hash, open)) return EVERYTHING;
    length = digits = open = 0;
    hash = HASH_START;
  }
  if (digits > 0 && mayBeginIn(text, text.length)) looks |= PERSONAL;
  if (length > 0 && !isPlainWord(count, length, digits, hash, open)) return EVERYTHING;
  return isSpelledOut(count, text) || saysTogether(count) ? EVERYTHING : looks;
}

/** Words of one letter, and those that mix letters with digits, are what disguised text is made of. */
const isSpelledOut = ({ words: all, single, mixed }: Words, { length }: string): boolean =>
  length >= 12 && (single > 7 || mixed > 2 || single * 2 >= all || mixed * 3 >= all) && all > 0;

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
  return (looks & PERSONAL) === 0 || findPersonal(source).length === 0;
}
