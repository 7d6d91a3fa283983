import { isLetter, isSpace } from "./units.ts";
import type { Span } from "./urls.ts";

const HEADER = /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
/** Lines of PEM headers (RFC 1421), line ends that were written as escapes, quotes and plus signs of source code. */
const BODY =
  /(?:[\s"'+,|>]|\\[nrt])*(?:(?:Proc-Type|DEK-Info|Version|Comment|Key-Format)[^\n]{0,120}(?:[\s"'+,]|\\[nrt])*){0,4}/y;
const LONGEST_KEY = 20_000;
const FEWEST_CHARACTERS = 16;

/** Where the next of a mark stands, and from which place on that is known: it is searched once however often blocks begin. */
export interface NextMark {
  readonly mark: string;
  from: number;
  at: number;
}

/** What blocks are looked at for: the end of one in PEM, and the key in a file of PuTTY. */
export interface BlockMarks {
  readonly end: NextMark;
  readonly lines: NextMark;
}

const END = "-----END ";
const KEY_LINES = "Private-Lines: ";

/** Nothing is known yet. */
export const noMarks = (): BlockMarks => ({
  end: { mark: END, from: 0, at: -1 },
  lines: { mark: KEY_LINES, from: 0, at: -1 },
});

/** Where a mark stands from a place on; infinity where it does not. */
function placeOf(text: string, from: number, next: NextMark): number {
  if (from < next.from || from > next.at) {
    const at = text.indexOf(next.mark, from);
    next.from = from;
    next.at = at < 0 ? Number.POSITIVE_INFINITY : at;
  }
  return next.at;
}

/** How far behind a header the first characters of a key stand. */
const SHOWN = 200;

/** Whether a key begins here: so many characters of Base64, with white space and escapes of line ends between. */
function holdsKey(text: string, from: number): boolean {
  let characters = 0;
  const end = Math.min(text.length, from + SHOWN);
  for (let i = from; i < end && characters < FEWEST_CHARACTERS; i++) {
    const unit = text.charCodeAt(i);
    if (isBase64(unit)) characters++;
    else if (unit === 92 && i + 1 < end && "nrt".includes(text.charAt(i + 1))) i++;
    else if (!isSpace(unit)) return false;
  }
  return characters === FEWEST_CHARACTERS;
}

const isBase64 = (unit: number): boolean =>
  isLetter(unit) || (unit >= 48 && unit <= 57) || unit === 43 || unit === 47 || unit === 61;

/** A private key in PEM (RFC 7468) or OpenPGP armour (RFC 9580, section 6), to its end or that of the text. */
export function privateKeyAt(text: string, start: number, { end }: BlockMarks): Span | undefined {
  HEADER.lastIndex = start;
  if (!HEADER.test(text)) return undefined;
  BODY.lastIndex = HEADER.lastIndex;
  const body = BODY.test(text) ? BODY.lastIndex : HEADER.lastIndex;
  if (!holdsKey(text, body)) return undefined;
  const close = placeOf(text, body, end);
  const shut = close - body > LONGEST_KEY ? -1 : text.indexOf("-----", close + 9);
  if (shut >= 0 && shut - close < 60) return { start, end: shut + 5, confidence: 0.99 };
  const block = /^(?:[A-Za-z0-9+/=\s"'+,]|\\[nrt])*/.exec(text.slice(body, body + LONGEST_KEY))?.[0].length ?? 0;
  return { start, end: body + block, confidence: 0.9 };
}

/** A private key file of PuTTY, to the line of its check or the end of the text. */
export function puttyKeyAt(text: string, start: number, marks: BlockMarks): Span | undefined {
  if (placeOf(text, start, marks.lines) + KEY_LINES.length > start + LONGEST_KEY) return undefined;
  const lines = text.slice(start, start + LONGEST_KEY);
  if (!/^PuTTY-User-Key-File-\d: /.test(lines)) return undefined;
  const mac = lines.indexOf("Private-MAC: ");
  return {
    start,
    end: mac < 0 ? start + lines.length : Math.min(text.length, start + mac + 13 + 64),
    confidence: 0.97,
  };
}

const HEX_KEY = /0x[0-9a-f]{64}(?![0-9a-f])/iy;
const NEAR = 80;

/** 32 bytes in hexadecimal with words for a key of a wallet close to them; the digits alone would be any hash. */
export function walletKeyAt(text: string, start: number): Span | undefined {
  HEX_KEY.lastIndex = start;
  if (!HEX_KEY.test(text)) return undefined;
  const end = start + 66;
  const around = `${text.slice(Math.max(0, start - NEAR), start)} ${text.slice(end, end + NEAR)}`;
  return /private|wallet|secret|mnemonic|seed/i.test(around) ? { start, end, confidence: 0.75 } : undefined;
}
