/** How a text may be written, and what its runs say when they are decoded; empty: it is not written like that. */
export type Decoder = readonly [how: string, decode: (text: string) => readonly string[]];

/** Every run of a text is decoded, those that say something are read as one: none hides among others. */
export const DECODERS: readonly Decoder[] = [
  ["percent encoding", (text) => (/%[0-9a-f]{2}/i.test(text) ? [unpercent(text)] : [])],
  ["quoted-printable", (text) => (/=[0-9a-f]{2}.*=[0-9a-f]{2}/is.test(text) ? [unquoted(text)] : [])],
  ["JSON escapes", (text) => (/\\[ux]\{?[0-9a-f]{2}/i.test(text) ? [unescaped(text)] : [])],
  ["octal escapes", (text) => (/\\[0-3]?[0-7]{2}/.test(text) ? [unoctal(text)] : [])],
  ["character references", (text) => (/&#x?[0-9a-f]+;/i.test(text) ? [unreferenced(text)] : [])],
  ["base64", (text) => [...base64In(text), ...(/\s/.test(text) ? base64In(text.replace(/\s+/g, "")) : [])]],
  ["hex", (text) => said(text, /(?:(?:0x|\\x)?[0-9a-f]{2}[\s:,._-]{0,3}){8,}/gi, fromHex)],
  ["base32", (text) => said(text.replace(/\s+/g, ""), /[A-Z2-7]{16,}=*/g, fromBase32)],
  ["character codes", (text) => said(text, /(?:\d{2,3}[\s,;]+){7,}\d{2,3}/g, fromCodes(10))],
  ["octal codes", (text) => said(text, /(?:[0-7]{2,3}[\s,;]+){7,}[0-7]{2,3}/g, fromCodes(8))],
  ["binary digits", (text) => said(text, /(?:[01]{8}[\s,]*){8,}/g, fromBinary)],
];

/** Shorter stretches between bytes that are no text say nothing. */
const SHORTEST = 8;

/** Whether a UTF-16 unit stands in texts: no control character, and nothing in the place of bytes that are no UTF-8. */
const isLegible = (unit: number): boolean =>
  (unit >= 0x20 && unit !== 0x7f && (unit < 0x80 || unit >= 0xa0) && unit !== 0xfffd) || (unit >= 9 && unit <= 13);

/** What can be read of decoded bytes; empty: they were no text. */
export function legible(text: string): string {
  if (text.length < SHORTEST) return "";
  let odd = 0;
  let start = 0;
  let stretches = "";
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && isLegible(text.charCodeAt(at))) continue;
    if (at - start >= SHORTEST) stretches += `${text.slice(start, at)}\n`;
    start = at + 1;
    odd++;
  }
  return (odd - 1) * 5 < text.length ? text : stretches;
}

function said(text: string, pattern: RegExp, decode: (run: string) => string): string[] {
  const read: string[] = [];
  for (const [run] of text.matchAll(pattern)) {
    const one = legible(decode(run));
    if (one !== "") read.push(one);
  }
  return read.length === 0 ? [] : [read.join("\n")];
}

/** What stands before it may belong to it: four letters are three bytes. */
const base64In = (text: string): string[] =>
  [0, 1, 2, 3].flatMap((by) => said(text, /[A-Za-z0-9+/_-]{12,}={0,2}/g, (run) => fromBase64(run.slice(by))));

const character = (code: number): string => (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "");
const unpercent = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString());
/** RFC 2045, section 6.7. */
const unquoted = (text: string): string =>
  text
    .replace(/=\r?\n/g, "")
    .replace(/(?:=[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("=", ""), "hex").toString());
const unescaped = (text: string): string =>
  text.replace(/\\u\{?([0-9a-f]{2,6})\}?|\\x([0-9a-f]{2})/gi, (_all, unit: string, byte: string) =>
    character(Number.parseInt(unit ?? byte, 16)),
  );
const unoctal = (text: string): string =>
  text.replace(/\\([0-3]?[0-7]{2})/g, (_all, byte: string) => character(Number.parseInt(byte, 8)));
const unreferenced = (text: string): string =>
  text.replace(/&#(x?)([0-9a-f]{1,6});/gi, (_all, hex: string, digits: string) =>
    character(Number.parseInt(digits, hex === "" ? 10 : 16)),
  );
const fromBase64 = (text: string): string => Buffer.from(text, "base64").toString();
const fromHex = (text: string): string =>
  Buffer.from(text.replace(/0x|\\x/gi, "").replace(/[^0-9a-f]/gi, ""), "hex").toString();
const fromCodes =
  (radix: number) =>
  (text: string): string =>
    text
      .split(/[\s,;]+/)
      .map((code) => character(Number.parseInt(code, radix)))
      .join("");
const fromBinary = (text: string): string =>
  (text.replace(/[^01]/g, "").match(/[01]{8}/g) ?? []).map((byte) => character(Number.parseInt(byte, 2))).join("");

/** RFC 4648, section 6. */
function fromBase32(text: string): string {
  const bytes: number[] = [];
  let [value, bits] = [0, 0];
  for (const letter of text.replace(/=+$/, "")) {
    value = ((value << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >>> bits) & 0xff);
  }
  return Buffer.from(bytes).toString();
}
