/** The loader: a process of its own that is told over IPC what to call, and answers with what it measured. */
import { Caller, type Era } from "./caller.ts";
import type { PageKind } from "./pages.ts";

/** What is to be called. */
export interface Order {
  readonly endpoint: string;
  readonly era: Era;
  readonly key?: string;
  /** Pages of 10 KB are read; without it small calls are made. */
  readonly page?: PageKind;
  /** Calls under way at once. */
  readonly concurrency: number;
  readonly ms: number;
}

/** What came of it. */
export interface Measured {
  readonly calls: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly error?: string;
}

/** Callers stay, with their connections and sessions: short slices are to measure calls. */
const callers = new Map<string, Caller>();

async function callerFor({ endpoint, era, key, concurrency }: Order): Promise<Caller> {
  const name = JSON.stringify([endpoint, era, key, concurrency]);
  const found = callers.get(name);
  if (found !== undefined) return found;
  const caller = new Caller(endpoint, era, key, concurrency);
  callers.set(name, caller);
  await caller.open();
  return caller;
}

async function load(order: Order): Promise<Measured> {
  const { page, concurrency, ms } = order;
  const caller = await callerFor(order);
  const times: number[] = [];
  const started = performance.now();
  const worker = async (): Promise<void> => {
    for (let now = performance.now(); now - started < ms; now = performance.now()) {
      await (page === undefined ? caller.call() : caller.page(page));
      times.push(performance.now() - now);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const quantile = (q: number): number => times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;
  return { calls: times.length, seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

process.on("message", (order: Order) => {
  load(order).then(
    (measured) => process.send?.(measured),
    (error) => process.send?.({ error: String(error) }),
  );
});
process.once("disconnect", () => process.exit(0));
