/**
 * Whether a JSON number token keeps its value: its exact decimal value equals the shortest decimal that stands for
 * its double (ECMA-262 Number::toString), which is what is written when the value is serialised again. `-0` survives
 * as `0`.
 */
export function numberSurvives(token: string): boolean {
  const value = Number(token);
  return Number.isFinite(value) && normalised(token) === normalised(String(value));
}

/** Sign, significant digits and exponent of a decimal, unique for each value: `-1.50e3` is `-15e2`; zero is `0`. */
function normalised(decimal: string): string {
  let i = 0;
  const negative = decimal.charCodeAt(0) === 45;
  if (negative) i = 1;
  let e = i;
  let point = -1;
  while (e < decimal.length) {
    const c = decimal.charCodeAt(e);
    if (c === 101 || c === 69) break;
    if (c === 46) point = e;
    e++;
  }
  let exponent = e < decimal.length ? Number(decimal.slice(e + 1)) : 0;
  let digits = point < 0 ? decimal.slice(i, e) : decimal.slice(i, point) + decimal.slice(point + 1, e);
  if (point >= 0) exponent -= e - point - 1;
  let first = 0;
  while (first < digits.length && digits.charCodeAt(first) === 48) first++;
  if (first === digits.length) return "0";
  let last = digits.length;
  while (digits.charCodeAt(last - 1) === 48) last--;
  exponent += digits.length - last;
  digits = digits.slice(first, last);
  return `${negative ? "-" : ""}${digits}e${exponent}`;
}
