import type { KeyObject } from "node:crypto";
import { argumentFingerprints, fingerprint } from "../domain/audit/fingerprint.ts";
import { picked } from "../domain/policy/project.ts";
import type { Kind, Target } from "../kernel/call.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Principal } from "../kernel/principal.ts";

/** Longer ones are not kept: a policy that looks at them cannot be held against that call. */
const LONGEST_FIELDS = 16_384;

/** Fingerprints under the key of the subject whose call it is (invariant 6). */
export function fingerprintsOf(
  subjects: {
    ensure(tenant: string, owner: string): { readonly fingerprintKey: KeyObject };
    seal(tenant: string, owner: string, text: string): string;
  },
  /** The fields of the arguments that policies look at; undefined: none are kept. */
  fieldsOf?: (server: string, kind: Kind, name: string) => readonly (readonly string[])[],
) {
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
    fields(principal: Principal, { server, kind, name }: Target, args: JsonObject): string | undefined {
      if (fieldsOf === undefined) return undefined;
      const paths = kind === "resource" ? [["uri"]] : fieldsOf(server, kind, name);
      if (paths.length === 0) return undefined;
      const values = kind === "resource" ? { uri: name } : picked(paths, args);
      const text = JSON.stringify({ paths, values });
      return text.length > LONGEST_FIELDS ? undefined : subjects.seal(principal.tenant, principal.owner, text);
    },
  };
}
