import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { findProgram } from "../sandbox/program.ts";

/** Programs that only run another: what they run is pinned. */
const INTERPRETERS = /^(node|nodejs|deno|bun|python[\d.]*|ruby[\d.]*|perl|bash|sh|dash)$/;

/**
 * Digest of the file that a command runs (H6, T1): the script of an interpreter, else the executable.
 * @param command executable and arguments, no shell
 * @param cwd what relative paths are relative to
 * @returns `sha256:` and hex, or undefined where there is no such file
 */
export function programDigest(command: readonly string[], cwd: string): string | undefined {
  try {
    const program = findProgram(command, cwd);
    let file: string | undefined = program.file;
    if (INTERPRETERS.test(basename(program.file))) {
      const script = program.args.find((arg) => !arg.startsWith("-"));
      file = script === undefined ? undefined : resolve(cwd, script);
    }
    if (file === undefined || !statSync(file).isFile()) return undefined;
    return `sha256:${createHash("sha256").update(readFileSync(file)).digest("hex")}`;
  } catch {
    return undefined;
  }
}
