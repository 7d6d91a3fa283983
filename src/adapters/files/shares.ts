import { lstatSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { ProjectFiles } from "./project.ts";

/** Paths that a local server may see, as the configuration writes them. */
export interface Shares {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** What the disk says of shared paths now. */
export interface FoundShares {
  /** Where those lie that a symbolic link leads elsewhere, by the path as it is written; below the project relative to it. */
  readonly real: Readonly<Record<string, string>>;
  /** One sentence that says why they cannot be shared. */
  readonly unfit: string | undefined;
}

/** Folders of the home that are never shared, also where the configuration lies in the home. */
const OF_THE_HOME = ["packages", "policies"];

/**
 * Where a path really lies; what is not there yet lies where it would be made.
 * @returns undefined where a link leads nowhere or in a circle, or the text can be no path
 */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    if (dirname(path) === path || !isFree(path)) return undefined;
    const above = realPath(dirname(path));
    return above === undefined ? undefined : join(above, basename(path));
  }
}

/** Whether nothing is there, not even a link. */
function isFree(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** Whether a path is a folder or lies in it. Both absolute. */
export const holds = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder === sep ? sep : folder + sep);

/**
 * Follows the shared paths of a server (C6, H6). What would let it read or change the gateway's own state, or change what
 * grants power, is unfit: the home, cardea.yaml, cardea.lock and policies. A folder to read may contain the home: the
 * sandbox hides it.
 */
export function findShares({ read, write }: Shares, files: ProjectFiles): FoundShares {
  const base = dirname(files.configFile);
  const realBase = realPath(base) ?? base;
  const real: Record<string, string> = {};
  let unfit: string | undefined;
  const look = (path: string, writes: boolean): void => {
    const written = resolve(base, path);
    const found = realPath(written);
    if (found === undefined) unfit ??= `The path ${JSON.stringify(path)} cannot be followed: a link leads nowhere`;
    else {
      const plain = holds(base, written) ? resolve(realBase, relative(base, written)) : written;
      if (found !== plain) real[path] = holds(realBase, found) ? `./${relative(realBase, found)}` : found;
      const why = forbidden(found, writes, files);
      if (why !== undefined) unfit ??= `The path ${JSON.stringify(path)} cannot be shared: it ${why}`;
    }
  };
  for (const path of read) look(path, false);
  for (const path of write) look(path, true);
  return { real, unfit };
}

/** @param real absolute, links followed */
function forbidden(real: string, writes: boolean, files: ProjectFiles): string | undefined {
  const home = realPath(files.home) ?? files.home;
  if (holds(home, real) && !isBesideConfiguration(home, real, files)) return "is or lies in the folder of the state";
  if (!writes) return undefined;
  if (holds(real, home)) return "contains the folder of the state, and it could be changed";
  for (const own of [files.configFile, files.lockFile, files.policiesDir]) {
    const there = realPath(own) ?? own;
    if (holds(real, there) || holds(there, real)) return `contains ${basename(own)}, and it could be changed`;
  }
  return undefined;
}

/** A home that was named may hold the configuration too, and then folders such as `workspace` beside it. */
function isBesideConfiguration(home: string, real: string, { configFile }: ProjectFiles): boolean {
  if (realPath(dirname(configFile)) !== home) return false;
  const [first = ""] = relative(home, real).split(sep);
  const there = statSync(join(home, first), { throwIfNoEntry: false });
  const folder = there === undefined ? /^[\w-]+$/.test(first) : there.isDirectory();
  return first !== "" && folder && !OF_THE_HOME.includes(first);
}
