import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { type GrantingFile, textOf } from "../domain/acceptance/accepted.ts";
import { cedarNames } from "./cedar-folder.ts";

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
 * The files as they are now, where all of them belong to another OS user and this process can change neither them nor the
 * folders they are in, nor a folder above: who could change them then has authority of their own (invariant 12).
 * The folders are judged first: once they are another's, nobody puts something else in the place of what is read.
 * @returns undefined: it is not so, or a symbolic link leads there, which may lead elsewhere a moment later
 */
export function ownedByAnother(files: ProjectFiles): readonly GrantingFile[] | undefined {
  const folders = [dirname(files.configFile), dirname(files.lockFile)];
  const policies = lstatSync(files.policiesDir, { throwIfNoEntry: false });
  if (policies !== undefined) folders.push(files.policiesDir);
  const above = new Set(
    [...folders, dirname(files.policiesDir)].flatMap((folder) => upwards(dirname(resolve(folder)))),
  );
  try {
    if (![...above].every((folder) => foreignFolder(folder, true))) return undefined;
    if (![...folders, dirname(files.policiesDir)].every((folder) => foreignFolder(folder, false))) return undefined;
    const found = pathsOf(files).map(({ name, path }) => ({ name, bytes: readForeign(path) }));
    return found.flatMap(({ name, bytes }) => (bytes === undefined ? [] : [{ name, bytes }]));
  } catch {
    return undefined;
  }
}

function pathsOf(files: ProjectFiles): { name: string; path: string }[] {
  const cedar = cedarNames(files.policiesDir);
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
/** With an access list the bits of the group are the most that anybody in the list may (acl(5)). */
const OTHERS_WRITE = 0o022;

const isForeign = ({ uid, mode }: Stats): boolean =>
  uid !== process.getuid?.() && process.getuid?.() !== 0 && (mode & OTHERS_WRITE) === 0;

/** @param sticky whether the sticky bit is enough. @throws the file system's error */
function foreignFolder(folder: string, sticky: boolean): boolean {
  const stat = lstatSync(folder);
  if (!stat.isDirectory()) return false;
  return isForeign(stat) || (sticky && stat.uid !== process.getuid?.() && (stat.mode & STICKY) !== 0);
}

/** What is read belongs to another user, judged on the opened file. Undefined: there is none. @throws where it does not */
function readForeign(path: string): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || !isForeign(stat)) throw new Error("The file does not belong to another user");
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
