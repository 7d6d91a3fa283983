import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRecords } from "../src/adapters/audit-log/store.ts";
import { openMasterKey } from "../src/adapters/vault/master-key.ts";
import type { RecordFields } from "../src/ports/records.ts";
import { median, places } from "./measure.ts";

/** What one record costs. */
export interface RecordCost {
  /** CPU of the thread that serves calls, in µs. */
  readonly mainUs: number;
  /** CPU of all threads, in µs. */
  readonly allUs: number;
  /** From `append` to its acknowledgement, alone: the median, in ms. */
  readonly waitMs: number;
  readonly perSecond: number;
}

const fields = (at: number): RecordFields => ({
  kind: "call",
  type: "tools/call",
  time: Date.now(),
  call: `c_bench-${at}`,
  trace: at.toString(16).padStart(32, "0"),
  tenant: "default",
  subject: "s_bench",
  credential: "k_bench",
  era: "modern",
  server: "modern",
  target: "echo",
  targetKind: "tool",
  decision: "allow",
  reason: "ok",
  executed: "yes",
  args: { names: { text: "0123456789abcdef" }, all: "0123456789abcdef", unknown: 0 },
  ms: 1.5,
  upstreamMs: 0.5,
  bytesIn: 400,
  bytesOut: 200,
});

/** Measures the record, in batches as under a load of 32 calls at once. */
export async function benchRecord(): Promise<RecordCost> {
  const dir = mkdtempSync(join(tmpdir(), "cardea-record-"));
  try {
    const records = await openRecords({
      dir,
      master: openMasterKey(dir),
      durability: "group",
      onFault: (error) => {
        throw error;
      },
    });
    const batches = async (count: number): Promise<void> => {
      for (let at = 0; at < count; at++) {
        await Promise.all(Array.from({ length: 32 }, (_, one) => records.append(fields(at * 32 + one))));
      }
    };
    await batches(100);
    const [thread, all, started] = [process.threadCpuUsage(), process.cpuUsage(), performance.now()];
    const count = 500;
    await batches(count);
    const seconds = (performance.now() - started) / 1000;
    const sum = ({ user, system }: { user: number; system: number }): number => places((user + system) / (count * 32));
    const [mainUs, allUs] = [sum(process.threadCpuUsage(thread)), sum(process.cpuUsage(all))];
    const waits: number[] = [];
    for (let at = 0; at < 200; at++) {
      const since = performance.now();
      await records.append(fields(at));
      waits.push(performance.now() - since);
    }
    await records.close();
    return { mainUs, allUs, waitMs: places(median(waits)), perSecond: Math.round((count * 32) / seconds) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
