import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { loadConfig } from "../config/load.ts";
import { formatFault } from "../config/fault.ts";
import type { Config } from "../config/config.ts";
import type { GrantingFile } from "../domain/acceptance/accepted.ts";
import {
  createKey,
  type KeyAdmin,
  type KeyAdminParts,
  keyEvent,
  revokeKey,
  rotateKey,
} from "../domain/identity/key-admin.ts";
import { systemClock, systemRandom } from "../adapters/system/world.ts";
import { createProject, type ProjectFiles, resolveFiles } from "../adapters/files/project.ts";
import { type Administration, openAdministration, TENANT } from "./administration.ts";
import { CONFIG, granted } from "./granting.ts";
import { inheritance } from "./inheritance.ts";
import { rolesOf } from "./roles.ts";
import { needState, STATE_DB } from "./state.ts";
import { Unusable } from "./unusable.ts";

/** The shipped first configuration and its reviewed lockfile. */
export const DEFAULTS = resolve(import.meta.dirname, "../../defaults");

/**
 * The configuration in force. Throws `Unusable` with every fault, or where there is none.
 * @param granting what was read at one time with the other files; without it the file is read now
 */
export function readConfig(files: ProjectFiles, granting?: readonly GrantingFile[]): Config {
  if (!existsSync(files.configFile))
    throw new Unusable(`There is no ${files.configFile}. Write a first one with: cardea init`);
  const bytes = granting === undefined ? undefined : granted(granting, CONFIG);
  const loaded = loadConfig(bytes ?? readFileSync(files.configFile), files.configFile);
  if ("faults" in loaded) throw new Unusable(loaded.faults.map(formatFault).join("\n").trimEnd());
  return loaded.config;
}

/** Finds the files; makes a first project where there is no configuration and `create` is set. */
export function findFiles(given: { home?: string; config?: string }, create: boolean): ProjectFiles {
  const files = resolveFiles({ ...given, cwd: process.cwd(), env: process.env });
  if (files.exists || !create) return files;
  if (given.config !== undefined) throw new Unusable(`There is no ${files.configFile}, which --config names.`);
  if (existsSync(files.lockFile))
    throw new Unusable(
      `There is a ${files.lockFile}, but no cardea.yaml beside it. Bring it back, or move the lockfile away to begin anew.`,
    );
  createProject(files, DEFAULTS);
  return { ...files, exists: true };
}

/**
 * Opens the keys of a home for `cardea keys`.
 * @param create makes the home where there is none
 * @param warn gets a sentence where others could read the home
 */
export async function openKeyAdmin(
  files: ProjectFiles,
  create: boolean,
  warn: (sentence: string) => void,
): Promise<KeyAdmin> {
  if (!create) needState(files.home, STATE_DB);
  const config = readConfig(files);
  const roles = rolesOf(config);
  const administration = await openAdministration(files, config, { create, warn });
  const parts = keyAdminParts(administration, config);
  const { host, port, publicUrl, tls } = config.listen;
  return {
    environment: config.environment,
    endpoint: `${publicUrl ?? `${tls ? "https" : "http"}://${host}:${port}`}/mcp`,
    roles: () => roles,
    servers: () => Object.keys(config.servers),
    plans: () => Object.keys(config.limits.plans),
    now: () => systemClock.now(),
    prove: administration.prove,
    create: (asked, by) => createKey(parts, asked, by),
    rotate: (id, overlapMs, by) => rotateKey(parts, id, overlapMs, by),
    list: () => administration.keys.list(TENANT),
    revoke: (id) => revokeKey(parts, id),
    close: () => administration.close(),
  };
}

function keyAdminParts(administration: Administration, config: Config): KeyAdminParts {
  return {
    store: administration.keys,
    directory: administration.directory,
    clock: systemClock,
    random: systemRandom(),
    tenant: TENANT,
    environment: config.environment,
    record: (event) => administration.record(keyEvent(event), event.by),
    inherit: inheritance(administration.flow, TENANT),
  };
}

/** Replaces a file whole: a reader sees the old one or the new one. */
export function replaceFile(path: string, text: string): void {
  const next = `${path}.new`;
  writeFileSync(next, text, { mode: 0o644, flush: true });
  renameSync(next, path);
}
