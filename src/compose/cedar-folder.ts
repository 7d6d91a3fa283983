import { type Dirent, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PolicyFault } from "../domain/policy/fault.ts";

/** The Cedar files directly in the folder, in the order of their names; none where there is no folder. */
export function cedarNames(dir: string): string[] {
  return entriesOf(dir)
    .filter((entry) => isRead(dir, entry))
    .map(({ name }) => name)
    .sort();
}

/** What lies there as if it were rules and is not read: a rule in it would be one that silently never applies. */
export function unreadRules(dir: string): PolicyFault[] {
  return entriesOf(dir)
    .filter((entry) => !isRead(dir, entry) && looksLikeRules(entry))
    .map((entry) => {
      const folder = entry.isDirectory();
      return {
        file: `policies/${entry.name}`,
        message: folder ? "This is a folder, and nothing in it is read" : "This file is not read",
        expected: "files that end in .cedar, directly in policies/",
        remedy: folder ? "Move its rules into policies/ itself." : "Rename it to end in .cedar, or move it elsewhere.",
      };
    });
}

function entriesOf(dir: string): Dirent[] {
  return existsSync(dir) ? readdirSync(dir, { withFileTypes: true }) : [];
}

function isRead(dir: string, entry: Dirent): boolean {
  if (!entry.name.endsWith(".cedar")) return false;
  // A link to nothing is not read either.
  return entry.isFile() || statSync(join(dir, entry.name), { throwIfNoEntry: false })?.isFile() === true;
}

/** Hidden files and backups are left by editors. */
function looksLikeRules(entry: Dirent): boolean {
  if (entry.name.startsWith(".") || entry.name.endsWith("~")) return false;
  return entry.isDirectory() || /cedar|\.json$/i.test(entry.name);
}
