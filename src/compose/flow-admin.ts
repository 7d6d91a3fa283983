import type { AskProof } from "../domain/identity/proof.ts";
import { localLogin } from "../domain/identity/local-users.ts";
import type { FlowMark } from "../ports/flow.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { openAdministration, TENANT } from "./administration.ts";
import { readConfig } from "./commands.ts";

/** What credentials have read, for whoever asks on the command line, beside a running gateway or without one. */
export interface FlowAdmin {
  /** Newest first. */
  list(): Promise<FlowMark[]>;
  /**
   * Forgets what a credential has read: its own person does, or an administrator. Running gateways follow within 200 ms.
   * @returns how many sources there were
   * @throws Refused where nobody who may proves that they want it
   */
  reset(credential: string, ask: AskProof): Promise<number>;
  close(): Promise<void>;
}

/** Opens it for `cardea flow`. @throws Unusable */
export async function openFlowAdmin(files: ProjectFiles, warn: (why: string) => void): Promise<FlowAdmin> {
  const administration = await openAdministration(files, readConfig(files), { create: false, warn });
  const { flow: store } = administration;
  return {
    list: async () => (await store.list(TENANT)).filter(({ part }) => part === 0),
    async reset(credential, ask) {
      const [mark] = await store.of(TENANT, credential);
      if (mark === undefined) return 0;
      // Who proves it says which act it is: one's own credential, or somebody else's.
      const given = await ask.credentials();
      const own = `person:${localLogin(given.login)}` === mark.owner;
      const act = own ? "flow.own" : "flow.reset";
      const by = await administration.prove(act, { credentials: async () => given, code: ask.code });
      await by.must(act);
      const { owner } = mark;
      const event = { type: "flow.reset", tenant: TENANT, owner, credential, decision: "allow", reason: "ok" } as const;
      await administration.record({ ...event, detail: { channel: "command" } }, by);
      return store.reset(TENANT, credential);
    },
    close: () => administration.close(),
  };
}
