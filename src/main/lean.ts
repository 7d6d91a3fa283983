import { accessSync, constants } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Settings of glibc's malloc (mallopt(3)): what was freed goes back to the system, and no thread keeps memory of its own.
 * They are read once, when a process begins. Measured under attack: 65 MB less (bench/attack-size).
 */
const MALLOC: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "131072",
  MALLOC_MMAP_THRESHOLD_: "131072",
};

/** Half of what short-lived objects may take before they are collected, MB: with less it takes more time (4: a fifth). */
const YOUNG = "--max-semi-space-size=16";

/**
 * Where Node keeps TypeScript without its types, so that it need not load the compiler again, in no thread: 20 MB less
 * each. Who may write there may write the program.
 */
const PACKAGES = fileURLToPath(new URL("../../node_modules/", import.meta.url));
const STRIPPED = `${PACKAGES}.cache/cardea`;
const IS_SOURCE = import.meta.url.endsWith(".ts");

/** What begins a process: how Node was started, and with what environment. */
export interface Beginning {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Flags of Node. */
  readonly flags: readonly string[];
  /** What comes after the program. */
  readonly args: readonly string[];
}

/**
 * How a gateway begins so that it takes less memory; undefined: it goes on as it is. What somebody chose stays, and who
 * chose all of it is left alone.
 */
export function leaner({ platform, env, flags, args }: Beginning): Pick<Beginning, "env" | "flags"> | undefined {
  if (platform !== "linux" || !args.includes("up")) return undefined;
  // A debugger has found this process.
  if (flags.some((flag) => flag.startsWith("--inspect"))) return undefined;
  if (Object.keys(MALLOC).every((name) => env[name] !== undefined)) return undefined;
  const chosen = [...flags, env["NODE_OPTIONS"] ?? ""].some((flag) => /semi[-_]space/.test(flag));
  const cache = IS_SOURCE && mayWrite(PACKAGES) ? { NODE_COMPILE_CACHE: STRIPPED } : {};
  return { env: { ...MALLOC, ...cache, ...env }, flags: chosen ? flags : [YOUNG, ...flags] };
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Begins this process anew where it is to be a gateway and takes more memory than it has to: the same process, the same
 * standard streams (execve(2)). Where that cannot be, it goes on.
 */
export function startLean(): void {
  const { platform, execArgv: flags, execPath, argv, env, channel } = process;
  const lean = leaner({ platform, flags, env, args: argv.slice(2) });
  // A parent that talks over a channel would lose it.
  if (lean === undefined || channel !== undefined || process.execve === undefined) return;
  try {
    // A failed execve ends the process.
    accessSync(execPath, constants.X_OK);
    process.execve(execPath, [execPath, ...lean.flags, ...argv.slice(1)], lean.env);
  } catch {
    // The permission model forbids it, or Node is gone from where it was.
  }
}
