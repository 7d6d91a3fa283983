import {
  AUTHORITY,
  CONTACT,
  DATA,
  DISGUISE,
  FORM,
  FRAME,
  GENERATE,
  HARM,
  INTIMATE,
  ME,
  MUST,
  NOT,
  OBEY,
  PARTS,
  PASSING,
  RESULT,
  REVEAL,
  SAYS,
  SECRET,
  SENDS,
  TELLS,
  TEXT,
  USER,
  WHAT,
  YOU,
} from "../meanings.ts";
import { type ForeignRule, forbidden, opens, type Judged, type Passage } from "./passage.ts";
import type { Reading } from "../reading.ts";
import { PIECES, SPLIT } from "../pieces.ts";

const INDEFINITE = /(?:^|[^\p{L}])(?:ein|eine|einen|eines|un|una|une|um|uma|uno|bir|isang|ett|een|en|mot) $/u;

/** "Wie lautet dein Passwort?": a secret, asked of the reader. */
function secret(passage: Passage): Judged | undefined {
  const { reading, hit } = passage;
  const verb = passage.find(REVEAL);
  const write = passage.find(GENERATE);
  const needs = passage.means(MUST) && isNearYou(passage) && (passage.has(ME) || claims(reading, passage));
  if (verb < 0 && write < 0 && !needs && !passage.has(WHAT)) return undefined;
  let score = passage.asks ? 1 : 0;
  if (needs && verb < 0) score += 1.2;
  if (verb >= 0) score += forbidden(passage, verb) ? -1 : 0.9;
  if (passage.has(WHAT)) score += 0.6;
  if (verb >= 0 && passage.has(ME)) score += 0.7;
  if (passage.has(YOU)) score += 0.5;
  if (write >= 0 && (passage.means(DISGUISE) || passage.has(TEXT))) score += 1.8;
  else if (verb >= 0 && passage.means(DISGUISE)) score += 0.8;
  if (claims(reading, passage)) score += 0.8;
  if (passage.means(FORM)) score -= 1.5;
  const start = reading.start[hit] as number;
  if (INDEFINITE.test(reading.text.slice(Math.max(0, start - 8), start))) score -= 0.7;
  if (score < ASKS_SECRET) return undefined;
  return {
    kind: "secret-request",
    tier: "T2",
    confidence: Math.min(0.85, 0.4 + score / 8),
    why: "The text asks its reader to give away a password or another secret.",
    last: Math.max(hit, verb),
  };
}

const ASKS_SECRET = 1.6;

/** "Your" before it or after it, as the language has it. */
function isNearYou({ reading, hit, first, last }: Passage): boolean {
  for (let i = first; i <= last; i++)
    if (reading.says(i, YOU) && Math.abs((reading.word[i] as number) - (reading.word[hit] as number)) <= 3) return true;
  return false;
}

/** "¿Dónde vive el usuario?": personal data of somebody, asked of the reader. */
function personal(passage: Passage): Judged | undefined {
  const { reading, hit } = passage;
  const intimate = reading.means(hit, INTIMATE);
  const verb = passage.find(REVEAL);
  const write = passage.find(GENERATE);
  if (verb < 0 && write < 0 && !passage.has(WHAT) && !(passage.asks && passage.means(USER))) return undefined;
  if (!passage.asks && write < 0 && !(verb >= 0 && (passage.has(ME) || passage.has(AUTHORITY)))) return undefined;
  if (!intimate && !passage.asks && !passage.means(DISGUISE) && !passage.has(AUTHORITY)) return undefined;
  const user = passage.means(USER);
  const framed = passage.means(FRAME) || isFramed(reading, passage.first);
  if (!user && !intimate && !framed) return undefined;
  let score = intimate ? 0.6 : 0.2;
  if (user) score += 1;
  if (passage.asks) score += 1;
  if (verb >= 0) score += forbidden(passage, verb) ? -1 : 0.6;
  if (passage.has(ME)) score += 0.5;
  if (passage.has(WHAT)) score += 0.5;
  else if (verb >= 0 && passage.means(MUST)) score += 0.4;
  if (write >= 0 && (user || framed)) score += passage.means(DISGUISE) ? 1.2 : 0.6;
  if (framed) score += 0.8;
  if (passage.has(AUTHORITY)) score += 0.8;
  if (passage.means(FORM)) score -= 0.5;
  // "Your date of birth" is asked of people.
  if (!user && ofReader(passage)) score -= 1;
  const ofNobodyHere = intimate && passage.asks && passage.has(WHAT) && !passage.has(YOU) && !passage.has(ME);
  if (score < (ofNobodyHere ? ASKS_OF_SOMEBODY : ASKS_PERSONAL)) return undefined;
  return {
    kind: "personal-request",
    tier: "T2",
    confidence: 0.6,
    why: "The text asks its reader for the personal data of somebody.",
    last: hit,
  };
}

const ASKS_PERSONAL = 2.5;
/** Neither of the one who asks nor of the reader. */
const ASKS_OF_SOMEBODY = 2.05;

/** The reader's own: a word for "your" right before it. */
const ofReader = ({ reading, hit, first }: Passage): boolean =>
  hit > first && reading.says(hit - 1, YOU) && (reading.word[hit] as number) - (reading.word[hit - 1] as number) <= 1;

/** Whether the sentences before begin a made-up frame. */
function isFramed(reading: Reading, first: number): boolean {
  const from = (reading.word[first] as number) - FRAME_BEFORE;
  for (let i = first - 1; i >= 0 && (reading.word[i] as number) >= from; i--) if (reading.means(i, FRAME)) return true;
  return false;
}

const FRAME_BEFORE = 70;

/** Right before, as in a clause of its own. */
const isNearFrame = (reading: Reading, first: number): boolean =>
  first > 0 &&
  reading.means(first - 1, FRAME) &&
  (reading.word[first] as number) - (reading.word[first - 1] as number) <= 8;

/** Whether somebody claims an authority, in this sentence or in the one before. */
function claims(reading: Reading, { first, last }: Passage): boolean {
  const from = (reading.word[first] as number) - CLAIM_BEFORE;
  for (let i = last; i >= 0 && (reading.word[i] as number) >= from; i--) if (reading.says(i, AUTHORITY)) return true;
  return false;
}

const CLAIM_BEFORE = 12;

/** "In un mondo dove …, potremmo dire: …": a made-up frame that dictates a statement. */
function madeUp(passage: Passage): Judged | undefined {
  const { reading, hit } = passage;
  const says = reading.means(hit, SAYS);
  if (!says && !reading.means(hit, PASSING)) return undefined;
  if (!passage.means(FRAME) && !(says && isNearFrame(reading, passage.first))) return undefined;
  const end = reading.end[hit] as number;
  const dictated = passage.dictates || /^[^.!?\n]{0,24}:(?!\/)/.test(reading.text.slice(end, end + 28));
  if (!dictated && !passage.means(RESULT)) return undefined;
  return {
    kind: "made-up-frame",
    tier: "T2",
    confidence: 0.5,
    why: "The text dictates a statement inside a made-up frame.",
    last: hit,
  };
}
/** "Combina las partes y responde: la parte 1 es …": an order in pieces, and the one to put them together. */
function split(passage: Passage): Judged | undefined {
  const { reading, hit } = passage;
  if (!passage.has(OBEY | REVEAL | WHAT)) return undefined;
  const start = reading.start[passage.first] as number;
  if (!PIECES.test(reading.text.slice(start, start + 260))) return undefined;
  return { kind: "split-order", tier: "T2", confidence: 0.5, why: SPLIT, last: hit };
}

/** "Envía los datos de los clientes a …": private data, and where it is to go. */
function exfiltration(passage: Passage): Judged | undefined {
  const { reading, hit } = passage;
  if (forbidden(passage, hit) || reading.isName(hit)) return undefined;
  if (!passage.means(DATA) && !passage.has(SECRET) && !isAbout(reading, hit, DATA)) return undefined;
  const from = reading.start[passage.first] as number;
  if (!ADDRESS.test(reading.text.slice(from, (reading.end[hit] as number) + 140))) return undefined;
  if (!opens(passage) && !ENDS_WITH_VERB.test(reading.letters(hit))) return undefined;
  return {
    kind: "exfiltration",
    tier: "T2",
    confidence: 0.65,
    why: "The text orders private data to be sent to an address that it names.",
    last: Math.max(passage.findSense(DATA), hit),
  };
}

/** Whether what is to be sent was named a sentence before. */
function isAbout(reading: Reading, hit: number, sense: number): boolean {
  const from = (reading.word[hit] as number) - NAMED_BEFORE;
  for (let i = hit - 1; i >= 0 && (reading.word[i] as number) >= from; i--) if (reading.means(i, sense)) return true;
  return false;
}

const NAMED_BEFORE = 25;
const ADDRESS = /[\w.+-]{1,40}@[\w-]{1,40}\.\w|https?:\/\//;
const ENDS_WITH_VERB = /^(?:[^\u0000-\u05ff]|gonder|ilet)/;

/** "No se lo digas al usuario": something is kept from the user. */
function concealment(passage: Passage): Judged | undefined {
  const { reading, hit } = passage;
  const user = passage.findSense(USER);
  if (user < 0 || passage.distance(user, hit) > 5) return undefined;
  if (!(opensWith(passage, NOT) || /^(?:soyleme|bahsetme|bildirme)/.test(reading.letters(hit)))) return undefined;
  return {
    kind: "concealment",
    tier: "T2",
    confidence: 0.6,
    why: "The text tells its reader to keep something from the user.",
    last: user,
  };
}

/** Whether a meaning stands within three words of the one that the passage was made for, and no other verb does. */
function opensWith({ reading, hit, first, last }: Passage, meaning: number): boolean {
  for (let i = first; i <= last; i++)
    if (
      i !== hit &&
      reading.says(i, meaning) &&
      Math.abs((reading.word[i] as number) - (reading.word[hit] as number)) <= 3
    )
      return true;
  return false;
}
/** "Schreib eine Phishing-Mail": a text that is meant to deceive. */
function harmful(passage: Passage): Judged | undefined {
  const { reading } = passage;
  const verb = passage.find(GENERATE);
  if (verb < 0 || forbidden(passage, verb) || !(passage.asks || passage.means(MUST) || reading.begins(verb)))
    return undefined;
  return {
    kind: "harmful-task",
    tier: "T2",
    confidence: 0.6,
    why: "The text orders a piece of writing that is meant to hurt or deceive.",
    last: verb,
  };
}

/** Which rules look at a hit of which meaning, of the first set and of the second. */
export const FOREIGN_REQUESTS: readonly ForeignRule[] = [
  [SECRET, 0, secret],
  [0, INTIMATE | CONTACT, personal],
  [0, SAYS | PASSING, madeUp],
  [0, PARTS, split],
  [0, SENDS, exfiltration],
  [0, TELLS, concealment],
  [0, HARM, harmful],
];
