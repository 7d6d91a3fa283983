/** Code points as ranges, both ends included. */
export type Ranges = readonly (readonly [number, number])[];

export const LAST = 0x10ffff;

/** What `\d`, `\w` and `\s` stand for (ECMA-262, 22.2.2.9): the first two are ASCII only. */
export const DIGIT: Ranges = [[0x30, 0x39]];
export const WORD: Ranges = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
export const SPACE: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
/** What `.` does not match (ECMA-262, 12.3). */
export const LINE_END: Ranges = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

/** All other code points. */
export function complement(ranges: Ranges): Ranges {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of ranges) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= LAST) rest.push([next, LAST]);
  return rest;
}

/** Ranges as the inside of an RE2 character class. */
export function written(ranges: Ranges): string {
  return ranges.map(([from, to]) => (from === to ? codePoint(from) : `${codePoint(from)}-${codePoint(to)}`)).join("");
}

/** One code point in RE2 syntax. */
export function codePoint(code: number): string {
  return `\\x{${code.toString(16)}}`;
}

/** General categories by their long names and aliases (Unicode PropertyValueAliases); RE2 knows the short ones. */
const CATEGORIES = new Map(
  `L Letter,Lu Uppercase_Letter,Ll Lowercase_Letter,Lt Titlecase_Letter,Lm Modifier_Letter,Lo Other_Letter,M Mark Combining_Mark,
Mn Nonspacing_Mark,Mc Spacing_Mark,Me Enclosing_Mark,N Number,Nd Decimal_Number digit,Nl Letter_Number,No Other_Number,P Punctuation punct,
Pc Connector_Punctuation,Pd Dash_Punctuation,Ps Open_Punctuation,Pe Close_Punctuation,Pi Initial_Punctuation,Pf Final_Punctuation,
Po Other_Punctuation,S Symbol,Sm Math_Symbol,Sc Currency_Symbol,Sk Modifier_Symbol,So Other_Symbol,Z Separator,Zs Space_Separator,
Zl Line_Separator,Zp Paragraph_Separator,C Other,Cc Control cntrl,Cf Format,Co Private_Use,Cs Surrogate`
    .split(/,\n?/)
    .flatMap((line) => line.split(" ").map((name) => [name, line.split(" ")[0] as string] as const)),
);

/**
 * A `\p{…}` in RE2 syntax.
 * @param name what stands between the braces
 * @returns undefined for a property that RE2 does not have
 */
export function property(name: string, negated: boolean): string | undefined {
  const letter = negated ? "P" : "p";
  const [key = "", value] = name.split("=");
  if (value === undefined) {
    if (name === "Any") return written(negated ? [] : [[0, LAST]]);
    if (name === "ASCII") return written(negated ? [[0x80, LAST]] : [[0, 0x7f]]);
    const category = CATEGORIES.get(name);
    return category === undefined ? undefined : `\\${letter}{${category}}`;
  }
  if (key === "General_Category" || key === "gc") return property(value, negated);
  // Script_Extensions covers more than the script that RE2 knows.
  const isScript = (key === "Script" || key === "sc") && /^[A-Z][A-Za-z_]{2,40}$/.test(value);
  return isScript ? `\\${letter}{${value}}` : undefined;
}
