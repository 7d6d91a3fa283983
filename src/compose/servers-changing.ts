import { type Lock, pinServer, sourceNow } from "../domain/pins/index.ts";
import type { Proven } from "../domain/identity/proof.ts";
import type { Asking } from "../domain/catalogue/servers-admin.ts";
import type { JsonObject } from "../kernel/json.ts";
import { systemClock } from "../adapters/system/world.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import type { Administration } from "./administration.ts";
import type { Catalogue } from "./servers-catalogue.ts";
import { Unusable } from "./unusable.ts";

/** What changes the catalogue works with; each file is accepted before it is written. */
export interface Changing {
  readonly files: ProjectFiles;
  catalogue(): Catalogue;
  administration(): Promise<Administration>;
  /** An administrator's proof; the files that are about to be written hold nobody else's changes. */
  prove(ask: Asking["proof"], files: readonly string[]): Promise<Proven>;
  /** Accepts and writes, together, and reads everything anew. */
  save(change: { readonly config?: string; readonly lock?: Lock }, by: Proven | undefined): Promise<void>;
  /** Reads everything anew. */
  reload(): Promise<void>;
  record(type: string, name: string, detail: JsonObject, by?: Proven): Promise<void>;
}

/**
 * H6: shows the exact command, and records the proof that consents to it.
 * @throws Unusable where it is not installed or could not be started here: there is nothing to consent to
 */
export async function consentTo(
  changing: Changing,
  name: string,
  ask: Asking,
  names: readonly string[],
): Promise<Proven> {
  const { command, server, artifact, lock } = changing.catalogue();
  const facts = command(name);
  if (facts === undefined) throw new Unusable(`${name} starts nothing here`);
  if (facts.package?.tree === "")
    throw new Unusable(
      `The package ${facts.package.spec} of ${name} is not installed. Install it: cardea servers install ${name}`,
    );
  if (facts.fault !== undefined) throw new Unusable(`${name} cannot be started: ${facts.fault}`);
  ask.command(name, facts);
  const by = await changing.prove(ask.proof, names);
  const source = sourceNow(server(name), artifact(name) ?? {});
  await changing.save({ lock: pinServer(lock, name, source, approverOf(by)) }, by);
  await changing.record("command.consented", name, consentDetail(facts.digest, source), by);
  return by;
}

/** What the record holds of a consent. */
export const consentDetail = (digest: string, source: ReturnType<typeof sourceNow>): JsonObject => ({
  command: digest,
  ...("tree" in source ? { package: source.package, tree: source.tree } : {}),
  ...("sha256" in source && source.sha256 !== undefined ? { program: source.sha256 } : {}),
});

/** Who approves, now. */
export const approverOf = (by: Proven) => ({ by: by.owner, at: new Date(systemClock.now()).toISOString() });
