import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { watchMemory } from "../sandbox/memory.ts";
import { Turn } from "../upstream-link/pace.ts";
import { Lines } from "./lines.ts";

/** After its input was closed a process has so long to end by itself, then so long after SIGTERM, milliseconds. */
const EOF_MS = 300;
const TERM_MS = 2_000;
/** Pieces of at most 64 KiB that wait behind a line; only what a process that ended left in its pipe comes so. */
const MOST_LEFT = 256;
/** Input that a process has not read yet, bytes. */
const MAX_UNREAD = 16 * 1024 * 1024;

/** Of its stderr is told so much at most, bytes. */
const MOST_HEARD = 16 * 1024;

/** Process groups that this gateway started and that still live. */
const living = new Set<number>();
let watched = false;

/** Ends a whole process group. */
function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It is gone already.
  }
}

/** What is started, and who hears of it. */
export interface ProcessOptions {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Record<string, string>;
  /** Longest line of its output now, bytes. */
  readonly maxLine: () => number;
  /** Resident memory of it and all below it, bytes. */
  readonly memoryBytes?: number;
  line(bytes: Buffer): undefined | Promise<void>;
  /** Hears what it writes to stderr, up to `MOST_HEARD` bytes; without it the text is not looked at. */
  heard?(text: string): void;
  /** Once, when it is over. `expected`: it was closed from here. */
  ended(end: ProcessEnd): void;
}

/** How a process ended. */
export interface ProcessEnd {
  /** Fit to follow "its process …". */
  readonly why: string;
  readonly expected: boolean;
  readonly code: number | null;
  readonly signal: string | null;
  /** Bytes that it wrote to stderr; the text is not kept. */
  readonly stderrBytes: number;
}

/** One started server, without a shell, in a process group of its own that ends as a whole. */
export class ServerProcess {
  #child: ChildProcessWithoutNullStreams;
  #options: ProcessOptions;
  #why: string | undefined;
  #expected = false;
  #over = false;
  #stderrBytes = 0;
  readonly #turn = new Turn();
  /** A line is being read: what comes behind it waits. */
  #reading: Promise<void> | undefined;
  /** What has come and is not read yet: Node lets a paused stream flow once the process has ended. */
  #left: Buffer[] = [];
  #allRead: (() => void) | undefined;
  #unwatch: () => void = () => {};
  #gone: Promise<void>;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const [file, ...args] = options.argv;
    this.#child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      shell: false,
    });
    const { pid, stdin, stdout, stderr } = this.#child;
    if (pid !== undefined) {
      this.#mark(pid);
      if (options.memoryBytes !== undefined)
        this.#unwatch = watchMemory(pid, options.memoryBytes, () => this.kill("used more memory than it may"));
    }
    const lines = new Lines(options.maxLine);
    stdout.on("data", (chunk: Buffer) => {
      this.#turn.more();
      if (this.#left.length === 0) this.#read(lines, chunk);
      else if (this.#left.push(chunk) > MOST_LEFT) stdout.destroy();
    });
    stderr.on("data", (chunk: Buffer) => {
      if (this.#stderrBytes < MOST_HEARD) options.heard?.(chunk.toString("utf8", 0, MOST_HEARD - this.#stderrBytes));
      this.#stderrBytes += chunk.length;
    });
    // A process that ended makes writing fail; its end is told below.
    stdin.on("error", () => {});
    this.#gone = new Promise((resolve) => {
      const end = (code: number | null, by: string | null): void => {
        // What it wrote last counts.
        if (this.#left.length > 0 && !this.#over) {
          this.#allRead = () => end(code, by);
          return;
        }
        if (this.#reading !== undefined) return void this.#reading.then(() => end(code, by));
        if (!this.#over) this.#end(code, by);
        resolve();
      };
      this.#child.once("error", () => end(null, null));
      // `close` and not `exit`: what it wrote last is read first.
      this.#child.once("close", end);
      this.#child.once("exit", (code, by) => {
        if (pid !== undefined) signal(pid, "SIGKILL");
        // A grandchild that left the group may hold the pipes open for ever.
        setTimeout(() => end(code, by), EOF_MS).unref();
      });
    });
  }

  /** Writes one line. @returns false where it cannot be written: the process is over or does not read */
  write(line: string): boolean {
    if (this.#over || this.#why !== undefined || this.#child.stdin.writableLength > MAX_UNREAD) return false;
    this.#child.stdin.write(`${line}\n`);
    return true;
  }

  /** Ends it at once. @param why fit to follow "its process …" */
  kill(why: string): void {
    this.#why ??= why;
    if (this.#child.pid !== undefined) signal(this.#child.pid, "SIGKILL");
  }

  /** Ends it as the specification says (MCP, Lifecycle, Shutdown, stdio): end of input, SIGTERM, SIGKILL. */
  async close(): Promise<void> {
    this.#expected = true;
    this.#why ??= "was ended";
    const { pid, stdin } = this.#child;
    if (this.#over || pid === undefined) return;
    stdin.end();
    const term = setTimeout(() => signal(pid, "SIGTERM"), EOF_MS);
    const kill = setTimeout(() => signal(pid, "SIGKILL"), EOF_MS + TERM_MS);
    await this.#gone;
    clearTimeout(term);
    clearTimeout(kill);
  }

  /** @returns false where not all of it is read yet */
  #read(lines: Lines, chunk: Buffer): boolean {
    if (this.#over) return false;
    const rest = lines.push(
      chunk,
      () => this.#reading !== undefined || this.#turn.over(),
      (line) => {
        this.#reading = this.#options.line(line)?.finally(() => {
          this.#reading = undefined;
        });
      },
    );
    if (rest === undefined) this.kill(`wrote a line of more than ${this.#options.maxLine()} bytes`);
    if (rest === undefined || rest.length === 0) return true;
    const { stdout } = this.#child;
    stdout.pause();
    this.#left.unshift(rest);
    this.#turn.rest(() => {
      for (let next = this.#left.shift(); next !== undefined; next = this.#left.shift())
        if (!this.#read(lines, next)) return;
      stdout.resume();
      this.#allRead?.();
    });
    return false;
  }

  #mark(pid: number): void {
    living.add(pid);
    if (watched) return;
    watched = true;
    process.on("exit", () => {
      for (const each of living) signal(each, "SIGKILL");
    });
  }

  #end(code: number | null, by: string | null): void {
    this.#over = true;
    this.#unwatch();
    const { pid, stdout, stderr } = this.#child;
    if (pid !== undefined) living.delete(pid);
    stdout.destroy();
    stderr.destroy();
    const how =
      pid === undefined ? "could not be started" : by !== null ? `ended by ${by}` : `ended with exit code ${code}`;
    this.#options.ended({
      why: this.#why ?? how,
      expected: this.#expected,
      code,
      signal: by,
      stderrBytes: this.#stderrBytes,
    });
  }
}
