import type { JsonObject } from "../../kernel/json.ts";
import type { Change, LinkKey } from "../../ports/upstream.ts";
import type { Clock, Log, Random } from "../../ports/world.ts";
import type { AllowedRequests } from "../../protocol/modern/upstream-request.ts";

/** What holds for one configured server, whatever it is reached by. */
export interface UpstreamSettings {
  readonly name: string;
  /** Longest time for a request that the gateway makes itself (discovery, lists, initialize), milliseconds. */
  readonly timeoutMs: number;
  /** Largest message, bytes; a call's whole stream may have twice that. */
  readonly maxResultBytes: number;
  /** Most sessions or processes at once. */
  readonly maxLinks: number;
  /** A session or process that nobody used for so long is ended, milliseconds. */
  readonly idleMs: number;
  /** One session or process per tenant for everybody, by the operator's word. */
  readonly shared: boolean;
  readonly requests: AllowedRequests;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** A lifecycle event for the record. */
  readonly onEvent: (type: string, detail: JsonObject) => void;
}

/** What a link needs besides. */
export interface LinkSettings extends UpstreamSettings {
  readonly key: LinkKey;
  /** Called for every list change that the link hears of. */
  readonly changed: (change: Change) => void;
  /** The server does not speak the era any more that it was found to speak. */
  readonly doubtEra: () => void;
}

/** Events of one type that a link may put into the record per minute. */
const EVENTS_PER_MINUTE = 60;

/** Reports events, so that an upstream that misbehaves in a loop cannot fill the record. */
export function reporter(settings: UpstreamSettings): (type: string, detail: JsonObject) => void {
  const counts = new Map<string, { since: number; count: number }>();
  return (type, detail) => {
    const now = settings.clock.monotonic();
    let window = counts.get(type);
    if (window === undefined || now - window.since >= 60_000) {
      const suppressed = window === undefined ? 0 : Math.max(0, window.count - EVENTS_PER_MINUTE);
      window = { since: now, count: 0 };
      counts.set(type, window);
      if (suppressed > 0) settings.onEvent(type, { server: settings.name, suppressed });
    }
    if (++window.count <= EVENTS_PER_MINUTE) settings.onEvent(type, { server: settings.name, ...detail });
  };
}
