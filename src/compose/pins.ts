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
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return EMPTY_LOCK;
    throw new Error(`cardea.lock cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`);
  }
  const read = parseLock(text);
  if ("lock" in read) return read.lock;
  throw new Error(
    [
      "cardea.lock does not match:",
      ...read.faults.map((fault) => `  ${fault.entry || "file"}: ${fault.message}`),
      "Restore it from version control, or remove these entries and review them anew.",
    ].join("\n"),
  );
}

/** The pins in force: read at start, and again when the file changes. A file that became unreadable approves nothing. */
export function followPins(file: string, config: Config, log: Log, artifacts: ReadonlyMap<string, FoundArtifact>) {
  let lock = readLock(file);
  let seen = stamp(file);

  return {
    /** Undefined where this digest is approved, else why not (T1, T3). */
    pinned(server: string, kind: string, name: string, digest: string): string | undefined {
      const answer = judgeDigest(lock, server, kind as PinKind, name, digest);
      return answer.pinned ? undefined : answer.reason;
    },
    known: (server: string): boolean => lock.servers[server] !== undefined,
    /** Why this server may not run or be contacted: never reviewed, configured otherwise, or changed on the disk (T1, H6). */
    barred(server: string): string | undefined {
      const source = config.servers[server]?.source;
      if (source === undefined) return `The server ${server} is not configured.`;
      const why = sourceFault(lock, server, source) ?? artifactFault(lock, server, artifacts.get(server) ?? {});
      return why === undefined ? undefined : `${why}. Review it with: cardea servers diff ${server}`;
    },
    /** Reads the file again if it changed; whether it did. */
    poll(): boolean {
      const now = stamp(file);
      if (now === seen) return false;
      seen = now;
      try {
        lock = readLock(file);
        log.info("lock.loaded", { servers: Object.keys(lock.servers).length });
      } catch (error) {
        lock = EMPTY_LOCK;
        log.error("lock.refused", {
          fault: error instanceof Error ? error.message : "unreadable",
          effect: "nothing is approved until it is mended",
        });
      }
      return true;
    },
  };
}

function stamp(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "none";
  }
}
