import type { ClientProfile, Effect, Talk, Target } from "./call.ts";
import type { Principal } from "./principal.ts";

/** What a permit lets through: the frozen request. `params` is serialised once; these bytes are judged, recorded and sent. */
export interface Permitted {
  readonly id: string;
  readonly trace: string;
  readonly principal: Principal;
  readonly server: string;
  readonly method: string;
  readonly effect: Effect;
  readonly target: Target;
  /** The JSON text of `params` without `_meta`. */
  readonly params: string;
  readonly profile: ClientProfile;
  readonly talk: Talk;
  /** Milliseconds, monotonic clock: when the call is given up. */
  readonly deadline: number;
}

const ENGINE = Symbol("engine");

/**
 * Proof that the engine ran every control. The private field survives no spread and no cast, so only a permit
 * that was granted here opens an upstream (invariant 1). `pipeline/engine.ts` alone may import `grant`; the
 * import rules check that.
 */
export class Permit {
  readonly #request: Permitted;
  constructor(key: typeof ENGINE, request: Permitted) {
    if (key !== ENGINE) throw new TypeError("Only the engine grants permits");
    this.#request = Object.freeze(request);
    Object.freeze(this);
  }
  /** What an adapter may send. Throws a TypeError for anything that is not a permit. */
  static open(permit: Permit): Permitted {
    return permit.#request;
  }
}

/** Grants a permit and freezes the request. For the engine alone. */
export function grant(request: Permitted): Permit {
  return new Permit(ENGINE, request);
}
