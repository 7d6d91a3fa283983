import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "../../src/domain/inspection/inspect.ts";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { LANGUAGES } from "../../test/inspection/languages.ts";
import { judge, type Measure, partOf, readRows, Tally } from "./section.ts";

/** Control characters that a terminal would obey (ECMA-48), but for tab and line breaks. */
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;

/** The text as it goes on when hidden text is shown, and when it is removed. */
const both = (text: string): readonly [string, string] => [
  inspect(text, { surface: "result" }).redacted,
  inspect(text, { surface: "result", hidden: "remove" }).redacted,
];

/** Code points `XXXX` or `XXXX..YYYY` at the beginning of the lines of a file of the Unicode Character Database that hold `what`. */
function charactersOf(path: string, what: string): string[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, from, to = from] = /^([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;/.exec(line) ?? [];
      if (from === undefined || to === undefined || !line.includes(what)) return [];
      const first = Number.parseInt(from, 16);
      return Array.from({ length: Number.parseInt(to, 16) - first + 1 }, (_, at) => String.fromCodePoint(first + at));
    });
}

/** How the word of a look-alike reads where it was seen through; `I` and `l` look alike in ASCII itself. */
const READ = /pay[A-Za-z]account/;

/** Letters that look like one of ASCII (UTS #39, confusables.txt). */
function lookAlikes(path: string): string[] {
  return [...readFileSync(path, "utf8").matchAll(/^([0-9A-F]+) ;\t([0-9A-F]+) ;/gm)]
    .map((found) => [1, 2].map((at) => String.fromCodePoint(Number.parseInt(found[at] as string, 16))))
    .flatMap(([from = "", to = ""]) => (/^[A-Za-z]$/.test(to) && !/^[ -~]$/.test(from) ? [from] : []));
}

/**
 * Hidden text (S4): ordinary texts in many languages pass byte for byte; terminal sequences (garak_ansi) and characters
 * that nobody sees (UTS #39, Default_Ignorable) are shown or removed; letters that look like others are shown, removed or
 * read as what they look like.
 */
export const measureUnicode: Measure = (corpora) => {
  const tally = new Tally();
  const absent: string[] = [];
  for (const [language, text] of Object.entries(LANGUAGES))
    tally.add("languages", "measure", "changed", !both(text).every((said) => said === text), 0, language.length);
  const rows = readRows(corpora, "garak_ansi", "cases.jsonl");
  if (rows === undefined) absent.push("garak_ansi");
  for (const { id, text = "", category = "" } of rows ?? []) {
    const { findings } = inspect(text, { surface: "result" });
    const gone = findings.length > 0 && !both(text).some((said) => CONTROLS.test(said));
    tally.add("garak_ansi", "measure", `${category} ${partOf("garak_ansi", id) === "work" ? "seen" : "unseen"}`, gone);
  }
  const folder = join(corpora, "unicode");
  if (!existsSync(folder)) absent.push("unicode");
  else {
    for (const one of charactersOf(join(folder, "IdentifierType.txt"), "Default_Ignorable")) {
      const [shown, removed] = both(`pass${one}word`);
      tally.add("unicode", "measure", "ignorable", !shown.includes(one) && removed === "password");
    }
    for (const from of lookAlikes(join(folder, "confusables.txt"))) {
      const text = `log in at pay${from}account now`;
      const shown = both(text).every((said) => said !== text);
      tally.add("unicode", "measure", "look-alike", shown || READ.test(plain(text).text));
    }
  }
  const share = (source: string, group: string) =>
    tally.percent("measure", (from, own) => from === source && own.startsWith(group));
  return {
    name: "unicode",
    lines: tally.lines(),
    goals: [
      judge("texts of languages that are changed, percent", share("languages", "changed"), { atMost: 0 }),
      judge("languages", Object.keys(LANGUAGES).length, { atLeast: 30 }),
      judge("live terminal sequences shown or removed, percent", share("garak_ansi", "ansi_live"), { atLeast: 100 }),
      judge("spelled terminal sequences told, percent", share("garak_ansi", "ansi_escaped"), { atLeast: 90 }),
      judge("ignorable characters shown or removed, percent", share("unicode", "ignorable"), { atLeast: 99 }),
      judge("look-alikes of ASCII letters seen through, percent", share("unicode", "look-alike"), { atLeast: 75 }),
    ],
    absent,
  };
};
