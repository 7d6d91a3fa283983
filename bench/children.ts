import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const running = new Set<ChildProcess>();

process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => process.exit(code));
}

/** A child process that dies with this one, and the end of what it wrote to stderr. */
export interface Child {
  readonly pid: number;
  readonly process: ChildProcessWithoutNullStreams;
  /** The last 4,000 characters of stderr. */
  said(): string;
  /** Sends the signal and waits until the process is gone; after 10 s it is killed. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `node <args>` from the root of the repository. */
export function node(args: readonly string[], env: Record<string, string> = {}): Child {
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
  running.add(child);
  const gone = once(child, "close").then(() => void running.delete(child));
  let tail = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-4000);
  });
  if (child.pid === undefined) throw new Error(`Cannot start node ${args[0]}`);
  return {
    pid: child.pid,
    process: child,
    said: () => tail,
    async end(signal = "SIGTERM") {
      child.kill(signal);
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await gone;
      clearTimeout(late);
    },
  };
}

/** The root of the repository. */
export const ROOT = new URL("..", import.meta.url).pathname;

/**
 * The first line of the child's stdout that is a JSON object with `event: "ready"`.
 *
 * @param ms milliseconds after which it is given up
 */
export async function ready<T>(child: Child, ms = 30_000): Promise<T> {
  const lines = createInterface({ input: child.process.stdout });
  const late = setTimeout(() => lines.close(), ms);
  try {
    for await (const line of lines) {
      if (!line.startsWith("{")) continue;
      const event = JSON.parse(line) as { event?: string };
      if (event.event === "ready") return event as T;
    }
  } finally {
    clearTimeout(late);
    child.process.stdout.resume();
  }
  throw new Error(`The child process did not become ready:\n${child.said()}`);
}

/**
 * Runs `node <args>` to its end.
 * @param input its standard input
 * @param hear is given its standard output, piece by piece
 */
export async function finish(
  args: readonly string[],
  env: Record<string, string> = {},
  input = "",
  hear: (text: string) => void = () => {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = node(args, env);
  let stdout = "";
  child.process.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    hear(text);
  });
  child.process.stdin.end(input);
  const [code] = (await once(child.process, "close")) as [number | null];
  return { code: code ?? -1, stdout, stderr: child.said() };
}

/** Says on stderr how far it is. */
export const progress = (text: string): void => void process.stderr.write(`${text}\n`);
