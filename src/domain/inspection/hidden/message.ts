import { Buffer } from "node:buffer";

/** Letters that make a message; fewer are chance. */
const SHORTEST = 4;
/** Units that are read of one run. */
const LONGEST = 8_192;

const WORDS = new RegExp(`[\\p{L}\\p{N}]{2,}.{0,3}[\\p{L}\\p{N}]|[\\p{L}\\p{N}]{${SHORTEST},}`, "su");

/** The fewest units that spell one: two and a letter, each a tag, or a byte; a letter of eight bits each. */
const FEWEST: Readonly<Record<string, number>> = {
  "tag-characters": 6,
  "variation-selector": 3,
  "zero-width": SHORTEST * 8,
};

/** Whether a run of so many units can spell a message. */
export const maySpell = (kind: string, length: number): boolean => length >= (FEWEST[kind] ?? Number.POSITIVE_INFINITY);

/** The message that a run of invisible characters spells; undefined where it spells none. */
export function messageOf(kind: string, run: string): string | undefined {
  if (!maySpell(kind, run.length)) return undefined;
  const text =
    kind === "tag-characters"
      ? tags(run)
      : kind === "variation-selector"
        ? selectors(run)
        : kind === "zero-width"
          ? bits(run)
          : "";
  return WORDS.test(text) ? text : undefined;
}

const points = (run: string) => Array.from(run.slice(0, LONGEST), (char) => char.codePointAt(0) as number);

/** U+E0020 to U+E007E mirror ASCII. */
const tags = (run: string) =>
  points(run)
    .map((code) => (code >= 0xe0020 && code <= 0xe007e ? String.fromCharCode(code - 0xe0000) : ""))
    .join("");

/** The 256 selectors stand for the values of a byte. */
const selectors = (run: string) =>
  Buffer.from(points(run).map((code) => (code >= 0xe0100 ? code - 0xe0100 + 16 : code - 0xfe00))).toString("utf8");

/** Two kinds of zero-width characters as bits, eight to a letter. */
function bits(run: string): string {
  const codes = points(run);
  const [zero, one, ...more] = [...new Set(codes)];
  if (zero === undefined || one === undefined || more.length > 1 || codes.length < SHORTEST * 8) return "";
  const text = (first: number) => {
    const bytes = codes
      .filter((code) => code === zero || code === one)
      .map((code) => (code === first ? "0" : "1"))
      .join("")
      .match(/.{8}/g);
    return Buffer.from((bytes ?? []).map((byte) => Number.parseInt(byte, 2)))
      .toString("latin1")
      .replace(/[^ -~]/g, "\u0000");
  };
  const [either, or] = [text(zero), text(one)];
  return /^[ -~]+$/.test(either) ? either : /^[ -~]+$/.test(or) ? or : "";
}
