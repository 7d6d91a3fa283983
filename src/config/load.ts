import { build } from "./build.ts";
import { checkAccess } from "./check-access.ts";
import { checkApprovals } from "./check-approvals.ts";
import { checkIdentity } from "./check-identity.ts";
import { checkListen } from "./check-listen.ts";
import { checkLiterals, checkTokens } from "./check-literals.ts";
import { checkScreen } from "./check-screen.ts";
import { checkServers } from "./check-servers.ts";
import type { Config } from "./config.ts";
import { readDocument } from "./document.ts";
import { child, type ConfigFault, type Finding, pathText, type Step } from "./fault.ts";
import { checkShape } from "./shape.ts";

/** The quotes around a value. */
const QUOTES = 2;

/** A configuration without faults. */
export interface Loaded {
  readonly config: Config;
  /** Line and column (from 1) of a key or its value, for what is found later. */
  place(path: readonly Step[], atKey?: boolean): { line: number; column: number };
}

/**
 * Reads `cardea.yaml`. All faults are found at once, in the order of the file; none holds a value of it.
 * @param source the bytes of the file (so that what is no UTF-8 is found), or its text
 * @param file how faults name the file
 * @returns the configuration with every default filled in, or at least one fault
 */
export function loadConfig(source: string | Uint8Array, file: string): Loaded | { faults: ConfigFault[] } {
  const document = readDocument(source);
  const faults = new Map<string, ConfigFault>();
  const add = (place: { line: number; column: number }, finding: Finding) => {
    const { path, message, expected, nearest, remedy } = finding;
    const guess = nearest === undefined ? {} : { nearest };
    const fault = { file, ...place, path: pathText(path), message, expected, ...guess, remedy };
    faults.set(JSON.stringify([place, message]), fault);
  };
  // What could not be read has its fault already; the other checks would only add that it is missing.
  const unread = new Set(document.findings.map(({ path }) => JSON.stringify(path)));
  const report = (finding: Finding) => {
    if (finding.path.length > 0 && unread.has(JSON.stringify(finding.path))) return;
    add(document.place(finding.path, finding.atKey), finding);
  };

  for (const finding of document.findings) add(document.at(finding.offset), finding);
  // A token inside a value that has its fault already is that fault, not another.
  const secrets: { line: number; from: number; to: number }[] = [];
  checkLiterals(document.raw, (finding) => {
    const { line, column } = document.place(finding.path);
    const value = finding.path.reduce<unknown>(child, document.raw);
    secrets.push({ line, from: column, to: column + String(value).length + QUOTES });
    report(finding);
  });
  checkTokens(document.text, (offset, finding) => {
    const { line, column } = document.at(offset);
    if (!secrets.some((one) => one.line === line && column >= one.from && column < one.to))
      add({ line, column }, finding);
  });
  if (document.raw !== undefined) {
    const { parsed, findings } = checkShape(document.raw);
    for (const finding of findings) report(finding);
    for (const check of [checkListen, checkServers, checkAccess, checkIdentity, checkApprovals, checkScreen])
      check(document.raw, report);
    if (faults.size === 0 && parsed !== undefined) return { config: build(parsed), place: document.place };
  }
  return { faults: [...faults.values()].sort((a, b) => a.line - b.line || a.column - b.column) };
}
