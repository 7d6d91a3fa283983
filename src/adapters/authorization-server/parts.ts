import type { IncomingMessage } from "node:http";
import type { Artifacts } from "../../ports/artifacts.ts";
import type { Account, Grant } from "../../ports/directory.ts";
import type { Clock, Log } from "../../ports/world.ts";
import type { MasterKey } from "../vault/master-key.ts";
import type { LifecycleEvent } from "../../ports/records.ts";

/** A client that the operator named beforehand. */
export interface StaticClient {
  readonly id: string;
  readonly name: string;
  readonly redirects: readonly string[];
  /** Its secret, read when it is needed. Throws `Refused` where it cannot be had. */
  readonly secret?: () => string;
  /** Text of a JWK Set with its public keys (private_key_jwt, RFC 7523). */
  readonly keys?: () => string;
  /** It acts for itself, with these roles. */
  readonly service?: { readonly roles: readonly string[] };
  /** It may bring identity assertions (ID-JAG). */
  readonly assertions: boolean;
}

/** Somebody whose signed statements about people count (ID-JAG). */
export interface AssertionIssuer {
  readonly issuer: string;
  readonly metadata?: string;
  readonly keys?: string;
  readonly login: string;
  readonly claim: string;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly private: readonly string[];
  /** Who vouches for accounts of these people: the sign-in provider's name where it is the same issuer, else `issuer`. */
  readonly source: string;
}

/** Lifetimes, milliseconds, and who may be a client. */
export interface Settings {
  readonly accessTokenMs: number;
  readonly refreshTokenMs: number;
  /** Of the authorization server's own browser session, which counts only beside Cardea's. */
  readonly sessionMs: number;
  readonly consentMs: number;
  readonly clients: readonly StaticClient[];
  readonly registration: {
    readonly dynamic: boolean;
    /** Hosts of client metadata documents: `host`, `*.domain`, `*`. */
    readonly metadata: readonly string[];
    readonly unusedMs: number;
    readonly private: readonly string[];
  };
  readonly assertions: readonly AssertionIssuer[];
}

/** Who is signed in in a browser. */
export interface Browser {
  readonly tenant: string;
  readonly owner: string;
  /** This and the other time: milliseconds since the epoch. */
  readonly authAt: number;
  readonly secondFactorAt?: number;
}

/** Accounts and grants, as they are at this moment; throws a `Refused` while that is not known. */
export interface People {
  account(tenant: string, owner: string): Account | undefined;
  bySource(tenant: string, source: string, sub: string): Account | undefined;
  grant(id: string): Grant | undefined;
  save(account: Account): Promise<void>;
  saveGrant(grant: Grant): Promise<void>;
}

/** What the authorization server is made of. */
export interface AuthorizationParts {
  readonly artifacts: Artifacts;
  readonly people: People;
  readonly settings: Settings;
  /** The tenant of clients that act for themselves, and of events that belong to nobody yet. */
  readonly tenant: string;
  readonly environment: string;
  /** Cookie and signing keys are derived from it. */
  readonly master: MasterKey;
  readonly clock: Clock;
  readonly log: Log;
  /** Base URL without a slash at the end; asked once there are requests. */
  base(): string;
  /** Names of all servers. */
  servers(): readonly string[];
  /** Whether an account could be permitted anything on a server. */
  mayTouch(account: Account, server: string): boolean;
  /** `g_…`, the same for the same tenant, owner and client (invariant 9). */
  grantId(tenant: string, owner: string, client: string): string;
  /** Cardea's own session of this browser. */
  browserSession(req: IncomingMessage): Promise<Browser | undefined>;
  /** Asks whoever vouches for the account whether it still does, at each renewal. */
  renew?(account: Account): Promise<boolean>;
  /** Whether scripts of this origin may call the endpoints (CORS). */
  allowsOrigin(origin: string): boolean;
  /** A page for a person about what cannot be told to their client. */
  errorPage(problem: { status: number; error: string; message: string }): string | Promise<string>;
  record(event: LifecycleEvent): Promise<void>;
}
