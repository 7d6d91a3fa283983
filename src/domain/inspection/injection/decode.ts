import { Buffer } from "node:buffer";
import { ROTATIONS, rotate } from "./lexicon.ts";
import type { Places } from "./places.ts";
import { type Reading, SHORTEST_SPELLED, skeleton } from "./reading.ts";

/** A part of a text that hides another one, and what it says. */
export interface Decoded {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** How it was written: `base64`, `hex`, `percent` … */
  readonly how: string;
  /** Its words are disguised by digits. */
  readonly leet?: boolean;
}

/** Units that are decoded of one part, and parts of one text. */
const LONGEST = 8_192;
const MOST = 40;

/** Whether bytes read as a text of some length. */
function readable(text: string): boolean {
  if (text.length < 12 || text.includes("\ufffd") || /[\u0000-\u0008\u000e-\u001f]/.test(text)) return false;
  const odd = text.match(/[^\p{L}\p{N}\p{P}\p{Zs}\n\r\t<>=+$`^|~]/gu)?.length ?? 0;
  return odd * 12 < text.length && /\p{L}{2,}/u.test(text);
}

/** How far before its long run base64 may begin, in units: `+` and `/` are no letters. */
const BACK = 64;
const BASE64 = /[A-Za-z0-9+/=_-]/;

/** Where base64 begins that a long run is part of. */
function beginning(text: string, start: number): number {
  let from = start;
  while (from > 0 && start - from < BACK && BASE64.test(text[from - 1] as string)) from--;
  return from;
}

function ending(text: string, end: number, from: number): number {
  let to = end;
  while (to < text.length && to - from < LONGEST && BASE64.test(text[to] as string)) to++;
  return to;
}

/** Units of a run that are decoded to see whether it is worth more: most are hashes and pictures. */
const FIRST = 64;

/** No text begins with controls or with bytes that are no UTF-8. */
const hopeless = (decoded: string) => /[\u0000-\u0008\u000e-\u001f]|\ufffd(?!$)/.test(decoded);

function ofLongRun(text: string, start: number, end: number): Decoded | undefined {
  const run = text.slice(start, Math.min(end, start + LONGEST));
  if (/^(?:0x)?(?:[0-9a-f]{2})+$/i.test(run)) {
    const decoded = Buffer.from(run.replace(/^0x/i, ""), "hex").toString("utf8");
    return readable(decoded) ? { start, end, text: decoded, how: "hex" } : undefined;
  }
  const from = beginning(text, start);
  if (
    hopeless(
      Buffer.from(text.slice(from, from + FIRST), "base64")
        .toString("utf8")
        .replace(/\ufffd{1,3}$/, ""),
    )
  )
    return undefined;
  const to = ending(text, Math.min(end, from + LONGEST), from);
  const decoded = Buffer.from(text.slice(from, to), "base64")
    .toString("utf8")
    .replace(/\ufffd$/, "");
  return readable(decoded) ? { start: from, end: to, text: decoded, how: "base64" } : undefined;
}

/** The run without spaces around a place, cut at what is decoded of one part. */
function runAround(text: string, place: number): [number, number] {
  let start = place;
  while (start > 0 && place - start < LONGEST / 2 && text.charCodeAt(start - 1) > 32) start--;
  let end = place;
  while (end < text.length && end - place < LONGEST / 2 && text.charCodeAt(end) > 32) end++;
  return [start, end];
}

/** Runs with an encoded space that are looked at: lists of links hold many. */
const MOST_RUNS = 2_000;

function percent(text: string): Decoded[] {
  const found: Decoded[] = [];
  let past = 0;
  for (let at = text.indexOf("%20"), tries = 0; at >= 0 && tries < MOST_RUNS; at = text.indexOf("%20", past), tries++) {
    const [start, end] = runAround(text, at);
    past = end;
    const run = text.slice(start, end);
    if (run.split("%20", 4).length < 4) continue;
    found.push({ start, end, text: unescapeBytes(run), how: "percent" });
    // What is decoded beyond this is cut, so that it need not be made.
    if (found.length * LONGEST > ENOUGH && lengthOf(found) > ENOUGH) break;
  }
  return found;
}

/** Units of decoded text of which the judge reads no more. */
const ENOUGH = 40_000;
const lengthOf = (parts: readonly Decoded[]) => parts.reduce((sum, { text }) => sum + text.length, 0);

const unescapeBytes = (run: string) => {
  const bytes = run.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
};

const ENTITIES = /(?:&#(?:\d{1,6}|x[0-9a-f]{1,5});[ \n]?){8,}/gi;

function entities(text: string): Decoded[] {
  if (!text.includes("&#")) return [];
  return [...text.matchAll(ENTITIES)].slice(0, MOST).map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: match[0]
      .slice(0, LONGEST)
      .replace(/&#(?:(\d{1,6})|x([0-9a-f]{1,5}));/gi, (_, ten: string, hex: string) =>
        pointOf(ten === undefined ? Number.parseInt(hex, 16) : Number(ten)),
      ),
    how: "entities",
  }));
}

const pointOf = (code: number) => (code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd");

export const BINARY_BEGINS = " 01";
const BYTE = / 01[01]{6}[ ,]/y;
const BINARY = /(?:\b[01]{8}\b[ ,]?){6,1000}/g;

function binary(text: string, places: Places): Decoded[] {
  if (places.get(BINARY_BEGINS)?.some((at) => isByte(text, at)) !== true) return [];
  return [...text.matchAll(BINARY)].slice(0, MOST).map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: Buffer.from((match[0].match(/[01]{8}/g) ?? []).map((bits) => Number.parseInt(bits, 2))).toString("utf8"),
    how: "binary",
  }));
}

function isByte(text: string, at: number): boolean {
  BYTE.lastIndex = at;
  return BYTE.test(text);
}

const MORSE_LETTERS =
  ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..".split(
    " ",
  );
const MORSE = /(?:[.-]{1,5}(?: ?\/ ?| {1,3})){10,600}[.-]{1,5}/g;

export const MORSE_HOLDS = [".- ", "-. "];

/** Points and dashes with a space after each letter and a stroke between words. */
function morse(text: string, places: Places): Decoded[] {
  if (!MORSE_HOLDS.some((sign) => places.has(sign))) return [];
  return [...text.matchAll(MORSE)].slice(0, MOST).map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: match[0]
      .split(/ ?\/ ?| {3}/)
      .map((word) =>
        Array.from(word.split(/ +/), (sign) => String.fromCharCode(97 + MORSE_LETTERS.indexOf(sign))).join(""),
      )
      .join(" ")
      .replaceAll("`", ""),
    how: "morse",
  }));
}

/** The surroundings of words that were moved through the alphabet. */
function rotated(text: string, reading: Reading): Decoded[] {
  const found: Decoded[] = [];
  let past = 0;
  for (const place of reading.rotated) {
    if (place < past || found.length === MOST) continue;
    const start = Math.max(past, place - 400);
    const end = Math.min(text.length, place + 400);
    past = end;
    for (const by of ROTATIONS) found.push({ start, end, text: rotate(text.slice(start, end), by), how: "rotation" });
  }
  return found;
}

/** Letters with a space or a point after each; two spaces end a word. */
function spelled(text: string, reading: Reading): Decoded[] {
  return reading.spelled
    .filter(({ letters }) => letters >= SHORTEST_SPELLED)
    .flatMap(({ start, end }) => {
      const run = text.slice(start, Math.min(end, start + LONGEST));
      const words = run.replace(/(\S)[ .](?=\S)/g, "$1").replace(/ {2,}/g, " ");
      return [
        { start, end, text: words, how: "spelled" },
        { start, end, text: words, how: "spelled", leet: true },
      ];
    })
    .slice(0, MOST);
}

/**
 * Everything in a text that is written in another form, decoded one level.
 *
 * @param places where the literals stand that such forms hold
 */
export function decoded(text: string, reading: Reading, places: Places): Decoded[] {
  const found = [
    ...percent(text),
    ...entities(text),
    ...binary(text, places),
    ...morse(text, places),
    ...rotated(text, reading),
    ...spelled(text, reading),
  ];
  for (const [start, end] of reading.long) {
    if (found.length >= MOST) {
      reading.cut = true;
      break;
    }
    const part = ofLongRun(text, start, end);
    if (part !== undefined) found.push(part);
  }
  if (reading.mixed >= 3 && reading.mixed * 5 > reading.words)
    found.push({
      start: 0,
      end: Math.min(text.length, LONGEST),
      text: text.slice(0, LONGEST),
      how: "digits",
      leet: true,
    });
  return found;
}

const SQUEEZED =
  /(?:lgnore|dlsregard|forget|bypass|overrlde)(?:all|any|the|your|my|of)*(?:(?:prevlous|prlor|above|earller|exlstlng|safety|system)(?:lnstructlon|rule|prompt|dlrectlon|order|guldellne|pollcy)|approvaland|lnstructlons)|reveal(?:the|your|all)*(?:hldden|full|lnltlal|system)*(?:prompt|lnstructlons)|(?:send|emall|forward|upload|export)(?:all|the|customer|prlvate|user|secret|database|thelr)+(?:emalls?|data|credentlals|secrets?|records|passwords?|flles)(?:to|and)|approve(?:all|the|next|pendlng)+toolcalls?/;

/** An order in a text whose spaces were taken out or put elsewhere. */
export function squeezed(text: string, reading: Reading): { start: number; end: number } | undefined {
  for (const [start, end] of reading.long)
    if (end - start < LONGEST && SQUEEZED.test(skeleton(text.slice(start, end)))) return { start, end };
  if (reading.single * 2 < reading.words && reading.mixed * 3 < reading.words) return undefined;
  const all = text.slice(0, LONGEST);
  return SQUEEZED.test(skeleton(all.replace(/[^a-z0-9@$]/g, ""))) && /\w[ .]\w[ .]|\d\w* \w*\d/.test(all)
    ? { start: 0, end: all.length }
    : undefined;
}
