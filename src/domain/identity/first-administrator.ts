import { refuse } from "../../kernel/errors.ts";
import type { Artifacts } from "../../ports/artifacts.ts";
import type { Account } from "../../ports/directory.ts";
import type { Clock, Random } from "../../ports/world.ts";
import { type Claim, claimOf, DUTIES, type Duty, roleOf } from "./administration.ts";
import type { Directory } from "./directory.ts";
import { type LocalUsers, localLogin } from "./local-users.ts";
import { firstAdministrator } from "./proof.ts";

/** What the one-time link of the first administrator stands on. */
export interface ClaimParts {
  readonly tenant: string;
  readonly artifacts: Artifacts;
  readonly directory: Pick<Directory, "accounts" | "refresh">;
  readonly local: Pick<LocalUsers, "create">;
  /** Whether there ever was an administrator: whoever lost their roles leaves no place to be taken (invariant 12). */
  readonly before: () => Promise<boolean>;
  readonly clock: Clock;
  readonly random: Random;
  /** Roles of `access` that the first administrator gets beside every duty. */
  readonly roles: readonly string[];
}

/** The one-time link by which the first administrator is made. */
export interface FirstAdministrator {
  /** A new token (256 bits, kept as a hash), for the terminal alone; older ones end. Undefined: there is or was an administrator. */
  token(): Promise<string | undefined>;
  /** Whether a token counts now. */
  counts(token: string): Promise<boolean>;
  /** Makes the first administrator; the token is used up. @throws Refused where it does not count, or login or password cannot be */
  redeem(token: string, given: { login: string; password: string }): Promise<Account>;
}

const KIND = "claim";
/** What the tokens hang on, so that a new one ends the older. No account can be called so. */
const OWNER = "first-administrator";
const LIFE_MS = 86_400_000;

/**
 * Whether people sign in with passwords of this gateway: where the operator wants it, and where no provider makes anybody
 * an administrator with the duty security (else nobody could be one). The one-time link exists under the same condition.
 */
export function hasLocalUsers(identity: {
  readonly local: boolean;
  readonly providers: Readonly<Record<string, { readonly administration: Readonly<Record<string, readonly Duty[]>> }>>;
}): boolean {
  const duties = Object.values(identity.providers).flatMap(({ administration }) =>
    Object.values(administration).flat(),
  );
  return identity.local || !duties.includes("security");
}

export function createFirstAdministrator(parts: ClaimParts): FirstAdministrator {
  const { tenant, artifacts, directory, clock } = parts;
  const claim = async (): Promise<Claim> => {
    await directory.refresh();
    return claimOf(directory.accounts(tenant), await parts.before());
  };
  const isNeeded = async (): Promise<boolean> => (await claim()) === "none";
  const isToken = (token: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(token);
  const keep = (token: string): Promise<void> =>
    artifacts.put(KIND, token, {}, { tenant, owner: OWNER, expiresAt: clock.now() + LIFE_MS });

  return {
    async token() {
      await artifacts.removeOwner(tenant, OWNER);
      if (!(await isNeeded())) return undefined;
      const token = Buffer.from(parts.random.bytes(32)).toString("base64url");
      await keep(token);
      return token;
    },
    async counts(token) {
      if (!isToken(token) || !(await isNeeded())) return false;
      const found = await artifacts.find(KIND, token);
      return found !== undefined && found.consumedAt === undefined;
    },
    async redeem(token, { login, password }) {
      if (!isToken(token) || !(await isNeeded()) || !(await artifacts.consume(KIND, token, clock.now())))
        return refuse("unauthenticated", "This link was used, or is too old. Start the gateway again for a new one.", {
          control: "I11",
          secretReason: "claim",
        });
      try {
        const roles = [...parts.roles, ...DUTIES.map(roleOf)];
        const by = await firstAdministrator(claim, tenant, `person:${localLogin(login)}`);
        return await parts.local.create({ login, password, roles, reason: "first_administrator" }, by);
      } catch (error) {
        // Nobody was made: the link counts again. What was used up stays so until it is removed.
        await artifacts.remove(KIND, token);
        if (await isNeeded()) await keep(token);
        throw error;
      }
    },
  };
}
