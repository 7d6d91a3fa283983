import { nearest } from "../kernel/nearest.ts";
import { knownToken, looksRandom } from "./literals.ts";

/** A step into the document: a key or an index. */
export type Step = string | number;

/** One thing that is wrong with the configuration. It holds keys and places, never a value. */
export interface ConfigFault {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** `servers.files.args[0]`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** What would be accepted. */
  readonly expected: string;
  /** The known name that was probably meant. */
  readonly nearest?: string;
  /** What to do. */
  readonly remedy: string;
}

/** What a check says of one place; `load.ts` adds file, line and column. */
export interface Finding {
  readonly path: readonly Step[];
  /** Point at the key of `path` instead of its value. */
  readonly atKey?: boolean;
  readonly message: string;
  readonly expected: string;
  readonly nearest?: string;
  readonly remedy: string;
}

/** Takes what a check found. */
export type Report = (finding: Finding) => void;

/** A readable block of text for one fault: place and message, then expectation, nearest name and remedy. */
export function formatFault(fault: ConfigFault): string {
  const lines = [`${fault.file}:${fault.line}:${fault.column}  ${fault.message}`, `  expected: ${fault.expected}`];
  if (fault.nearest !== undefined) lines.push(`  did you mean: ${fault.nearest}`);
  lines.push(`  help: ${fault.remedy}`);
  return `${lines.join("\n")}\n`;
}

/** Renders a path the way it is written in sentences: `servers.files.args[0]`. Odd keys are quoted and cut. */
export function pathText(path: readonly Step[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (isPlain(step)) text += text === "" ? step : `.${step}`;
    else text += `[${quoted(step)}]`;
  }
  return text;
}

/** A key in quotes, with everything but printable ASCII escaped, and cut after 64 characters. One that looks like a secret is not shown. */
export function quoted(key: string): string {
  if (secret(key)) return '"(hidden)"';
  const cut = key.length > 64 ? `${key.slice(0, 64)}...` : key;
  return JSON.stringify(cut).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Whether a key can stand in a sentence as it is: a plain word that looks like no secret. */
export function isPlain(key: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(key) && !secret(key);
}

function secret(key: string): boolean {
  return knownToken(key) !== undefined || looksRandom(key);
}

/** The nearest of the known names as an optional member of a finding. */
export function near(name: string, known: Iterable<string>): { nearest?: string } {
  const found = nearest(name, known);
  return found === undefined ? {} : { nearest: found };
}

/** The member of a raw value, undefined where there is none. */
export function child(value: unknown, step: Step): unknown {
  if (typeof step === "number") return Array.isArray(value) ? value[step] : undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
}

/** The entries of a raw mapping; none where it is not one. */
export function entries(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** The items of a raw list that are text, with their index; none where it is not a list. */
export function texts(value: unknown): [number, string][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item, at): [number, string][] => (typeof item === "string" ? [[at, item]] : []));
}
