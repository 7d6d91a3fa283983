/** Who is behind a request. Everything that is kept about a caller hangs on `tenant` and `credential` (invariant 9). */
export interface Principal {
  /** The tenant whose records, keys, caches and limits this call may touch (G6). */
  readonly tenant: string;
  /** Random id that stands for the person or service in records, `s_…`; the identity itself is sealed (invariant 6). */
  readonly subject: string;
  /** The owner in clear: `person:ada@example.com` or `service:nightly-report`. Never written to a record. */
  readonly owner: string;
  /** The leaf credential: the API key (`k_…`) or the grant (`g_…`) behind this request. */
  readonly credential: string;
  /** OAuth client id; undefined for API keys. */
  readonly client?: string;
  /** OAuth scopes of the token (`files:read`); undefined for API keys, which no OAuth scope narrows. */
  readonly oauthScopes?: ReadonlySet<string>;
  /** When the person proved a second factor, milliseconds since the epoch; undefined: they did not, or it is a key. */
  readonly secondFactorAt?: number;
  readonly roles: readonly string[];
  /** Patterns (`server.name`, `*` as wildcard) that this credential is narrowed to; undefined: all that its roles allow. */
  readonly scope?: readonly string[];
  readonly environment: string;
  readonly plan: string;
}
