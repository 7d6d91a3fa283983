import {
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

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
 * coding assistants out of the home (C8). What is there stays as it is; ignore files get their line added.
 * @param defaults the folder that holds the shipped `cardea.yaml` and `cardea.lock`
 * @returns the paths that were written, and those that were there already
 */
export function createProject(files: ProjectFiles, defaults: string): { written: string[]; kept: string[] } {
  const folder = dirname(files.configFile);
  const written: string[] = [];
  const kept: string[] = [];
  mkdirSync(folder, { recursive: true });
  for (const [from, to] of [
    ["cardea.yaml", files.configFile],
    ["cardea.lock", files.lockFile],
  ] as const) {
    (copyNew(join(defaults, from), to) ? written : kept).push(to);
  }
  mkdirSync(join(folder, "workspace"), { recursive: true });
  const home = relative(folder, files.home).split(sep).join("/");
  if (home === "" || home.startsWith("..") || isAbsolute(home)) return { written, kept };
  for (const name of IGNORE_FILES) if (addLine(join(folder, name), `/${home}/`)) written.push(join(folder, name));
  return { written, kept };
}

/** Copies a file to where none is; false where one is, even a dangling link. */
function copyNew(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function addLine(path: string, line: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !statSync(path).isFile()) return false;
  const before = stat === undefined ? "" : readFileSync(path, "utf8");
  const bare = line.replaceAll(/^\/|\/$/g, "");
  if (before.split(/\r?\n/).some((one) => one.trim().replaceAll(/^\/|\/$/g, "") === bare)) return false;
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  writeFileSync(path, `${gap}${line}\n`, { flag: "a" });
  return true;
}
