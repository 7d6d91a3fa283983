import type { Span } from "./urls.ts";

const HEADER = /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
/** Lines of PEM headers (RFC 1421), line ends that were written as escapes, quotes and plus signs of source code. */
const BODY =
  /(?:[\s"'+,|>]|\\[nrt])*(?:(?:Proc-Type|DEK-Info|Version|Comment|Key-Format)[^\n]{0,120}(?:[\s"'+,]|\\[nrt])*){0,4}/y;
const LONGEST_KEY = 20_000;
const FEWEST_CHARACTERS = 16;

/** A private key in PEM (RFC 7468) or OpenPGP armour (RFC 9580, section 6), to its end or that of the text. */
export function privateKeyAt(text: string, start: number): Span | undefined {
  HEADER.lastIndex = start;
  if (!HEADER.test(text)) return undefined;
  BODY.lastIndex = HEADER.lastIndex;
  const body = BODY.test(text) ? BODY.lastIndex : HEADER.lastIndex;
  const shown = text.slice(body, body + 200).replace(/\s|\\[nrt]/g, "");
  const run = /^[A-Za-z0-9+/=]*/.exec(shown)?.[0].length ?? 0;
  if (run < FEWEST_CHARACTERS) return undefined;
  const close = text.indexOf("-----END ", body);
  const shut = close < 0 || close - body > LONGEST_KEY ? -1 : text.indexOf("-----", close + 9);
  if (shut >= 0 && shut - close < 60) return { start, end: shut + 5, confidence: 0.99 };
  const block = /^(?:[A-Za-z0-9+/=\s"'+,]|\\[nrt])*/.exec(text.slice(body, body + LONGEST_KEY))?.[0].length ?? 0;
  return { start, end: body + block, confidence: 0.9 };
}

/** A private key file of PuTTY, to the line of its check or the end of the text. */
export function puttyKeyAt(text: string, start: number): Span | undefined {
  const lines = text.slice(start, start + LONGEST_KEY);
  if (!/^PuTTY-User-Key-File-\d: /.test(lines) || !lines.includes("Private-Lines: ")) return undefined;
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
