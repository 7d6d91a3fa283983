import type { Act } from "../domain/identity/administration.ts";
import { localLogin } from "../domain/identity/local-users.ts";
import type { AskProof, Proven } from "../domain/identity/proof.ts";
import { createQuarantine, unknownResult } from "../domain/quarantine/quarantine.ts";
import type { FindSecrets } from "../domain/approvals/shown.ts";
import type { Quarantined } from "../ports/quarantine.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { systemClock, systemRandom } from "../adapters/system/world.ts";
import { openAdministration, TENANT } from "./administration.ts";
import { secretsIn } from "./approvals.ts";
import { readConfig } from "./commands.ts";
import { quarantineRules } from "./quarantine.ts";

/** Withheld results, for whoever asks on the command line, beside a running gateway or without one. */
export interface QuarantineAdmin {
  readonly secrets: FindSecrets;
  /** Without contents, newest first. */
  list(): Promise<Quarantined[]>;
  get(id: string): Promise<Quarantined | undefined>;
  /** The content, for whoever proves the duty: a program that runs as the same user must not get it so (invariant 12). */
  content(id: string, ask: AskProof): Promise<string>;
  /** @returns whether it is released; false: a second administrator has to do the same. @throws Refused */
  release(id: string, ask: AskProof): Promise<boolean>;
  /** @throws Refused where neither the person whose call it was nor somebody with the duty proves that they want it */
  discard(id: string, ask: AskProof): Promise<void>;
  close(): Promise<void>;
}

/** Opens the quarantine for `cardea quarantine`. @throws Unusable */
export async function openQuarantineAdmin(files: ProjectFiles, warn: (why: string) => void): Promise<QuarantineAdmin> {
  const config = readConfig(files);
  const administration = await openAdministration(files, config, { create: false, warn });
  const { record, subject, prove } = administration;
  const store = administration.quarantine();
  const quarantine = createQuarantine({
    ...{ store, clock: systemClock, random: systemRandom(), record },
    named: (_tenant, owner) => subject(owner),
    ...quarantineRules(config, administration.master),
  });
  const proved = async (act: Act, ask: AskProof): Promise<Proven> => {
    const by = await prove(act, ask);
    await by.must(act);
    return by;
  };
  const channel = "command";
  return {
    secrets: secretsIn,
    list: () => quarantine.list(TENANT),
    get: (id) => quarantine.get(TENANT, id),
    async content(id, ask) {
      const item = (await quarantine.get(TENANT, id)) ?? unknownResult();
      const by = await proved("quarantine.read", ask);
      return quarantine.read(item, { by: by.owner, channel });
    },
    async release(id, ask) {
      const by = await proved("quarantine.release", ask);
      return quarantine.release(TENANT, id, { by: by.owner, channel });
    },
    async discard(id, ask) {
      const item = (await quarantine.get(TENANT, id)) ?? unknownResult();
      // Who proves it says which act it is: of one's own call, or of somebody else's.
      const given = await ask.credentials();
      const own = `person:${localLogin(given.login)}` === item.owner;
      const act = own ? "quarantine.own" : "quarantine.discard";
      const by = await proved(act, { credentials: async () => given, code: ask.code });
      await quarantine.discard(TENANT, id, { by: by.owner, channel });
    },
    close: () => administration.close(),
  };
}
