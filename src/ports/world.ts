/** Time. Everything that needs it takes it from here, so that tests can set it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds of a clock that never goes back. */
  monotonic(): number;
}

/** Randomness that an attacker cannot guess. */
export interface Random {
  /** @param n number of bytes */
  bytes(n: number): Uint8Array;
  /** A short id with the given prefix, at least 96 random bits, `[A-Za-z0-9_-]`. */
  id(prefix: string): string;
}

/** What every call needs of it, beside its id. */
export interface CallRandom extends Random {
  /** A trace id (W3C trace context): 32 hexadecimal digits. */
  trace(): string;
}

/** Where references to secrets (`env:NAME`, `file:path`) are resolved. */
export interface Secrets {
  /** The secret's text. Throws a `Refused` with `upstream_unavailable` naming the reference, never the value. */
  resolve(reference: string): string;
}

/** One line of the operator's log: an event name in `noun.verb` form and fields that hold no secret and no payload. */
export interface Log {
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}
