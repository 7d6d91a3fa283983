/** What a stdio server may touch (C6). Paths keep their names inside. */
export interface Sandbox {
  /** Absolute files or folders that it may read. */
  readonly read: readonly string[];
  /** Absolute files or folders that it may read and write. */
  readonly write: readonly string[];
  readonly network: "none" | "host";
  /** Resident memory of all its processes together, bytes. */
  readonly memoryBytes?: number;
  /** CPU time of each of its processes, seconds. */
  readonly cpuSeconds?: number;
}
