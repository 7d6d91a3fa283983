import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join, resolve, sep } from "node:path";
import { refuse } from "../../kernel/errors.ts";

/** The only PATH that a confined program sees. */
export const PATH = "/usr/local/bin:/usr/bin:/bin";

/** A declared command as it will be started. */
export interface Program {
  /** Absolute path of the executable, symbolic links resolved. */
  readonly file: string;
  readonly args: readonly string[];
  readonly isNode: boolean;
  /** What it must read to start: itself, and for a script the outermost `node_modules` around it, else the script. */
  readonly needs: readonly string[];
}

/**
 * Finds what a command starts. `node` means the Node that runs Cardea.
 * @param command executable and arguments, no shell
 * @param cwd what relative arguments are relative to
 * @throws Refused `upstream_unavailable` where there is no such executable
 */
export function findProgram(command: readonly string[], cwd: string): Program {
  const [name, ...args] = command;
  if (name === undefined || name === "")
    refuse("upstream_unavailable", "The server's command is empty.", { executed: "no" });
  const found = name === "node" ? process.execPath : findExecutable(name, cwd);
  if (found === undefined)
    refuse("upstream_unavailable", `The server's command starts with "${name}", which is no executable file.`, {
      executed: "no",
    });
  const file = realpathSync(found);
  const node = realpathSync(process.execPath);
  if (isNodeScript(file))
    return { file: node, args: [file, ...args], isNode: true, needs: [node, ...packagesAround(found, cwd)] };
  if (file !== node && basename(file) !== "node")
    return { file, args, isNode: false, needs: [file, ...packagesAround(found, cwd)] };
  const script = args.find((arg) => !arg.startsWith("-"));
  return { file, args, isNode: true, needs: [file, ...(script === undefined ? [] : packagesAround(script, cwd))] };
}

/** Whether an executable is a script for Node, as npm puts them into `node_modules/.bin`. */
function isNodeScript(file: string): boolean {
  const start = Buffer.alloc(64);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, start, 0, start.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return /^#!\S*(?:\/env(?: -S)?\s+|\/)node(?:\s|$)/.test(start.toString("latin1").split("\n")[0] ?? "");
}

function findExecutable(name: string, cwd: string): string | undefined {
  const candidates = name.includes("/")
    ? [resolve(cwd, name)]
    : PATH.split(delimiter).map((folder) => join(folder, name));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return statSync(candidate).isFile();
    } catch {
      return false;
    }
  });
}

/** A script's real file, and the outermost `node_modules` above it where its dependencies lie. */
function packagesAround(script: string, cwd: string): string[] {
  const written = isAbsolute(script) ? script : resolve(cwd, script);
  let real: string;
  try {
    real = realpathSync(written);
  } catch {
    return [];
  }
  return [...new Set([written, real])].flatMap((path) => {
    const parts = dirname(path).split(sep);
    const at = parts.indexOf("node_modules");
    return at < 0 ? [path] : [parts.slice(0, at + 1).join(sep)];
  });
}
