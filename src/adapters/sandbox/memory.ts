import { readdirSync, readFileSync } from "node:fs";

/** Milliseconds between two looks at a process tree. */
const LOOK_MS = 500;
const PAGE_BYTES = 4096;

/** A process and all below it. Each thread has children of its own (proc(5), `task/[tid]/children`). */
function tree(pid: number): number[] {
  const found = [pid];
  for (const each of found) {
    try {
      for (const thread of readdirSync(`/proc/${each}/task`)) found.push(...childrenOf(`/proc/${each}/task/${thread}`));
    } catch {
      // The process ended meanwhile.
    }
  }
  return found;
}

function childrenOf(task: string): number[] {
  try {
    const children = readFileSync(`${task}/children`, "utf8").trim();
    return children === "" ? [] : children.split(" ").map(Number);
  } catch {
    return []; // The thread ended meanwhile.
  }
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
