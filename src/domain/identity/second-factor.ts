import { Secret, TOTP } from "otpauth";
import type { LocalUser, LocalUserStore } from "../../ports/local-users.ts";
import type { Sealer } from "../../ports/sealer.ts";
import type { Clock, Random } from "../../ports/world.ts";

/** RFC 6238 as every authenticator knows it: SHA-1, six digits, 30 seconds; a code may be one step early or late. */
const DIGITS = 6;
const PERIOD_S = 30;
const DRIFT = 1;
const SECRET_BYTES = 20;

/** A new second factor that waits for its first code. */
export interface NewSecondFactor {
  /** For typing: base32. */
  readonly secret: string;
  /** For the QR code: `otpauth://totp/…`. */
  readonly uri: string;
  readonly sealed: string;
}

/** One-time codes. Secrets are sealed to their owner; a code counts once. */
export function createSecondFactor(parts: {
  store: Pick<LocalUserStore, "useStep">;
  sealer: Sealer;
  clock: Clock;
  random: Random;
  /** Who the authenticator says that asks, e.g. the gateway's host. */
  issuer: string;
}) {
  const { sealer, clock, random, issuer } = parts;
  const context = (tenant: string, login: string): string => JSON.stringify(["totp", tenant, login]);
  const totp = (secret: Secret, label: string) =>
    new TOTP({ issuer, label, algorithm: "SHA1", digits: DIGITS, period: PERIOD_S, secret });

  /** The time step that a code is of; undefined: it is none. */
  function stepOf(sealed: string, tenant: string, login: string, code: string): number | undefined {
    const secret = sealer.open(sealed, context(tenant, login));
    if (secret === undefined)
      throw new Error("A second factor does not open: it was changed, or sealed with another key");
    const token = code.replace(/[\s-]/g, "");
    if (!/^\d{6}$/.test(token)) return undefined;
    const now = clock.now();
    const delta = totp(Secret.fromBase32(secret), login).validate({ token, timestamp: now, window: DRIFT });
    return delta === null ? undefined : Math.floor(now / 1000 / PERIOD_S) + delta;
  }

  return {
    /** Makes a secret of 160 bits (RFC 4226, 4). Nothing is kept. */
    make(tenant: string, login: string): NewSecondFactor {
      const secret = new Secret({ buffer: new Uint8Array(random.bytes(SECRET_BYTES)).buffer });
      const sealed = sealer.seal(secret.base32, context(tenant, login));
      return { secret: secret.base32, uri: totp(secret, login).toString(), sealed };
    },
    stepOf,
    /** Whether the code is right, and uses it up. */
    async use(user: LocalUser, code: string): Promise<boolean> {
      if (user.totp === undefined) return false;
      const step = stepOf(user.totp, user.tenant, user.login, code);
      return step !== undefined && (await parts.store.useStep(user.tenant, user.login, step));
    },
  };
}
