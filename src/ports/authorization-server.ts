import type { IncomingMessage, ServerResponse } from "node:http";

/** What an access token of the embedded authorization server stands for, after its integrity was checked. */
export interface AccessToken {
  readonly tenant: string;
  readonly owner: string;
  /** OAuth client id. */
  readonly client: string;
  /** `g_…`: the leaf credential. */
  readonly grant: string;
  /** The resource it was issued for (RFC 8707). */
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly environment: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** When the person proved a second factor, milliseconds since the epoch; undefined: they did not. */
  readonly secondFactorAt?: number;
}

/** A person's way through the authorization server that waits for a page. */
export interface Interaction {
  readonly uid: string;
  readonly prompt: "login" | "consent";
  readonly client: {
    readonly id: string;
    readonly name: string;
    /** How the client is known: its metadata document's URL, dynamic or static registration. */
    readonly kind: "metadata" | "dynamic" | "static";
    readonly redirectUri: string;
    readonly redirectHost: string;
  };
  /** The resource asked for (RFC 8707): the aggregate or one server's endpoint. */
  readonly resource: string;
  /** Scopes asked for, without what nobody could grant. Empty: the client named none. */
  readonly scopes: readonly string[];
  /** Scopes that the person allowed this client before and that still hold. */
  readonly granted: readonly string[];
  /** Who the authorization server takes the browser for; undefined before `login`. */
  readonly owner?: string;
  /** The person has to have proved themselves after this time (`max_age`, `prompt=login`), milliseconds since the epoch. */
  readonly authAfter?: number;
}

/** The embedded authorization server (I3). */
export interface AuthorizationServer {
  /** Whether this path is one of its protocol endpoints. */
  serves(path: string): boolean;
  /** Serves a protocol endpoint: authorize, token, register, revoke, introspect, jwks, metadata. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** The interaction that this browser is in (its cookie decides, not the path alone). Undefined: none, or it is over. */
  interaction(req: IncomingMessage, res: ServerResponse): Promise<Interaction | undefined>;
  /** Ends `login`: answers the URL where the browser goes on. */
  signedIn(
    req: IncomingMessage,
    res: ServerResponse,
    who: { tenant: string; owner: string; authAt: number; secondFactorAt?: number },
  ): Promise<string>;
  /** Ends `consent` with what the person allowed: answers the URL where the browser goes on. */
  consented(
    req: IncomingMessage,
    res: ServerResponse,
    what: { scopes: readonly string[]; until: number },
  ): Promise<string>;
  /** The person said no (RFC 6749, 4.1.2.1 `access_denied`): answers the URL where the browser goes on. */
  denied(req: IncomingMessage, res: ServerResponse): Promise<string>;
  /** What a token stands for; undefined where it is unknown, over, revoked or of another kind. */
  find(token: string): Promise<AccessToken | undefined>;
  /** Ends every token of one grant `g_…` (the consent is revoked in the directory by the caller). */
  endGrant(tenant: string, grant: string): Promise<void>;
  close(): Promise<void>;
}
