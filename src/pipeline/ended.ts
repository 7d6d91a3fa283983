import type { EndSignal } from "../kernel/ending.ts";
import { type Executed, Refused } from "../kernel/errors.ts";

/** What ended the call where the gateway did (its own end, the end of a key); undefined: the caller did. */
export function endedBy(signal: EndSignal, executed: Executed): Refused | undefined {
  return signal.reason instanceof Refused ? new Refused({ ...signal.reason.refusal, executed }) : undefined;
}

/** What is said of a call that was ended before it was sent. */
export function cancelled(signal: EndSignal): Refused {
  const message = "The call was cancelled before it was sent.";
  return endedBy(signal, "no") ?? new Refused({ code: "cancelled", message, executed: "no" });
}
