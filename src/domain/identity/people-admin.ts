import { refuse } from "../../kernel/errors.ts";
import type { Account } from "../../ports/directory.ts";
import type { Random } from "../../ports/world.ts";
import { type Claim, DUTIES, isLastSecurity, roleOf } from "./administration.ts";
import type { Directory } from "./directory.ts";
import { type LocalUsers, localLogin, loginOf } from "./local-users.ts";
import { type Ended, type Holdings, holdings, offboard, type OffboardParts } from "./offboard.ts";
import { type AskProof, type Credentials, firstAdministrator, type Proven } from "./proof.ts";
import type { Act } from "./administration.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

/** What the administration of people stands on. */
export interface PeopleAdminParts extends Omit<OffboardParts, "record" | "directory"> {
  readonly tenant: string;
  readonly directory: Directory;
  readonly local: Pick<LocalUsers, "create" | "setPassword" | "removeSecondFactor">;
  readonly random: Random;
  readonly claim: () => Promise<Claim>;
  /** Writes to the record; `by` is named in it. */
  readonly record: (event: LifecycleEvent, by?: Proven) => Promise<void>;
  /** How an administrator is named in records: their subject id; undefined: by whoever gave the command. */
  readonly named: (by: Proven | undefined) => string;
}

/** People of one tenant, as commands and the API see them. */
export interface People {
  /** By owner, ended ones too. */
  accounts(): readonly Account[];
  /** Every owner of an account or a key. */
  owners(): Promise<string[]>;
  holdings(owner: string): Promise<Holdings | undefined>;
  /** Makes the first administrator, with every duty. @throws Refused where there is or was one */
  first(given: Credentials, roles: readonly string[]): Promise<Account>;
  /** Makes a local user; the password exists in this answer alone. @throws Refused where the login cannot be */
  create(login: string, roles: readonly string[], by: Proven): Promise<{ account: Account; password: string }>;
  /** Gives these roles in place of those before. Undefined: there is no such account. @throws Refused where they come from elsewhere */
  setRoles(owner: string, roles: readonly string[], by: Proven): Promise<Account | undefined>;
  /** A new password in place of a lost one, no second factor any more, and every session and token ends. Undefined: nobody local of that name. */
  reset(owner: string, by: Proven): Promise<string | undefined>;
  /** Lets an ended account in again; keys and consents stay ended. Undefined: there is no such account. */
  revive(owner: string, by: Proven): Promise<Account | undefined>;
  /** Ends somebody everywhere. An account with a duty needs a proof. @throws Error where nothing ended */
  end(owner: string, by: Proven | undefined): Promise<Ended>;
}

/** People, for whoever asks on the command line. */
export interface PeopleAdmin extends People {
  now(): number;
  /** Roles that `access` knows. */
  roles(): readonly string[];
  claim(): Promise<Claim>;
  /** @throws Refused where no administrator with the duty proves that they want it */
  prove(act: Act, ask: AskProof): Promise<Proven>;
  close(): Promise<void>;
}

/** 32 letters, so that five bits of a random byte choose one without bias; without i, l, o and u. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** Whether somebody has a duty of administration: then not everybody may end them. */
export const isAdministrator = (account: Account | undefined): boolean =>
  account !== undefined && account.endedAt === undefined && DUTIES.some((duty) => account.roles.includes(roleOf(duty)));

export function createPeople(parts: PeopleAdminParts): People {
  const { tenant, directory, local } = parts;

  /** 100 random bits, in groups that can be read out. */
  const newPassword = (): string => {
    const letters = Array.from(parts.random.bytes(20), (byte) => LETTERS[byte & 31]).join("");
    return letters.replaceAll(/(.{5})(?=.)/g, "$1-");
  };
  const event = (type: string, owner: string, detail: LifecycleEvent["detail"]): LifecycleEvent => ({
    ...{ type, tenant, owner, decision: "allow", reason: "ok" },
    ...(detail === undefined ? {} : { detail }),
  });

  return {
    accounts: () => directory.accounts(tenant),
    async owners() {
      const keys = (await parts.keys.list(tenant)).map((key) => key.owner);
      return [...new Set([...directory.accounts(tenant).map((account) => account.owner), ...keys])].sort();
    },
    holdings: (owner) => holdings(parts, { tenant, owner }),
    async first(given, roles) {
      const by = await firstAdministrator(parts.claim, tenant, `person:${localLogin(given.login)}`);
      const all = [...roles, ...DUTIES.map(roleOf)];
      return local.create({ ...given, roles: all, reason: "first_administrator" }, by);
    },
    async create(login, roles, by) {
      await by.must("people.change");
      const password = newPassword();
      const account = await local.create({ login, password, roles, reason: "administrator" }, by);
      return { account, password };
    },
    async setRoles(owner, roles, by) {
      await by.must("people.change");
      const account = directory.account(tenant, owner);
      if (account === undefined) return undefined;
      if (loginOf(account) === undefined)
        refuse("not_permitted", `The roles of ${owner} come from ${account.source}, and are changed there.`, {
          control: "I4",
        });
      if (isLastSecurity(directory.accounts(tenant), owner) && !roles.includes(roleOf("security")))
        refuse("not_permitted", "This is the last administrator with the duty security; it stays with them.", {
          control: "I11",
        });
      await parts.record(event("account.changed", owner, { roles: [...roles], before: [...account.roles] }), by);
      await directory.save({ ...account, roles: [...roles] });
      return directory.account(tenant, owner);
    },
    async reset(owner, by) {
      await by.must("people.change");
      const login = loginOf(directory.account(tenant, owner));
      if (login === undefined) return undefined;
      await parts.record(event("account.changed", owner, { password: "reset" }), by);
      const password = newPassword();
      if (!(await local.setPassword(login, password))) return undefined;
      await local.removeSecondFactor(login);
      // Whoever knew the old password may have more than the password.
      await parts.artifacts.removeOwner(tenant, owner);
      return password;
    },
    async revive(owner, by) {
      await by.must("people.change");
      if (directory.account(tenant, owner) === undefined) return undefined;
      await parts.record(event("account.revived", owner, undefined), by);
      return directory.revive(tenant, owner);
    },
    async end(owner, by) {
      await by?.must("people.end");
      await directory.refresh();
      if (by === undefined && isAdministrator(directory.account(tenant, owner)))
        refuse("not_permitted", "Ending an administrator needs the proof of another one.", { control: "I11" });
      const record = (one: LifecycleEvent): Promise<void> => parts.record(one, by);
      return offboard({ ...parts, record }, { tenant, owner, by: parts.named(by) });
    },
  };
}
