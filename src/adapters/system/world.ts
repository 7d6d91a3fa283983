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
  /** Where the next bytes begin. */
  const reserve = (n: number): number => {
    if (at + n > pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    at += n;
    return at - n;
  };
  return {
    bytes(n) {
      if (n > 1024) return randomFillSync(Buffer.alloc(n));
      const from = reserve(n);
      const taken = Buffer.from(pool.subarray(from, from + n));
      pool.fill(0, from, from + n);
      return taken;
    },
    id(prefix) {
      const from = reserve(12);
      const text = prefix + pool.toString("base64url", from, from + 12);
      pool.fill(0, from, from + 12);
      return text;
    },
  };
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
