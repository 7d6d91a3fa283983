import { accessSync, chmodSync, constants, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it. Node's own `recursive` never returns where the file system takes no folders (/proc).
 * @param mode of what is made, e.g. 0o700
 * @throws the file system's error
 */
export function makeFolder(path: string, mode: number): void {
  const there = (): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (there()) return;
  if (dirname(path) !== path) makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!there()) throw error;
  }
}

/** By one of these a folder is known to be a home; another is not closed to those who may need it. */
const OURS = ["master.key", "cardea.db", "cardea.yaml"];

/**
 * Makes the folder of the state, or closes one that others may read (mode 0700).
 * @param warn gets one sentence where the mode was changed
 * @throws Error where others may write in it, or read it and it is no home of ours; else the file system's error
 */
export function openHome(home: string, warn: (sentence: string) => void): void {
  makeFolder(home, 0o700);
  const mode = statSync(home).mode & 0o777;
  if ((mode & 0o022) !== 0)
    throw new Error(`${home} may be written by others, who could replace what is in it; run: chmod 700 ${home}`);
  if ((mode & 0o077) !== 0) {
    const names = readdirSync(home);
    if (names.length > 0 && !names.some((name) => OURS.includes(name)))
      throw new Error(
        `${home} can be read by others and holds other things; name a folder of its own (--home DIR), or run: chmod 700 ${home}`,
      );
    chmodSync(home, 0o700);
    warn(`${home} could be read by others (mode 0${mode.toString(8)}); it is closed to them now (0700)`);
  }
  // Asked here, because a lock that cannot be written looks like one that somebody holds.
  accessSync(home, constants.W_OK | constants.X_OK);
}
