import { Secret, TOTP } from "otpauth";
import { openLocalUsers } from "../../src/adapters/sqlite/local-users.ts";
import { createSealer } from "../../src/adapters/vault/sealer.ts";
import { createFirstAdministrator, type FirstAdministrator } from "../../src/domain/identity/first-administrator.ts";
import { createLocalUsers, type LocalUsers } from "../../src/domain/identity/local-users.ts";
import { createSignIn, type PeopleParts, type SignIn } from "../../src/domain/identity/people.ts";
import { accountRoutes, type AccountRoutesParts } from "../../src/doors/web/account.ts";
import { claimRoutes } from "../../src/doors/web/claim.ts";
import { signInRoutes } from "../../src/doors/web/sign-in.ts";
import type { KeyRecord } from "../../src/ports/keys.ts";
import { HOUR, type Stage, stage } from "./setting.ts";

export const PASSWORD = "correct horse battery";

export interface PeopleStage extends Stage {
  readonly local: LocalUsers;
  readonly first: FirstAdministrator;
  readonly signIn: SignIn;
  /** What was ended, in words. */
  readonly ended: string[];
  readonly keys: KeyRecord[];
}

/** The pages of people with everything behind them; what ends grants, keys and tokens elsewhere only takes a note. */
export async function peopleStage(
  given: { providers?: PeopleParts["providers"]; activity?: AccountRoutesParts["activity"] } = {},
): Promise<PeopleStage> {
  const ended: string[] = [];
  const keys: KeyRecord[] = [];
  let more: Omit<PeopleStage, keyof Stage> | undefined;
  const base = await stage((set) => {
    const { artifacts, directory, clock, random, sessions, record } = set;
    const world = { tenant: "default", artifacts, directory, clock, random, record };
    const sealer = createSealer(random.bytes(32));
    const local = createLocalUsers({ ...world, store: openLocalUsers(":memory:"), sealer, issuer: "Cardea" });
    const first = createFirstAdministrator({ ...world, local, before: async () => false, roles: ["engineer"] });
    const log = { info() {}, warn() {}, error() {} };
    const signIn = createSignIn({
      ...world,
      providers: given.providers ?? new Map(),
      sessions,
      log,
      keys: { list: async () => keys },
      sessionMs: 24 * HOUR,
      endAccess: async ({ tenant, owner, by }) => {
        ended.push(`access ${owner} ${by}`);
        await sessions.endAll(tenant, owner);
      },
      removed: async ({ owner, by }) => ended.push(`removed ${owner} ${by}`),
    });
    more = { local, first, signIn, ended, keys };
    return [
      signInRoutes({ ...world, base: () => set.base, signIn, local, sessions, log }),
      claimRoutes({ first, local, sessions, clock, record }),
      accountRoutes({
        directory,
        sessions,
        local,
        clock,
        record,
        keys: async ({ owner }) => keys.filter((key) => key.owner === owner),
        revokeKey: async (_who, id) => ended.push(`key ${id}`),
        revokeGrant: async ({ tenant }, id) => {
          ended.push(`grant ${id}`);
          await directory.revokeGrant(tenant, id);
        },
        endAccess: async ({ owner }) => ended.push(`access ${owner} owner`),
        activity: given.activity ?? (async () => []),
      }),
    ];
  });
  return Object.assign(base, more as Omit<PeopleStage, keyof Stage>);
}

/** What an authenticator shows at this time. */
export function codeOf(secret: string, time: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret.replaceAll(" ", "")) }).generate({ timestamp: time });
}
