import type { DefinitionFinding, ServerItem, ServerReport } from "../domain/catalogue/servers-admin.ts";
import { visible } from "../domain/pins/index.ts";
import { commandLines } from "./command-text.ts";
import { accessToPaste, flow, pasteLines, ruleLines, toolsToPaste } from "./server-paste.ts";
import { phrases } from "./wrapped.ts";

/** Groups of findings on the short screen, and names of tools in each. */
const GROUPS = 5;
const NAMES = 4;
/** Names of prompts, templates and resources on the short screen. */
const OTHERS = 8;

/** How the screen is painted. */
export interface Look {
  /** Everything, however long. */
  readonly all: boolean;
  paint(code: number, text: string): string;
}

/**
 * What a person sees of a server: what runs, what it publishes, what is wrong with it, and what to do next.
 * @returns lines without their ends
 */
export function screenLines(report: ServerReport, look: Look): string[] {
  const { command } = report;
  const title = (text: string): string => look.paint(1, text);
  const lines = [title(report.name) + (command === undefined ? `  ${report.source}` : `  ${stateOf(report)}`)];
  if (report.sourceFault !== undefined && command?.consent !== "never")
    lines.push(look.paint(33, visible(report.sourceFault)));
  if (command !== undefined)
    lines.push("", title("Runs"), ...indent(shortened(commandLines(command, look.all), look.all)));
  if (command !== undefined && command.changes.length > 0)
    lines.push(
      "",
      title("Changed since it was consented to"),
      ...indent(command.changes.flatMap((text) => phrases(visible(text).split(" "), "", "  "))),
    );
  if (report.silent !== undefined) lines.push("", title("Said nothing"), ...indent(silence(report, look)));
  else lines.push("", ...publishes(report, look), ...findings(report, look), ...off(report, look));
  lines.push("", title("Next"), ...indent(next(report, look)));
  return lines;
}

function stateOf({ command }: ServerReport): string {
  if (command?.consent === "given") return "its command has an administrator's consent";
  return command?.consent === "changed"
    ? "its command changed, and does not start"
    : "nobody consented to its command; it does not start";
}

/** On the short screen the checks are left to `--all`. */
function shortened(lines: string[], all: boolean): string[] {
  return all ? lines : lines.filter((line) => !/^(?:checked|integrity)\b/.test(line));
}

function silence({ silent = "", said, command }: ServerReport, look: Look): string[] {
  if (command !== undefined && command.consent !== "given") return phrases(visible(silent).split(" "), "", "");
  return [
    ...phrases(visible(silent).split(" "), "", ""),
    ...(said.length === 0 ? [] : ["Its own first words, on standard error:"]),
    ...said.slice(0, look.all ? said.length : 3).map((line) => `  ${look.paint(33, visible(line))}`),
  ];
}

function publishes(report: ServerReport, look: Look): string[] {
  const { items, resources } = report;
  const named = (kind: string) =>
    items.filter((item) => item.entry.startsWith(`${kind}:`)).map((item) => visible(item.entry.slice(kind.length + 1)));
  const number = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
  const counts = [
    number(named("tool").length, "tool"),
    number(named("prompt").length, "prompt"),
    number(named("template").length, "resource template"),
    number(resources.length, "resource"),
    ...(items.some((item) => item.entry === "instructions") ? ["instructions"] : []),
  ].filter((text) => !text.startsWith("0 "));
  const approved = items.filter((item) => item.status === "approved").length;
  const state =
    approved === 0 ? "none of it can be used before it is approved" : `${approved} of ${items.length} approved`;
  const lines = [`${look.paint(1, "Publishes")}  ${counts.join(", ") || "nothing"}; ${state}`];
  for (const [label, names] of byEffect(items)) lines.push(`  ${label}`, ...phrases(names, "    ", "    ", "  "));
  for (const [label, names] of [
    ["prompts", named("prompt")],
    ["resource templates", named("template")],
    ["resources", resources.map(visible)],
  ] as const) {
    const shown = look.all ? names : names.slice(0, OTHERS);
    const more = names.length > shown.length ? [`and ${names.length - shown.length} more`] : [];
    if (names.length > 0) lines.push(`  ${label}`, ...phrases([...shown, ...more], "    ", "    ", "  "));
  }
  return lines;
}

/** Tools by effect and where it comes from; what is approved already or changed is marked. */
function byEffect(items: readonly ServerItem[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const item of items) {
    if (!item.entry.startsWith("tool:") || item.status === "gone") continue;
    const label = `${item.effect}  (${WHENCE[item.effectFrom ?? "default"]}${item.effectFrom === "default" && item.hint === "read" ? "; the server hints that these only read" : ""})`;
    const mark = item.status === "changed" ? "*" : item.status === "unusable" ? "!" : "";
    groups.set(label, [...(groups.get(label) ?? []), visible(item.entry.slice("tool:".length)) + mark]);
  }
  return new Map([...groups].sort(([a], [b]) => a.localeCompare(b)));
}

const WHENCE = {
  configuration: "by cardea.yaml",
  hint: "by the server's own hint",
  default: "by default: cardea.yaml says nothing",
} as const;

interface Group extends DefinitionFinding {
  readonly places: string[];
  readonly tools: Set<string>;
  readonly example: string;
}

const ORDER = { high: 0, medium: 1, low: 2 } as const;

function findings({ name, items }: ServerReport, look: Look): string[] {
  const groups = new Map<string, Group>();
  for (const item of items)
    for (const finding of item.findings) {
      const tool = item.entry.replace(/^tool:/, "");
      const key = look.all ? `${finding.id} ${tool} ${finding.parameter}` : finding.id;
      const group = groups.get(key) ?? { ...finding, places: [], tools: new Set<string>(), example: tool };
      group.tools.add(tool);
      group.places.push(visible(finding.parameter === undefined ? tool : `${tool}.${finding.parameter}`));
      groups.set(key, group);
    }
  if (groups.size === 0) return [];
  const sorted = [...groups.values()].sort(
    (a, b) => ORDER[a.severity] - ORDER[b.severity] || b.places.length - a.places.length,
  );
  const shown = look.all ? sorted : sorted.slice(0, GROUPS);
  const lines = ["", `${look.paint(1, "Findings")}  what an attacker could do if every text were theirs`];
  for (const group of shown) {
    const { places, overlay, severity, why, off, blocks } = group;
    const named = look.all ? places : places.slice(0, NAMES);
    const more = places.length > named.length ? ` and ${places.length - named.length} more` : "";
    const what = blocks ? ", not approved without --accept-findings" : off ? ", off until narrowed" : "";
    lines.push(
      ...phrases(
        visible(why).split(" "),
        `  ${look.paint(severity === "high" ? 31 : 33, severity.padEnd(6))}  `,
        "          ",
      ),
    );
    lines.push(...phrases(`${named.join(", ")}${more}${what}`.split(" "), "          ", "          "));
    if (overlay !== undefined)
      lines.push(...phrases([`${flow({ [group.example]: overlay })}`], "          mend: ", ""));
  }
  if (sorted.length > shown.length)
    lines.push(`  and ${sorted.length - shown.length} more kinds: cardea servers show ${name} --all`);
  return lines;
}

function off({ items, faults }: ServerReport, look: Look): string[] {
  const unusable = items.filter((item) => item.status === "unusable" || item.status === "gone");
  const withheld = items.filter((item) => item.why !== undefined && !unusable.includes(item));
  if (unusable.length + withheld.length + faults.length === 0) return [];
  const shown = look.all ? Infinity : 6;
  const all = [
    ...unusable.map((item) => `${visible(item.entry)}  ${visible(item.why ?? "")}`),
    ...faults.map(visible),
    ...withheld.map((item) => `${visible(item.entry)}  ${visible(item.why ?? "")}`),
  ];
  const more = all.length > shown ? [`and ${all.length - shown} more`] : [];
  return [
    "",
    look.paint(1, "Off"),
    ...indent([...all.slice(0, shown), ...more].flatMap((text) => phrases(text.split(" "), "", "    "))),
  ];
}

function next(report: ServerReport, look: Look): string[] {
  const { name, command, silent } = report;
  if (command !== undefined && command.consent !== "given")
    return [`cardea servers consent ${name}       shows the command again, and asks for an administrator's proof`];
  const wanted = command?.advice ?? [];
  const again = `To change that: cardea servers remove ${name}, and add it again with these flags`;
  const advice = [...wanted, ...(wanted.length > 0 && silent === undefined ? [again] : [])].flatMap((text) =>
    phrases(visible(text).split(" "), "! ", "  "),
  );
  if (silent !== undefined)
    return [
      ...advice,
      `Add it again with what it needs:  cardea servers remove ${name}  and  cardea servers add ${name} …`,
      `or mend it in cardea.yaml, and:   cardea servers consent ${name} && cardea accept`,
    ];
  const open = report.items.filter((item) => item.status === "new" || item.status === "changed").length;
  const steps: string[][] = [];
  if (open > 0)
    steps.push([
      `Read what it says of itself, and approve it, whole or entry by entry:`,
      `  cardea servers diff ${name}`,
      `  cardea servers approve ${name} --all`,
    ]);
  const tools = toolsToPaste(report, look.all);
  if (Object.keys(tools).length > 0)
    steps.push([
      `In cardea.yaml, under servers.${name}: what only reads, if you believe its hints${look.all ? ", and what mends the findings" : ""}`,
      ...pasteLines("tools", tools, "  "),
    ]);
  const { reading, writing } = accessToPaste(report);
  if (reading !== undefined || writing !== undefined)
    steps.push([
      "In cardea.yaml, under access: who may use it, as much as they need",
      ...(reading === undefined ? [] : [...ruleLines(reading, "  ")]),
      ...(writing === undefined ? [] : ["  # this one changes things:", ...ruleLines(writing, "  ")]),
    ]);
  steps.push([
    "Accept the change, restart the gateway, and try it:",
    `  cardea accept && cardea up`,
    `  npx mcp-inspector --cli http://127.0.0.1:7332/mcp/${name} --transport http --method tools/list --header "Authorization: Bearer $CARDEA_KEY"`,
  ]);
  return [
    ...advice,
    ...steps.flatMap((step, at) => step.map((line, index) => (index === 0 ? `${at + 1}. ${line}` : `   ${line}`))),
  ];
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
