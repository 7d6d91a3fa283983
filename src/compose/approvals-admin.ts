import { createApprovals, type Decided } from "../domain/approvals/approvals.ts";
import type { FindSecrets } from "../domain/approvals/shown.ts";
import { localLogin } from "../domain/identity/local-users.ts";
import type { AskProof } from "../domain/identity/proof.ts";
import { Refused } from "../kernel/errors.ts";
import type { Approval, Standing } from "../ports/approvals.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { systemClock, systemRandom } from "../adapters/system/world.ts";
import { openAdministration, TENANT } from "./administration.ts";
import { givingIn, secretsIn } from "./approvals.ts";
import { readConfig } from "./commands.ts";
import { operator } from "./recording.ts";

/** Approvals, for whoever asks on the command line, beside a running gateway or without one. */
export interface ApprovalsAdmin {
  readonly secrets: FindSecrets;
  now(): number;
  list(): Promise<Approval[]>;
  get(id: string): Promise<Approval | undefined>;
  standing(): Promise<Standing[]>;
  /** @throws Refused where nobody who may decide proves that they want it */
  decide(decided: Omit<Decided, "tenant" | "by" | "channel">, ask: AskProof): Promise<Approval>;
  /** Takes a standing allow back: nothing is granted, so that no proof is asked for. Undefined: there is none. */
  revoke(id: string): Promise<Standing | undefined>;
  close(): Promise<void>;
}

/** Opens approvals for `cardea approvals`. @throws Unusable */
export async function openApprovalsAdmin(files: ProjectFiles, warn: (why: string) => void): Promise<ApprovalsAdmin> {
  const config = readConfig(files);
  const administration = await openAdministration(files, config, { create: false, warn });
  const { directory, record, subject } = administration;
  const approvals = createApprovals({
    ...{ store: administration.approvals, clock: systemClock, random: systemRandom(), record },
    // An owner begins with its kind; the account of the operating system is told as it is.
    named: (_tenant, owner) => (owner.startsWith("os:") ? owner : subject(owner)),
    mayGive: givingIn(directory),
    caps: config.approvals.pending,
    standingMs: config.approvals.standingMs,
  });
  return {
    secrets: secretsIn,
    now: () => systemClock.now(),
    list: () => approvals.list(TENANT),
    get: (id) => approvals.get(TENANT, id),
    standing: () => approvals.standing(TENANT),
    async decide(decided, ask) {
      const approval = await approvals.get(TENANT, decided.id);
      if (approval === undefined)
        throw new Refused({ code: "unknown_path", message: "There is no such approval here." });
      // Who proves it says which act it is: one's own call, or somebody else's.
      const given = await ask.credentials();
      const own = `person:${localLogin(given.login)}` === approval.owner && approval.by === "self";
      const act = own ? "approvals.own" : decided.verdict === "always" ? "approvals.allow" : "approvals.decide";
      const by = await administration.prove(act, { credentials: async () => given, code: ask.code });
      await by.must(act);
      return approvals.decide({ ...decided, tenant: TENANT, by: by.owner, channel: "command" });
    },
    revoke: (id) => approvals.revoke(TENANT, id, operator(), "command"),
    close: () => administration.close(),
  };
}
