import { isDate, isDay, isVaried, luhn, verhoeff, weigh } from "./checks.ts";
import { type Identifier, identifier } from "./identifier.ts";

const at = (text: string, i: number) => text.charCodeAt(i) - 48;

/** United States: no area 000, 666 or 900 and above, no group 00, no serial 0000 (SSA, 2011). */
const ssn = (compact: string) =>
  !/^(?:000|666|9)|^.{3}00|0000$|^(?:123456789|078051120|219099999)$/.test(compact) && isVaried(compact);

/** Brazil: eleven minus the remainder, 10 and 11 are 0. */
function brazilian(compact: string, weights: readonly number[]): boolean {
  const digit = (length: number) => {
    const rest = weigh(compact, weights.slice(weights.length - length)) % 11;
    return rest < 2 ? 0 : 11 - rest;
  };
  const last = compact.length - 1;
  return isVaried(compact) && digit(last - 1) === at(compact, last - 1) && digit(last) === at(compact, last);
}
const CPF = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2];
const CNPJ = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];

/** Singapore: one row of letters for citizens, one for foreigners, one for those since 2022; T, G shift by 4, M by 3. */
function singapore(compact: string): boolean {
  const series = compact.charAt(0);
  const sum = weigh(compact.slice(1), [2, 7, 6, 5, 4, 3, 2]);
  if (series === "M") return "KLJNPQRTUWX".charAt(10 - ((sum + 3) % 11)) === compact.charAt(8);
  const letters = series === "S" || series === "T" ? "JZIHGFEDCBA" : "XWUTRQPNMLK";
  return letters.charAt((sum + (series === "T" || series === "G" ? 4 : 0)) % 11) === compact.charAt(8);
}

/** Korea: born in the century of the seventh digit; the check digit is not used any more since October 2020. */
function korean(compact: string): boolean {
  return isDate(compact, "ymd") && /^.{6}[0-9]/.test(compact);
}

/** China: GB 11643-1999 (ISO 7064, MOD 11-2). */
function chinese(compact: string): boolean {
  const year = Number(compact.slice(6, 10));
  if (year < 1900 || year > 2100 || !isDay(Number(compact.slice(10, 12)), Number(compact.slice(12, 14)))) return false;
  const rest = weigh(compact, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11;
  return "10X98765432".charAt(rest) === compact.charAt(17);
}

/** Turkey: two check digits over the odd and even places. */
function turkish(compact: string): boolean {
  const odd = weigh(compact, [1, 0, 1, 0, 1, 0, 1, 0, 1]);
  const even = weigh(compact, [0, 1, 0, 1, 0, 1, 0, 1]);
  const tenth = (((odd * 7 - even) % 10) + 10) % 10;
  const eleventh = weigh(compact, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10;
  return !compact.startsWith("0") && tenth === at(compact, 9) && eleventh === at(compact, 10);
}

const thai = (compact: string) =>
  (11 - (weigh(compact, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === at(compact, 12);
const tfn = (compact: string) => isVaried(compact) && weigh(compact, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0;
/** The first digit less one, weights 10, 1, 3 … 19, a multiple of 89. */
function australian(compact: string): boolean {
  const first = at(compact, 0) - 1;
  return first >= 0 && (first * 10 + weigh(compact.slice(1), [1, 3, 5, 7, 9, 11, 13, 15, 17, 19])) % 89 === 0;
}

const acn = (compact: string) => (10 - (weigh(compact, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10 === at(compact, 8);
const medicare = (compact: string) => weigh(compact, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === at(compact, 8);
const southAfrican = (compact: string) => isDate(compact, "ymd") && luhn(compact) && /[01]/.test(compact.charAt(10));
const aba = (compact: string) => isVaried(compact) && weigh(compact, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0;
const npi = (compact: string) => luhn(`80840${compact}`);

/** India: GST numbers hold a permanent account number; the last place checks in base 36. */
const PAN = /^[A-Z]{5}\d{4}[A-Z]$/;

/** Chile: modulus 11, weights 2 to 7 from the right. */
function chilean(compact: string): boolean {
  let sum = 0;
  const digits = compact.slice(0, -1);
  for (let i = 0; i < digits.length; i++) sum += at(digits, digits.length - 1 - i) * ((i % 6) + 2);
  return "0K987654321".charAt(sum % 11) === compact.at(-1);
}

const argentine = (compact: string) => {
  const rest = 11 - (weigh(compact, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11);
  return (rest === 11 ? 0 : rest === 10 ? 9 : rest) === at(compact, 10);
};

const MEXICAN = "0123456789ABCDEFGHIJKLMN\u00d1OPQRSTUVWXYZ";

function mexican(compact: string): boolean {
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += MEXICAN.indexOf(compact.charAt(i)) * (18 - i);
  return isDate(compact.slice(4), "ymd") && (10 - (sum % 10)) % 10 === at(compact, 17);
}

const israeli = (compact: string) => isVaried(compact) && luhn(compact);
const japanese = (compact: string) => {
  const rest = weigh(compact, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest <= 1 ? 0 : 11 - rest) === at(compact, 11);
};
const vin = (compact: string) => {
  const values = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ";
  let sum = 0;
  for (let i = 0; i < 17; i++)
    sum +=
      (values.indexOf(compact.charAt(i)) % 10) * ([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2][i] as number);
  return "0123456789X".charAt(sum % 11) === compact.charAt(8);
};

/** Numbers of authorities elsewhere, each with its check or plan. */
export const WORLD: readonly Identifier[] = [
  identifier("us-ssn", "US social security number", "0,3 0,9", /\d{3}([ -]?)\d{2}\1\d{4}/y, ssn, {
    cue: /(?<![a-z\d])ssn|social security|soc sec|ss#|tax ?id/,
    formatted: /^\d{3}-\d{2}-\d{4}$/,
  }),
  identifier(
    "us-itin",
    "US taxpayer number",
    "0,3 0,5 0,9",
    /9\d{2}[ -]?(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[ -]?\d{4}/y,
    () => true,
    {
      cue: /itin|tax(?:payer)?/,
      formatted: /^\d{3}-\d{2}-\d{4}$/,
    },
  ),
  identifier(
    "us-mbi",
    "US Medicare number",
    "0,1",
    /[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}/iy,
    () => true,
  ),
  identifier("us-npi", "US provider number", "0,10 0,4", /[12]\d{3}[ -]?\d{3}[ -]?\d{3}/y, npi, {
    cue: /\bnpi\b|provider (?:id|number|no)/,
  }),
  identifier("us-routing-number", "US bank routing number", "0,9 0,4", /[0-8]\d{3}[ -]?\d{4}[ -]?\d/y, aba, {
    cue: /routing|aba\b|bank|rtn/,
  }),
  identifier(
    "br-cpf",
    "Brazilian CPF",
    "0,11 0,3",
    /\d{3}\.?\d{3}\.?\d{3}-?\d{2}/y,
    (compact) => brazilian(compact, CPF),
    { cue: /cpf|contribuinte/, formatted: /^\d{3}\.\d{3}\.\d{3}-/ },
  ),
  identifier(
    "br-cnpj",
    "Brazilian CNPJ",
    "0,14 0,2",
    /\d{2}\.?\d{3}\.?\d{3}\/?\d{4}-?\d{2}/y,
    (compact) => brazilian(compact, CNPJ),
    { cue: /cnpj/, formatted: /\// },
  ),
  identifier(
    "in-aadhaar",
    "Indian Aadhaar",
    "0,12 0,4",
    /[2-9]\d{3}[ :-]?\d{4}[ :-]?\d{4}/y,
    (compact) => isVaried(compact) && verhoeff(compact),
    { cue: /aadhaar|aadhar|uidai|uid\b/, formatted: /^\d{4}([ :-])\d{4}\1/ },
  ),
  identifier("in-pan", "Indian permanent account number", "5,4", /[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]/iy, (compact) =>
    PAN.test(compact),
  ),
  identifier(
    "in-pan",
    "Indian permanent account number",
    "5,4",
    /[A-Z]{5}\d{4}[A-Z]/iy,
    (compact) => PAN.test(compact),
    {
      cue: /\bpan\b|permanent account/,
    },
  ),
  identifier(
    "in-gstin",
    "Indian GST number",
    "0,2",
    /(?:0[1-9]|[1-3]\d)[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]/y,
    () => true,
  ),
  identifier("au-tfn", "Australian tax file number", "0,9 0,3", /\d{3} ?\d{3} ?\d{3}/y, tfn, {
    cue: /tfn|tax file|tax/,
  }),
  identifier("au-abn", "Australian business number", "0,11 0,2", /\d{2} ?\d{3} ?\d{3} ?\d{3}/y, australian, {
    cue: /abn\b|business number|austral/,
  }),
  identifier(
    "au-acn",
    "Australian company number",
    "0,9 0,3",
    /\d{3} ?\d{3} ?\d{3}/y,
    (compact) => isVaried(compact) && acn(compact),
    { cue: /acn\b|company number|austral/ },
  ),
  identifier("au-medicare", "Australian Medicare number", "0,10 0,4", /[2-6]\d{3} ?\d{5} ?\d/y, medicare, {
    cue: /medicare/,
  }),
  identifier(
    "ca-sin",
    "Canadian social insurance number",
    "0,9 0,3",
    /[1-79]\d{2}[ -]?\d{3}[ -]?\d{3}/y,
    (compact) => isVaried(compact) && luhn(compact),
    { cue: /\bsin\b|social insurance|\bnas\b|canad/, formatted: /^\d{3}([ -])\d{3}\1/ },
  ),
  identifier("sg-nric", "Singaporean identity number", "1,7", /[STFGM]\d{7}[A-Z]/iy, singapore),
  identifier("sg-nric", "Singaporean identity number", "1,7", /[STFGM]\d{7}[A-Z]/iy, () => true, {
    cue: /nric|\bfin\b|singapor/,
  }),
  identifier(
    "sg-uen",
    "Singaporean entity number",
    "0,8 0,9 1,2",
    /(?:\d{8,9}[A-Z]|[TSR]\d{2}[A-Z]{2}\d{4}[A-Z])/y,
    () => true,
    { cue: /uen\b|singapore|entity/, formatted: /^[TSR]/ },
  ),
  identifier("kr-rrn", "Korean resident number", "0,6 0,13", /\d{6}-?[0-9]\d{6}/y, korean, {
    cue: /rrn|frn|resident|foreign|주민|외국인|korea/,
    formatted: /^\d{6}-[1-8]/,
  }),
  identifier(
    "kr-driver-license",
    "Korean driver licence",
    "0,2 0,12",
    /(?:1[1-9]|2[0-68])-?\d{2}-?\d{6}-?\d{2}/y,
    () => true,
    { cue: /licen[cs]e|면허/, formatted: /^\d\d-\d\d-\d{6}-/ },
  ),
  identifier("cn-resident-id", "Chinese resident identity number", "0,17 0,18", /[1-9]\d{16}[\dX]/iy, chinese),
  identifier("tr-national-id", "Turkish identity number", "0,11", /[1-9]\d{10}/y, turkish, {
    cue: /tc\b|kimlik|t\.c\.|turk/,
  }),
  identifier(
    "th-national-id",
    "Thai identity number",
    "0,13 0,1",
    /[1-8][ -]?\d{4}[ -]?\d{5}[ -]?\d{2}[ -]?\d/y,
    thai,
    { cue: /thai|tnin|ประชาชน/, formatted: /^\d-\d{4}-/ },
  ),
  identifier("za-id", "South African identity number", "0,13 0,6", /\d{6} ?\d{4} ?\d{3}/y, southAfrican, {
    cue: /south africa|\bid (?:number|no)|identity|rsa\b/,
  }),
  identifier("cl-rut", "Chilean RUT", "0,7 0,8 0,1 0,2", /\d{1,2}\.?\d{3}\.?\d{3}-[\dK]/iy, chilean, {
    cue: /\brut\b|\brun\b|chile/,
    formatted: /^\d{1,2}\.\d{3}\.\d{3}-/,
  }),
  identifier("ar-cuit", "Argentine CUIT", "0,2 0,11", /(?:2[03479]|3[034])-?\d{8}-?\d/y, argentine, {
    cue: /cuit|cuil|argent/,
    formatted: /^\d\d-\d{8}-/,
  }),
  identifier(
    "mx-curp",
    "Mexican CURP",
    "4,6",
    /[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z]\d/iy,
    mexican,
  ),
  identifier("il-id", "Israeli identity number", "0,9", /\d{9}/y, israeli, { cue: /israel|teudat|זהות/ }),
  identifier("jp-my-number", "Japanese individual number", "0,12 0,4", /\d{4}[ -]?\d{4}[ -]?\d{4}/y, japanese, {
    cue: /my number|マイナンバー|個人番号|japan/,
  }),
  identifier("ph-tin", "Philippine taxpayer number", "0,3 0,9 0,12", /\d{3}-?\d{3}-?\d{3}(?:-?\d{3})?/y, () => true, {
    cue: /\btin\b|taxpayer|philippin/,
  }),
  identifier(
    "vin",
    "vehicle identification number",
    "0,1 1,0 1,1 2,0 2,1 3,0 3,1 3,2 4,0 4,1 4,2 5,0 5,1 5,2 5,3",
    /[A-HJ-NPR-Z0-9]{17}/y,
    vin,
    { cue: /\bvin\b|vehicle|chassis/ },
  ),
];
