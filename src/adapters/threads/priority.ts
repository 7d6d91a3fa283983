import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";

/** Niceness of threads whose work may wait (setpriority(2), from -20 to 19). */
const PATIENT = 10;

/**
 * The calling thread lets others of this process go first where processors are few. Only Linux has priorities of threads;
 * elsewhere nothing happens.
 */
export function letOthersFirst(): void {
  if (process.platform !== "linux") return;
  try {
    // `<pid>/task/<tid>` of whoever asks (proc_pid_task(5)); Linux takes the number of a thread for that of a process.
    setPriority(Number(readlinkSync("/proc/thread-self").split("/").at(-1)), PATIENT);
  } catch {
    // Without /proc, or where it is forbidden, the thread is as important as the others.
  }
}
