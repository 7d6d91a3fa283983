import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { type GrantingFile, textOf } from "../domain/acceptance/accepted.ts";

/** The names under which the files are accepted, whatever they are called on the disk. */
export const CONFIG = "cardea.yaml";
export const LOCK = "cardea.lock";

/** Reads everything that grants power at one time; what is read here is compared, and what was compared is used. */
export function readGranting(files: ProjectFiles): readonly GrantingFile[] {
  return pathsOf(files).flatMap(({ name, path }) => {
    const bytes = read(path);
    return bytes === undefined ? [] : [{ name, bytes }];
  });
}

/** The Cedar files among them, in the order of their names. */
export function cedarOf(granting: readonly GrantingFile[]): { file: string; text: string }[] {
  return granting
    .filter(({ name }) => name.endsWith(".cedar"))
    .map((file) => ({ file: file.name, text: textOf(file) }));
}

/** One of them. */
export function granted(granting: readonly GrantingFile[], name: string): Uint8Array | undefined {
  return granting.find((file) => file.name === name)?.bytes;
}

/**
 * Whether all of them belong to another OS user, and this process can change neither them nor the folders they are in:
 * who could change them then has authority of their own (invariant 12).
 */
export function ownedByAnother(files: ProjectFiles): boolean {
  const paths = pathsOf(files).map(({ path }) => path);
  const folders = [dirname(files.configFile), dirname(files.lockFile), files.policiesDir];
  const above = new Set(folders.flatMap((folder) => upwards(dirname(folder))));
  return [...paths, ...folders].every(foreign) && [...above].every((folder) => sticky(folder) || foreign(folder));
}

function pathsOf(files: ProjectFiles): { name: string; path: string }[] {
  const cedar = existsSync(files.policiesDir)
    ? readdirSync(files.policiesDir)
        .filter((name) => name.endsWith(".cedar"))
        .sort()
    : [];
  return [
    { name: CONFIG, path: files.configFile },
    ...cedar.map((name) => ({ name: `policies/${name}`, path: join(files.policiesDir, name) })),
    { name: LOCK, path: files.lockFile },
  ];
}

function read(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A folder and those above it. */
function upwards(path: string): string[] {
  const here = resolve(path);
  return dirname(here) === here ? [here] : [here, ...upwards(dirname(here))];
}

/** In a folder with the sticky bit nobody moves away what belongs to others (chmod(2)). */
const STICKY = 0o1000;

function sticky(folder: string): boolean {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat !== undefined && stat.uid !== process.getuid?.() && (stat.mode & STICKY) !== 0;
}

/** Belongs to another OS user, and cannot be written; what is not there can be made only where its folder can be written. */
function foreign(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return true;
  if (stat.uid === process.getuid?.()) return false;
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}
