import type { IncomingMessage } from "node:http";
import type { Config } from "../config/config.ts";
import { claimOf } from "../domain/identity/administration.ts";
import { keyEvent } from "../domain/identity/key-admin.ts";
import type { Approvals } from "../domain/approvals/approvals.ts";
import type { Quarantine } from "../domain/quarantine/quarantine.ts";
import { createPeople } from "../domain/identity/people-admin.ts";
import type { ProofParts, Proven } from "../domain/identity/proof.ts";
import { apiRoutes } from "../doors/web/api.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { FlowStore } from "../ports/flow.ts";
import type { KeyStore } from "../ports/keys.ts";
import type { Clock, Random } from "../ports/world.ts";
import { inheritance } from "./inheritance.ts";
import { TENANT } from "./administration.ts";
import type { Identity } from "./identity.ts";
import type { LifecycleEvent } from "../ports/records.ts";

/**
 * What a proof is checked with in the running gateway.
 * @param secondFactor whether administration demands one
 */
export function proofIn({ directory, record }: Identity, secondFactor: boolean): Omit<ProofParts, "verify"> {
  return {
    tenant: TENANT,
    account: (owner) => directory.account(TENANT, owner),
    follow: directory.refresh,
    secondFactor,
    record: (event) => record(event),
  };
}

/** The API of administration in the running gateway. @param parts.roles what `access` and policies know */
export function openApi(parts: {
  readonly config: Config;
  readonly identity: Identity;
  readonly keys: KeyStore;
  readonly approvals: Approvals;
  readonly quarantine: Quarantine;
  readonly flow: FlowStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly roles: readonly string[];
  /** The client's address, behind trusted proxies too. */
  address(req: IncomingMessage): string;
}) {
  const { config, identity, keys, clock, random, roles } = parts;
  const { directory, artifacts, administrators, subjectOf } = identity;
  const { administration, maxAgeMs } = config.identity.secondFactor;

  const named = (by: Proven | undefined): string => (by === undefined ? "-" : subjectOf(TENANT, by.owner));
  const record = (event: LifecycleEvent, by?: Proven): Promise<void> => {
    const doer: JsonObject = by === undefined ? {} : { by: named(by) };
    return identity.record({ ...event, detail: { ...event.detail, ...doer } });
  };
  const claim = async () => claimOf(directory.accounts(TENANT), true);
  return apiRoutes({
    people: createPeople({
      ...{
        tenant: TENANT,
        directory,
        keys,
        artifacts,
        approvals: parts.approvals,
        quarantine: parts.quarantine,
        flow: parts.flow,
        clock,
        random,
        claim,
        record,
        named,
      },
      local: administrators,
    }),
    keys: {
      ...{ store: keys, directory, clock, random, tenant: TENANT, environment: config.environment },
      record: (event) => record(keyEvent(event), event.by),
      inherit: inheritance(parts.flow, TENANT),
    },
    proof: proofIn(identity, administration),
    verify: administrators.verify,
    address: parts.address,
    secondFactorMs: maxAgeMs,
    known: { roles, plans: Object.keys(config.limits.plans), servers: Object.keys(config.servers) },
  });
}
