import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { refuse } from "../../kernel/errors.ts";
import { bubblewrapArgv, masksIn, probeArgv } from "./bubblewrap.ts";
import { nodePermissionArgv } from "./node-permission.ts";
import { findProgram } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";

/** What this machine can confine with. */
export interface Runtime {
  /** Path of a bubblewrap that was seen to work, undefined where there is none or user namespaces are denied. */
  readonly bubblewrap: string | undefined;
  /** Path of util-linux's `prlimit`. */
  readonly prlimit: string | undefined;
}

/** A command with its walls. */
export interface Confined {
  readonly argv: readonly [string, ...string[]];
  readonly kind: "bubblewrap" | "node-permission";
  /** The network is open whatever was declared: Node's permission model cannot close it. */
  readonly networkOpen: boolean;
}

const FOLDERS = ["/usr/bin", "/bin", "/usr/local/bin"];
/** Folders that are never shared whole: they hold everything, or other people's. */
const TOO_WIDE = new Set(["/", "/boot", "/etc", "/home", "/root", "/run", "/srv", "/tmp", "/usr", "/var"]);
/** Nothing below these is shared: they are the machine itself. */
const THE_MACHINE = /^\/(?:proc|sys|dev)(?:\/|$)/;

let probed: Runtime | undefined;

/** What this machine can confine with. Tried once by starting a sandbox, because user namespaces may be denied. */
export function probeRuntime(): Runtime {
  if (probed === undefined) {
    const find = (name: string) => FOLDERS.map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
    const bwrap = find("bwrap");
    const works =
      bwrap !== undefined && spawnSync(bwrap, probeArgv(), { stdio: "ignore", timeout: 5_000, env: {} }).status === 0;
    probed = { bubblewrap: works ? bwrap : undefined, prlimit: find("prlimit") };
  }
  return probed;
}

/**
 * Puts walls around a command: bubblewrap, else Node's permission model for a Node program, else it is refused.
 * The environment is given to the spawned process, never in `argv`, where every user of the machine could read it.
 * @param command executable and arguments, no shell
 * @param cwd absolute folder that relative arguments are relative to
 * @throws Refused `upstream_unavailable`
 */
export function confine(command: readonly string[], cwd: string, sandbox: Sandbox, runtime: Runtime): Confined {
  for (const path of [...sandbox.read, ...sandbox.write]) checkShared(path);
  const program = findProgram(command, cwd);
  const limit = cpuLimit(sandbox, runtime);
  if (runtime.bubblewrap !== undefined) {
    const inner = bubblewrapArgv(program, cwd, sandbox);
    return {
      argv: asArgv([...limit, runtime.bubblewrap, ...inner]),
      kind: "bubblewrap",
      networkOpen: sandbox.network === "host",
    };
  }
  if (!program.isNode)
    refuse(
      "upstream_unavailable",
      "The server cannot be confined: bubblewrap does not work here and it is no Node program.",
      { control: "C6", executed: "no" },
    );
  if (masksIn([...program.needs, ...sandbox.read, ...sandbox.write], sandbox.hidden ?? []).length > 0)
    refuse(
      "upstream_unavailable",
      "A folder that the server may read contains the gateway's own state, and only bubblewrap could hide it.",
      { control: "C6", executed: "no" },
    );
  return {
    argv: asArgv([...limit, program.file, ...nodePermissionArgv(program, sandbox)]),
    kind: "node-permission",
    networkOpen: true,
  };
}

function checkShared(path: string): void {
  const no = (why: string): never =>
    refuse("upstream_unavailable", `The declared path "${path}" ${why}.`, { control: "C6", executed: "no" });
  if (!isAbsolute(path) || resolve(path) !== path) no("is not absolute and plain");
  if (!existsSync(path)) no("does not exist");
  // A link may lead to what is too wide.
  for (const each of [path, realpathSync(path)])
    if (TOO_WIDE.has(each) || THE_MACHINE.test(each)) no("is too wide to share; name the folder that is needed");
}

function cpuLimit(sandbox: Sandbox, runtime: Runtime): string[] {
  if (sandbox.cpuSeconds === undefined) return [];
  if (runtime.prlimit === undefined)
    refuse("upstream_unavailable", "A CPU limit is declared, but prlimit (util-linux) is not installed.", {
      control: "C6",
      executed: "no",
    });
  return [runtime.prlimit, `--cpu=${Math.ceil(sandbox.cpuSeconds)}`];
}

function asArgv(list: readonly string[]): readonly [string, ...string[]] {
  const [first, ...rest] = list;
  return [first as string, ...rest];
}
