import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Program } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";

/** Size of each folder in memory that can be written, /tmp and /dev/shm, bytes: what lies there is in no process's memory. */
const TMPFS_BYTES = String(64 * 1024 * 1024);

/** New namespaces of every kind, no capabilities, no controlling terminal, and an end with the gateway, even by `kill -9`. */
const WALLS = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "cardea"];

/** Knobs of the whole machine, which root could turn: bubblewrap covers some of them, but not /proc/sys. */
const KNOBS = ["sys", "sysrq-trigger", "irq", "bus", "fs", "mtrr", "pressure"];
/** What tells about the whole machine: hidden, as container runtimes do (OCI runtime-spec, `maskedPaths`). */
const HIDDEN_FILES = ["kcore", "keys", "kmsg", "kallsyms", "latency_stats", "timer_list", "sched_debug"];
const HIDDEN_FOLDERS = ["acpi", "scsi", "asound"];

/** What dynamic linking, time zones and TLS need of /etc. Accounts and configuration stay outside. */
const ETC = ["/etc/ld.so.cache", "/etc/ssl", "/etc/ca-certificates", "/etc/pki", "/etc/localtime", "/etc/alternatives"];
const ETC_NETWORK = ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"];

function system(): string[] {
  const argv = ["--ro-bind", "/usr", "/usr"];
  for (const path of ["/bin", "/sbin", "/lib", "/lib32", "/lib64"]) {
    if (!existsSync(path)) continue;
    if (lstatSync(path).isSymbolicLink()) argv.push("--symlink", readlinkSync(path), path);
    else argv.push("--ro-bind", path, path);
  }
  argv.push("--proc", "/proc");
  const here = (names: readonly string[]) => names.map((name) => `/proc/${name}`).filter((path) => existsSync(path));
  for (const path of here(KNOBS)) argv.push("--ro-bind", path, path);
  for (const path of here(HIDDEN_FILES)) argv.push("--ro-bind", "/dev/null", path);
  for (const path of here(HIDDEN_FOLDERS)) argv.push(...tmpfs(path), "--remount-ro", path);
  return [...argv, "--dev", "/dev", ...tmpfs("/dev/shm"), "--remount-ro", "/dev", ...tmpfs("/tmp")];
}

function tmpfs(path: string): string[] {
  return ["--size", TMPFS_BYTES, "--tmpfs", path];
}

/** The root itself, in memory and without a size of its own, can be written no more; what is mounted on it stays as it is. */
const CLOSED = ["--remount-ro", "/"];

/** Arguments for a trial start that does nothing. */
export function probeArgv(): string[] {
  return [...WALLS, ...system(), ...CLOSED, "--", "/bin/true"];
}

/**
 * Arguments for bubblewrap: the system read-only, the program's own files read-only, the declared paths, nothing else.
 * @param cwd the working folder; where nothing of it is declared it is there but empty
 */
export function bubblewrapArgv(program: Program, cwd: string, sandbox: Sandbox): string[] {
  const argv = [...WALLS, ...(sandbox.network === "host" ? ["--share-net"] : []), ...system()];
  const etc = sandbox.network === "host" ? [...ETC, ...ETC_NETWORK] : ETC;
  for (const path of etc) if (existsSync(path)) argv.push("--ro-bind", realpathSync(path), path);
  const readable = [...program.needs.filter((path) => !path.startsWith("/usr/")), ...sandbox.read];
  // Shorter paths first, so that a folder inside another one is mounted over it and not hidden by it.
  const mounts = [
    ...readable.map((path) => ["--ro-bind", path] as const),
    ...sandbox.write.map((path) => ["--bind", path] as const),
  ];
  const masks = masksIn(
    mounts.map(([, path]) => path),
    sandbox.hidden ?? [],
  );
  const inside = [...mounts, ...masks.map((path) => ["--tmpfs", path] as const)];
  inside.sort(([, a], [, b]) => a.length - b.length);
  for (const [how, path] of inside) argv.push(...(how === "--tmpfs" ? tmpfs(path) : [how, realpathSync(path), path]));
  // What is mounted on a mask stays as it is.
  const closed = masks.flatMap((path) => ["--remount-ro", path]);
  return [...argv, "--dir", cwd, ...closed, ...CLOSED, "--chdir", cwd, "--", program.file, ...program.args];
}

/**
 * Where hidden folders would be seen inside: below what is mounted and contains them, links followed.
 * @param mounted what is mounted under its own name @param hidden absolute folders
 */
export function masksIn(mounted: readonly string[], hidden: readonly string[]): string[] {
  const found = new Set<string>();
  for (const folder of hidden) {
    if (!existsSync(folder)) continue;
    for (const path of mounted) {
      const below = relative(realpathSync(path), realpathSync(folder));
      if (below !== "" && below !== ".." && !below.startsWith(`..${sep}`)) found.add(join(path, below));
    }
  }
  return [...found];
}
