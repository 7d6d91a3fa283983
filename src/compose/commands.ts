import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { parseDocument } from "yaml";
import { loadConfig } from "../config/load.ts";
import { formatFault } from "../config/fault.ts";
import type { Config } from "../config/config.ts";
import { createKey, type KeyAdmin, type KeyAdminParts, revokeKey } from "../domain/identity/key-admin.ts";
import type { RecordFields } from "../ports/records.ts";
import { RecordHeld } from "../adapters/audit-log/lock.ts";
import { openRecords } from "../adapters/audit-log/store.ts";
import { openKeys } from "../adapters/sqlite/keys.ts";
import { openOutbox } from "../adapters/sqlite/outbox.ts";
import { openSubjects, SUBJECTS_DB } from "../adapters/sqlite/subjects.ts";
import { openMasterKey } from "../adapters/vault/master-key.ts";
import { systemClock, systemRandom } from "../adapters/system/world.ts";
import { openHome } from "../adapters/files/home.ts";
import { createProject, type ProjectFiles, resolveFiles } from "../adapters/files/project.ts";
import { openPolicy } from "./policy.ts";
import { STATE_DB } from "./state.ts";
import { forOperator, Unusable } from "./unusable.ts";

/** The shipped first configuration and its reviewed lockfile. */
export const DEFAULTS = resolve(import.meta.dirname, "../../defaults");

/** The configuration in force. Throws `Unusable` with every fault, or where there is none. */
export function readConfig(files: ProjectFiles): Config {
  if (!existsSync(files.configFile))
    throw new Unusable(`There is no ${files.configFile}. Write a first one with: cardea init`);
  const loaded = loadConfig(readFileSync(files.configFile), files.configFile);
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

/** Records an event of a command: at once where no gateway runs on this home, else through its outbox. */
export async function recordEvent(home: string, fields: RecordFields): Promise<void> {
  const master = await forOperator(() => openMasterKey(home));
  let records: Awaited<ReturnType<typeof openRecords>>;
  try {
    records = await openRecords({ dir: home, master, durability: "strict", onFault: () => {} });
  } catch (error) {
    if (!(error instanceof RecordHeld)) return forOperator(() => Promise.reject(error));
    const outbox = openOutbox(join(home, STATE_DB));
    outbox.put(fields);
    outbox.close();
    return;
  }
  try {
    const outbox = openOutbox(join(home, STATE_DB));
    await outbox.drain((waiting) => records.append(waiting));
    outbox.close();
    await records.append(fields);
  } finally {
    await records.close();
  }
}

/** Who gives commands here: the account of the operating system. */
export function operator(): string {
  return `os:${userInfo().username}`;
}

/** Throws `Unusable` where there is no folder of that name, or no state in it: a mistyped `--home` makes none. */
export function needState(home: string, file = ""): void {
  if (!existsSync(join(home, file)))
    throw new Unusable(`There is no state in ${home}. Name the gateway's own folder: --home DIR`);
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
  const opened = new AsyncDisposableStack();
  const policy = openPolicy(config, files);
  opened.defer(() => policy.close());
  const [subjects, store] = await forOperator(() => {
    openHome(files.home, warn);
    const master = openMasterKey(files.home);
    const people = openSubjects(join(files.home, SUBJECTS_DB), master);
    opened.defer(() => people.close());
    return [people, openKeys(join(files.home, STATE_DB))] as const;
  }).catch(async (error: unknown) => {
    await opened.disposeAsync();
    throw error;
  });
  opened.defer(() => store.close());
  const random = systemRandom();
  const parts: KeyAdminParts = {
    store,
    clock: systemClock,
    random,
    tenant: "default",
    environment: config.environment,
    record: ({ type, key }) =>
      recordEvent(files.home, {
        kind: "event",
        type,
        time: systemClock.now(),
        call: random.id("c_"),
        tenant: key.tenant,
        subject: subjects.ensure(key.tenant, key.owner).subject,
        credential: key.id,
        decision: "allow",
        reason: "ok",
        detail: { by: operator(), roles: [...key.roles], plan: key.plan },
      }),
  };
  const { host, port, publicUrl, tls } = config.listen;
  return {
    environment: config.environment,
    endpoint: `${publicUrl ?? `${tls ? "https" : "http"}://${host}:${port}`}/mcp`,
    roles: () => policy.roles,
    servers: () => Object.keys(config.servers),
    plans: () => Object.keys(config.limits.plans),
    now: () => systemClock.now(),
    create: (asked) => createKey(parts, asked),
    list: () => store.list("default"),
    revoke: (id) => revokeKey(parts, id),
    close: () => opened.disposeAsync(),
  };
}

/** Replaces a file whole: a reader sees the old one or the new one. */
export function replaceFile(path: string, text: string): void {
  const next = `${path}.new`;
  writeFileSync(next, text, { mode: 0o644, flush: true });
  renameSync(next, path);
}

/** Adds a server to `cardea.yaml`, keeping what is written there; throws `Unusable` where the result would have faults. */
export function addServer(
  files: ProjectFiles,
  name: string,
  source: { package?: string; run?: readonly string[]; url?: string; args?: readonly string[] },
): void {
  const before = readFileSync(files.configFile, "utf8");
  const document = parseDocument(before);
  const entry: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(source)) if (value !== undefined && value.length > 0) entry[key] = value;
  document.setIn(["servers", name], entry);
  const text = document.toString({ lineWidth: 0 });
  const loaded = loadConfig(text, files.configFile);
  if ("faults" in loaded)
    throw new Unusable(
      `With this server the configuration would have faults; nothing was written.\n\n${loaded.faults.map(formatFault).join("\n")}`,
    );
  replaceFile(files.configFile, text);
}
