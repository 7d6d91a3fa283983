export type Arguments = Readonly<Record<string, unknown>>;

/** One call: `server.tool`, its arguments (also made of what the steps before were answered), and what comes back. */
export type Step = readonly [tool: string, args: Arguments | ((got: readonly string[]) => Arguments), returns?: string];

/** A chain of calls. */
export interface Task {
  readonly name: string;
  readonly steps: readonly Step[];
}
