import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { ROOT } from "../children.ts";
import { rssMb } from "../measure.ts";
import type { Drain } from "./sink.ts";
import type { Order, Pace, Taken } from "./steady.ts";

const SAMPLE_MS = 20;

/** The steady callers, in a process that ends with this one. `take` throws where one of their calls went wrong. */
export async function openSteady(pace: Pace) {
  const child = fork(`${ROOT}bench/attack-size/steady.ts`);
  const tell = async (order: Order): Promise<Taken> => {
    child.send(order);
    const [taken] = (await once(child, "message")) as [Taken];
    if (taken.error !== undefined) throw new Error(`The steady callers: ${taken.error}`);
    return taken;
  };
  await tell({ start: pace });
  return { take: () => tell({ take: true }), end: () => child.disconnect() };
}

/** The bare process that asks a hostile server for the same. */
export function openSink() {
  const child = fork(`${ROOT}bench/attack-size/sink.ts`);
  return {
    async ask(drain: Drain): Promise<void> {
      child.send(drain);
      await once(child, "message");
    },
    end: () => child.disconnect(),
  };
}

/** Resident memory of a process: sampled, and as the kernel remembers its highest (proc_pid_status(5), VmHWM). */
export function openWatch(pid: number) {
  let peak = 0;
  let highest = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, rssMb(pid));
  }, SAMPLE_MS);
  const highWater = (): number =>
    Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
  return {
    nowMb: () => rssMb(pid),
    /** Begins anew (proc_pid_clear_refs(5)); what was before counts in the result of `end` alone. */
    reset(): void {
      highest = Math.max(highest, highWater());
      writeFileSync(`/proc/${pid}/clear_refs`, "5");
      peak = 0;
    },
    /** Since the last reset. */
    peakMb: () => Math.max(peak, highWater()),
    /** Ends it. @returns the highest of all */
    end(): number {
      clearInterval(timer);
      return Math.max(highest, highWater());
    },
  };
}
