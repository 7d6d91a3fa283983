import { hash } from "node:crypto";
import { Refused } from "../../kernel/errors.ts";
import type { Principal } from "../../kernel/principal.ts";
import type { AccessToken } from "../../ports/authorization-server.ts";
import type { Account, Grant } from "../../ports/directory.ts";
import type { Clock } from "../../ports/world.ts";
import type { Directory } from "./directory.ts";
import { covers, readScope } from "./scopes.ts";

/** Why an access token counts for nothing. For the record; the caller learns only that it is not valid. */
export type TokenFault = "unknown" | "expired" | "revoked" | "audience" | "environment" | "ended" | "malformed";

/** Whose token it is, or why it counts for nothing. */
export type TokenAnswer =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly reason: TokenFault };

/** A token of an external authorization server, whose signature, issuer and times were checked. */
export interface ExternalToken extends Omit<AccessToken, "audience"> {
  /** Every resource that it was issued for. */
  readonly audience: readonly string[];
}

/** What the check of access tokens stands on. */
export interface TokensParts {
  /** What an opaque token of the embedded authorization server stands for. Rejects when its store cannot answer. */
  readonly find?: (token: string) => Promise<AccessToken | undefined>;
  /** What a token of the external authorization server says. Rejects when its keys cannot be had. */
  readonly external?: (token: string) => Promise<ExternalToken | TokenFault>;
  readonly directory: Pick<Directory, "account" | "grant" | "touch">;
  readonly clock: Clock;
  readonly environment: string;
  /** The resource (RFC 8707) that an endpoint is: `<base>/mcp` or `<base>/mcp/<server>`. */
  resourceOf(endpoint: string | undefined): string;
  /** The random id that stands for an owner in records. */
  subjectOf(tenant: string, owner: string): string;
  /** Roles that count only while the second factor is at most so old. */
  readonly secondFactor: { readonly roles: readonly string[]; readonly maxAgeMs: number };
}

/** The check of access tokens (I2): the resource server's side. */
export interface Tokens {
  /**
   * Whose token this is, at this endpoint. At once where it came before; account, grant and time are asked every time.
   * @throws Refused (`control_failed`) while accounts or tokens cannot be looked up
   */
  authenticate(bearer: string, endpoint: string | undefined): TokenAnswer | Promise<TokenAnswer>;
  /** Looks every token up again when it comes next: tokens were revoked. Lookups that are under way begin again. */
  forget(): void;
}

/** Tokens whose meaning is remembered, and refusals: the ones that were longest not asked for leave first. */
const MOST_REMEMBERED = 20_000;
const MOST_REFUSED = 5_000;
/** Lookups at a time: a flood of made-up tokens waits in no longer queue. */
const MOST_LOOKUPS = 1_000;
/** A refusal is remembered so long, in milliseconds. */
const REFUSED_MS = 1_000;
/** So often a lookup begins again because tokens were revoked meanwhile; after that nobody waits for it. */
const MOST_ROUNDS = 10;

/** The tokens of the embedded server, and the compact form of a JWT (RFC 7519). */
const OPAQUE = /^[A-Za-z0-9_-]{20,256}$/;
const JWT = /^[A-Za-z0-9_-]{2,2000}\.[A-Za-z0-9_-]{2,6000}\.[A-Za-z0-9_-]{2,2000}$/;

/** What is remembered of one token. */
interface Entry {
  readonly token: AccessToken | ExternalToken;
  /** Which `forget` it was looked up after; Infinity where nothing that is forgotten stands behind it. */
  generation: number;
  /** The resource that it was last found to be issued for. */
  fits?: { readonly endpoint: string | undefined };
  account?: Account;
  grant?: Grant;
  /** The second factor counted when the principal was made. */
  fresh: boolean;
  answer?: { readonly ok: true; readonly principal: Principal };
}

type No = Extract<TokenAnswer, { ok: false }>;

const FAULTS: Readonly<Record<TokenFault, No>> = {
  unknown: { ok: false, reason: "unknown" },
  expired: { ok: false, reason: "expired" },
  revoked: { ok: false, reason: "revoked" },
  audience: { ok: false, reason: "audience" },
  environment: { ok: false, reason: "environment" },
  ended: { ok: false, reason: "ended" },
  malformed: { ok: false, reason: "malformed" },
};

/** The check of access tokens, which remembers by SHA-256 what a token stands for and never keeps its text. */
export function createTokens(parts: TokensParts): Tokens {
  const { directory, clock, environment, secondFactor } = parts;
  const guarded = new Set(secondFactor.roles);
  const remembered = new Map<string, Entry>();
  const refused = new Map<string, { answer: No; until: number }>();
  const lookups = new Map<string, Promise<TokenFault | Entry>>();
  let generation = 0;

  async function lookUp(token: string): Promise<AccessToken | ExternalToken | TokenFault> {
    const look = OPAQUE.test(token) ? parts.find : parts.external;
    try {
      return (await look?.(token)) ?? "unknown";
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw unavailable();
    }
  }

  /** Looks a token up, again where tokens were revoked meanwhile. */
  async function seek(id: string, bearer: string): Promise<TokenFault | Entry> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const began = generation;
      const found = await lookUp(bearer);
      if (began !== generation) continue;
      if (typeof found === "string") {
        remembered.delete(id);
        keep(refused, id, { answer: FAULTS[found], until: clock.monotonic() + REFUSED_MS }, MOST_REFUSED);
        return found;
      }
      const before = remembered.get(id);
      const since = typeof found.audience === "string" ? generation : Infinity;
      const entry: Entry =
        before !== undefined && sameToken(before.token, found)
          ? Object.assign(before, { generation: since })
          : { token: found, generation: since, fresh: false };
      keep(remembered, id, entry, MOST_REMEMBERED);
      return entry;
    }
    throw unavailable();
  }

  async function first(id: string, bearer: string, endpoint: string | undefined): Promise<TokenAnswer> {
    let lookup = lookups.get(id);
    if (lookup === undefined) {
      if (lookups.size >= MOST_LOOKUPS) throw unavailable();
      lookup = seek(id, bearer).finally(() => lookups.delete(id));
      lookups.set(id, lookup);
    }
    const found = await lookup;
    return typeof found === "string" ? FAULTS[found] : judge(found, endpoint);
  }

  /** What is asked at every call, in memory. */
  function judge(entry: Entry, endpoint: string | undefined): TokenAnswer {
    const { token } = entry;
    const now = clock.now();
    if (token.expiresAt <= now) return FAULTS.expired;
    if (token.environment !== environment) return FAULTS.environment;
    if (entry.fits === undefined || entry.fits.endpoint !== endpoint) {
      const resource = parts.resourceOf(endpoint);
      if (typeof token.audience === "string" ? token.audience !== resource : !token.audience.includes(resource))
        return FAULTS.audience;
      entry.fits = { endpoint };
    }
    const account = directory.account(token.tenant, token.owner);
    if (account === undefined || account.endedAt !== undefined) return FAULTS.ended;
    const grant = directory.grant(token.grant);
    if (grant === undefined || grant.revokedAt !== undefined || !belongs(grant, token)) return FAULTS.revoked;
    if (grant.expiresAt <= now) return FAULTS.expired;
    if (grant.environment !== environment) return FAULTS.environment;
    directory.touch(grant.id, now);
    const fresh = isFresh(token.secondFactorAt, now);
    if (account !== entry.account || grant !== entry.grant || fresh !== entry.fresh || entry.answer === undefined) {
      entry.answer = { ok: true, principal: principalOf(entry, account, grant, fresh) };
      entry.account = account;
      entry.grant = grant;
      entry.fresh = fresh;
    }
    return entry.answer;
  }

  const isFresh = (at: number | undefined, now: number): boolean =>
    at !== undefined && at <= now && now - at <= secondFactor.maxAgeMs;

  /** The principal of a token: the same object while it says the same, because what is known of a caller hangs on it. */
  function principalOf({ token, answer }: Entry, account: Account, grant: Grant, fresh: boolean): Principal {
    const roles = account.roles.filter((role) => !role.startsWith("admin:") && (fresh || !guarded.has(role)));
    const held = new Set(grant.scopes);
    const scopes = token.scopes.filter((scope) => readScope(scope) !== undefined && covers(held, scope));
    const before = answer?.principal;
    if (before !== undefined && same(before.roles, roles) && same([...(before.oauthScopes ?? [])], scopes))
      return before;
    return {
      tenant: token.tenant,
      subject: parts.subjectOf(token.tenant, token.owner),
      owner: token.owner,
      credential: grant.id,
      client: token.client,
      oauthScopes: new Set(scopes),
      ...(token.secondFactorAt === undefined ? {} : { secondFactorAt: token.secondFactorAt }),
      roles,
      environment,
      plan: "default",
    };
  }

  return {
    authenticate(bearer, endpoint) {
      const id = hash("sha256", bearer, "binary");
      const known = remembered.get(id);
      if (known !== undefined && known.generation >= generation) {
        const answer = judge(known, endpoint);
        if (!answer.ok && known.token.expiresAt <= clock.now()) remembered.delete(id);
        else if (remembered.size > MOST_REMEMBERED / 2) keep(remembered, id, known, MOST_REMEMBERED);
        return answer;
      }
      if (!OPAQUE.test(bearer) && (parts.external === undefined || !JWT.test(bearer))) return FAULTS.malformed;
      const no = refused.get(id);
      if (no !== undefined && no.until > clock.monotonic()) return no.answer;
      return first(id, bearer, endpoint);
    },
    forget() {
      generation++;
    },
  };
}

/** Puts an entry at the end and lets the first one go where there are too many. */
function keep<Value>(map: Map<string, Value>, id: string, value: Value, most: number): void {
  map.delete(id);
  if (map.size >= most) map.delete(map.keys().next().value as string);
  map.set(id, value);
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, at) => one === b[at]);

const sameToken = (a: AccessToken | ExternalToken, b: AccessToken | ExternalToken): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

const belongs = (grant: Grant, token: AccessToken | ExternalToken): boolean =>
  grant.tenant === token.tenant && grant.owner === token.owner && grant.client === token.client;

function unavailable(): Refused {
  return new Refused({
    code: "control_failed",
    message: "Tokens cannot be checked now; try again in a moment",
    control: "I2",
    retryAfter: 1,
  });
}
