import { Buffer } from "node:buffer";
import { type Reading, skeleton } from "./reading.ts";

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

const rot13 = (text: string) =>
  text.replace(/[a-z]/gi, (char) => {
    const unit = char.charCodeAt(0);
    return String.fromCharCode((((unit & 31) + 12) % 26) + 1 + (unit & 96));
  });

/** Words that only instructions hold, as rot13 writes them. */
const ROTATED = [
  "instruction",
  "previous",
  "prompt",
  "ignore",
  "disregard",
  "reveal",
  "password",
  "secret",
  "assistant",
].map(rot13);

/** Whether bytes read as a text of some length. */
function readable(text: string): boolean {
  if (text.length < 12 || text.includes("\ufffd")) return false;
  const odd = text.match(/[^\p{L}\p{N}\p{P}\p{Zs}\n\r\t<>=+$`^|~]/gu)?.length ?? 0;
  return odd * 12 < text.length && /\p{L}{2,}/u.test(text);
}

/** The run of characters of a class around a span. */
function widen(text: string, start: number, end: number, inside: RegExp): [number, number] {
  let from = start;
  let to = end;
  while (from > 0 && start - from < 16 && inside.test(text[from - 1] as string)) from--;
  while (to < text.length && to - start < LONGEST && inside.test(text[to] as string)) to++;
  return [from, to];
}

function ofLongRun(text: string, start: number, end: number): Decoded | undefined {
  const run = text.slice(start, Math.min(end, start + LONGEST));
  if (/^(?:0x)?(?:[0-9a-f]{2})+$/i.test(run)) {
    const decoded = Buffer.from(run.replace(/^0x/i, ""), "hex").toString("utf8");
    return readable(decoded) ? { start, end, text: decoded, how: "hex" } : undefined;
  }
  const [from, to] = widen(text, start, Math.min(end, start + LONGEST), /[A-Za-z0-9+/=_-]/);
  const decoded = Buffer.from(text.slice(from, to), "base64")
    .toString("utf8")
    .replace(/\ufffd$/, "");
  return readable(decoded) ? { start: from, end: to, text: decoded, how: "base64" } : undefined;
}

/** The run without spaces around a place, cut at what is decoded of one part. */
function runAround(text: string, place: number, gap: RegExp): [number, number] {
  let start = place;
  while (start > 0 && place - start < LONGEST / 2 && !gap.test(text[start - 1] as string)) start--;
  let end = place;
  while (end < text.length && end - place < LONGEST / 2 && !gap.test(text[end] as string)) end++;
  return [start, end];
}

function percent(text: string): Decoded[] {
  const found: Decoded[] = [];
  for (let at = text.indexOf("%20"); at >= 0 && found.length < MOST; ) {
    const [start, end] = runAround(text, at, /\s/);
    const run = text.slice(start, end);
    if (run.split("%20", 4).length === 4) found.push({ start, end, text: unescapeBytes(run), how: "percent" });
    at = text.indexOf("%20", end);
  }
  return found;
}

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

const BINARY = /(?:\b[01]{8}\b[ ,]?){6,1000}/g;

function binary(text: string): Decoded[] {
  return [...text.matchAll(BINARY)].slice(0, MOST).map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: Buffer.from((match[0].match(/[01]{8}/g) ?? []).map((bits) => Number.parseInt(bits, 2))).toString("utf8"),
    how: "binary",
  }));
}

function rotated(text: string, lower: string): Decoded[] {
  const found: Decoded[] = [];
  let last = -1;
  for (const word of ROTATED) {
    const place = lower.indexOf(word);
    if (place < 0 || (last >= 0 && Math.abs(place - last) < 400)) continue;
    last = place;
    const start = Math.max(0, place - 400);
    const end = Math.min(text.length, place + 400);
    found.push({ start, end, text: rot13(text.slice(start, end)), how: "rot13" });
  }
  return found;
}

/** Letters with a space, point or dash after each. */
const SPELLED = /(?:(?<![a-z0-9])[a-z0-9@$<>!/:;,()[\]'"?=_-](?:[ .](?: {0,2}))){14,3000}[a-z0-9]?/gi;

function spelled(text: string, reading: Reading): Decoded[] {
  if (reading.single < 14) return [];
  return [...text.matchAll(SPELLED)].slice(0, MOST).flatMap((match) => {
    const run = match[0];
    const part = { start: match.index, end: match.index + run.length };
    const words = run.replace(/(\S)[ .](?=\S)/g, "$1").replace(/ {2,}/g, " ");
    return [
      { ...part, text: words, how: "spelled" },
      { ...part, text: words, how: "spelled", leet: true },
    ];
  });
}

/** Everything in a text that is written in another form, decoded one level. */
export function decoded(text: string, lower: string, reading: Reading): Decoded[] {
  const found = [
    ...percent(text),
    ...entities(text),
    ...binary(text),
    ...rotated(text, lower),
    ...spelled(text, reading),
  ];
  for (const [start, end] of reading.long) {
    if (found.length >= MOST) break;
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
  if (reading.single < 14 && reading.mixed * 3 < reading.words) return undefined;
  const all = text.slice(0, LONGEST);
  return SQUEEZED.test(skeleton(all.replace(/[^a-z0-9@$]/g, ""))) && /\w[ .]\w[ .]|\d\w* \w*\d/.test(all)
    ? { start: 0, end: all.length }
    : undefined;
}
