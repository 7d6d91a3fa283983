/** What a pattern lets through, as far as that can be proved. */
export interface Reach {
  /** The text that every match begins with. */
  readonly prefix: string;
  /** Matches begin where the text begins, and end where it ends. */
  readonly start: boolean;
  readonly end: boolean;
  /** Whether a character may stand where the pattern leaves a choice. */
  readonly free: (char: string) => boolean;
}

const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/;
const ATOM = /^(?:\[(?:\\[^]|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\[dDwWsS]|\.)/;
const ESCAPED = /^\\([^A-Za-z0-9])/;

/**
 * Reads a pattern of JSON Schema (ECMA-262) without alternatives at its top, look-around, references and anchors inside.
 * @returns undefined for any other: nothing is proved of it
 */
export function reachOfPattern(pattern: string): Reach | undefined {
  const start = pattern.startsWith("^");
  const end = /(?<!\\)(?:\\\\)*\$$/.test(pattern);
  let rest = pattern.slice(start ? 1 : 0, end ? -1 : undefined);
  const atoms: RegExp[] = [];
  let [prefix, leading, depth] = ["", true, 0];
  while (rest !== "") {
    let taken = 1;
    let literal: string | undefined;
    const atom = ATOM.exec(rest)?.[0];
    const escaped = ESCAPED.exec(rest)?.[1];
    if (atom !== undefined) {
      const compiled = compiledOf(atom);
      if (compiled === undefined) return undefined;
      atoms.push(compiled);
      taken = atom.length;
    } else if (escaped !== undefined) [literal, taken] = [escaped, 2];
    else if (rest.startsWith("(?:")) [depth, taken] = [depth + 1, 3];
    else if (/^\((?!\?)/.test(rest)) depth++;
    else if (rest.startsWith(")")) depth--;
    else if (rest.startsWith("|") && depth > 0) taken = 1;
    else if (/^[^\\^$|(){}*+?[\]]/.test(rest)) literal = rest[0];
    else return undefined;
    const repeated = QUANTIFIER.exec(rest.slice(taken))?.[0] ?? "";
    rest = rest.slice(taken + repeated.length);
    if (literal === undefined || repeated !== "") leading = false;
    else if (leading) prefix += literal;
  }
  const free = (char: string): boolean => atoms.some((atom) => atom.test(char));
  return depth === 0 ? { prefix, start, end, free } : undefined;
}

function compiledOf(atom: string): RegExp | undefined {
  try {
    return new RegExp(`^${atom}$`, "su");
  } catch {
    return undefined;
  }
}
