import type { KeyObject } from "node:crypto";
import { argumentFingerprints, type Fingerprint, fingerprinter } from "../domain/audit/fingerprint.ts";
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
  const prints = new WeakMap<Principal, Fingerprint>();
  const printOf = (principal: Principal): Fingerprint => {
    let print = prints.get(principal);
    if (print === undefined) {
      print = fingerprinter(subjects.ensure(principal.tenant, principal.owner).fingerprintKey);
      prints.set(principal, print);
    }
    return print;
  };
  return {
    args: (principal: Principal, args: JsonObject, known: ReadonlySet<string>) =>
      argumentFingerprints(printOf(principal), args, known),
    text: (principal: Principal, text: string) => printOf(principal)(text),
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
