import { setTimeout as pause } from "node:timers/promises";
import { finish } from "./children.ts";
import { type Finding, Tally, Worker } from "./fuzz-run.ts";
import { startWorld } from "./fuzz-world.ts";
import { type Kept, keptBy } from "./measure.ts";

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
  /** What the gateway keeps after a tenth of the cases, after half, and after the last and a pause. */
  readonly memory: { readonly start?: Kept; readonly middle?: Kept; readonly end?: Kept };
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
  const memory: { start?: Kept; middle?: Kept; end?: Kept } = {};
  const alive = (): boolean => gateway.child.process.exitCode === null && gateway.child.process.signalCode === null;
  let next = only ?? 0;
  const last = only === undefined ? count : only + 1;
  const work = async (): Promise<void> => {
    const worker = new Worker(world, watch, tally, seed);
    while (next < last && alive()) {
      const n = next++;
      if (n === Math.floor(count / 10)) memory.start = await keptBy(gateway.child);
      if (n === Math.floor(count / 2)) memory.middle = await keptBy(gateway.child);
      if (n % 5000 === 4999) say(`${n + 1} of ${count}, ${tally.unexpected} unexpected`);
      await worker.run(n);
    }
    worker.end();
  };
  try {
    await Promise.all(Array.from({ length: only === undefined ? CONCURRENCY : 1 }, work));
    // What was let go is collected in a while.
    await pause(last >= 10_000 && only === undefined ? 5_000 : 500);
    if (alive()) memory.end = await keptBy(gateway.child);
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
    if (count >= 10_000 && grew(memory)) more.push(`memory grew: ${JSON.stringify(memory)}`);
    for (const line of crashes.slice(0, 20)) say(`crash: ${line}`);
    const findings = [
      ...more.slice(0, 20).map((what) => ({ case: -1, made: "the whole run", what, request: "", answer: "" })),
      ...tally.findings,
    ];
    const { kinds, statuses, served, closed } = tally;
    const unexpected = tally.unexpected + more.length;
    const counted = { tried: next - (only ?? 0), crashes: crashes.length, unexpected, seed, seconds };
    return { ...counted, kinds, statuses, served, closed, upstream: watch.calls, memory, verified, findings };
  } finally {
    await running.remove();
  }
}

/**
 * Whether the second half of the cases left much behind. What each credential has read is kept, within a bound that 100,000
 * cases do not reach (MOST_SEEN in domain/flow): that is some 6 MB.
 */
function grew({ middle, end }: Fuzzed["memory"]): boolean {
  if (middle === undefined || end === undefined) return true;
  return end.live > middle.live * 1.1 + 2 || end.rss > middle.rss * 1.3 + 20;
}
