import type { Account } from "../../ports/directory.ts";
import type { AuthorizationParts } from "./parts.ts";

/** Who: a tenant and one of its owners. */
export interface Who {
  readonly tenant: string;
  readonly owner: string;
}

/** The library knows people by one string. Names of tenants hold no space. */
export function accountIdOf({ tenant, owner }: Who): string {
  return `${tenant} ${owner}`;
}

/** Who an account id means. */
export function whoOf(accountId: string): Who {
  const at = accountId.indexOf(" ");
  return { tenant: accountId.slice(0, at), owner: accountId.slice(at + 1) };
}

/** The living account, undefined where there is none or it is ended. Throws a `Refused` while that is not known. */
export function living(parts: AuthorizationParts, accountId: string): Account | undefined {
  const { tenant, owner } = whoOf(accountId);
  const account = parts.people.account(tenant, owner);
  return account === undefined || account.endedAt !== undefined ? undefined : account;
}
