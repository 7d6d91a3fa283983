/** One way to read a text that leaves. */
export interface View {
  /** How it was written, for a person; empty: as it is. */
  readonly how: string;
  readonly text: string;
}

/** Most views of one call, and most characters of all of them: what is beyond was not looked at. */
const MOST_VIEWS = 96;
const MOST_LETTERS = 1 << 20;
/** Encodings around encodings. */
const DEEPEST = 3;

type Decode = (text: string) => string[];

const DECODERS: readonly (readonly [string, Decode])[] = [
  ["percent encoding", (text) => (/%[0-9a-f]{2}/i.test(text) ? [unpercent(text)] : [])],
  ["JSON escapes", (text) => (/\\[ux]\{?[0-9a-f]{2}/i.test(text) ? [unescaped(text)] : [])],
  ["character references", (text) => (/&#x?[0-9a-f]+;/i.test(text) ? [unreferenced(text)] : [])],
  [
    "base64",
    (text) => [...runs(text, BASE64), ...runs(text.replace(/\s+/g, ""), BASE64)].flatMap(shifted).map(fromBase64),
  ],
  ["hex", (text) => runs(text, /(?:(?:0x|\\x)?[0-9a-f]{2}[\s:,._-]{0,2}){8,}/gi).map(fromHex)],
  ["base32", (text) => runs(text.replace(/\s+/g, ""), /[A-Z2-7]{16,}=*/g).map(fromBase32)],
  ["character codes", (text) => runs(text, /(?:\d{2,3}[\s,;]+){7,}\d{2,3}/g).map(fromCodes(10))],
  ["binary digits", (text) => runs(text, /(?:[01]{8}[\s,]*){8,}/g).map(fromBinary)],
];

const BASE64 = /[A-Za-z0-9+/_-]{12,}={0,2}/g;
/** What stands before it may belong to it: four letters are three bytes. */
const shifted = (run: string): string[] => [0, 1, 2, 3].map((by) => run.slice(by));

/**
 * A text and everything that it is when it is decoded: base64, base32, hex, percent, JSON escapes, character references
 * and codes, backwards, rotated by 13, also one within another. `whole` is false where there was more than is looked at.
 */
export function viewsOf(text: string): { readonly views: readonly View[]; readonly whole: boolean } {
  const views: View[] = [];
  let letters = 0;
  let whole = true;
  const seen = new Set<string>();
  const look = (view: View, depth: number): void => {
    if (seen.has(view.text) || view.text === "") return;
    if (views.length >= MOST_VIEWS || letters + view.text.length > MOST_LETTERS) {
      whole = false;
      return;
    }
    seen.add(view.text);
    views.push(view);
    letters += view.text.length;
    if (depth === DEEPEST) return;
    for (const [how, decode] of DECODERS)
      for (const decoded of decode(view.text))
        if (isText(decoded)) look({ how: view.how === "" ? how : `${how} in ${view.how}`, text: decoded }, depth + 1);
  };
  look({ how: "", text }, 0);
  for (const { how, text: plain } of views.slice())
    for (const [turn, turned] of [
      ["backwards", [...plain].reverse().join("")],
      ["rotated letters", rotated(plain)],
    ] as const) {
      const before = views.length;
      look({ how: how === "" ? turn : `${turn} in ${how}`, text: turned }, DEEPEST - 1);
      if (views.length === before) continue;
    }
  return { views, whole };
}

const runs = (text: string, pattern: RegExp): string[] => text.match(pattern)?.slice(0, 32) ?? [];

/** Bytes that were no text are no disguise of one. */
function isText(text: string): boolean {
  if (text.length < 8) return false;
  const odd = text.match(/[^\t\n\r\x20-\x7e\p{L}\p{N}\p{P}\p{S}\p{Z}]|\ufffd/gu)?.length ?? 0;
  return odd * 5 < text.length;
}

const character = (code: number): string => (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "");
const unpercent = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString());
const unescaped = (text: string): string =>
  text.replace(/\\u\{?([0-9a-f]{2,6})\}?|\\x([0-9a-f]{2})/gi, (_all, unit: string, byte: string) =>
    character(Number.parseInt(unit ?? byte, 16)),
  );
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

const rotated = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => {
    const first = letter <= "Z" ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
  });
