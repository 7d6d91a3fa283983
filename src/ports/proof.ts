/** What a person typed to prove who they are. It is kept nowhere. */
export interface Credentials {
  readonly login: string;
  readonly password: string;
  /** The one-time code, where the account has a second factor. */
  readonly code?: string;
}

/** Where a person's proof comes from; asked once the act is known to need one. */
export interface AskProof {
  credentials(): Promise<Credentials>;
  /** The one-time code, where one is needed and none was given; undefined: it cannot be asked for. */
  code(): Promise<string | undefined>;
}
