import { type Refusal, Refused } from "../../kernel/errors.ts";

/** Said to calls that outlast the drain; what they did upstream is not known. */
const SHUTTING_DOWN: Refusal = {
  code: "shutting_down",
  message: "The gateway is shutting down before the call has ended.",
  executed: "unknown",
};

/** Said to calls whose key counts for nothing any more. */
const KEY_ENDED: Refusal = {
  code: "unauthenticated",
  message: "The key was revoked or has expired; create another one with `cardea keys create`.",
  control: "I5",
  secretReason: "ended while the call ran",
};

/** Every call under way, so that the end of the gateway or of a key ends it with an answer (H2, I5). */
export function createLive() {
  const calls = new Map<AbortController, string>();
  const ended = new Set<string>();
  return {
    /** A call begins. @throws Refused where the key ended since it was looked at */
    enter(call: AbortController, credential: string): void {
      if (ended.size > 0 && ended.has(credential)) throw new Refused(KEY_ENDED);
      calls.set(call, credential);
    },
    leave(call: AbortController): void {
      calls.delete(call);
    },
    /** Calls under way, also those whose connection broke. */
    running: () => calls.size,
    /** Ends every call of a credential; later ones begin no more. Returns what they are answered. */
    end(credential: string): Refused {
      const why = new Refused(KEY_ENDED);
      ended.add(credential);
      for (const [call, whose] of calls) if (whose === credential) call.abort(why);
      return why;
    },
    /** Ends every call: the patience is over. */
    cut(): void {
      for (const call of calls.keys()) call.abort(new Refused(SHUTTING_DOWN));
    },
  };
}

export type Live = ReturnType<typeof createLive>;

/** Whether the caller itself gave the call up: then nobody waits for an answer. */
export function wasGivenUp(signal: AbortSignal): boolean {
  return signal.aborted && !(signal.reason instanceof Refused);
}
