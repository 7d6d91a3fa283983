/** RFC 3492, section 5. */
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;

function adapt(delta: number, points: number, first: boolean): number {
  let rest = first ? Math.floor(delta / 700) : delta >> 1;
  rest += Math.floor(rest / points);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + 38));
}

const threshold = (k: number, bias: number) => Math.min(T_MAX, Math.max(T_MIN, k - bias));

/** What an A-label says behind its `xn--` (RFC 3492, section 6.2); undefined where it is broken or longer than a label. */
export function fromPunycode(text: string): string | undefined {
  if (text.length > 63 || /[^\0-\x7f]/.test(text)) return undefined;
  const dash = text.lastIndexOf("-");
  const points = dash > 0 ? [...text.slice(0, dash)].map((char) => char.charCodeAt(0)) : [];
  let code = 128;
  let bias = 72;
  let place = 0;
  for (let index = dash > 0 ? dash + 1 : 0; index < text.length; ) {
    const before = place;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const digit = digitOf(text.charCodeAt(index++));
      if (digit === undefined) return undefined;
      place += digit * weight;
      const limit = threshold(k, bias);
      if (digit < limit) break;
      weight *= BASE - limit;
      if (place > 0x7fffffff || weight > 0x7fffffff) return undefined;
    }
    bias = adapt(place - before, points.length + 1, before === 0);
    code += Math.floor(place / (points.length + 1));
    place %= points.length + 1;
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
    points.splice(place++, 0, code);
  }
  return String.fromCodePoint(...points);
}

function digitOf(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 26;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter < 26 ? letter : undefined;
}

/** A label as it stands behind `xn--` (RFC 3492, section 6.3). At most 59 characters are expected: more do not fit into a label. */
export function toPunycode(label: string): string {
  const points = [...label].map((char) => char.codePointAt(0) as number);
  let text = points
    .filter((point) => point < 128)
    .map((point) => String.fromCharCode(point))
    .join("");
  const basic = text.length;
  let done = basic;
  if (basic > 0) text += "-";
  let code = 128;
  let delta = 0;
  let bias = 72;
  while (done < points.length) {
    const next = Math.min(...points.filter((point) => point >= code));
    delta += (next - code) * (done + 1);
    code = next;
    for (const point of points) {
      if (point < code) delta++;
      if (point !== code) continue;
      let rest = delta;
      for (let k = BASE; ; k += BASE) {
        const limit = threshold(k, bias);
        if (rest < limit) break;
        text += letterOf(limit + ((rest - limit) % (BASE - limit)));
        rest = Math.floor((rest - limit) / (BASE - limit));
      }
      text += letterOf(rest);
      bias = adapt(delta, done + 1, done === basic);
      delta = 0;
      done++;
    }
    delta++;
    code++;
  }
  return text;
}

const letterOf = (digit: number) => String.fromCharCode(digit < 26 ? digit + 0x61 : digit - 26 + 0x30);

/** RFC 5892, section 2.6, besides what the categories below decide. */
const ALSO_VALID = /^[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007]$/u;
const NEVER_VALID = /\u302e|\u302f|[\u0640\u07fa\u3031-\u3035\u303b\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]/u;
const VALID = /^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}-]$/u;
/** Viramas, canonical combining class 9: what a joiner may follow (RFC 5892, appendix A.1). */
const VIRAMA =
  /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d3b\u0d3c\u0d4d\u0dca\u0e3a\u0eba\u0f84\u1039\u103a\u1714\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua8c4\ua953\ua9c0\uaaf6\uabed\u{10a3f}\u{11046}\u{1107f}\u{110b9}\u{11133}\u{11134}\u{111c0}\u{11235}\u{112ea}\u{1134d}\u{11442}\u{114c2}\u{115bf}\u{1163f}\u{116b6}\u{1172b}]$/u;
/** Arabic letters that join to what follows; the engine has no joining types, so other cursive scripts take no U+200C between letters. */
const JOINS_ON =
  /[\u0626\u0628\u062a-\u062e\u0633-\u063f\u0641-\u0647\u0649\u064a\u066e\u066f\u0678-\u0687\u069a-\u06bf\u06c1\u06c2\u06cc\u06ce\u06d0\u06d1\u06fa-\u06fc]\p{Mn}*$/u;
const JOINS_BACK =
  /^\p{Mn}*[\u0620\u0622-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff]/u;

/**
 * Whether a label beyond ASCII is a U-label (RFC 5891, section 4.2; contextual rules of RFC 5892, appendix A).
 * @param rightToLeft some label of the name is written from right to left, so the Bidi rule holds for all
 */
export function isIdnLabel(label: string, rightToLeft: boolean): boolean {
  if (label === "" || label.normalize("NFC") !== label || /^-|-$|^..--/u.test(label) || /^\p{M}/u.test(label))
    return false;
  const chars = [...label];
  let offset = 0;
  for (const char of chars) {
    const before = label.slice(0, offset);
    const after = label.slice(offset + char.length);
    offset += char.length;
    const rule = CONTEXT.get(char);
    if (rule !== undefined ? !rule(before, after, label) : !isValid(char)) return false;
  }
  if (/[٠-٩]/.test(label) && /[۰-۹]/.test(label)) return false;
  return keepsDirection(label, rightToLeft);
}

function isValid(char: string): boolean {
  if (ALSO_VALID.test(char)) return true;
  // Unstable under compatibility mapping: such characters would stand for others.
  return VALID.test(char) && !NEVER_VALID.test(char) && char.normalize("NFKC").toLowerCase().normalize("NFKC") === char;
}

type Rule = (before: string, after: string, label: string) => boolean;

const CONTEXT = new Map<string, Rule>([
  ["\u00b7", (before, after) => before.endsWith("l") && after.startsWith("l")],
  ["\u0375", (_, after) => /^\p{Script=Greek}/u.test(after)],
  ["\u05f3", (before) => /\p{Script=Hebrew}$/u.test(before)],
  ["\u05f4", (before) => /\p{Script=Hebrew}$/u.test(before)],
  ["\u30fb", (_, __, label) => /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(label)],
  ["\u200d", (before) => VIRAMA.test(before)],
  ["\u200c", (before, after) => VIRAMA.test(before) || (JOINS_ON.test(before) && JOINS_BACK.test(after))],
]);

const RIGHT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const RIGHT_LETTER = new RegExp(`(?!\\p{M}|\\p{Nd})${RIGHT.source}`, "u");

/** Whether a label makes its name one of the Bidi rule: it holds letters of a script from right to left, or Arabic digits. */
export function isRightToLeft(label: string): boolean {
  return RIGHT_LETTER.test(label) || /[٠-٩]/.test(label);
}

/** The Bidi rule of RFC 5893, section 2, with letters told apart by their script. */
function keepsDirection(label: string, rightToLeft: boolean): boolean {
  const hasRight = isRightToLeft(label);
  if (!hasRight && !rightToLeft) return true;
  if (!hasRight) return /^\p{L}/u.test(label);
  if (!RIGHT_LETTER.test(String.fromCodePoint(label.codePointAt(0) as number))) return false;
  const left = [...label].some((char) => /\p{L}/u.test(char) && !RIGHT.test(char));
  return !left && !(/[٠-٩]/.test(label) && /[0-9۰-۹]/.test(label));
}
