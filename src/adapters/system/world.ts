import { randomFillSync } from "node:crypto";
import type { Clock, Log, Random } from "../../ports/world.ts";

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** The operating system's randomness, fetched 4 KiB at a time; no byte is given out twice. */
export function systemRandom(): Random {
  const pool = Buffer.alloc(4096);
  let at = pool.length;
  const bytes = (n: number): Uint8Array => {
    if (n > 1024) return randomFillSync(Buffer.alloc(n));
    if (at + n > pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    const taken = Buffer.from(pool.subarray(at, at + n));
    pool.fill(0, at, at + n);
    at += n;
    return taken;
  };
  return { bytes, id: (prefix) => prefix + Buffer.from(bytes(12)).toString("base64url") };
}

/**
 * The operator's log: JSON lines, or one readable line each.
 * @param write gets each line with its line break
 */
export function lineLog(write: (line: string) => void, json: boolean, clock: Clock): Log {
  const line = (level: "info" | "warn" | "error", event: string, fields: Record<string, unknown> = {}): void => {
    const time = new Date(clock.now()).toISOString();
    if (json) write(`${JSON.stringify({ time, level, event, ...fields })}\n`);
    else write(`${time.slice(11, 19)} ${level.padEnd(5)} ${event}${shown(fields)}\n`);
  };
  return {
    info: (event, fields) => line("info", event, fields),
    warn: (event, fields) => line("warn", event, fields),
    error: (event, fields) => line("error", event, fields),
  };
}

function shown(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .map(
      ([key, value]) =>
        ` ${key}=${typeof value === "string" && /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value)}`,
    )
    .join("");
}
