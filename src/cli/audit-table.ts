import { isObject } from "../kernel/json.ts";
import type { Decision, StoredRecord } from "../ports/records.ts";
import { NOBODY } from "./audit-filter.ts";

const COLOURS: Record<Decision, string> = { allow: "\x1b[32m", deny: "\x1b[31m", hold: "\x1b[33m" };
const PLAIN = "\x1b[0m";
/** Least widths of all columns but the last; what is longer pushes its own line. */
const WIDTHS = [24, 26, 8, 8, 36, 24];

/** The line above a table of records. */
export function tableHead(colour: boolean): string {
  const line = columns(["TIME", "WHO", "KIND", "DECISION", "WHAT", "REASON", "ARGUMENTS OR DETAIL"]);
  return `${colour ? `\x1b[2m${line}${PLAIN}` : line}\n`;
}

/**
 * One record as a line for a person.
 * @param owner who stands behind the subject, where that is known
 */
export function recordRow(record: StoredRecord, owner: string | undefined, colour: boolean): string {
  const { server, target, type, control, reason, credential } = record;
  const on = server && (target === undefined ? server : `${server}.${target}`);
  // Of an event of a key the key is what matters; of a call it is who called.
  const key = type.startsWith("key.") ? credential : undefined;
  const what = [type, on, key].filter(Boolean).join(" ");
  const cells = [
    new Date(record.time).toISOString(),
    owner ?? record.subject ?? (record.tenant === NOBODY ? "nobody" : "-"),
    record.kind,
    record.decision,
    what,
    control === undefined ? reason : `${reason} (${control})`,
    [argumentNames(record), detailOf(record)].filter(Boolean).join(" "),
  ];
  const line = columns(cells.map(printable));
  const paint = colour && record.decision !== "allow" ? COLOURS[record.decision] : "";
  return `${paint}${line}${paint && PLAIN}\n`;
}

/** One line of JSON in which a terminal finds nothing to obey: control and direction characters are escaped. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value);
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${text.replaceAll(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, escaped)}\n`;
}

function argumentNames({ args }: StoredRecord): string {
  if (args === undefined) return "";
  const names = isObject(args.names) ? Object.keys(args.names) : [];
  return [...names, ...(Number(args.unknown) > 0 ? [`+${args.unknown} unknown`] : [])].join(" ");
}

/** What an event says besides, e.g. `by=os:ada` of what a person did or `code=1` of a process that ended. */
function detailOf({ detail }: StoredRecord): string {
  return Object.entries(detail ?? {})
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}

function columns(cells: readonly string[]): string {
  return cells
    .map((cell, i) => cell.padEnd(WIDTHS[i] ?? 0))
    .join("  ")
    .trimEnd();
}

/** Stored text without what a terminal would obey, and short enough for a line. */
function printable(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 119)}…` : text;
  return short.replaceAll(/\p{C}/gu, "\ufffd");
}
