import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { formatFault } from "../config/fault.ts";
import { loadConfig } from "../config/load.ts";
import type { Account } from "../ports/directory.ts";
import type { KeyRecord } from "../ports/keys.ts";
import type { AuditReader } from "../ports/records.ts";
import { openAuditReader } from "../adapters/audit-log/reader.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { PolicyFaults } from "../domain/policy/fault.ts";
import type { Policy } from "../domain/policy/policy.ts";
import { openAdministration, TENANT } from "./administration.ts";
import { readConfig } from "./commands.ts";
import { readLock } from "./pins.ts";
import { policyOf, readCedar, type Standing, standingOf, thingsOf } from "./policy.ts";
import { hasState, STATE_DB } from "./state.ts";
import { forOperator, Unusable } from "./unusable.ts";

/** Whoever is known to this gateway. */
export interface KnownPeople {
  readonly accounts: readonly Account[];
  readonly keys: readonly KeyRecord[];
  /** OAuth clients that people consented to. */
  readonly clients: readonly string[];
  /** Why nobody is known; undefined: these are all. */
  readonly missing?: string;
}

/** A standing "always allow". */
export interface StandingGrant {
  readonly id: string;
  readonly owner: string;
  readonly what: string;
  /** Milliseconds since the epoch: of its last use, or of its making. */
  readonly lastUsedAt: number;
}

/** A policy with the configuration that it belongs to. */
export interface OpenedPolicy {
  readonly policy: Policy;
  readonly config: Config;
  /** What else decides, by the id of the action. */
  readonly standing: ReadonlyMap<string, Standing>;
}

/** What `cardea policy` works with. */
export interface PolicyAdmin {
  /**
   * A policy.
   * @param path a folder or a configuration; undefined or `current`: the one in use. Without a lockfile there, the one in use
   * @param environment in place of the configured one
   * @throws Unusable with every fault
   */
  open(path?: string, environment?: string): OpenedPolicy;
  /** People and keys; none where there is no home yet. */
  known(): Promise<KnownPeople>;
  /** Standing approvals that may be unused. */
  standing(): Promise<readonly StandingGrant[]>;
  /** The record. Rejects where there is none. */
  past(): Promise<AuditReader>;
  now(): number;
}

/** Opens what `cardea policy` works with. Nothing of it needs a gateway, or stops for one that runs. */
export function openPolicyAdmin(files: ProjectFiles, now: () => number): PolicyAdmin {
  const current = readConfig(files);
  const opened = new Map<string, OpenedPolicy>();
  return {
    now,
    open(path = "current", environment) {
      const key = `${path}\n${environment ?? ""}`;
      const before = opened.get(key);
      if (before !== undefined) return before;
      const of = path === "current" ? files : beside(path, files);
      const read = path === "current" ? current : configAt(of.configFile);
      const config = environment === undefined ? read : { ...read, environment: environment as Config["environment"] };
      try {
        const lock = readLock(of.lockFile);
        const policy = policyOf(config, readCedar(of.policiesDir), thingsOf(config, lock));
        const made = { config, policy, standing: standingOf(config, lock) };
        opened.set(key, made);
        return made;
      } catch (error) {
        if (error instanceof PolicyFaults) throw new Unusable(error.message.trimEnd());
        throw new Unusable(error instanceof Error ? error.message : "The policy cannot be read");
      }
    },
    async known() {
      const none = { accounts: [], keys: [], clients: [] };
      if (!hasState(files.home, STATE_DB)) return { ...none, missing: `there is no state in ${files.home}` };
      const administration = await openAdministration(files, current, { create: false });
      try {
        const { directory } = administration;
        const accounts = directory.accounts(TENANT);
        const grants = accounts.flatMap(({ owner }) => directory.grantsOf(TENANT, owner));
        return {
          accounts,
          clients: [...new Set(grants.map(({ client }) => client))],
          keys: await administration.keys.list(TENANT),
        };
      } finally {
        await administration.close();
      }
    },
    async standing() {
      if (!hasState(files.home, STATE_DB)) return [];
      const administration = await openAdministration(files, current, { create: false });
      try {
        const rows = await administration.approvals.standing(now());
        return rows.map(({ id, owner, server, name, lastUsedAt, createdAt }) => ({
          ...{ id, owner, what: `${server}.${name}` },
          lastUsedAt: lastUsedAt ?? createdAt,
        }));
      } finally {
        await administration.close();
      }
    },
    past: () => forOperator(() => openAuditReader(files.home)),
  };
}

type Place = Pick<ProjectFiles, "configFile" | "lockFile" | "policiesDir">;

/** The files of a policy that is proposed. */
function beside(path: string, files: ProjectFiles): Place {
  const at = resolve(path);
  if (!existsSync(at))
    throw new Unusable(`There is no ${path}. Name a folder with cardea.yaml, a configuration, or current.`);
  const configFile = statSync(at).isDirectory() ? join(at, "cardea.yaml") : at;
  const folder = dirname(configFile);
  const lockFile = join(folder, "cardea.lock");
  return {
    configFile,
    lockFile: existsSync(lockFile) ? lockFile : files.lockFile,
    policiesDir: join(folder, "policies"),
  };
}

function configAt(file: string): Config {
  if (!existsSync(file)) throw new Unusable(`There is no ${file}.`);
  const loaded = loadConfig(readFileSync(file), file);
  if ("faults" in loaded) throw new Unusable(loaded.faults.map(formatFault).join("\n").trimEnd());
  return loaded.config;
}
