import ipaddr from "ipaddr.js";
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";
import { parse } from "tldts";
import emailModule from "validator/lib/isEmail.js";
import { cueOf } from "./cues.ts";
import { isItem, isJoined, mayBeNear, type Scan, type Span, standsAlone } from "./span.ts";

/** The module is CommonJS: what it exports is one member of what is imported. */
const isEmail = emailModule.default;

/** What the local part of an address has, in ASCII; a letter, digit or `_` as 2. Beyond it, what is from U+00A1 on. */
const LOCAL = Uint8Array.from({ length: 128 }, (_, unit) => {
  const char = String.fromCharCode(unit);
  return /\w/.test(char) ? 2 : /[.!#$%&'*+/=?^`{|}~-]/.test(char) ? 1 : 0;
});
const localOf = (unit: number): number => (unit < 128 ? (LOCAL[unit] as number) : unit >= 0xa1 ? 2 : 0);
const DOMAIN = /[\w\u00a1-\uffff-]+(?:\.[\w\u00a1-\uffff-]+)+/y;
const LONGEST_LOCAL = 64;
/** Domains that nobody has (RFC 2606), and users and domains of protocols instead of persons. */
const NOBODY =
  /(?:^|[.@])example\.(?:com|org|net|edu)$|\.(?:example|test|invalid|localhost|local|internal)$|@(?:openssh\.com|libssh\.org)$/;
/** Names and domains that stand for anybody's in examples. */
const ANYBODY = new Set(
  "john jane alice bob user test me you your name someone admin employee jdoe j.doe john.doe jane.doe first.last".split(
    " ",
  ),
);
const ANYWHERE = new Set(
  "company domain yourdomain mydomain yourcompany mycompany acme corp email mail site website test foo bar org".split(
    " ",
  ),
);
const SHORTEST_ANYWHERE = Math.min(...Array.from(ANYWHERE, ({ length }) => length));
const LONGEST_ANYWHERE = Math.max(...Array.from(ANYWHERE, ({ length }) => length));

function isInvented(email: string): boolean {
  const at = email.indexOf("@");
  const dot = email.indexOf(".", at);
  const host = dot - at - 1;
  if (host < SHORTEST_ANYWHERE || host > LONGEST_ANYWHERE || !ANYWHERE.has(email.slice(at + 1, dot))) return false;
  if (email.includes(".", dot + 1)) return false;
  return ANYBODY.has(email.slice(0, at).replace(/\d{1,4}$/, ""));
}

const PROGRAMS = /^(?:git|hg|svn|noreply|no-reply|donotreply|x-access-token|nobody|root|user|username|name|foo|bar)@/;

/** An e-mail address (RFC 5321, section 4.1.2) at a domain under a public suffix. */
export function emailAt(scan: Scan, at: number): Span | undefined {
  const { text } = scan;
  let start = at;
  while (start > 0 && at - start < LONGEST_LOCAL && localOf(text.charCodeAt(start - 1)) > 0) start--;
  while (start < at && localOf(text.charCodeAt(start)) < 2) start++;
  // Half a character at the bound, or where a piece of a longer text begins, is no part of an address.
  if (start < at && (text.charCodeAt(start) & 0xfc00) === 0xdc00) start++;
  if (start === at) return undefined;
  DOMAIN.lastIndex = at + 1;
  if (!DOMAIN.test(text)) return undefined;
  let end = DOMAIN.lastIndex;
  while (text.charCodeAt(end - 1) === 45 || text.charCodeAt(end - 1) === 95) end--;
  if (text.charAt(end) === ":" && /[\w~/]/.test(text.charAt(end + 1)) && !/\d/.test(text.charAt(end + 1)))
    return undefined;
  const from = text.slice(start, at).lastIndexOf("=") + 1;
  const email = text.slice(start + from, end);
  if (email.length > 254 || !isPersonal(email.toLowerCase()) || !isAddress(scan, email)) return undefined;
  return { kind: "email", start: start + from, end, confidence: 0.95, why: "An e-mail address at a public domain." };
}

function isPersonal(email: string): boolean {
  return !NOBODY.test(email) && !PROGRAMS.test(email) && !isInvented(email);
}

function isAddress(scan: Scan, email: string): boolean {
  const domain = email.slice(email.lastIndexOf("@") + 1);
  if (isDigit(domain.charCodeAt(0)) && /^\d+(?:\.\d+)*$/.test(domain)) return false;
  if (scan.asks-- <= 0) return /\.[a-z]{2,}$/i.test(domain);
  const { isIcann, domain: registrable } = parse(domain);
  return (
    isIcann === true && registrable !== null && email.isWellFormed() && isEmail(email, { allow_utf8_local_part: true })
  );
}

const isPointOrDash = (unit: number) => unit === 46 || unit === 45;
const isDigit = (unit: number) => unit >= 48 && unit <= 57;

/** Where four numbers below 256 without leading zeros end, with points between; -1 where they do not stand. */
export function octetsEnd(text: string, start: number): number {
  let i = start;
  for (let part = 0; part < 4; part++) {
    const first = i;
    let value = 0;
    for (; i - first < 3 && isDigit(text.charCodeAt(i)); i++) value = value * 10 + text.charCodeAt(i) - 48;
    if (i === first || value > 255 || (i - first > 1 && text.charCodeAt(first) === 48)) return -1;
    if (part < 3 && text.charCodeAt(i++) !== 46) return -1;
  }
  return i;
}
const VERSION_CUE =
  /version|\bv$|ver\.? ?$|release|build|[~^=<>@v] ?$|oid|chrome|firefox|safari|mozilla|edg|applewebkit|section|chapter/;
/** Whose it is: then even an address of a private network tells of a person. */
const OWNED =
  /\b(?:my|your|his|her|their|user'?s?|customer'?s?|visitor'?s?) (?:own |private |public |local )?ip\b|\bssh to\b/;
/** Resolvers and the like that everybody names. */
const EVERYBODYS =
  /^(?:8\.8\.[48]\.[48]|1\.[01]\.[01]\.1|9\.9\.9\.9|208\.67\.22[02]\.22[02]|1\.2\.3\.4|4\.[23]\.2\.[1-6]|5\.6\.7\.8)$/;

/** Documentation, private, loopback and other addresses that lead to no person count only where a word says whose they are. */
function addressSpan(scan: Scan, start: number, end: number, global: boolean): Span | undefined {
  if (!global && !scan.short && !isOwned(scan, start)) return undefined;
  return { kind: "ip-address", start, end, confidence: global ? 0.8 : 0.5, why: "An internet address." };
}

const isOwned = (scan: Scan, start: number): boolean => OWNED.test(scan.lower.slice(Math.max(0, start - 24), start));

/** What an address of the internet costs of what libraries may be asked. */
const ADDRESS_COST = 2;
/** Ranges that lead to nobody on the internet. */
const PRIVATE_RANGES = new Set(
  "unspecified broadcast linkLocal loopback carrierGradeNat private uniqueLocal ipv4Mapped reserved benchmarking".split(
    " ",
  ),
);

function isPublic(scan: Scan, address: string): boolean {
  scan.asks -= ADDRESS_COST;
  if (scan.asks < 0)
    return !/^(?:10|127|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168|0)\.|^(?:f|::|2001:0?db8:)/i.test(address);
  return !PRIVATE_RANGES.has(ipaddr.parse(address).range());
}

/** An IPv4 address that is no version, section or example. @param end where its four numbers end, which stand alone */
export function ipv4At(scan: Scan, start: number, end: number): Span | undefined {
  const { text } = scan;
  const before = text.charCodeAt(start - 1);
  if (isPointOrDash(before) || before === 95) return undefined;
  if (isPointOrDash(text.charCodeAt(end)) && /^[.-]\w/.test(text.slice(end, end + 2))) return undefined;
  const address = text.slice(start, end);
  if (VERSION_CUE.test(scan.lower.slice(Math.max(0, start - 12), start))) return undefined;
  const global = isPublic(scan, address) && !EVERYBODYS.test(address) && !/\.0\.0(?:\.0)?$/.test(address);
  return addressSpan(scan, start, end, global && text.charAt(end) !== "/");
}

const V6 = /[0-9a-fA-F:]{2,40}(?:\.\d{1,3}){0,3}/y;

/** An IPv6 address (RFC 4291, section 2.2). It is asked about at the word before a colon, and at the colon. */
export function ipv6At(scan: Scan, start: number): Span | undefined {
  if (scan.refused === start) return undefined;
  const span = numbersWithColons(scan, start);
  if (span === undefined) scan.refused = start;
  return span;
}

function numbersWithColons(scan: Scan, start: number): Span | undefined {
  V6.lastIndex = start;
  if (scan.text.charAt(start - 1) === ":" || !V6.test(scan.text)) return undefined;
  let end = V6.lastIndex;
  if (scan.text.charAt(end - 1) === ":" && scan.text.charAt(end - 2) !== ":") end--;
  const address = scan.text.slice(start, end);
  const colons = colonsOf(address);
  if (
    colons < 2 ||
    !(/\d/.test(address) || (scan.short && address === "::")) ||
    (!address.includes("::") && colons < 6)
  )
    return undefined;
  if (!standsAlone(scan.text, start, end) || !isAddress6(scan, address)) return undefined;
  return addressSpan(scan, start, end, address.length > 9 && isPublic(scan, address));
}

function colonsOf(address: string): number {
  let colons = 0;
  for (let i = 0; i < address.length; i++) if (address.charCodeAt(i) === 58) colons++;
  return colons;
}

function isAddress6(scan: Scan, address: string): boolean {
  scan.asks -= ADDRESS_COST;
  return scan.asks < 0 ? !/[0-9a-f]{5}|:::|::.*::/i.test(address) : ipaddr.IPv6.isValid(address);
}

const INTERNATIONAL = /\+\(?\d(?:[ \u00a0()./-]{0,3}\d){5,17}/y;
const NATIONAL = /\(?\d(?:[ \u00a0()./-]{0,3}\d){5,15}(?:[ ,;]{0,2}(?:x|ext\.?|extension)[ .:]{0,2}\d{1,6})?/y;
const AMERICAN = /^(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[.-]\d{4}(?!\d)/;
const PHONE_CUE = cueOf(
  /phone|\btel\b|tel[.:]|telefon|t[eé]leph|teléph|téléph|tel[eé]f|mobile|mobil\b|m[oó]vil|cell\b|celular|handy|whatsapp|signal|\bsms\b|text me|fax|hotline|\bdial|reach (?:me|us|you|him|her|them)|contact|\bcall(?:ing|ed|s)?\b (?:me|us|him|her|them|at|on|back|now)?|answering at|office|numara|cep\b|numero|\bring\b|my [a-z]{2} number|電話|手机|电话/,
);
/** What stands right behind a number in lists of addresses. */
const PHONE_AFTER = /^[\s\W]{0,3}(?:office|fax|mobile|cell|home|work|tel|direct)\b/;
const PHONE_AFTER_CUE = cueOf(/office|fax|mobile|cell|home|work|tel|direct/);
/** What a phone number costs of what libraries may be asked. */
const PHONE_COST = 4;
const PHONE_NEAR = 40;
const REGIONS: readonly CountryCode[] = [
  "US",
  "GB",
  "DE",
  "FR",
  "IN",
  "BR",
  "ES",
  "IT",
  "NL",
  "PL",
  "AU",
  "JP",
  "CN",
  "MX",
  "TR",
  "PH",
  "SE",
  "CH",
  "AT",
  "DK",
  "NO",
  "ZA",
  "KR",
  "RU",
  "AR",
  "BE",
  "FI",
  "IE",
  "NZ",
  "SG",
];

/** A number with its country (E.164): the plan of the country allows it. */
export function internationalPhoneAt(scan: Scan, start: number): Span | undefined {
  INTERNATIONAL.lastIndex = start;
  if (!INTERNATIONAL.test(scan.text) || /[\w+]/.test(scan.text.charAt(start - 1))) return undefined;
  let end = INTERNATIONAL.lastIndex;
  for (let tries = 0; tries < 4; tries++) {
    if (/\d/.test(scan.text.charAt(end))) return undefined;
    if (isPlanned(scan, scan.text.slice(start, end))) {
      if (/[.,]\d/.test(scan.text.slice(end, end + 2))) return undefined;
      return { kind: "phone", start, end, confidence: 0.9, why: "A phone number that its country's plan allows." };
    }
    end = lastGroup(scan.text, end);
    if (end < start + SHORTEST_PHONE) break;
  }
  return undefined;
}

/** A shorter beginning of a number with its plus sign is none. */
const SHORTEST_PHONE = 6;

/** Where the mark stands before the last group of digits of a number; -1 where none does. */
function lastGroup(text: string, end: number): number {
  let at = end - 1;
  while (at >= 0 && isDigit(text.charCodeAt(at))) at--;
  return at < end - 1 && at >= 0 && " ()./-".includes(text.charAt(at)) ? at : -1;
}

function isPlanned(scan: Scan, candidate: string): boolean {
  let digits = 0;
  for (let i = 0; i < candidate.length; i++) if (isDigit(candidate.charCodeAt(i))) digits++;
  if (digits < 7 || digits > 15) return false;
  return known(scan, candidate, () => {
    scan.asks -= PHONE_COST;
    return scan.asks < 0 ? digits >= 10 : (parsePhoneNumberFromString(candidate)?.isValid() ?? false);
  });
}

/** What was found out about a number, and is the next time. */
function known(scan: Scan, number: string, find: () => boolean): boolean {
  const numbers = (scan.numbers ??= new Map());
  let found = numbers.get(number);
  if (found === undefined) {
    found = find();
    if (scan.asks > 0) numbers.set(number, found);
  }
  return found;
}

/** A number without its country, where a word near it says that it is for calling, or in the common American form. */
export function nationalPhoneAt(scan: Scan, start: number): Span | undefined {
  const { text } = scan;
  const mayBeCued = mayBeNear(scan, PHONE_CUE) || mayBeNear(scan, PHONE_AFTER_CUE);
  if ((!mayBeCued && !scan.bare && !mayBeAmerican(text, start)) || isJoined(text, start)) return undefined;
  NATIONAL.lastIndex = start;
  if (!NATIONAL.test(text)) return undefined;
  const end = NATIONAL.lastIndex;
  const raw = text.slice(start, end);
  if (
    !standsAlone(text, start, end) ||
    /^(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[/.]\d{1,2}[/.](?:19|20)?\d{2}\b|^\d+\.\d+$/.test(raw)
  )
    return undefined;
  if (AMERICAN.test(raw))
    return { kind: "phone", start, end, confidence: 0.75, why: "A phone number in the American form." };
  if (/^\.\w/.test(text.slice(end, end + 2))) return undefined;
  if (!isCued(scan, start, end) && !(isItem(scan, start, end) && /^\(?0|^(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d/.test(raw)))
    return undefined;
  if (!isPlannedSomewhere(scan, raw)) return undefined;
  return {
    kind: "phone",
    start,
    end,
    confidence: 0.6,
    why: "A number that some country's plan allows, near a word for phones.",
  };
}

/** Whether the number has marks where the common American form has them. */
function mayBeAmerican(text: string, start: number): boolean {
  const second = text.charCodeAt(start + 1);
  const prefixed = text.charCodeAt(start) === 49 && (second === 32 || isPointOrDash(second));
  const area = prefixed ? start + 2 : start;
  if (text.charCodeAt(area) === 40)
    return isPointOrDash(text.charCodeAt(area + 8)) || isPointOrDash(text.charCodeAt(area + 9));
  return isPointOrDash(text.charCodeAt(area + 3)) && isPointOrDash(text.charCodeAt(area + 7));
}

/** A word for phones before the number, or right behind it, as in lists of addresses. */
function isCued(scan: Scan, start: number, end: number): boolean {
  const before = scan.lower.slice(Math.max(0, start - PHONE_NEAR), start);
  if (/id\W{1,6}$/.test(before)) return false;
  if (mayBeNear(scan, PHONE_CUE) && PHONE_CUE.pattern.test(before)) return true;
  return PHONE_AFTER.test(scan.lower.slice(end, end + 12));
}

/** The digits of a number before its extension. */
function digitsBefore(raw: string): string {
  let digits = "";
  for (let i = 0; i < raw.length; i++) {
    const unit = raw.charCodeAt(i);
    if (isDigit(unit)) digits += raw[i];
    // The `e` of `ext`, or an `x`.
    else if ((unit | 32) === 101 || (unit | 32) === 120) break;
  }
  return digits;
}

function isPlannedIn(scan: Scan, candidate: string): boolean {
  for (const region of REGIONS) {
    scan.asks--;
    if (parsePhoneNumberFromString(candidate, region)?.isValid() === true) return true;
  }
  return false;
}

function isPlannedSomewhere(scan: Scan, raw: string): boolean {
  const digits = digitsBefore(raw);
  if (digits.length < 7 || digits.length > 13 || /^(\d)\1+$/.test(digits)) return false;
  if (digits.length === 7) return /^\d{3}[ .-]\d{4}$/.test(raw);
  if (scan.asks <= 0) return true;
  const candidate = digits.startsWith("00") ? `+${digits.slice(2)}` : digits;
  if (known(scan, digits, () => isPlannedIn(scan, candidate))) return true;
  return /^\(?\d{2,4}\)?(?:[ .-]\d{2,4}){2,5}/.test(raw);
}
