import { refuse } from "../../kernel/errors.ts";
import type { Clock } from "../../ports/world.ts";
import { SlidingWindow } from "./window.ts";

const MINUTE_MS = 60_000;
/** Addresses that are counted; a flood from more of them shares the windows of those that leave. */
const MOST = 10_000;

/**
 * Requests of one address where nobody is known yet: the endpoints of the authorization server.
 * @param calls at most so many in any minute
 * @returns counts one request; throws `Refused` (`rate_limited`) where it is one too many
 */
export function createAddressLimit(clock: Clock, calls: number): (address: string) => void {
  const windows = new Map<string, SlidingWindow>();
  return (address) => {
    const now = clock.now();
    let window = windows.get(address);
    if (window === undefined) {
      if (windows.size >= MOST) windows.delete(windows.keys().next().value as string);
      windows.set(address, (window = new SlidingWindow(MINUTE_MS)));
    }
    if (window.total(now) >= calls)
      refuse("rate_limited", `This address sent more than ${calls} requests in a minute.`, {
        control: "L1",
        retryAfter: Math.max(1, Math.ceil(window.wait(now, calls) / 1000)),
      });
    window.add();
  };
}
