import type { Answer, CheckKey } from "../controls/authenticate.ts";
import type { Directory } from "../domain/identity/directory.ts";
import type { Keyring } from "../domain/identity/keyring.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Account } from "../ports/directory.ts";
import type { KeyRecord } from "../ports/keys.ts";

/**
 * Whose an API key is. A key has one principal as long as neither it nor its owner's account changes: much is remembered
 * by it. A key of somebody whom a sign-in provider vouches for has no role that its owner has lost there (I9).
 */
export function keyCheck(parts: {
  keyring: Keyring;
  directory: Pick<Directory, "account">;
  /** Names of the sign-in providers. */
  providers: readonly string[];
  subjects: { ensure(tenant: string, owner: string): { readonly subject: string } };
  environment: string;
}): CheckKey {
  const { keyring, directory, subjects, environment } = parts;
  const providers = new Set(parts.providers);
  const principals = new WeakMap<KeyRecord, { account: Account | undefined; answer: Answer }>();

  function principalOf(key: KeyRecord, account: Account | undefined): Principal {
    const { id: credential, tenant, owner, scope, plan } = key;
    const { subject } = subjects.ensure(tenant, owner);
    const roles =
      account !== undefined && providers.has(account.source)
        ? key.roles.filter((role) => account.roles.includes(role))
        : key.roles;
    return { tenant, owner, subject, credential, roles, scope, environment, plan };
  }

  return (bearer) => {
    const answer = keyring.authenticate(bearer, environment);
    if (!answer.ok) return answer;
    const { key } = answer;
    const account = directory.account(key.tenant, key.owner);
    let made = principals.get(key);
    if (made === undefined || made.account !== account) {
      made = { account, answer: { ok: true, principal: principalOf(key, account) } };
      principals.set(key, made);
    }
    return made.answer;
  };
}
