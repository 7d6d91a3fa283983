import { randomFillSync } from "node:crypto";
// The global is a getter, which costs as much as the clock.
import { performance } from "node:perf_hooks";
import type { CallRandom, Clock, Log } from "../../ports/world.ts";

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** Ids that are written at once. A short text keeps the whole text alive that it is a part of: 4 or 8 KiB. */
const WRITTEN = 256;
/** Texts of so many ids that are drawn at once: asking the system costs more than what it gives. */
const DRAWN = 8;

/** The operating system's randomness, fetched many bytes at a time; no byte is given out twice. */
export function systemRandom(): CallRandom {
  const pool = Buffer.alloc(4096);
  let at = pool.length;
  return {
    bytes(n) {
      if (n > 1024) return randomFillSync(Buffer.alloc(n));
      if (at + n > pool.length) {
        randomFillSync(pool);
        at = 0;
      }
      const taken = Buffer.from(pool.subarray(at, at + n));
      pool.fill(0, at, at + n);
      at += n;
      return taken;
    },
    id: drawn(12, "base64url"),
    trace: drawn(16, "hex"),
  };
}

/** Texts of so many random bytes each, which are no secrets. */
function drawn(bytes: number, encoding: "base64url" | "hex"): (prefix?: string) => string {
  const pool = Buffer.alloc(bytes * WRITTEN * DRAWN);
  let used = pool.length;
  let text = "";
  let at = 0;
  let length = 0;
  return (prefix = "") => {
    if (at === text.length) {
      if (used === pool.length) {
        randomFillSync(pool);
        used = 0;
      }
      text = pool.toString(encoding, used, (used += bytes * WRITTEN));
      length = text.length / WRITTEN;
      at = 0;
    }
    at += length;
    return prefix + text.slice(at - length, at);
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
