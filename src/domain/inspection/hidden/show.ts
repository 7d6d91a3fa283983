import { LOOK_ALIKES } from "../look-alikes.ts";
import { type Span, SURE } from "./span.ts";

/** What becomes of hidden text: `show` makes it visible, `remove` takes it out. */
export type Treatment = "show" | "remove";

/** Characters of one run that are written out; of more, their number is told. */
const MOST_NAMED = 8;

const nameOf = (code: number) => `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
/** Those of controls, of which a text may have many. */
const NAMES: readonly string[] = Array.from({ length: 256 }, (_, code) => nameOf(code));
const named = (char: string) => {
  const code = char.codePointAt(0) as number;
  return NAMES[code] ?? nameOf(code);
};

/** How single characters are shown: there are few that hide, and floods of them. */
const shown = new Map<string, string>();

function namedOne(char: string): string {
  let said = shown.get(char);
  if (said === undefined) shown.set(char, (said = `\u27e6${named(char)}\u27e7`));
  return said;
}

/** Whether a run is one character, of one unit or two. */
const isOne = (run: string): boolean =>
  run.length === 1 || (run.length === 2 && (run.codePointAt(0) as number) > 0xffff);

function namedRun(run: string): string {
  if (isOne(run)) return namedOne(run);
  const chars = Array.from(run);
  if (chars.length <= MOST_NAMED) return `\u27e6${chars.map(named).join(" ")}\u27e7`;
  return `\u27e6${named(chars[0] as string)} and ${chars.length - 1} more hidden characters\u27e7`;
}

const SHOWN: Readonly<Record<string, (run: string) => string>> = {
  "ansi-sequence": (run) => controls(run),
  "osc-sequence": (run) => controls(run),
  "look-alike": (run) =>
    run.replace(/[^\u0000-\u024f]/gu, (char) =>
      LOOK_ALIKES.has(char.charCodeAt(0)) ? `${char}${namedOne(char)}` : char,
    ),
  "exfil-image": (run) => `\u27e6image: ${unlinked(run)}\u27e7`,
  "link-mismatch": (run) => `\u27e6link: ${unlinked(run)}\u27e7`,
};

/** Escapes that are written out one by one; of a flood of them, their number is told. */
const MOST_CONTROLS = 4_096;

const controls = (run: string) =>
  run.length > MOST_CONTROLS ? `\u27e6${run.length} characters of terminal sequences\u27e7` : escaped(run);

function escaped(run: string): string {
  let said = "";
  let past = 0;
  for (let i = 0; i < run.length; i++) {
    const unit = run.charCodeAt(i);
    if (unit >= 0x20 && (unit < 0x7f || unit > 0x9f)) continue;
    if (i > past) said += run.slice(past, i);
    said += unit === 0x1b ? "\u27e6ESC\u27e7" : `\u27e6${NAMES[unit]}\u27e7`;
    past = i + 1;
  }
  return past < run.length ? said + run.slice(past) : said;
}

/** So that no reader follows it: no scheme and no form of a link. */
const unlinked = (run: string) =>
  run
    .replace(/https?:\/\//gi, "")
    .replace(/[![\]()<>]/g, " ")
    .replace(/ {2,}/g, " ")
    .trim();

const REMOVED: Readonly<Record<string, (run: string) => string>> = {
  "look-alike": (run) =>
    Array.from(run, (char) => String.fromCharCode(LOOK_ALIKES.get(char.charCodeAt(0)) ?? char.charCodeAt(0))).join(""),
  "link-mismatch": (run) => /^!?\[([^\]]*)\]/.exec(run)?.[1] ?? "",
};

/**
 * What stands for one span.
 * @param run the original of the span
 */
export function treated(
  { kind, confidence }: Pick<Span, "kind" | "confidence">,
  run: string,
  treatment: Treatment,
): string {
  if (treatment === "remove") {
    if (confidence < SURE && kind !== "html-comment" && kind !== "css-hidden") return run;
    return REMOVED[kind]?.(run) ?? "";
  }
  return confidence < SURE ? run : (SHOWN[kind] ?? namedRun)(run);
}
