/**
 * What the detectors find and what they flag wrongly, over the corpora beside the repository (`CARDEA_CORPORA`): per
 * source, for the rows that rules were written from (work) and for the rest (measure), with the goals judged on the rest.
 *
 *     npm run bench:detect -- [--json] [--only injection]
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { measureDefinitions } from "./detect/definitions.ts";
import { measureInjection } from "./detect/injection.ts";
import { measureSpeed } from "./detect/speed.ts";
import { measurePersonal } from "./detect/personal.ts";
import { measureSecrets } from "./detect/secrets.ts";
import { measureUnicode } from "./detect/unicode.ts";
import { corporaFolder, type Line, type Measure, type Section } from "./detect/section.ts";

const SECTIONS: Readonly<Record<string, Measure>> = {
  injection: measureInjection,
  definitions: measureDefinitions,
  secrets: measureSecrets,
  personal: measurePersonal,
  unicode: measureUnicode,
  speed: measureSpeed,
};

const { values: options } = parseArgs({ options: { json: { type: "boolean" }, only: { type: "string" } } });
const corpora = corporaFolder();
if (!existsSync(corpora)) {
  console.error(`There are no corpora at ${corpora}; set CARDEA_CORPORA to their folder.`);
  process.exit(2);
}

const names = Object.keys(SECTIONS).filter((name) => options.only === undefined || options.only === name);
if (names.length === 0) {
  console.error(`There is no section ${options.only}; there are: ${Object.keys(SECTIONS).join(", ")}.`);
  process.exit(2);
}
const sections = names.map((name) => (SECTIONS[name] as Measure)(corpora));

function lineText({ source, part, group, rows, flagged, percent, usPerKb }: Line): string {
  const time = usPerKb === undefined ? "" : `${usPerKb.toFixed(1)} µs/KB`;
  const share = `${percent.toFixed(1)} %`.padStart(8);
  return `  ${source.padEnd(24)} ${part.padEnd(8)} ${group.padEnd(16)} ${String(flagged).padStart(5)} of ${String(rows).padEnd(5)} ${share}  ${time}`;
}

function print({ name, lines, goals, absent }: Section): void {
  console.log(name);
  for (const line of lines) console.log(lineText(line));
  for (const { goal, target, value, met } of goals)
    console.log(`  ${met ? "met    " : "NOT met"} ${goal}: ${value ?? "not measured"} (${target})`);
  if (absent.length > 0) console.log(`  absent: ${absent.join(", ")}`);
}

if (options.json) console.log(JSON.stringify({ sections }));
else for (const section of sections) print(section);
