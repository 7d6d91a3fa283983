import { constants, copyFileSync, existsSync, lstatSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { makeFolder } from "./home.ts";

/** Where things lie. All paths are absolute. */
export interface ProjectFiles {
  /** The state: master key, store. */
  readonly home: string;
  readonly configFile: string;
  readonly lockFile: string;
  readonly policiesDir: string;
  /** Whether the configuration file is there. */
  readonly exists: boolean;
}

/**
 * Finds the home (`--home`, else `CARDEA_HOME`, else `./.cardea`) and the configuration: `--config`; else `cardea.yaml`
 * in a home that was named; else `./cardea.yaml`; else where it would be created. Lockfile and policies lie beside it.
 */
export function resolveFiles(given: {
  home?: string;
  config?: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
}): ProjectFiles {
  const named = given.home ?? (given.env["CARDEA_HOME"] || undefined);
  const home = resolve(given.cwd, named ?? ".cardea");
  const inHome = join(home, "cardea.yaml");
  const here = resolve(given.cwd, "cardea.yaml");
  const choose = () => {
    if (given.config !== undefined) return resolve(given.cwd, given.config);
    if (named === undefined) return here;
    return existsSync(inHome) || !existsSync(here) ? inHome : here;
  };
  const configFile = choose();
  const folder = dirname(configFile);
  return {
    home,
    configFile,
    lockFile: join(folder, "cardea.lock"),
    policiesDir: join(folder, "policies"),
    exists: existsSync(configFile),
  };
}

/** Files in which tools are told what they must not touch. Coding assistants read one or several of them. */
const IGNORE_FILES = [".gitignore", ".cursorignore", ".aiexclude", ".codeiumignore", ".geminiignore", ".aiderignore"];

/**
 * Writes a first project: the configuration, the reviewed lockfile, the workspace folder, and lines that keep git and
 * coding assistants out of the home (C8). Where a configuration or a lockfile is, nothing is written.
 * @param defaults the folder that holds the shipped `cardea.yaml` and `cardea.lock`
 * @returns the paths that were written, or those that were there already
 */
export function createProject(files: ProjectFiles, defaults: string): { written: string[]; kept: string[] } {
  const kept = [files.configFile, files.lockFile].filter((path) => lstatSync(path, { throwIfNoEntry: false }));
  if (kept.length > 0) return { written: [], kept };
  const folder = dirname(files.configFile);
  const inHome = folder === files.home || folder.startsWith(files.home + sep);
  makeFolder(folder, inHome ? 0o700 : 0o777);
  makeFolder(join(folder, "workspace"), 0o777);
  copyFileSync(join(defaults, "cardea.yaml"), files.configFile, constants.COPYFILE_EXCL);
  copyFileSync(join(defaults, "cardea.lock"), files.lockFile, constants.COPYFILE_EXCL);
  const written = [files.configFile, files.lockFile];
  const home = relative(folder, files.home).split(sep).join("/");
  if (home.startsWith("..") || isAbsolute(home)) return { written, kept };
  const lines = home === "" ? ["/*", "!/cardea.yaml", "!/cardea.lock", "!/policies/"] : [`/${home}/`];
  for (const name of IGNORE_FILES) if (addLines(join(folder, name), lines)) written.push(join(folder, name));
  return { written, kept };
}

/** Adds the lines that a file does not have yet. Returns whether it wrote. */
function addLines(path: string, lines: readonly string[]): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isFile()) return false;
  const before = stat === undefined ? "" : readFileSync(path, "utf8");
  const bare = (line: string) => line.trim().replaceAll(/^\/|\/$/g, "");
  const there = new Set(before.split("\n").map(bare));
  const missing = lines.filter((line) => !there.has(bare(line)));
  if (missing.length === 0) return false;
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  writeFileSync(path, `${gap}${missing.join("\n")}\n`, { flag: "a" });
  return true;
}
