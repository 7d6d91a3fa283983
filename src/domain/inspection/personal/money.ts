import { hash } from "node:crypto";
import { getCountrySpecifications, isValidBBAN } from "ibantools";
import { mod97 } from "./checks.ts";
import { cueOf } from "./cues.ts";
import { isItem, isJoined, isNear, type Scan, type Span, standsAlone } from "./span.ts";

/** Issuers' ranges (ISO/IEC 7812) by what networks publish: beginning, lengths. */
const BRANDS: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:6011|65|64[4-9])/, [16, 19]],
  [/^(?:30[0-5]|3[689])/, [14, 16]],
  [/^35(?:2[89]|[3-8])/, [16, 17, 18, 19]],
  [/^62/, [16, 17, 18, 19]],
  [/^(?:5019|4571|220[0-4]|60[0-2]|508|8[12])/, [16]],
];
const MAESTRO = /^(?:50|5[6-9]|6)/;
const GROUPED = /^(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5})$/;
const CARD_CUE = cueOf(
  /card|visa|master|amex|american express|credit|debit|\bcc\b|\bpan\b|maestro|discover|diners|jcb|carte|tarjeta|kreditkart/,
);

/** A payment card: an issuer's range, a length of its, and Luhn's check; the longest that holds. */
export function cardAt(scan: Scan, start: number): Span | undefined {
  const { text } = scan;
  let found: Span | undefined;
  let count = 0;
  // Luhn's sums for an even number of digits and for an odd one: which are doubled depends on where the number ends.
  let [even, odd] = [0, 0];
  for (let i = start; count < 19 && i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (isDigit(unit)) {
      const digit = unit - 48;
      const doubled = digit > 4 ? 2 * digit - 9 : 2 * digit;
      even += count % 2 === 0 ? doubled : digit;
      odd += count % 2 === 0 ? digit : doubled;
      count++;
    } else if ((unit !== 32 && unit !== 45) || !isDigit(text.charCodeAt(i - 1))) break;
    if (count < 12 || unit < 48 || isDigit(text.charCodeAt(i + 1))) continue;
    if ((count % 2 === 0 ? even : odd) % 10 === 0) found = cardOf(scan, start, i + 1) ?? found;
  }
  return found;
}

function cardOf(scan: Scan, start: number, end: number): Span | undefined {
  const raw = scan.text.slice(start, end);
  const digits = raw.replace(/\D/g, "");
  const branded = BRANDS.some(([range, lengths]) => lengths.includes(digits.length) && range.test(digits));
  if (!branded && !MAESTRO.test(digits)) return undefined;
  if (!standsAlone(scan.text, start, end)) return undefined;
  // The later groups of a longer number, which is no card as a whole.
  if (digits.length < 16 && /\d{4}[ -]$/.test(scan.text.slice(Math.max(0, start - 5), start))) return undefined;
  const grouped = branded && GROUPED.test(raw);
  const cued = isItem(scan, start, end) || isNear(scan, CARD_CUE, start, end);
  if (!branded && !cued) return undefined;
  if (!cued && !grouped && (raw !== digits || isJoined(scan.text, start) || digits.length < 15)) return undefined;
  const confidence = cued ? 0.95 : grouped ? 0.9 : 0.7;
  return { kind: "credit-card", start, end, confidence, why: "A payment card's range, length and check digit." };
}

const isDigit = (unit: number) => unit >= 48 && unit <= 57;
const isAlphanumeric = (unit: number) => isDigit(unit) || ((unit | 32) >= 97 && (unit | 32) <= 122);

const LENGTHS = new Map<string, number>(
  Object.entries(getCountrySpecifications()).flatMap(([country, { chars }]) => (chars ? [[country, chars]] : [])),
);

/** An international bank account number (ISO 13616): the country's form, and the check over all of it. */
export function ibanAt(scan: Scan, start: number): Span | undefined {
  const { text } = scan;
  const length = LENGTHS.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return undefined;
  let compact = "";
  let end = start;
  let group = start;
  for (let count = 0; count < length; end++) {
    const unit = text.charCodeAt(end);
    if (isAlphanumeric(unit)) count++;
    else if ((unit !== 32 && unit !== 45) || group === end) return undefined;
    else {
      compact += text.slice(group, end);
      group = end + 1;
    }
  }
  compact = (compact + text.slice(group, end)).toUpperCase();
  if (mod97(compact.slice(4) + compact.slice(0, 4)) !== 1) return undefined;
  if (!standsAlone(text, start, end) || !hasCheckDigits(compact)) return undefined;
  if (!isValidBBAN(compact.slice(4), compact.slice(0, 2))) return undefined;
  const why = "An account number with its country's form and check digits.";
  return { kind: "iban", start, end, confidence: 0.98, why };
}

/** Two digits behind the country; those that are given out leave 98 less a remainder of 97. */
function hasCheckDigits(compact: string): boolean {
  const [tens, ones] = [compact.charCodeAt(2), compact.charCodeAt(3)];
  if (!isDigit(tens) || !isDigit(ones)) return false;
  const given = (tens - 48) * 10 + ones - 48;
  return given >= 2 && given <= 98;
}

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** The value of each unit of ASCII in it; -1: none. */
const VALUES = new Int8Array(128).fill(-1);
for (const [value, char] of Array.from(BASE58).entries()) VALUES[char.charCodeAt(0)] = value;
const [BYTES, OF_CHECK] = [25, 4];

/** Base58Check (Bitcoin): 21 bytes and the first four of a double SHA-256 over them. */
function isBase58Check(text: string): boolean {
  const bytes = new Uint8Array(BYTES);
  for (let i = 0; i < text.length; i++) {
    let carry = VALUES[text.charCodeAt(i)] ?? -1;
    if (carry < 0) return false;
    for (let at = BYTES - 1; at >= 0; at--) {
      carry += (bytes[at] as number) * 58;
      bytes[at] = carry & 255;
      carry >>= 8;
    }
    if (carry > 0) return false;
  }
  const sha = hash("sha256", hash("sha256", bytes.subarray(0, BYTES - OF_CHECK), "buffer"), "buffer");
  return sha.subarray(0, OF_CHECK).equals(bytes.subarray(BYTES - OF_CHECK));
}

const BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
/** Bech32 (BIP 173) leaves 1, Bech32m (BIP 350) this. */
const BECH32M = 0x2bc830a3;

/** The checksum of Bech32 or Bech32m over `prefix1data`. */
function isBech32(text: string): boolean {
  const lower = text.toLowerCase();
  const split = lower.lastIndexOf("1");
  const prefix = lower.slice(0, split);
  const data = Array.from(lower.slice(split + 1), (char) => BECH32.indexOf(char));
  if (split < 1 || data.length < 6 || data.includes(-1)) return false;
  const codes = Array.from(prefix, (char) => char.charCodeAt(0));
  let check = 1;
  for (const value of [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...data]) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    for (let i = 0; i < 5; i++) if ((top >>> i) & 1) check ^= GENERATOR[i] as number;
  }
  return check === 1 || check === BECH32M;
}

/** An address of Bitcoin or a currency of its kind, by the checksum in it. */
export function walletAt(scan: Scan, start: number, end: number): Span | undefined {
  const token = scan.text.slice(start, end);
  const segwit = /^(?:bc1|tb1|ltc1)[a-z0-9]{20,80}$/i.test(token);
  if (!segwit && !/^[13LMD][1-9A-HJ-NP-Za-km-z]{25,34}$/.test(token)) return undefined;
  if (scan.asks-- <= 0 || !(segwit ? isBech32(token) : isBase58Check(token))) return undefined;
  return { kind: "crypto-address", start, end, confidence: 0.97, why: "A wallet's address with its checksum." };
}
