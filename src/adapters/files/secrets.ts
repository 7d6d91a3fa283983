import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { refuse } from "../../kernel/errors.ts";
import type { Secrets } from "../../ports/world.ts";

/** Longest secret that is read from a file, in bytes: a key chain in PEM fits. */
const LONGEST = 64 * 1024;

/** Secrets from the environment and from files. */
export interface FileSecrets extends Secrets {
  /**
   * Fills in the references of a template, e.g. `Bearer ${env:TOKEN}`.
   * @throws Refused `upstream_unavailable` naming the reference that cannot be resolved, never a value
   */
  expand(template: string): string;
}

/**
 * C2: resolves `env:NAME` and `file:path`. A file has to be a regular one that only its owner can read; one line break
 * at its end does not count. Nothing is kept: a rotated secret is found at its next use.
 * @param folder where relative paths start: the folder of the configuration
 */
export function createSecrets(
  folder: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): FileSecrets {
  const resolveReference = (reference: string): string => {
    const kind = reference.slice(0, reference.indexOf(":") + 1);
    const rest = reference.slice(kind.length);
    if (rest === "" || (kind !== "env:" && kind !== "file:")) {
      return unavailable("A reference to a secret is of an unknown kind; accepted: env:NAME, file:path.");
    }
    const value = kind === "env:" ? fromEnvironment(rest, env) : fromFile(rest, folder);
    if (value === "") return unavailable(`The secret ${reference} is empty.`);
    if (value.includes("\0")) return unavailable(`The secret ${reference} holds a NUL character.`);
    return value;
  };
  return {
    resolve: resolveReference,
    expand: (template) => template.replace(/\$\{([^}]*)\}/g, (_, reference: string) => resolveReference(reference)),
  };
}

function fromEnvironment(name: string, env: Readonly<Record<string, string | undefined>>): string {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return value ?? unavailable(`The secret env:${name} is not set in the gateway's environment.`);
}

function fromFile(path: string, folder: string): string {
  let descriptor: number;
  try {
    // O_NONBLOCK: opening a named pipe must not wait for its writer.
    descriptor = openSync(resolve(folder, path), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return unavailable(`The secret file:${path} cannot be read.`);
  }
  try {
    // The opened file is judged, not the name: it cannot be exchanged in between.
    const { mode, size } = fstatSync(descriptor);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG)
      return unavailable(`The secret file:${path} is no regular file.`);
    if ((mode & 0o077) !== 0) {
      return unavailable(`The secret file:${path} can be read by others; run chmod 600 on it.`);
    }
    if (size > LONGEST) return unavailable(`The secret file:${path} is longer than ${LONGEST / 1024} KiB.`);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(readFileSync(descriptor))
      .replace(/\r?\n$/, "");
  } catch (error) {
    if (error instanceof TypeError) return unavailable(`The secret file:${path} is not UTF-8.`);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function unavailable(message: string): never {
  return refuse("upstream_unavailable", message, { executed: "no" });
}
