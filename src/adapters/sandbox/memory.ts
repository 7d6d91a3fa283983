import { readFileSync } from "node:fs";

/** Milliseconds between two looks at a process tree. */
const LOOK_MS = 500;
const PAGE_BYTES = 4096;

/** A process and all below it. */
function tree(pid: number): number[] {
  const found = [pid];
  for (const each of found) {
    try {
      const children = readFileSync(`/proc/${each}/task/${each}/children`, "utf8").trim();
      if (children !== "") found.push(...children.split(" ").map(Number));
    } catch {
      // The process ended meanwhile.
    }
  }
  return found;
}

/** Resident memory of a process and all below it, bytes (proc(5), `statm`). Pages that are shared count for each. */
function residentBytes(pid: number): number {
  let pages = 0;
  for (const each of tree(pid)) {
    try {
      pages += Number(readFileSync(`/proc/${each}/statm`, "utf8").split(" ")[1]);
    } catch {
      // The process ended meanwhile.
    }
  }
  return pages * PAGE_BYTES;
}

/**
 * Looks at the memory of a process tree every half second. Watching is used because Node dies under an address-space limit
 * of 1 GB, and cgroups are seldom delegated.
 * @param limitBytes resident memory of the whole tree
 * @param exceeded called once
 * @returns ends the watch
 */
export function watchMemory(pid: number, limitBytes: number, exceeded: () => void): () => void {
  const timer = setInterval(() => {
    if (residentBytes(pid) <= limitBytes) return;
    clearInterval(timer);
    exceeded();
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
