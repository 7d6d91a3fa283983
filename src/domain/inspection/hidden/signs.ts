/** A unit that hides something, or the first half of a character that does. */
export const HIDES = 1;
/** The same as the first half. */
export const HALF = 2;
/** Terminal sequences can begin with it (ECMA-48). */
export const ESCAPES = 4;
/** A letter of a script that has look-alikes of Latin ones: Greek, Cyrillic, Armenian, Cherokee. */
export const ALIKE = 8;
/** No ASCII. */
export const BEYOND = 16;

/** Every unit that can hide something, as ranges of a class: the rest of a text is not looked at. */
const SUSPECTS = [
  "\\u0000-\\u0008\\u000e-\\u001a\\u001c-\\u001f\\u007f-\\u0084\\u0086-\\u008f\\u0091-\\u0097\\u0099\\u009a\\u009c",
  "\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f",
  "\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb",
];
const SUSPECT = new RegExp(`[${SUSPECTS.join("")}]`);

function signOf(unit: number): number {
  if (unit === 0xd82f || unit === 0xd834 || unit === 0xdb40) return HALF | BEYOND;
  const beyond = unit > 127 ? BEYOND : 0;
  const escapes = unit === 0x1b || (unit >= 0x90 && unit <= 0x9f) ? ESCAPES : 0;
  const alike = (unit >= 0x370 && unit <= 0x58f) || (unit >= 0x13a0 && unit <= 0x13ff) ? ALIKE : 0;
  return beyond | escapes | alike | (SUSPECT.test(String.fromCharCode(unit)) ? HIDES : 0);
}

/** What each UTF-16 unit can be of what hides text, as bits. */
export const SIGNS: Uint8Array = Uint8Array.from({ length: 0x10000 }, (_, unit) => signOf(unit));
