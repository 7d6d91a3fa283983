/** What a stdio server may touch (C6). Paths keep their names inside. */
export interface Sandbox {
  /** Absolute files or folders that it may read. */
  readonly read: readonly string[];
  /** Absolute files or folders that it may read and write. */
  readonly write: readonly string[];
  /** Absolute folders that are not there for it, also where they lie in one that it may read: the gateway's own state. */
  readonly hidden?: readonly string[];
  readonly network: "none" | "host";
  /** Resident memory of all its processes together, bytes. */
  readonly memoryBytes?: number;
  /** CPU time of each of its processes, seconds. */
  readonly cpuSeconds?: number;
}
