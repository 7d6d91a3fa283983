import type { ServerItem, ServerReport } from "../domain/catalogue/servers-admin.ts";
import { visible } from "../domain/pins/index.ts";
import { commandLines } from "./command-text.ts";
import { findingLines, type Look } from "./server-findings.ts";
import { accessToPaste, pasteLines, ruleLines, serverToPaste } from "./server-paste.ts";
import { phrases } from "./wrapped.ts";

/** What is unusable, on the short screen. */
const MOST_OFF = 5;
/** Names of prompts, templates and resources on the short screen. */
const OTHERS = 4;

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
  else
    lines.push(
      "",
      ...publishes(report, look),
      ...results(report, look),
      ...findingLines(report, look),
      ...off(report, look),
    );
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

/** What callers see of results, where the configuration leaves only a part (S9). */
function results({ results: rules }: ServerReport, look: Look): string[] {
  if (rules.length === 0) return [];
  const lines = rules.flatMap(({ tool, left }) => phrases(visible(left).split(" "), `${visible(tool)}: `, "  "));
  return ["", look.paint(1, "Left of results"), ...indent(lines)];
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

/** What cannot be used, approved or not, and why. */
function off({ items, faults }: ServerReport, look: Look): string[] {
  const dangerous = items.filter(({ findings }) => findings.some((one) => one.off));
  const names = dangerous.map(({ entry }) => visible(entry.replace(/^tool:/, "")));
  const shown = look.all ? Infinity : MOST_OFF;
  const unusable = items.filter((item) => item.status === "unusable" || item.status === "gone");
  const others = [
    ...unusable.map((item) => `${visible(item.entry)}  ${visible(item.why ?? "")}`),
    ...faults.map(visible),
  ];
  const more = others.length > shown ? [`and ${others.length - shown} more`] : [];
  const lines = [
    ...(names.length === 0 ? [] : phrases(names, "until narrowed, confined or accepted: ", "    ", "  ")),
    ...[...others.slice(0, shown), ...more].flatMap((text) => phrases(text.split(" "), "", "    ")),
  ];
  return lines.length === 0 ? [] : ["", look.paint(1, "Off"), ...indent(lines)];
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
  const paste = Object.entries(serverToPaste(report, look.all));
  const mends = look.all && report.items.some(({ findings }) => findings.length > 0);
  if (paste.length > 0)
    steps.push([
      `In cardea.yaml, under servers.${name}: what only reads, if you believe its hints${mends ? ", and what mends the findings" : ""}`,
      ...paste.flatMap(([section, members]) => pasteLines(section, members, "  ")),
    ]);
  const { reading, writing } = accessToPaste(report);
  if (reading !== undefined || writing !== undefined)
    steps.push([
      "In cardea.yaml, under access: who may use it, as much as they need",
      ...(reading === undefined ? [] : [...ruleLines(reading, "  ")]),
      ...(writing === undefined
        ? []
        : [
            "  # what changes things asks a person at each call, unless the rule says approval: none",
            ...ruleLines(writing, "  "),
          ]),
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
