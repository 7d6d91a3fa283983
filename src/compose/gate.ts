import type { GrantingFile } from "../domain/acceptance/accepted.ts";
import { claimOf } from "../domain/identity/administration.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { acceptanceOf, TENANT } from "./administration.ts";
import { granted, LOCK } from "./granting.ts";
import type { Identity } from "./identity.ts";
import type { PinsGate } from "./pins.ts";

/**
 * What keeps a running gateway from lockfiles that nobody accepted.
 * @param granting the files that it started with
 */
export function gateOf(
  { artifacts, directory, record }: Pick<Identity, "artifacts" | "directory" | "record">,
  files: ProjectFiles,
  granting: readonly GrantingFile[],
): PinsGate & { settle(): Promise<void> } {
  const acceptance = acceptanceOf(artifacts, files, record);
  let settled = false;
  return {
    first: granted(granting, LOCK),
    async takes(bytes) {
      const before = settled || (await acceptance.any());
      return acceptance.takesLock(bytes, claimOf(directory.accounts(TENANT), before));
    },
    refused: () => record({ type: "pins.refused", tenant: TENANT, decision: "deny", reason: "not_accepted" }),
    /** Once there is an administrator, what this gateway started with counts as accepted, where nothing was before. */
    async settle() {
      if (settled || claimOf(directory.accounts(TENANT), false) !== "claimed") return;
      await acceptance.settle(granting);
      settled = true;
    },
  };
}
