import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type Child, ROOT } from "./children.ts";
import type { Measured, Order } from "./load.ts";

/** A loader process. It ends with this one, as its channel does. */
export class Loader {
  readonly #child: ChildProcess = fork(`${ROOT}bench/load.ts`);

  /** Runs the load. Throws for the first wrong answer. */
  async run(order: Order): Promise<Measured> {
    this.#child.send(order);
    const [measured] = (await once(this.#child, "message")) as [Measured];
    if (measured.error !== undefined) throw new Error(`${order.endpoint}: ${measured.error}`);
    return measured;
  }

  end(): void {
    this.#child.disconnect();
  }
}

/** Linux counts CPU time in hundredths of a second for all of the machines that this runs on (USER_HZ). */
const TICK_US = 10_000;

/** CPU time of a process with all its threads, in µs: utime and stime of proc_pid_stat(5). */
export function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Resident memory of a process, in MB. */
export function rssMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kb) / 1024);
}

/** Flags of Node for a child whose memory is to be told. */
export const TELLS_MEMORY = ["--expose-gc", `--import=${ROOT}bench/memory-told.ts`];

/** Memory after all garbage is gone, MB: `live` is what the program keeps (V8's heap and buffers), `rss` what is resident. */
export interface Kept {
  readonly live: number;
  readonly rss: number;
}

/** Collects a child's garbage and says what is left. @param child started with `TELLS_MEMORY` */
export function keptBy({ process: child }: Child): Promise<Kept> {
  const { promise, resolve, reject } = Promise.withResolvers<Kept>();
  const late = setTimeout(() => reject(new Error("The gateway did not tell its memory")), 10_000);
  let said = "";
  const hear = (text: string): void => {
    said += text;
    const found = /^\{"event":"bench\.memory","live":(\d+),"rss":(\d+)\}$/m.exec(said);
    if (found !== null) resolve({ live: Math.round(Number(found[1]) / 1e6), rss: Math.round(Number(found[2]) / 1e6) });
  };
  child.stderr.on("data", hear);
  child.kill("SIGUSR2");
  return promise.finally(() => {
    clearTimeout(late);
    child.stderr.off("data", hear);
  });
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Rounds to three places. */
export const places = (value: number): number => Math.round(value * 1000) / 1000;
