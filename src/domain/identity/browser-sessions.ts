import { hash, timingSafeEqual } from "node:crypto";
import type { JsonObject } from "../../kernel/json.ts";
import type { Artifacts } from "../../ports/artifacts.ts";
import type { Account } from "../../ports/directory.ts";
import type { Clock, Random } from "../../ports/world.ts";

/** A browser in which a person has signed in (I6). */
export interface BrowserSession {
  /** `b_…`; it may be shown: without the secret in the cookie it opens nothing. */
  readonly id: string;
  readonly tenant: string;
  readonly owner: string;
  /** When the person signed in. This and the other times: milliseconds since the epoch. */
  readonly authAt: number;
  /** When they proved a second factor; undefined: they did not. */
  readonly secondFactorAt?: number;
  /** What forms of this session carry, so that no other page can send them (P9). */
  readonly csrf: string;
  readonly expiresAt: number;
}

/** Who signed in, and how. */
export type SignedIn = Pick<BrowserSession, "tenant" | "owner" | "authAt" | "secondFactorAt">;

/** Sessions of browsers, kept server side and ended at once (I6). */
export interface BrowserSessions {
  /** The session of a cookie. Undefined: none, over, ended, or its account is. Rejects while the store is lost. */
  of(cookie: string | undefined): Promise<BrowserSession | undefined>;
  /** Begins one. The cookie's value exists in this answer alone. */
  begin(who: SignedIn): Promise<{ cookie: string; session: BrowserSession }>;
  end(id: string): Promise<void>;
  /** Ends all sessions of an owner, for example after back-channel logout. Answers how many. */
  endAll(tenant: string, owner: string): Promise<number>;
  /** Newest first. */
  ofOwner(tenant: string, owner: string): Promise<readonly BrowserSession[]>;
}

const KIND = "browser";
const SHAPE = /^(b_[A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})$/;

/**
 * Browser sessions over `Artifacts`. A cookie is `<id>.<256 random bits>`; of the bits only a hash is kept.
 * @param parts.lifeMs a session ends so long after the sign-in; signing in again begins a new one
 */
export function createBrowserSessions(parts: {
  artifacts: Artifacts;
  accounts: { account(tenant: string, owner: string): Account | undefined };
  clock: Clock;
  random: Random;
  lifeMs: number;
}): BrowserSessions {
  const { artifacts, accounts, clock, random } = parts;
  const secret = (): string => Buffer.from(random.bytes(32)).toString("base64url");

  const ofOwner = async (tenant: string, owner: string): Promise<readonly BrowserSession[]> => {
    const kept = await artifacts.ofOwner(tenant, KIND, owner);
    return kept.map(({ payload }) => sessionOf(payload)).filter((session) => session.expiresAt > clock.now());
  };

  return {
    async of(cookie) {
      const [, id = "", bits = ""] = SHAPE.exec(cookie ?? "") ?? [];
      if (id === "") return undefined;
      const payload = (await artifacts.find(KIND, id))?.payload;
      if (payload === undefined || !same(String(payload["hash"]), hash("sha256", bits))) return undefined;
      const session = sessionOf(payload);
      if (session.expiresAt <= clock.now()) return undefined;
      const account = accounts.account(session.tenant, session.owner);
      return account === undefined || account.endedAt !== undefined ? undefined : session;
    },
    async begin(who) {
      const bits = secret();
      const session: BrowserSession = {
        id: random.id("b_"),
        tenant: who.tenant,
        owner: who.owner,
        authAt: who.authAt,
        ...(who.secondFactorAt === undefined ? {} : { secondFactorAt: who.secondFactorAt }),
        csrf: secret(),
        expiresAt: clock.now() + parts.lifeMs,
      };
      const { tenant, owner, expiresAt } = session;
      const payload: JsonObject = { ...session, hash: hash("sha256", bits) };
      await artifacts.put(KIND, session.id, payload, { tenant, owner, expiresAt });
      return { cookie: `${session.id}.${bits}`, session };
    },
    end: (id) => artifacts.remove(KIND, id),
    async endAll(tenant, owner) {
      const sessions = await ofOwner(tenant, owner);
      for (const { id } of sessions) await artifacts.remove(KIND, id);
      return sessions.length;
    },
    ofOwner,
  };
}

function sessionOf(payload: JsonObject): BrowserSession {
  const second = payload["secondFactorAt"];
  return {
    id: String(payload["id"]),
    tenant: String(payload["tenant"]),
    owner: String(payload["owner"]),
    authAt: Number(payload["authAt"]),
    ...(typeof second === "number" ? { secondFactorAt: second } : {}),
    csrf: String(payload["csrf"]),
    expiresAt: Number(payload["expiresAt"]),
  };
}

/** Compares two texts in a time that tells nothing of where they differ. */
export function same(a: string, b: string): boolean {
  return timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
}
