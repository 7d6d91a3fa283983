import { readFileSync, statSync } from "node:fs";
import type { Config } from "../config/config.ts";
import {
  artifactFault,
  EMPTY_LOCK,
  type FoundArtifact,
  judgeDigest,
  type Lock,
  type PinKind,
  parseLock,
  sourceFault,
} from "../domain/pins/index.ts";
import type { Log } from "../ports/world.ts";

/** Reads a lockfile; none is one in which nothing is approved. Throws an Error that names every fault. */
export function readLock(file: string): Lock {
  return lockOf(readBytes(file));
}

function readBytes(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`cardea.lock cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`);
  }
}

/** @param bytes undefined: there is none, and nothing is approved */
export function lockOf(bytes: Uint8Array | undefined): Lock {
  if (bytes === undefined) return EMPTY_LOCK;
  const read = parseLock(Buffer.from(bytes).toString("utf8"));
  if ("lock" in read) return read.lock;
  throw new Error(
    [
      "cardea.lock does not match:",
      ...read.faults.map((fault) => `  ${fault.entry || "file"}: ${fault.message}`),
      "Restore it from version control, or remove these entries and review them anew.",
    ].join("\n"),
  );
}

/** Whether changed pins may come into force (invariant 12), and who is told that they may not. */
export interface PinsGate {
  /** What was compared before the start; undefined: there was no lockfile. */
  readonly first: Uint8Array | undefined;
  takes(bytes: Uint8Array | undefined): Promise<boolean>;
  /** A changed lockfile that nobody accepted; the old one stays in force. Told once for each change. */
  refused(): Promise<void> | void;
}

/**
 * The pins in force: read at start, and again when the file changes. Without a gate, a file that became unreadable
 * approves nothing; with one, what nobody accepted changes nothing.
 */
export function followPins(
  file: string,
  config: Config,
  log: Log,
  artifacts: ReadonlyMap<string, FoundArtifact>,
  gate?: PinsGate,
) {
  let seen = stamp(file);
  let held = gate === undefined ? readBytes(file) : gate.first;
  let lock = lockOf(held);
  /** It differs from what is in force, and may be accepted later. */
  let waiting = gate !== undefined;
  /** A look is under way: an older one that ends later must not put what it read in the place of what came after. */
  let looking = false;

  /** Whether what the file holds now may come into force. */
  async function taken(gate: PinsGate, bytes: Uint8Array | undefined, news: boolean): Promise<boolean> {
    if (await gate.takes(bytes)) return true;
    if (!news) return false;
    log.warn("pins.refused", {
      why: "cardea.lock changed and no administrator accepted it; what was in force stays",
      remedy: "cardea accept",
    });
    await gate.refused();
    return false;
  }

  return {
    /** Undefined where this digest is approved, else why not (T1, T3). */
    pinned(server: string, kind: string, name: string, digest: string): string | undefined {
      const answer = judgeDigest(lock, server, kind as PinKind, name, digest);
      return answer.pinned ? undefined : answer.reason;
    },
    /** What is approved now. */
    lock: (): Lock => lock,
    known: (server: string): boolean => lock.servers[server] !== undefined,
    /** Why this server may not run or be contacted: never reviewed, configured otherwise, or changed on the disk (T1, H6). */
    barred(server: string): string | undefined {
      const configured = config.servers[server];
      if (configured === undefined) return `The server ${server} is not configured.`;
      const why = sourceFault(lock, server, configured) ?? artifactFault(lock, server, artifacts.get(server) ?? {});
      return why === undefined ? undefined : `${why}. Review it with: cardea servers diff ${server}`;
    },
    /** Reads the file again if it changed, or waits to be accepted; whether other pins are in force now. */
    async poll(): Promise<boolean> {
      if (looking) return false;
      looking = true;
      return look().finally(() => (looking = false));
    },
  };

  async function look(): Promise<boolean> {
    const now = stamp(file);
    const news = now !== seen;
    if (!news && !waiting) return false;
    seen = now;
    try {
      const bytes = readBytes(file);
      if (gate !== undefined) {
        waiting = true;
        if (!same(bytes, held) && !(await taken(gate, bytes, news))) return false;
        waiting = false;
      }
      if (same(bytes, held)) return false;
      lock = lockOf(bytes);
      held = bytes;
      log.info("lock.loaded", { servers: Object.keys(lock.servers).length });
    } catch (error) {
      if (waiting) throw error;
      lock = EMPTY_LOCK;
      held = undefined;
      log.error("lock.refused", {
        fault: error instanceof Error ? error.message : "unreadable",
        effect: "nothing is approved until it is mended",
      });
    }
    return true;
  }
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && Buffer.compare(a, b) === 0);
}

function stamp(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "none";
  }
}
