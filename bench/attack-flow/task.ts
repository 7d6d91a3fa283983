import type { Step } from "./world.ts";

/** A chain of calls. */
export interface Task {
  readonly name: string;
  readonly steps: readonly Step[];
}
