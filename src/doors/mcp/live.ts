import type { Identified } from "../../kernel/call.ts";
import type { EndSignal, Ending } from "../../kernel/ending.ts";
import { type Refusal, Refused } from "../../kernel/errors.ts";
import { Roster } from "../../kernel/roster.ts";
import type { Clock } from "../../ports/world.ts";

/** Said to calls that outlast the drain; what they did upstream is not known. */
const SHUTTING_DOWN: Refusal = {
  code: "shutting_down",
  message: "The gateway is shutting down before the call has ended.",
  executed: "unknown",
};

/** Ends that are remembered; a request that began before an older one has long timed out. */
const MOST_ENDED = 10_000;

/** Said to calls whose credential counts for nothing any more. */
const ENDED: Refusal = {
  code: "unauthenticated",
  message:
    "The credential of this call was revoked or has expired: sign in again, or create another key with `cardea keys create`.",
  control: "I5",
  secretReason: "ended while the call ran",
};

/** A call under way. */
export interface Running {
  readonly control: Ending;
  readonly credential: string;
}

/** Every call under way, so that the end of the gateway or of a credential ends it with an answer (H2, I5, I9). */
export function createLive(clock: Clock) {
  const calls = new Roster<Running>();
  /** When credentials ended, in monotonic milliseconds: a consent that is given again is the same credential. */
  const ended = new Map<string, number>();
  return {
    /** A call begins; `leave` ends it. @throws Refused where the credential ended since it was looked at */
    enter(control: Ending, who: Identified): Running {
      const { credential } = who.principal;
      const at = ended.size === 0 ? undefined : ended.get(credential);
      if (at !== undefined && at >= who.started) throw new Refused(ENDED);
      const call = { control, credential };
      calls.add(call);
      return call;
    },
    leave: (call: Running): void => calls.delete(call),
    /** Calls under way, also those whose connection broke. */
    running: () => calls.size,
    /** Ends every call of a credential; requests that have arrived begin none. Returns what they are answered. */
    end(credential: string): Refused {
      const why = new Refused(ENDED);
      ended.delete(credential);
      ended.set(credential, clock.monotonic());
      if (ended.size > MOST_ENDED) ended.delete(ended.keys().next().value as string);
      for (const call of calls.all()) if (call.credential === credential) call.control.abort(why);
      return why;
    },
    /** Ends every call: the patience is over. */
    cut(): void {
      for (const { control } of calls.all()) control.abort(new Refused(SHUTTING_DOWN));
    },
  };
}

export type Live = ReturnType<typeof createLive>;

/** Whether the caller itself gave the call up: then nobody waits for an answer. */
export function wasGivenUp(signal: EndSignal): boolean {
  return signal.aborted && !(signal.reason instanceof Refused);
}
