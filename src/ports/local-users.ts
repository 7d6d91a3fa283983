/** A person who signs in with a password of this gateway. Their account in the directory has the source `local`. */
export interface LocalUser {
  readonly tenant: string;
  readonly login: string;
  /** Argon2id in its usual text form (`$argon2id$v=19$…`). */
  readonly password: string;
  /** The secret of one-time codes (RFC 6238), sealed; undefined: none is enrolled. */
  readonly totp?: string;
  /** The time step of the last code that was used; codes up to it count no more. */
  readonly totpStep?: number;
  /** Failed proofs since the last success. */
  readonly failures: number;
  /** When the last of them was. This and the other times: milliseconds since the epoch. */
  readonly failedAt?: number;
  readonly createdAt: number;
}

/** Where local users are kept. Every promise rejects when the store cannot answer; callers then refuse. */
export interface LocalUserStore {
  /** Keeps a new user. Rejects where the login is taken. */
  create(user: Pick<LocalUser, "tenant" | "login" | "password" | "createdAt">): Promise<void>;
  find(tenant: string, login: string): Promise<LocalUser | undefined>;
  /** By login. */
  list(tenant: string): Promise<LocalUser[]>;
  remove(tenant: string, login: string): Promise<void>;
  /** False: there is no such user. */
  setPassword(tenant: string, login: string, password: string): Promise<boolean>;
  /** Enrols (with the step of the code that confirmed it) or removes a second factor. False: there is no such user. */
  setSecondFactor(tenant: string, login: string, totp: { sealed: string; step: number } | undefined): Promise<boolean>;
  /** Uses a code up: true for exactly one caller, and never for a step that is not later than the last one. */
  useStep(tenant: string, login: string, step: number): Promise<boolean>;
  /** Counts a failed proof before its answer is known, so that parallel tries count too; answers how many there are now. */
  countTry(tenant: string, login: string, at: number): Promise<number>;
  /** A proof succeeded. */
  clearFailures(tenant: string, login: string): Promise<void>;
  close(): Promise<void>;
}
