/** What an access token of an external authorization server says, once its signature, issuer and times were checked. */
export interface IssuedToken {
  /** The issuer's own id of the person or client, with the issuer: unique among all issuers. */
  readonly subject: string;
  /** OAuth client id. */
  readonly client: string;
  /** The token was issued to the client for itself (client credentials): nobody signed in. */
  readonly machine: boolean;
  /** What names the person here; undefined where the issuer does not say it, or did not verify it. */
  readonly login?: string;
  readonly name?: string;
  /** Values of the claim that roles hang on. */
  readonly groups: readonly string[];
  readonly scopes: readonly string[];
  /** Every resource that the token was issued for. */
  readonly audience: readonly string[];
  /** This and the other times: milliseconds since the epoch, the second ones with the leeway for clocks that differ. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** When the person proved a second factor; undefined: the issuer does not say so. */
  readonly secondFactorAt?: number;
}

/** An external authorization server, whose tokens count in place of the embedded one's (I4). */
export interface TokenIssuer {
  /**
   * Reads a token (RFC 9068): `malformed` is none, `expired` was one or is none yet, `unknown` is not of this issuer.
   * Rejects while the issuer's keys cannot be had.
   */
  verify(token: string): Promise<IssuedToken | "malformed" | "expired" | "unknown">;
  close(): Promise<void>;
}
