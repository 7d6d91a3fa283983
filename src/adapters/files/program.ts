import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, type Program } from "../sandbox/program.ts";
import { holds, realPath } from "./shares.ts";

/** Programs that only run another: what they run is pinned. */
const INTERPRETERS = /^(node|nodejs|deno|bun|python[\d.]*|ruby[\d.]*|perl|bash|sh|dash)$/;
/** Read at a time, bytes: arguments may name large files. */
const PIECE = 1024 * 1024;

/**
 * Digest of the file that a command runs (H6, T1): the script of an interpreter, else the executable.
 * @param command executable and arguments, no shell
 * @param cwd what relative paths are relative to
 * @returns `sha256:` and hex, or undefined where there is no such file
 */
export function programDigest(command: readonly string[], cwd: string): string | undefined {
  try {
    const program = findProgram(command, cwd);
    const script = scriptOf(program);
    const file = isInterpreter(program) ? script && resolve(cwd, script) : program.file;
    return file === undefined ? undefined : fileDigest(file);
  } catch {
    return undefined;
  }
}

/**
 * Digests of the other files that the arguments of a command name, such as `hook.mjs` of `--import=hook.mjs` (H6, T1).
 * @param own real paths that the program may change itself: nothing below them is pinned
 * @returns by argument, as it is written
 */
export function argumentDigests(
  command: readonly string[],
  cwd: string,
  own: readonly string[],
): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  let script: string | undefined;
  try {
    const program = findProgram(command, cwd);
    script = isInterpreter(program) ? scriptOf(program) : undefined;
  } catch {
    return found;
  }
  for (const word of command.slice(1)) {
    const path = realPath(pathIn(word, cwd));
    if (word === script || path === undefined || own.some((folder) => holds(folder, path))) continue;
    const digest = fileDigest(path);
    if (digest !== undefined) found[word] = digest;
  }
  return found;
}

/** The path that an argument would name: `./hook.mjs`, `--import=./hook.mjs` or `file:///hook.mjs`. */
function pathIn(word: string, cwd: string): string {
  const value = word.replace(/^-[^=]*=/, "");
  try {
    return value.startsWith("file:") ? fileURLToPath(value) : resolve(cwd, value);
  } catch {
    return resolve(cwd, value);
  }
}

const isInterpreter = ({ file }: Program): boolean => INTERPRETERS.test(basename(file));

const scriptOf = ({ args }: Program): string | undefined => args.find((arg) => !arg.startsWith("-"));

/** Undefined where it is no file, or cannot be read. */
function fileDigest(file: string): string | undefined {
  const digest = createHash("sha256");
  const piece = Buffer.alloc(PIECE);
  let descriptor: number | undefined;
  try {
    if (!statSync(file).isFile()) return undefined;
    descriptor = openSync(file, "r");
    for (let read = readSync(descriptor, piece); read > 0; read = readSync(descriptor, piece))
      digest.update(piece.subarray(0, read));
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  return `sha256:${digest.digest("hex")}`;
}
