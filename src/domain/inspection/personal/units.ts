/** Whether a UTF-16 unit is a digit of ASCII. */
export const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;

/** Whether it is a letter or digit of ASCII. */
export const isWord = (unit: number): boolean => isDigit(unit) || ((unit | 32) >= 97 && (unit | 32) <= 122);
