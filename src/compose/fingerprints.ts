import type { KeyObject } from "node:crypto";
import { argumentFingerprints, fingerprint } from "../domain/audit/fingerprint.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Principal } from "../kernel/principal.ts";

/** Fingerprints under the key of the subject whose call it is (invariant 6). */
export function fingerprintsOf(subjects: {
  ensure(tenant: string, owner: string): { readonly fingerprintKey: KeyObject };
}) {
  const keys = new WeakMap<Principal, KeyObject>();
  const keyOf = (principal: Principal): KeyObject => {
    let key = keys.get(principal);
    if (key === undefined)
      keys.set(principal, (key = subjects.ensure(principal.tenant, principal.owner).fingerprintKey));
    return key;
  };
  return {
    args: (principal: Principal, args: JsonObject, known: ReadonlySet<string>) =>
      argumentFingerprints(keyOf(principal), args, known),
    text: (principal: Principal, text: string) => fingerprint(keyOf(principal), text),
  };
}
