import { readFileSync } from "node:fs";
import { createProject } from "./adapters/files/project.ts";
import type { Config } from "./config/config.ts";
import type { Lock } from "./domain/pins/index.ts";
import { lineLog, systemClock, systemRandom } from "./adapters/system/world.ts";
import { openAuditReader } from "./adapters/audit-log/reader.ts";
import { checkAccepted } from "./compose/administration.ts";
import { createKey } from "./domain/identity/key-admin.ts";
import { DEFAULTS, findFiles, openKeyAdmin, readConfig } from "./compose/commands.ts";
import type { Gateway } from "./compose/gateway.ts";
import { readGranting } from "./compose/granting.ts";
import { openAcceptAdmin, openPeopleAdmin } from "./compose/people-admin.ts";
import { needState } from "./compose/state.ts";
import { explain } from "./compose/unusable.ts";
import { VERSION } from "./compose/version.ts";

export { explain, VERSION };

/** What is chosen on the command line before the command. */
export interface Chosen {
  readonly home?: string;
  readonly config?: string;
}

/** A gateway that is up, as `cardea up` shows it. */
export interface UpGateway {
  readonly endpoint: string;
  readonly home: string;
  readonly configFile: string;
  /** The first key, where this start made one. */
  readonly firstKey: { readonly key: string; readonly role: string } | undefined;
  /** The one-time link by which the first administrator is made; undefined: there is one. */
  readonly claimLink: string | undefined;
  readonly servers: readonly {
    readonly name: string;
    readonly status: string;
    readonly transport: string;
    readonly era?: string;
    readonly tools: number;
    readonly quarantined: number;
    readonly confinement?: string;
    readonly fault?: string;
  }[];
  stop(): Promise<void>;
}

/** How long `up` waits for slow servers before it says how they stand, milliseconds. */
const PATIENCE_MS = 15_000;

/**
 * Starts the gateway, and on the first start makes a project and a key.
 * @param options.signal ends a start that is under way: it is undone, and this rejects with the signal's reason
 */
export async function up(options: Chosen & { port?: number; json: boolean; signal: AbortSignal }): Promise<UpGateway> {
  const { signal } = options;
  const files = findFiles(options, true);
  const granting = readGranting(files);
  const config = readConfig(files, granting);
  const log = lineLog((line) => process.stderr.write(line), options.json, systemClock);
  const claim = await checkAccepted(files, config, granting);
  if (claim === "none")
    log.info("administrator.missing", { effect: "changed configuration is accepted as it is until there is one" });
  // Loaded here alone: it brings the authorization server, and would double the time of every other command.
  const { startGateway } = await import("./compose/gateway.ts");
  const gateway = await startGateway({ config, files, granting, log, port: options.port, measures: options.json });
  try {
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
    signal.throwIfAborted();
    const servers = await Promise.race([gateway.survey(PATIENCE_MS), stopped]);
    const firstKey = claim === "none" ? await makeFirstKey(gateway, config) : undefined;
    const claimLink = await gateway.claimLink();
    const { endpoint, stop } = gateway;
    return { endpoint, home: files.home, configFile: files.configFile, firstKey, claimLink, servers, stop };
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}

/** Who the first key belongs to: nobody's login, because nobody proved anything yet. */
const FIRST_START = "service:first-start";

/**
 * A key for the first role, at a first start: there never was a key, nor an administrator, who would have to prove that
 * they want one. The gateway knows it when this resolves.
 */
async function makeFirstKey({ state, refreshKeys }: Gateway, config: Config): Promise<UpGateway["firstKey"]> {
  const random = systemRandom();
  const role = config.access[0]?.role;
  if (role === undefined || (await state.keys.all()).length > 0) return undefined;
  const owner = FIRST_START;
  const { key } = await createKey(
    {
      store: state.keys,
      clock: systemClock,
      random,
      tenant: "default",
      environment: config.environment,
      record: (event) =>
        state.records.append({
          kind: "event",
          type: event.type,
          time: systemClock.now(),
          call: random.id("c_"),
          tenant: "default",
          subject: state.subjects.ensure("default", owner).subject,
          credential: event.key.id,
          decision: "allow",
          reason: "ok",
          detail: { by: "first start", roles: [role] },
        }),
    },
    { owner, roles: [role], plan: "default", label: "first start", expiresAt: systemClock.now() + 90 * 86_400_000 },
  );
  await refreshKeys();
  return { key, role };
}

const toStderr = (why: string): void => void process.stderr.write(`${why}\n`);

export const openKeys = (chosen: Chosen, create: boolean) => openKeyAdmin(findFiles(chosen, false), create, toStderr);
export const openPeople = (chosen: Chosen, create: boolean) =>
  openPeopleAdmin(findFiles(chosen, false), create, toStderr);
// What only some commands need is loaded by them: policies and detectors would double the time of every other one.
export const openApprovals = async (chosen: Chosen) => {
  const { openApprovalsAdmin } = await import("./compose/approvals-admin.ts");
  return openApprovalsAdmin(findFiles(chosen, false), toStderr);
};
export const policies = async (chosen: Chosen) => {
  const { openPolicyAdmin } = await import("./compose/policy-admin.ts");
  return () => openPolicyAdmin(findFiles(chosen, false), () => systemClock.now());
};
export const openFlow = async (chosen: Chosen) => {
  const { openFlowAdmin } = await import("./compose/flow-admin.ts");
  return openFlowAdmin(findFiles(chosen, false), toStderr);
};
export const openQuarantine = async (chosen: Chosen) => {
  const { openQuarantineAdmin } = await import("./compose/quarantine-admin.ts");
  return openQuarantineAdmin(findFiles(chosen, false), toStderr);
};
export const openAccept = (chosen: Chosen) => openAcceptAdmin(findFiles(chosen, false));
export const openServers = async (chosen: Chosen) => {
  const { openServersAdmin } = await import("./compose/servers-admin.ts");
  return openServersAdmin(findFiles(chosen, false));
};
export const openReader: typeof openAuditReader = async (home, copies) => {
  needState(home);
  return openAuditReader(home, copies);
};

/** What `cardea check` works with. */
export const checkDeps = async (chosen: Chosen) => {
  const { machineFaults } = await import("./compose/machine.ts");
  const { policyFaults } = await import("./compose/policy.ts");
  return {
    files: () => findFiles(chosen, false),
    read(path: string): Uint8Array | undefined {
      try {
        return readFileSync(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw new Error(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`);
      }
    },
    machineFaults: (config: Config, lock: Lock) => machineFaults(config, lock, findFiles(chosen, false)),
    policyFaults: (config: Config, lock: Lock, policiesDir: string) => policyFaults(config, policiesDir, lock),
  };
};

/** What `cardea init` works with. */
export const initDeps = (chosen: Chosen) => ({ create: () => createProject(findFiles(chosen, false), DEFAULTS) });

export const filesOf = (chosen: Chosen) => findFiles(chosen, false);
