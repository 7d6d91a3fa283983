import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import type { GrantingFile } from "../domain/acceptance/accepted.ts";
import { type Act, type Claim, claimOf } from "../domain/identity/administration.ts";
import { createDirectory, type Directory } from "../domain/identity/directory.ts";
import { createLocalUsers, type LocalUsers, type LocalUsersParts } from "../domain/identity/local-users.ts";
import { type AskProof, type Credentials, prove, type Proven } from "../domain/identity/proof.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { ApprovalStore } from "../ports/approvals.ts";
import type { Artifacts } from "../ports/artifacts.ts";
import type { FlowStore } from "../ports/flow.ts";
import type { KeyStore } from "../ports/keys.ts";
import type { QuarantineStore } from "../ports/quarantine.ts";
import { openHome } from "../adapters/files/home.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { openApprovals } from "../adapters/sqlite/approvals.ts";
import { openArtifacts } from "../adapters/sqlite/artifacts.ts";
import { openDirectory } from "../adapters/sqlite/directory.ts";
import { openFlow } from "../adapters/sqlite/flow.ts";
import { openKeys } from "../adapters/sqlite/keys.ts";
import { openLocalUsers } from "../adapters/sqlite/local-users.ts";
import { openQuarantine, QUARANTINE_DB } from "../adapters/sqlite/quarantine.ts";
import type { RowKey } from "../adapters/sqlite/row-mac.ts";
import { openSubjects, SUBJECTS_DB } from "../adapters/sqlite/subjects.ts";
import { systemClock, systemRandom } from "../adapters/system/world.ts";
import { type MasterKey, openMasterKey } from "../adapters/vault/master-key.ts";
import { createSealer } from "../adapters/vault/sealer.ts";
import { type Acceptance, createAcceptance } from "./acceptance.ts";
import { administratorRecorded, lostStore, refuseLostStore } from "./first-start.ts";
import { ownedByAnother } from "./granting.ts";
import { operator, recordEvent } from "./recording.ts";
import { hasState, needState, rowKeyOf, STATE_DB } from "./state.ts";
import { forOperator, Unusable } from "./unusable.ts";
import type { LifecycleEvent } from "../ports/records.ts";

/** The only tenant of an embedded gateway. */
export const TENANT = "default";

/** People, keys and the accepted configuration of a home, beside a running gateway or without one. */
export interface Administration {
  readonly directory: Directory;
  readonly local: LocalUsers;
  readonly keys: KeyStore;
  readonly artifacts: Artifacts;
  readonly approvals: ApprovalStore;
  readonly flow: FlowStore;
  /** Opened when it is asked for: few commands need it. */
  quarantine(): QuarantineStore;
  /** What it is sealed with, and its digests. */
  readonly master: MasterKey;
  readonly acceptance: Acceptance;
  /** Whether there is an administrator. */
  claim(): Promise<Claim>;
  /** @throws Refused where nobody with the duty proves that they want it, or nobody could */
  prove(act: Act, ask: AskProof): Promise<Proven>;
  /** Writes an event to the record; `by` is named in it. */
  record(event: LifecycleEvent, by?: Proven): Promise<void>;
  /** The subject id of an owner, for records. */
  subject(owner: string): string;
  close(): Promise<void>;
}

/** What is told where something is to be granted and nobody could prove anything. */
export const HOW_FIRST =
  "There is no administrator yet, and nothing is granted without one. Make the first: cardea users create NAME --administrator, or by the one-time link that `cardea up` prints";
const LOST =
  "There was an administrator, and no account with the duty security is left, so nothing can be granted. Give the duty back at the identity provider, or bring cardea.db back from a backup";

/** Local users, made alike for the gateway and for commands. */
export function localUsersOf(
  parts: Omit<LocalUsersParts, "sealer" | "issuer" | "tenant"> & { master: MasterKey; config: Config },
): LocalUsers {
  const { master, config, ...rest } = parts;
  const host = config.listen.publicUrl === undefined ? config.listen.host : new URL(config.listen.publicUrl).host;
  const sealer = createSealer(master.derive("second factor"));
  return createLocalUsers({ ...rest, tenant: TENANT, sealer, issuer: `Cardea (${host})` });
}

/** Which files of the project an administrator accepted. */
export function acceptanceOf(
  artifacts: Artifacts,
  files: ProjectFiles,
  record: (event: LifecycleEvent) => Promise<void>,
): Acceptance {
  return createAcceptance({
    artifacts,
    tenant: TENANT,
    clock: systemClock,
    ownedByAnother: () => ownedByAnother(files),
    secondPerson(yaml) {
      const loaded = loadConfig(yaml, files.configFile);
      return !("config" in loaded) || loaded.config.identity.secondPerson;
    },
    record,
  });
}

/**
 * Opens what administers a home.
 * @param options.create makes the home where there is none
 * @param options.warn gets a sentence where others could read the home
 * @throws Unusable
 */
export async function openAdministration(
  files: ProjectFiles,
  config: Config,
  options: { create: boolean; warn?: (sentence: string) => void },
): Promise<Administration> {
  const { home } = files;
  if (options.create) refuseLostStore(home);
  else needState(home, STATE_DB);
  const opened = new AsyncDisposableStack();
  try {
    return await forOperator(() => assemble(files, config, opened, options.warn ?? (() => {})));
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function assemble(
  files: ProjectFiles,
  config: Config,
  opened: AsyncDisposableStack,
  warn: (sentence: string) => void,
): Promise<Administration> {
  const { home } = files;
  openHome(home, warn);
  const master = openMasterKey(home);
  const path = join(home, STATE_DB);
  const closing = <T extends { close(): unknown }>(one: T): T => {
    opened.defer(async () => void (await one.close()));
    return one;
  };
  const told = new Set<string>();
  const rows: RowKey = {
    key: rowKeyOf(master),
    tampered({ table, id }) {
      const row = `${table} ${id}`;
      if (!told.has(row))
        warn(`Somebody without the master key wrote this row of ${STATE_DB}; it counts for nothing: ${row}`);
      told.add(row);
    },
  };
  const subjects = closing(openSubjects(join(home, SUBJECTS_DB), master));
  const keys = closing(openKeys(path, rows));
  const artifacts = closing(openArtifacts(path, master, systemClock));
  const approvals = closing(openApprovals(path, master, systemClock, rows));
  const flow = closing(openFlow(path, master, rows));
  const store = closing(openLocalUsers(path, rows));
  const directory = await createDirectory(closing(openDirectory(path, rows)), systemClock);
  const random = systemRandom();
  let quarantine: QuarantineStore | undefined;
  const subject = (owner: string): string => subjects.ensure(TENANT, owner).subject;

  const record = ({ owner, detail, ...event }: LifecycleEvent, by?: Proven): Promise<void> => {
    const doer: JsonObject = by === undefined ? {} : { by: subject(by.owner), account: operator() };
    const facts: JsonObject = { by: operator(), ...detail, ...doer };
    return recordEvent(home, {
      kind: "event",
      time: systemClock.now(),
      call: random.id("c_"),
      ...event,
      ...(owner === undefined ? {} : { subject: subject(owner) }),
      detail: facts,
    });
  };
  const local = localUsersOf({ master, config, store, artifacts, directory, clock: systemClock, random, record });
  const acceptance = acceptanceOf(artifacts, files, record);
  const claim = async (): Promise<Claim> => {
    await directory.refresh();
    const state = claimOf(directory.accounts(TENANT), await acceptance.any());
    return state === "none" && (await administratorRecorded(home, TENANT)) ? "lost" : state;
  };
  const { administration } = config.identity.secondFactor;

  async function verify(given: Credentials, ask: AskProof): Promise<Awaited<ReturnType<LocalUsers["verify"]>>> {
    if (given.code !== undefined || !(await local.hasSecondFactor(given.login))) return local.verify(given);
    const code = await ask.code();
    await directory.refresh();
    return local.verify(code === undefined ? given : { ...given, code });
  }

  return {
    directory,
    local,
    keys,
    artifacts,
    approvals,
    flow,
    quarantine: () => (quarantine ??= closing(openQuarantine(join(home, QUARANTINE_DB), master, systemClock, rows))),
    master,
    acceptance,
    claim,
    async prove(act, ask) {
      const state = await claim();
      if (state !== "claimed") throw new Unusable(state === "none" ? HOW_FIRST : LOST);
      const given = await ask.credentials();
      // The proof may have been waited for: what is judged is what is in the store now.
      await directory.refresh();
      const account = (owner: string) => directory.account(TENANT, owner);
      const check = () => verify(given, ask);
      const { refresh: follow } = directory;
      return prove(
        { tenant: TENANT, verify: check, account, follow, secondFactor: administration, record },
        given,
        act,
      );
    },
    record,
    subject,
    close: () => opened.disposeAsync(),
  };
}

/**
 * Before a start: refuses files that no administrator accepted (invariant 12). A home that is not there yet has none.
 * @returns whether there is an administrator
 * @throws Unusable
 */
export async function checkAccepted(
  files: ProjectFiles,
  config: Config,
  granting: readonly GrantingFile[],
): Promise<Claim> {
  refuseLostStore(files.home);
  if (!hasState(files.home, STATE_DB)) return "none";
  const administration = await openAdministration(files, config, { create: false });
  try {
    const claim = await administration.claim();
    if (claim === "lost" && !(await administration.acceptance.any()))
      throw new Unusable(lostStore(files.home, `${STATE_DB} knows no administrator, though the record names one`));
    await administration.acceptance.mustBeAccepted(granting, claim);
    return claim;
  } finally {
    await administration.close();
  }
}
