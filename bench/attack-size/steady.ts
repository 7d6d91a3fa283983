/** The other callers: a process of its own in which paced clients of both eras make small calls all the time. */
import { setTimeout as sleep } from "node:timers/promises";
import { Caller, type Era } from "../caller.ts";

/** What is to be called, by era, and how. */
export interface Pace {
  readonly endpoints: Readonly<Record<Era, string>>;
  readonly key: string;
  /** Clients of each era. */
  readonly clients: number;
  /** Each client begins a call so often, milliseconds. */
  readonly everyMs: number;
}

/** Over IPC: `{start}` once, then `{take}` answers what was measured since the last one. */
export type Order = { readonly start: Pace } | { readonly take: true };

/** How long calls took. */
export interface Taken {
  readonly calls: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly error?: string;
}

let times: number[] = [];
let fault: string | undefined;

/**
 * A call that is due while the one before it is still out counts from when it was due, so that a stall is not measured
 * by one call of each client alone. A timer that fires late is no one's fault but this process's.
 */
async function client(caller: Caller, everyMs: number, offset: number): Promise<void> {
  let due = performance.now() + offset;
  for (;;) {
    const late = performance.now() >= due;
    if (!late) await sleep(due - performance.now());
    const began = late ? due : performance.now();
    await caller.call();
    const now = performance.now();
    times.push(now - began);
    due = Math.max(due + everyMs, now - 1_000);
  }
}

async function begin({ endpoints, key, clients, everyMs }: Pace): Promise<void> {
  for (const era of ["modern", "legacy"] as const) {
    const caller = new Caller(endpoints[era], era, key, clients);
    await caller.open();
    for (let at = 0; at < clients; at++)
      client(caller, everyMs, (at * everyMs) / clients + (era === "legacy" ? everyMs / clients / 2 : 0)).catch(
        (error: unknown) => {
          fault = String(error);
        },
      );
  }
}

function taken(): Taken {
  const sorted = times.sort((a, b) => a - b);
  times = [];
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { calls: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), ...(fault === undefined ? {} : { error: fault }) };
}

process.on("message", (order: Order) => {
  if ("take" in order) return void process.send?.(taken());
  begin(order.start).then(
    () => process.send?.({ calls: 0, p50Ms: 0, p99Ms: 0 }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.once("disconnect", () => process.exit(0));
