import { refuse } from "../../kernel/errors.ts";
import type { Clock } from "../../ports/world.ts";
import { SlidingWindow } from "./window.ts";

const MINUTE_MS = 60_000;
/** Networks that are counted; a flood from more of them shares the windows of those that leave. */
const MOST = 10_000;

/**
 * What an address is counted as: IPv6 by its first 64 bits, because whoever has one address of such a network has them
 * all (RFC 6177, RFC 4291, 2.5.4); IPv4 whole, also where it is written as `::ffff:a.b.c.d`.
 */
export function networkOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (v4 !== undefined || !address.includes(":")) return v4 ?? address;
  const [before = "", after] = (address.split("%", 1)[0] as string).split("::");
  const groups = (text: string | undefined): string[] => (text === undefined || text === "" ? [] : text.split(":"));
  const first = groups(before);
  // `::` stands for as many zeroes as are missing; a dotted end counts as two groups.
  const last = groups(after).flatMap((group) => (group.includes(".") ? ["0", "0"] : [group]));
  const zeroes = after === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const all = [...first, ...Array.from({ length: zeroes }, () => "0"), ...last];
  return `${all
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

/**
 * Requests of one address where nobody is known yet: the endpoints of the authorization server.
 * @param calls at most so many in any minute
 * @returns counts one request; throws `Refused` (`rate_limited`) where it is one too many
 */
export function createAddressLimit(clock: Clock, calls: number): (address: string) => void {
  const windows = new Map<string, SlidingWindow>();
  return (address) => {
    const now = clock.now();
    const name = networkOf(address);
    let window = windows.get(name);
    if (window === undefined) {
      if (windows.size >= MOST) windows.delete(windows.keys().next().value as string);
      windows.set(name, (window = new SlidingWindow(MINUTE_MS)));
    }
    if (window.total(now) >= calls)
      refuse("rate_limited", `This address sent more than ${calls} requests in a minute.`, {
        control: "L1",
        retryAfter: Math.max(1, Math.ceil(window.wait(now, calls) / 1000)),
      });
    window.add();
  };
}
