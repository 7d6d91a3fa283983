import { setTimeout as pause } from "node:timers/promises";
import { finish } from "./children.ts";
import { type Finding, Tally, Worker } from "./fuzz-run.ts";
import { startWorld } from "./fuzz-world.ts";
import { rssMb } from "./measure.ts";

const CONCURRENCY = 24;

/** What came of a run. */
export interface Fuzzed {
  readonly tried: number;
  readonly crashes: number;
  readonly unexpected: number;
  readonly seed: number;
  readonly seconds: number;
  /** Cases by kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Answers by HTTP status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests that had to be served, and were, with the right answer. */
  readonly served: number;
  /** Connections that were closed without an answer where that is right. */
  readonly closed: number;
  /** Calls that an upstream saw. */
  readonly upstream: number;
  /** Resident memory of the gateway: after a tenth of the cases, after half, and after the last and a pause. */
  readonly rssMb: { readonly start: number; readonly middle: number; readonly end: number };
  readonly verified: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Runs cases against a gateway of its own.
 *
 * @param count number of cases
 * @param seed of the cases
 * @param only runs this case alone
 * @param say is told how far it is
 */
export async function fuzzGateway({
  count,
  seed,
  only,
  say,
}: {
  count: number;
  seed: number;
  only?: number;
  say: (text: string) => void;
}): Promise<Fuzzed> {
  say(`seed ${seed}; starting upstreams and gateway`);
  const running = await startWorld();
  const { world, watch, gateway, where, crashes } = running;
  const tally = new Tally();
  const began = performance.now();
  const rss = { start: 0, middle: 0, end: 0 };
  const alive = (): boolean => gateway.child.process.exitCode === null && gateway.child.process.signalCode === null;
  const memory = (): number => (alive() ? rssMb(gateway.child.pid) : 0);
  let next = only ?? 0;
  const last = only === undefined ? count : only + 1;
  const work = async (): Promise<void> => {
    const worker = new Worker(world, watch, tally, seed);
    while (next < last && alive()) {
      const n = next++;
      if (n === Math.floor(count / 10)) rss.start = memory();
      if (n === Math.floor(count / 2)) rss.middle = memory();
      if (n % 5000 === 4999) say(`${n + 1} of ${count}, ${tally.unexpected} unexpected, ${memory()} MB`);
      await worker.run(n);
    }
    worker.end();
  };
  try {
    await Promise.all(Array.from({ length: only === undefined ? CONCURRENCY : 1 }, work));
    // What was let go is collected in a while.
    await pause(last >= 10_000 && only === undefined ? 5_000 : 500);
    rss.end = memory();
    const seconds = Math.round((performance.now() - began) / 1000);
    await running.stop();
    const verify = await finish([
      "src/main.ts",
      "audit",
      "verify",
      "--json",
      "--home",
      where.home,
      "--config",
      where.config,
    ]);
    const verified = verify.code === 0 && (JSON.parse(verify.stdout) as { ok?: boolean }).ok === true;
    const more = [...new Set(watch.faults)];
    if (!verified) more.push(`audit verify: ${verify.stdout.slice(0, 300)}`);
    if (count >= 10_000 && rss.end > rss.middle * 1.3 + 20) more.push(`memory grew: ${JSON.stringify(rss)}`);
    for (const line of crashes.slice(0, 20)) say(`crash: ${line}`);
    const findings = [
      ...more.slice(0, 20).map((what) => ({ case: -1, made: "the whole run", what, request: "", answer: "" })),
      ...tally.findings,
    ];
    const { kinds, statuses, served, closed } = tally;
    const unexpected = tally.unexpected + more.length;
    const counted = { tried: next - (only ?? 0), crashes: crashes.length, unexpected, seed, seconds };
    return { ...counted, kinds, statuses, served, closed, upstream: watch.calls, rssMb: rss, verified, findings };
  } finally {
    await running.remove();
  }
}
