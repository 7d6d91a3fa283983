/** The digits of a text as numbers. */
const digitsOf = (text: string): number[] => Array.from(text, (char) => char.charCodeAt(0) - 48);

/** Luhn (ISO/IEC 7812-1, annex B), the check digit last. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The sum of digits times weights; missing weights are 0. */
export function weigh(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (digits.charCodeAt(i) - 48) * (weights[i] as number);
  return sum;
}

/** The remainder of a decimal number of any length. */
export function remainder(digits: string, modulus: number): number {
  let rest = 0;
  for (let i = 0; i < digits.length; i++) rest = (rest * 10 + digits.charCodeAt(i) - 48) % modulus;
  return rest;
}

/** Letters as numbers (A is 10 … Z is 35), as in ISO 7064 and ICAO 9303. */
export function valueOf(char: string): number {
  const unit = char.charCodeAt(0);
  return unit <= 57 ? unit - 48 : unit - 55;
}

/** ISO 7064, MOD 97-10, of letters and digits in upper case, as they stand; 1 is right. */
export function mod97(text: string): number {
  let rest = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const value = unit <= 57 ? unit - 48 : unit - 55;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

/** ISO 7064, MOD 11,10, the check digit last. */
export function mod11and10(digits: string): boolean {
  let product = 10;
  for (let i = 0; i < digits.length - 1; i++) {
    const sum = (digits.charCodeAt(i) - 48 + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digits.charCodeAt(digits.length - 1) - 48;
}

/** ICAO 9303, part 3, section 4.9: weights 7, 3, 1. */
export function icao(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += valueOf(text.charAt(i)) * ([7, 3, 1][i % 3] as number);
  return sum % 10;
}

const VERHOEFF_PRODUCT = [
  "0123456789",
  "1234067895",
  "2340178956",
  "3401289567",
  "4012395678",
  "5987604321",
  "6598710432",
  "7659821043",
  "8765932104",
  "9876543210",
].map(digitsOf);
const VERHOEFF_SHIFT = [
  "0123456789",
  "1576283094",
  "5803796142",
  "8916043527",
  "9453126870",
  "4286573901",
  "2793806415",
  "7046913258",
].map(digitsOf);

/** Verhoeff's check of decimal numbers (1969), the check digit last. */
export function verhoeff(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const shifted = VERHOEFF_SHIFT[i % 8]?.[digit] as number;
    check = VERHOEFF_PRODUCT[check]?.[shifted] as number;
  }
  return check === 0;
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether a month has such a day; 29 February of any year. */
export function isDay(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= (DAYS[month - 1] as number);
}

/** Whether six digits are day, month, year (`dmy`) or year, month, day (`ymd`). */
export function isDate(digits: string, order: "dmy" | "ymd"): boolean {
  const day = Number(order === "dmy" ? digits.slice(0, 2) : digits.slice(4, 6));
  return isDay(Number(digits.slice(2, 4)), day);
}

/** Not one digit alone, nor counted up or down: numbers that people make up. */
export function isVaried(digits: string): boolean {
  return !/^(\d)\1*$/.test(digits);
}
