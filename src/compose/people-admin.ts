import { type AskProof, type Credentials } from "../domain/identity/proof.ts";
import { createPeople, type PeopleAdmin } from "../domain/identity/people-admin.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { systemClock, systemRandom } from "../adapters/system/world.ts";
import { openAdministration, TENANT } from "./administration.ts";
import { readConfig } from "./commands.ts";
import { readGranting } from "./granting.ts";
import { operator } from "./recording.ts";
import { rolesOf } from "./roles.ts";
import { type Differences } from "./acceptance.ts";
import { forOperator, Unusable } from "./unusable.ts";

/**
 * Opens people and what they have for `cardea users` and `cardea offboard`.
 * @param create makes the home where there is none
 * @throws Unusable
 */
export async function openPeopleAdmin(
  files: ProjectFiles,
  create: boolean,
  warn: (sentence: string) => void,
): Promise<PeopleAdmin> {
  const config = readConfig(files);
  const roles = rolesOf(config);
  const administration = await openAdministration(files, config, { create, warn });
  const people = createPeople({
    ...administration,
    approvals: {
      endOwner: (tenant, owner) => administration.approvals.endOwner(tenant, owner, systemClock.now()),
    },
    quarantine: { endOwner: async (tenant, owner) => administration.quarantine().removeOwner(tenant, owner) },
    flow: administration.flow,
    tenant: TENANT,
    clock: systemClock,
    random: systemRandom(),
    named: (by) => (by === undefined ? operator() : administration.subject(by.owner)),
  });
  return {
    ...people,
    async first(given: Credentials, asked: readonly string[]) {
      // What is accepted is what was there when the password was typed, and not what came after.
      const granting = readGranting(files);
      const account = await people.first(given, asked);
      await administration.acceptance.settle(granting);
      return account;
    },
    now: () => systemClock.now(),
    roles: () => roles,
    claim: administration.claim,
    prove: administration.prove,
    close: () => administration.close(),
  };
}

/** What `cardea accept` works with. */
export interface AcceptAdmin {
  /** What differs from what was accepted; with faults in the files it throws instead, because they could not be used. */
  differences(): Promise<Differences>;
  /** Accepts exactly what `differences` looked at. */
  accept(ask: AskProof): Promise<void>;
  close(): Promise<void>;
}

/** Opens the accepted configuration for `cardea accept`. @throws Unusable */
export async function openAcceptAdmin(files: ProjectFiles): Promise<AcceptAdmin> {
  const granting = readGranting(files);
  const config = readConfig(files, granting);
  const { openPolicy } = await import("./policy.ts");
  await forOperator(() => openPolicy(config, files, granting).close());
  const administration = await openAdministration(files, config, { create: false });
  return {
    differences: () => administration.acceptance.differences(granting),
    async accept(ask) {
      if ((await administration.claim()) === "none")
        throw new Unusable(
          "There is no administrator yet, so everything is accepted. Make the first: cardea users create NAME --administrator",
        );
      await administration.acceptance.accept(granting, await administration.prove("config.accept", ask));
    },
    close: () => administration.close(),
  };
}
