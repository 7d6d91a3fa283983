import type { CheckKey } from "../controls/authenticate.ts";
import type { Keyring } from "../domain/identity/keyring.ts";
import type { Principal } from "../kernel/principal.ts";
import type { KeyRecord } from "../ports/keys.ts";

/** Whose an API key is. A key has one principal as long as it does not change: much is remembered by it. */
export function keyCheck(
  keyring: Keyring,
  subjects: { ensure(tenant: string, owner: string): { readonly subject: string } },
  environment: string,
): CheckKey {
  const principals = new WeakMap<KeyRecord, Principal>();
  return (bearer) => {
    const answer = keyring.authenticate(bearer, environment);
    if (!answer.ok) return answer;
    let principal = principals.get(answer.key);
    if (principal === undefined) {
      const { id: credential, tenant, owner, roles, scope, plan } = answer.key;
      const { subject } = subjects.ensure(tenant, owner);
      principal = { tenant, owner, subject, credential, roles, scope, environment, plan };
      principals.set(answer.key, principal);
    }
    return { ok: true, principal };
  };
}
