import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import type { Clock } from "../../ports/world.ts";

/** Keys are read again after so long; where they cannot be, the old ones are believed no longer than so. Milliseconds. */
const FRESH_MS = 10 * 60_000;
const STALE_MS = 60 * 60_000;
/** Between two readings: a token whose key is not known makes no flood of them. Milliseconds. */
const COOLDOWN_MS = 30_000;
/** After a reading that failed, milliseconds. */
const RETRY_MS = 5_000;

/**
 * The issuer's public keys (RFC 7517), read when they are needed, when they are old, and when a token names one that is
 * not known (rotation). The answered function rejects with `KeysMissing` where no keys can be had.
 * @param read the JWK Set
 * @param parts.failed told of each reading that failed
 */
export function createKeys(
  read: () => Promise<JSONWebKeySet>,
  parts: { clock: Clock; failed(error: unknown): void },
): JWTVerifyGetKey {
  const { clock } = parts;
  let keys: { get: JWTVerifyGetKey; at: number } | undefined;
  let next = -Infinity;
  let reading: Promise<void> | undefined;

  async function load(): Promise<void> {
    try {
      keys = { get: createLocalJWKSet(await read()), at: clock.monotonic() };
      next = clock.monotonic() + COOLDOWN_MS;
    } catch (error) {
      next = clock.monotonic() + RETRY_MS;
      parts.failed(error);
    }
  }
  /** Reads the keys, unless that was done or failed just now; whoever comes meanwhile waits for the same reading. */
  async function refresh(): Promise<void> {
    if (reading === undefined && clock.monotonic() >= next) reading = load().finally(() => (reading = undefined));
    await reading;
  }

  return async (header, token) => {
    if (keys === undefined || clock.monotonic() - keys.at >= FRESH_MS) await refresh();
    if (keys === undefined || clock.monotonic() - keys.at >= STALE_MS) throw new KeysMissing();
    try {
      return await keys.get(header, token);
    } catch (error) {
      const before = keys.at;
      await refresh();
      if (keys.at === before) throw error;
      return keys.get(header, token);
    }
  };
}

/** The issuer's keys cannot be had, so that nobody can be told apart. */
export class KeysMissing extends Error {
  constructor() {
    super("The keys of the external authorization server cannot be read");
    this.name = "KeysMissing";
  }
}
