import { refuse } from "../../kernel/errors.ts";
import type { Artifacts } from "../../ports/artifacts.ts";
import type { Account } from "../../ports/directory.ts";
import type { LocalUser, LocalUserStore } from "../../ports/local-users.ts";
import type { Sealer } from "../../ports/sealer.ts";
import type { Clock, Random } from "../../ports/world.ts";
import type { Directory } from "./directory.ts";
import { createPasswords, passwordFault } from "./password.ts";
import type { Credentials, Proven } from "./proof.ts";
import { createSecondFactor, type NewSecondFactor } from "./second-factor.ts";
import { LONGEST_NAME, PER_ADDRESS, PER_LOGIN, PER_PAIR, pauseOf, Told, Tries } from "./throttle.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

/** What local users stand on. */
export interface LocalUsersParts {
  readonly tenant: string;
  readonly store: LocalUserStore;
  readonly artifacts: Artifacts;
  readonly directory: Pick<Directory, "account" | "save">;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: Random;
  /** What authenticators show beside the login, e.g. `Cardea (gateway.example.com)`. */
  readonly issuer: string;
  /** Rejects when the record is not there. */
  readonly record: (event: LifecycleEvent, by?: Proven) => Promise<void>;
}

/** Somebody proved who they are. */
export interface LocalProof {
  readonly owner: string;
  readonly login: string;
  /** A one-time code was part of it. */
  readonly secondFactor: boolean;
}

/** Nothing was proved. `fault` is for the person; it is the same for a login that does not exist. */
export interface LocalFault {
  readonly fault: string;
  /** Seconds until the next try can count. */
  readonly retryAfter?: number;
}

/** People who sign in with a password of this gateway (I4). */
export interface LocalUsers {
  /**
   * Checks login, password and, where one is enrolled, the one-time code. Throttled, over the network for each login from
   * each address, each login and each address; commands have a counter of their own in the store, so that nobody on the
   * network can keep them from working.
   * @param address of the caller; undefined for a command
   */
  verify(given: Credentials, address?: string): Promise<LocalProof | LocalFault>;
  /** The first step of a page: whether a code is needed too. It does not end the counting of failures then. */
  password(given: Credentials, address?: string): Promise<{ login: string; needsCode: boolean } | LocalFault>;
  /** The second step of a page. */
  code(login: string, code: string, address?: string): Promise<LocalProof | LocalFault>;
  /**
   * Makes a user and their account.
   * @param by the proof for `people.change`, judged again right before the write and named in the record
   * @throws Refused where login or password cannot be, the name is taken, or the proof does not stand any more
   */
  create(
    user: { login: string; password: string; roles: readonly string[]; reason: string },
    by: Proven,
  ): Promise<Account>;
  /** An administrator's act, or the person's own after `verify`. @throws Refused where the password cannot be */
  setPassword(login: string, password: string): Promise<boolean>;
  hasSecondFactor(login: string): Promise<boolean>;
  /**
   * Begins to enrol a second factor; it counts from its first code on. The caller asked for the password before.
   * @param session the browser session that asked; to every other one the secret is unknown
   */
  beginSecondFactor(login: string, session: string): Promise<void>;
  /** What waits for its first code in this browser session. */
  pendingSecondFactor(login: string, session: string): Promise<NewSecondFactor | undefined>;
  /** Ends the enrolment; false where the code is wrong or nothing waits. After five wrong codes nothing waits any more. */
  confirmSecondFactor(login: string, session: string, code: string): Promise<boolean>;
  /** An administrator's act: the person lost theirs. */
  removeSecondFactor(login: string): Promise<boolean>;
  list(): Promise<readonly Pick<LocalUser, "login" | "totp" | "createdAt">[]>;
}

const WRONG = "The login or the password is not right.";
const WRONG_CODE = "The code is not right, or was used already. Wait for the next one.";
/** A login that can be made here. It stands in pages, paths and records, so that nothing in it means anything there. */
const LOGIN = /^[A-Za-z0-9][A-Za-z0-9._+@-]{0,127}$/;
const PENDING = "second-factor";
/** An enrolment waits so long, milliseconds. */
const PENDING_MS = 900_000;
/** So many codes may be tried for an enrolment. */
const MOST_CODES = 5;

/** How a login is kept: mail addresses do not tell capitals apart. */
export function localLogin(text: string): string {
  const login = text.trim().normalize("NFC");
  return login.includes("@") ? login.toLowerCase() : login;
}

/** The login of an account of local users; undefined: it is another source's. */
export const loginOf = (account: Account | undefined): string | undefined =>
  account?.source === "local" ? account.sub : undefined;

export function createLocalUsers(parts: LocalUsersParts): LocalUsers {
  const { tenant, store, artifacts, directory, clock } = parts;
  const passwords = createPasswords(parts.random);
  const second = createSecondFactor(parts);
  const byPair = new Tries(PER_PAIR, clock);
  const byLogin = new Tries(PER_LOGIN, clock);
  const byAddress = new Tries(PER_ADDRESS, clock);
  const told = new Told(clock);
  const enrolling = new Tries(PER_PAIR, clock);
  const pendingId = (login: string, session: string): string => JSON.stringify([ownerOf(login), session]);
  const ownerOf = (login: string): string => `person:${login}`;

  /** What a try counts for. Logins that do not exist are counted alike. */
  const countersOf = (login: string, address: string | undefined): readonly (readonly [Tries, string])[] =>
    address === undefined
      ? [[byPair, `command ${login}`]]
      : [
          [byPair, `${address} ${login}`],
          [byLogin, login],
          [byAddress, address],
        ];

  /** Counts the try before anything is awaited. The user, or why it may not be made now. */
  async function begin(login: string, address: string | undefined): Promise<{ user?: LocalUser } | LocalFault> {
    const counters = countersOf(login, address);
    for (const [tries, name] of counters) {
      const pause = tries.pause(name);
      if (pause > 0) return slowed(login, name, pause);
    }
    for (const [tries, name] of counters) tries.count(name);
    const user = await store.find(tenant, login);
    if (user === undefined) return {};
    if (address !== undefined) return { user };
    const kept = pauseOf(user.failures, user.failedAt ?? 0, clock.now(), PER_PAIR);
    if (kept > 0) return slowed(login, `command ${login}`, kept);
    await store.countTry(tenant, login, clock.now());
    return { user };
  }

  /** Refuses a try that comes too early. It is recorded once a minute for what it was slowed down by. */
  async function slowed(login: string, name: string, pause: number): Promise<LocalFault> {
    const tries = told.again(name);
    if (tries === undefined) return throttled(pause);
    const who = isLive(login) ? { owner: ownerOf(login) } : {};
    const detail = { provider: "local", tries };
    await parts.record({ type: "signin.failed", tenant, ...who, decision: "deny", reason: "throttled", detail });
    return throttled(pause);
  }

  async function succeed(login: string, address: string | undefined): Promise<void> {
    for (const [tries, name] of countersOf(login, address)) tries.clear(name);
    if (address === undefined) await store.clearFailures(tenant, login);
  }

  async function fail(user: LocalUser | undefined, reason: string, fault: string): Promise<LocalFault> {
    const who = user === undefined ? {} : { owner: ownerOf(user.login) };
    const detail = { provider: "local" };
    await parts.record({ type: "signin.failed", tenant, ...who, decision: "deny", reason, detail });
    return { fault };
  }

  /** Only an account that is local users' own counts: a provider may have the same name. */
  const isLive = (login: string): boolean => {
    const account = directory.account(tenant, ownerOf(login));
    return loginOf(account) === login && account?.endedAt === undefined;
  };

  async function checkPassword(
    given: Credentials,
    address: string | undefined,
  ): Promise<{ user: LocalUser } | LocalFault> {
    const login = localLogin(given.login).slice(0, LONGEST_NAME);
    const begun = await begin(login, address);
    if ("fault" in begun) return begun;
    const { user } = begun;
    const right = await passwords.matches(given.password, user?.password);
    if (!right || user === undefined || !isLive(login)) return fail(user, "password_wrong", WRONG);
    return { user };
  }

  async function checkCode(
    user: LocalUser,
    code: string,
    address: string | undefined,
  ): Promise<LocalProof | LocalFault> {
    if (!(await second.use(user, code)) || !isLive(user.login)) return fail(user, "code_wrong", WRONG_CODE);
    await succeed(user.login, address);
    return { owner: ownerOf(user.login), login: user.login, secondFactor: true };
  }

  const checked = (login: string, password: string): void => {
    const fault = passwordFault(password, login);
    if (fault !== undefined) refuse("invalid_request", fault, { path: "password", control: "I4" });
  };

  return {
    async verify(given, address) {
      const first = await checkPassword(given, address);
      if ("fault" in first) return first;
      const { user } = first;
      if (user.totp !== undefined && given.code !== undefined) return checkCode(user, given.code, address);
      if (user.totp !== undefined)
        return { fault: "This account has a second factor: give the one-time code of your authenticator too." };
      await succeed(user.login, address);
      return { owner: ownerOf(user.login), login: user.login, secondFactor: false };
    },

    async password(given, address) {
      const first = await checkPassword(given, address);
      if ("fault" in first) return first;
      const { login, totp } = first.user;
      if (totp === undefined) await succeed(login, address);
      return { login, needsCode: totp !== undefined };
    },

    async code(login, code, address) {
      const begun = await begin(login, address);
      if ("fault" in begun) return begun;
      return begun.user === undefined
        ? fail(undefined, "code_wrong", WRONG_CODE)
        : checkCode(begun.user, code, address);
    },

    async create({ login: text, password, roles, reason }, by) {
      const login = localLogin(text);
      if (!LOGIN.test(login))
        refuse(
          "invalid_request",
          "A login has letters, digits and . _ - + @, begins with a letter or digit, and has at most 128 characters.",
          {
            path: "login",
            control: "I4",
          },
        );
      checked(login, password);
      const owner = ownerOf(login);
      if (directory.account(tenant, owner) !== undefined || (await store.find(tenant, login)) !== undefined)
        refuse("invalid_request", "There is an account with this login already; choose another.", {
          path: "login",
          control: "I4",
        });
      const now = clock.now();
      const who = { tenant, owner, source: "local", sub: login, roles: [...roles] };
      const account: Account = { ...who, createdAt: now, checkedAt: now };
      const encoded = await passwords.hash(password);
      const detail = { provider: "local", roles: [...roles] };
      await by.must("people.change");
      await parts.record({ type: "account.created", tenant, owner, decision: "allow", reason, detail }, by);
      await store.create({ tenant, login, password: encoded, createdAt: now });
      try {
        await directory.save(account);
      } catch (error) {
        await store.remove(tenant, login);
        throw error;
      }
      return account;
    },

    async setPassword(text, password) {
      const login = localLogin(text);
      checked(login, password);
      const done = await store.setPassword(tenant, login, await passwords.hash(password));
      if (done) await succeed(login, undefined);
      return done;
    },

    hasSecondFactor: async (login) => (await store.find(tenant, login))?.totp !== undefined,
    async beginSecondFactor(login, session) {
      const id = pendingId(login, session);
      enrolling.clear(id);
      const { secret, uri, sealed } = second.make(tenant, login);
      const marks = { tenant, owner: ownerOf(login), expiresAt: clock.now() + PENDING_MS };
      await artifacts.put(PENDING, id, { secret, uri, sealed }, marks);
    },
    async pendingSecondFactor(login, session) {
      const payload = (await artifacts.find(PENDING, pendingId(login, session)))?.payload;
      if (payload === undefined) return undefined;
      const { secret, uri, sealed } = payload;
      return { secret: String(secret), uri: String(uri), sealed: String(sealed) };
    },
    async confirmSecondFactor(login, session, code) {
      const id = pendingId(login, session);
      // Counted before anything is awaited, so that many at once are no way around it.
      const tries = enrolling.count(id);
      if (tries > MOST_CODES) return false;
      const sealed = (await artifacts.find(PENDING, id))?.payload["sealed"];
      if (typeof sealed !== "string") return false;
      const step = second.stepOf(sealed, tenant, login, code);
      if (step !== undefined && (await store.setSecondFactor(tenant, login, { sealed, step }))) {
        await artifacts.remove(PENDING, id);
        return true;
      }
      if (tries < MOST_CODES) return false;
      await artifacts.remove(PENDING, id);
      const detail = { provider: "local", enrolment: true, tries };
      const who = { tenant, owner: ownerOf(login) };
      await parts.record({ type: "signin.failed", ...who, decision: "deny", reason: "code_wrong", detail });
      return false;
    },
    removeSecondFactor: (login) => store.setSecondFactor(tenant, localLogin(login), undefined),
    list: async () =>
      (await store.list(tenant)).map(({ login, totp, createdAt }) => ({
        login,
        createdAt,
        ...(totp === undefined ? {} : { totp: "enrolled" }),
      })),
  };
}

function throttled(pause: number): LocalFault {
  const retryAfter = Math.ceil(pause / 1000);
  const unit = retryAfter === 1 ? "second" : "seconds";
  return { fault: `Too many tries. The next one counts in ${retryAfter} ${unit}.`, retryAfter };
}
