/** A table of characters of ASCII: a look at one unit is cheaper than a pattern. */
export function unitsOf(chars: string): Uint8Array {
  const units = new Uint8Array(128);
  for (const char of chars) units[char.charCodeAt(0)] = 1;
  return units;
}

/** Whether a UTF-16 unit is one of a table; none is not. */
export const isOne = (units: Uint8Array, unit: number): boolean => unit < 128 && units[unit] === 1;

export const isBlank = (unit: number): boolean => unit === 32 || unit === 9;
export const isSpace = (unit: number): boolean => /\s/.test(String.fromCharCode(unit));
export const isLetter = (unit: number): boolean => (unit | 32) >= 97 && (unit | 32) <= 122;
export const isLower = (unit: number): boolean => unit >= 97 && unit <= 122;
export const isUpper = (unit: number): boolean => unit >= 65 && unit <= 90;

/** Whether a text has so many digits. */
export function hasDigits(value: string, fewest: number): boolean {
  let digits = 0;
  for (let i = 0; i < value.length && digits < fewest; i++)
    if (value.charCodeAt(i) >= 48 && value.charCodeAt(i) <= 57) digits++;
  return digits === fewest;
}
