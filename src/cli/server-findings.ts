import type { DefinitionFinding, ServerReport } from "../domain/catalogue/servers-admin.ts";
import { visible } from "../domain/pins/index.ts";
import { flow } from "./server-paste.ts";
import { phrases } from "./wrapped.ts";

/** Groups of findings on the short screen, and places named in each. */
const GROUPS = 5;
const NAMES = 4;

/** How the screen is painted. */
export interface Look {
  /** Everything, however long. */
  readonly all: boolean;
  paint(code: number, text: string): string;
}

/** One thing that was found, wherever it was. */
interface Group extends DefinitionFinding {
  readonly places: string[];
}

const ORDER = { high: 0, medium: 1, low: 2 } as const;
const MARGIN = " ".repeat(10);

/** What was found in the definitions of a server: alike findings together, the dangerous first, each with what mends it. */
export function findingLines(report: ServerReport, look: Look): string[] {
  const groups = grouped(report, look.all);
  if (groups.length === 0) return [];
  const shown = look.all ? groups : groups.slice(0, GROUPS);
  const lines = ["", `${look.paint(1, "Findings")}  what could be done if every text came from an attacker`];
  for (const { places, overlay, severity, why, parameter = "", off, blocks } of shown) {
    const named = look.all ? places : places.slice(0, NAMES);
    const more = places.length > named.length ? ` and ${places.length - named.length} more` : "";
    const what = blocks ? "; not approved without --accept-findings" : off ? "; off until narrowed" : "";
    const sentence = visible(why.startsWith(`${parameter} `) ? why.slice(parameter.length + 1) : why).replace(
      /\.$/,
      ",",
    );
    const head = `  ${look.paint(severity === "low" ? 33 : 31, severity.padEnd(6))}  `;
    lines.push(
      ...phrases([...sentence.split(" "), "in", ...`${named.join(", ")}${more}${what}`.split(" ")], head, MARGIN),
    );
    if (overlay !== undefined && (look.all || off)) lines.push(`${MARGIN}narrow it, for example: ${flow(overlay)}`);
  }
  if (groups.length > shown.length) lines.push(`  and ${groups.length - shown.length} kinds more`);
  if (!look.all)
    lines.push(`  All of them, with what narrows each, ready to paste: cardea servers show ${report.name} --all`);
  return lines;
}

function grouped({ items }: ServerReport, all: boolean): Group[] {
  const groups = new Map<string, Group>();
  for (const { entry, findings } of items)
    for (const finding of findings) {
      const { id, parameter, off } = finding;
      const place = visible(
        entry.replace(/^tool:/, "") + (parameter === undefined ? "" : parameter.replace(/^\/?(?=.)/, ".")),
      );
      const key = all ? `${id} ${place}` : `${id} ${off}`;
      const group = groups.get(key) ?? { ...finding, places: [] };
      group.places.push(place);
      groups.set(key, group);
    }
  return [...groups.values()].sort(
    (a, b) =>
      Number(b.blocks) - Number(a.blocks) || ORDER[a.severity] - ORDER[b.severity] || b.places.length - a.places.length,
  );
}
