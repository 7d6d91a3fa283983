import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";
import type { Program } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";

/** Size of the private /tmp, bytes. */
const TMP_BYTES = 64 * 1024 * 1024;

/** New namespaces of every kind, no capabilities, no controlling terminal, and an end with the gateway, even by `kill -9`. */
const WALLS = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "cardea"];

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
  return [...argv, "--proc", "/proc", "--dev", "/dev", "--size", String(TMP_BYTES), "--tmpfs", "/tmp"];
}

/** Arguments for a trial start that does nothing. */
export function probeArgv(): string[] {
  return [...WALLS, ...system(), "--", "/bin/true"];
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
  mounts.sort(([, a], [, b]) => a.length - b.length);
  for (const [how, path] of mounts) argv.push(how, realpathSync(path), path);
  return [...argv, "--dir", cwd, "--chdir", cwd, "--", program.file, ...program.args];
}
