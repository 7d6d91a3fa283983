import { type Anchors, anchorsOf, eachAnchor } from "../anchors.ts";

/** Shorter parts stand everywhere. */
const SHORTEST = 3;
/** Characters that anchors are made of, and that are no signs of a pattern. */
const LITERAL = /[a-z0-9 _@/:#=!~;%"'<>,-]/;
/** Letters of other scripts: one of them is looked for by itself. */
const FOREIGN = /^[\u0100-\uffff]+$/;

/** The longest run of literal characters that every match of one alternative holds; empty where there is none. */
function partOf(alternative: string): string {
  let longest = "";
  let run = "";
  let depth = 0;
  const end = () => {
    if (run.length > longest.length) longest = run;
    run = "";
  };
  for (let i = 0; i < alternative.length; i++) {
    const char = alternative[i] as string;
    const next = alternative[i + 1] ?? "";
    if (char === "\\" || char === "(" || char === "[" || char === ")" || char === "]") {
      end();
      if (char === "\\") i++;
      else depth += char === "(" || char === "[" ? 1 : -1;
    } else if (depth > 0 || !LITERAL.test(char) || /[?*{]/.test(next)) end();
    else run += char;
    if (next === "{") i = alternative.indexOf("}", i);
  }
  end();
  return longest.length < SHORTEST ? "" : longest;
}

/** The alternatives of a pattern outside of groups and classes. */
function alternativesOf(source: string): string[] {
  const parts: string[] = [""];
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    const char = source[i] as string;
    if (char === "\\") {
      parts[parts.length - 1] += char + (source[++i] ?? "");
      continue;
    }
    if (char === "(" || char === "[") depth++;
    if (char === ")" || char === "]") depth--;
    if (char === "|" && depth === 0) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return parts;
}

/** Cues by the parts of which one stands wherever they match; cues without such parts are in none of them. */
const parts = new Map<string, RegExp[]>();
const known = new Set<RegExp>();
let anchors: Anchors | undefined;

/** Makes the words of a cue known, so that one pass tells which cues a text can hold. Called while modules load. */
export function cueOf(pattern: RegExp): RegExp {
  const own = alternativesOf(pattern.source).map((one) => (FOREIGN.test(one) ? one : partOf(one)));
  if (own.includes("") || pattern.flags !== "") return pattern;
  known.add(pattern);
  anchors = undefined;
  for (const part of own) parts.set(part, [...(parts.get(part) ?? []), pattern]);
  return pattern;
}

/** One text and what was found out about it. */
interface Text {
  readonly lower: string;
  held: ReadonlySet<RegExp> | undefined;
}

/** Whether a cue can stand in the text: false where none of its parts does. */
export function mayHold(text: Text, cue: RegExp): boolean {
  return !known.has(cue) || (text.held ??= heldBy(text.lower)).has(cue);
}

function heldBy(lower: string): ReadonlySet<RegExp> {
  const all = Array.from(parts.keys());
  const literals = all.filter((part) => !FOREIGN.test(part));
  anchors ??= anchorsOf(literals);
  const held = new Set<RegExp>();
  for (const part of all)
    if (FOREIGN.test(part) && lower.includes(part)) for (const cue of parts.get(part) ?? []) held.add(cue);
  const seen = new Uint8Array(literals.length);
  eachAnchor(lower, anchors, (_, literal) => {
    if (seen[literal] === 0) {
      seen[literal] = 1;
      for (const cue of parts.get(literals[literal] as string) ?? []) held.add(cue);
    }
    return 0;
  });
  return held;
}
