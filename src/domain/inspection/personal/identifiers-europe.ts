import { icao, isDate, isDay, isVaried, luhn, mod11and10, remainder, valueOf, weigh } from "./checks.ts";
import { type Identifier, identifier } from "./identifier.ts";

const at = (text: string, i: number) => text.charCodeAt(i) - 48;
const SPANISH = "TRWAGMYFPDXBNJZSQVHLCKE";
const FINNISH = "0123456789ABCDEFHJKLMNPRSTUVWXY";

function spanish(compact: string): boolean {
  const digits = compact.slice(0, -1).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter)));
  return SPANISH.charAt(Number(digits) % 23) === compact.at(-1);
}

function finnish(compact: string): boolean {
  const digits = compact.slice(0, 6) + compact.slice(-4, -1);
  return isDate(compact, "dmy") && FINNISH.charAt(Number(digits) % 31) === compact.at(-1);
}

/** Norway: two check digits, weights of Folkeregisteret; D-numbers add 40 to the day. */
function norwegian(compact: string): boolean {
  const day = Number(compact.slice(0, 2)) % 40;
  if (!isDay(Number(compact.slice(2, 4)), day)) return false;
  return (
    weigh(compact, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weigh(compact, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
  );
}

function swedish(compact: string): boolean {
  const digits = compact.slice(-10);
  const day = Number(digits.slice(4, 6));
  return luhn(digits) && isDay(Number(digits.slice(2, 4)), day > 60 ? day - 60 : day);
}

/** Poland: the century is in the month. */
function pesel(compact: string): boolean {
  const month = Number(compact.slice(2, 4)) % 20;
  if (!isDay(month, Number(compact.slice(4, 6)))) return false;
  return weigh(compact, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

const nhs = (compact: string) => isVaried(compact) && weigh(compact, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;

/** Netherlands: the eleven test, the last digit counts negative. */
const bsn = (compact: string) => {
  const digits = compact.padStart(9, "0");
  return isVaried(digits) && weigh(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
};

/** France: 97 minus the remainder; Corsica's 2A and 2B count as 19 and 18. */
function insee(compact: string): boolean {
  const digits = compact.replace("2A", "19").replace("2B", "18");
  const month = Number(digits.slice(3, 5));
  if (!(month >= 1 && month <= 12) && !(month >= 20 && month <= 42)) return false;
  return 97 - remainder(digits.slice(0, 13), 97) === Number(digits.slice(13));
}

/** Germany: one digit of the first ten stands twice or three times, the others at most once (§ 139b AO). */
function germanTax(compact: string): boolean {
  if (compact.startsWith("0") || !mod11and10(compact)) return false;
  // Four bits for each digit.
  let [low, high] = [0, 0];
  for (let i = 0; i < 10; i++) {
    const digit = at(compact, i);
    if (digit < 5) low += 1 << (4 * digit);
    else high += 1 << (4 * (digit - 5));
  }
  let repeated = 0;
  for (let shift = 0; shift < 20; shift += 4)
    for (const counts of [low, high]) {
      const count = (counts >> shift) & 15;
      if (count > 3) return false;
      if (count > 1) repeated++;
    }
  return repeated <= 1;
}

/** Sums of digits of products, as pension numbers and doctors' numbers use. */
function crossSum(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const product = at(digits, i) * (weights[i] as number);
    sum += Math.floor(product / 10) + (product % 10);
  }
  return sum;
}

/** Germany: the letter counts as two digits. */
function germanPension(compact: string): boolean {
  const day = Number(compact.slice(2, 4));
  if (!isDay(Number(compact.slice(4, 6)), day > 50 ? day - 50 : day)) return false;
  const letter = String(compact.charCodeAt(8) - 64).padStart(2, "0");
  const digits = compact.slice(0, 8) + letter + compact.slice(9, 11);
  return crossSum(digits, [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10 === at(compact, 11);
}

/** Germany: the letter counts as two digits, products by 1 and 2. */
function germanHealth(compact: string): boolean {
  const digits = String(compact.charCodeAt(0) - 64).padStart(2, "0") + compact.slice(1, 9);
  return crossSum(digits, [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10 === at(compact, 9);
}

const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Italy: odd places by a table of the decree of 12 March 1974, even ones by their value. */
function italian(compact: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const value = valueOf(compact.charAt(i));
    const index = value > 9 ? value - 10 : value;
    sum += i % 2 === 0 ? (ODD[index] as number) : index;
  }
  return String.fromCharCode(65 + (sum % 26)) === compact.charAt(15);
}

/** Ireland: weights 8 to 2, a second letter counts nine times. */
function irish(compact: string): boolean {
  const second = compact.length === 9 ? (compact.charCodeAt(8) - 64) % 23 : 0;
  const rest = (weigh(compact, [8, 7, 6, 5, 4, 3, 2]) + second * 9) % 23;
  return (rest === 0 ? "W" : String.fromCharCode(64 + rest)) === compact.charAt(7);
}

/** Belgium: 97 minus the remainder; born since 2000, with a 2 before. */
function belgian(compact: string): boolean {
  const check = Number(compact.slice(9));
  const base = compact.slice(0, 9);
  return 97 - remainder(base, 97) === check || 97 - remainder(`2${base}`, 97) === check;
}

const ean13 = (compact: string) => weigh(compact, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;

function austrian(compact: string): boolean {
  return isDate(compact.slice(4), "dmy") && weigh(compact, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 === at(compact, 3);
}

/** Portugal and others: weights 9 to 2, eleven minus the remainder, 10 and 11 are 0. */
function portuguese(compact: string): boolean {
  const rest = 11 - (weigh(compact, [9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return isVaried(compact) && (rest > 9 ? 0 : rest) === at(compact, 8);
}

const romanian = (compact: string) => {
  const rest = weigh(compact, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
  return isDate(compact.slice(1), "ymd") && (rest === 10 ? 1 : rest) === at(compact, 12);
};

const bulgarian = (compact: string) => {
  const month = Number(compact.slice(2, 4)) % 20;
  return (
    isDay(month, Number(compact.slice(4, 6))) &&
    (weigh(compact, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10 === at(compact, 9)
  );
};

/** Estonia and Lithuania: a second series of weights where the first leaves 10. */
function baltic(compact: string): boolean {
  const first = weigh(compact, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  const rest = first < 10 ? first : (weigh(compact, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11) % 10;
  return isDate(compact.slice(1), "ymd") && rest === at(compact, 10);
}

const czech = (compact: string) => {
  const month = Number(compact.slice(2, 4)) % 50;
  return isDay(month > 20 ? month - 20 : month, Number(compact.slice(4, 6))) && remainder(compact, 11) % 10 === 0;
};

/** Identity cards and passports of machine-readable form: the last digit checks the eight before it. */
const machineReadable = (compact: string) =>
  /\d/.test(compact) && icao(compact.slice(0, -1)) === at(compact, compact.length - 1);

const danish = (compact: string) => isDate(compact, "dmy");
const italianVat = (compact: string) => isVaried(compact) && luhn(compact);

const isDeVaried = (compact: string) => isVaried(compact.slice(2));

/** The number of an article (GS1, GTIN-13) with its check digit: on goods, not of a person. */
const isArticle = (digits: string): boolean =>
  digits.length === 13 &&
  [...digits].reduce((sum, digit, i) => sum + Number(digit) * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0;

/** Numbers of European authorities, each with its check. */
export const EUROPE: readonly Identifier[] = [
  identifier("es-dni", "Spanish identity number", "0,8 0,2", /\d{2}\.?\d{3}\.?\d{3}[ -]?[A-Z]/y, spanish),
  identifier("es-nie", "Spanish foreigner's number", "1,7 1,0", /[XYZ]-?\d{7}-?[A-Z]/iy, spanish),
  identifier("fi-hetu", "Finnish personal identity code", "0,6", /\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]/iy, (compact) =>
    finnish(compact.length === 10 ? compact : compact.slice(0, 6) + compact.slice(7)),
  ),
  identifier("no-fodselsnummer", "Norwegian identity number", "0,11 0,6", /\d{6}[ -]?\d{5}/y, norwegian),
  identifier(
    "se-personnummer",
    "Swedish personal identity number",
    "0,6 0,8 0,10 0,12",
    /(?:19|20)?\d{6}[-+]?\d{4}/y,
    swedish,
    {
      cue: /person|pnr|samordning|swed|sverige|identit|skatteverket/,
      formatted: /[-+]/,
    },
  ),
  identifier("se-organisationsnummer", "Swedish organisation number", "0,6 0,10", /\d{2}[2-9]\d{3}-?\d{4}/y, luhn, {
    cue: /org|företag|bolag|swed|moms/,
    formatted: /-/,
  }),
  identifier("dk-cpr", "Danish person number", "0,6 0,10", /\d{6}-?\d{4}/y, danish, {
    cue: /cpr|person(?:nummer|al)|danish|danmark/,
  }),
  identifier("pl-pesel", "Polish identity number", "0,11", /\d{11}/y, pesel, { cue: /pesel|polish|polsk|identyfik/ }),
  identifier("uk-nhs", "NHS number", "0,10 0,3", /\d{3}[ -]?\d{3}[ -]?\d{4}/y, nhs, {
    cue: /nhs|health|patient|medical/,
    formatted: /^\d{3}([ -])\d{3}\1/,
  }),
  identifier(
    "uk-nino",
    "British National Insurance number",
    "2,6 2,2 2,0",
    /(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[A-D]/iy,
    () => true,
    {
      cue: /nino|national insurance|\bni\b|n\.i\./,
      formatted: /^[A-Z]{2} ?\d{2} \d{2} \d{2} [A-D]$/,
    },
  ),
  identifier(
    "uk-driving-licence",
    "British driving licence",
    "2,7 3,7 4,7 5,6 2,3 3,3 4,3 5,0",
    /[A-Z9]{5}\d[015]\d[0-3]\d{2}[A-Z9]{2}\d[A-Z]{2}/iy,
    (compact) => /^[A-Z]{2}/.test(compact),
  ),
  identifier("nl-bsn", "Dutch citizen service number", "0,9 0,8 0,4", /\d{4}[ .]?\d{2}[ .]?\d{2,3}/y, bsn, {
    cue: /bsn|burgerservice|sofinummer|dutch|citizen service/,
  }),
  identifier(
    "fr-insee",
    "French social security number",
    "0,15 0,13 0,1",
    /[12][ .]?\d{2}[ .]?\d{2}[ .]?(?:\d{2}|2[AB])[ .]?\d{3}[ .]?\d{3}[ .-]?\d{2}/iy,
    insee,
  ),
  identifier(
    "de-tax-id",
    "German tax identification number",
    "0,11 0,2",
    /\d{2}[ /]?\d{3}[ /]?\d{3}[ /]?\d{3}/y,
    germanTax,
    { cue: /steuer|idnr|tax|tin\b|german|finanz/ },
  ),
  identifier(
    "de-pension-number",
    "German pension insurance number",
    "0,8 0,2",
    /\d{2}[ ]?\d{6}[ ]?[A-Z][ ]?\d{3}/iy,
    germanPension,
  ),
  identifier("de-health-number", "German health insurance number", "1,9", /[A-Z]\d{9}/iy, germanHealth),
  identifier("de-vat-id", "German VAT number", "2,9 2,3 2,0", /DE[ -]?\d{3}[ -]?\d{3}[ -]?\d{3}/iy, (compact) =>
    mod11and10(compact.slice(2)),
  ),
  identifier(
    "de-id-card",
    "German identity card or passport",
    "1,2 1,0 1,1 1,3 1,4 1,5 1,6 1,7 1,8 0,9 2,0 2,1 2,2 2,3 2,4 2,5 2,6",
    /[CFGHJKLMNPRTVWXYZ\d][0-9CFGHJKLMNPRTVWXYZ]{8}/iy,
    machineReadable,
    { cue: /ausweis|reisepass|passport|identity card|id card|personal/ },
  ),
  identifier(
    "de-doctor-number",
    "German doctor's number",
    "0,9",
    /\d{9}/y,
    (compact) => (10 - (weigh(compact, [4, 9, 4, 9, 4, 9]) % 10)) % 10 === at(compact, 6),
    { cue: /arzt|lanr|doctor/ },
  ),
  identifier("de-vat-id", "German VAT number", "2,9 2,3 2,0", /DE[ -]?\d{3}[ -]?\d{3}[ -]?\d{3}/iy, isDeVaried, {
    cue: /ust|umsatzsteuer|vat\b|mwst|steuer/,
  }),
  identifier(
    "de-tax-number",
    "German tax number",
    "0,10 0,11 0,13 0,2 0,3",
    /\d{2,3}\/\d{3}\/\d{4,5}|\d{13}|\d{10,11}/y,
    (compact) => isVaried(compact) && !isArticle(compact),
    {
      cue: /steuernummer|steuer-nr|stnr|st nr|st-nr|st -nr|st\.nr|st\. nr|st\.-nr|st\. -nr|tax number/,
      formatted: /^\d{3}\/\d{3}\/\d{5}$/,
    },
  ),
  identifier(
    "it-fiscal-code",
    "Italian fiscal code",
    "6,2",
    /[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]/iy,
    italian,
  ),
  identifier(
    "it-vat",
    "Italian VAT number",
    "0,11 2,11",
    /(?:IT)?\d{11}/iy,
    (compact) => italianVat(compact.replace("IT", "")),
    { cue: /p\.? ?iva|partita|vat|italia/ },
  ),
  identifier("ie-pps", "Irish PPS number", "0,7", /\d{7}[A-W][A-IW]?/iy, irish, { cue: /pps|irish|ireland/ }),
  identifier(
    "be-national-number",
    "Belgian national number",
    "0,11 0,2 0,6",
    /\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}/y,
    belgian,
    {
      cue: /rijksregister|national|insz|niss|belg/,
      formatted: /^\d\d\.\d\d\.\d\d-/,
    },
  ),
  identifier("ch-ahv", "Swiss social insurance number", "0,13 0,3", /756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}/y, ean13),
  identifier("at-svnr", "Austrian social insurance number", "0,10 0,4", /[1-9]\d{3} ?\d{6}/y, austrian, {
    cue: /sozialvers|svnr|sv-nr|austria|österreich/,
  }),
  identifier("pt-nif", "Portuguese tax number", "0,9 0,3", /[1-35-9]\d{2} ?\d{3} ?\d{3}/y, portuguese, {
    cue: /nif|contribuinte|portug/,
  }),
  identifier("ro-cnp", "Romanian identity number", "0,13", /[1-9]\d{12}/y, romanian, { cue: /cnp|cod numeric|roman/ }),
  identifier("bg-egn", "Bulgarian identity number", "0,10", /\d{10}/y, bulgarian, { cue: /егн|egn|bulgar/ }),
  identifier("baltic-personal-code", "Estonian or Lithuanian personal code", "0,11", /[1-6]\d{10}/y, baltic, {
    cue: /isikukood|asmens|personal code|eston|lithuan/,
  }),
  identifier(
    "hr-oib",
    "Croatian identity number",
    "0,11",
    /\d{11}/y,
    (compact) => isVaried(compact) && mod11and10(compact),
    { cue: /oib|croat|hrvat/ },
  ),
  identifier("cz-birth-number", "Czech or Slovak birth number", "0,10 0,6", /\d{6}\/?\d{4}/y, czech, {
    cue: /rodn|birth number|czech|slovak/,
    formatted: /\//,
  }),
];
