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

async function load({ endpoint, era, key, page, concurrency, ms }: Order): Promise<Measured> {
  const caller = new Caller(endpoint, era, key, concurrency);
  await caller.open();
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
  await caller.close();
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
