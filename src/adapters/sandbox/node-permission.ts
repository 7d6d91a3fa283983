import { basename, dirname } from "node:path";
import type { Program } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";

/** Ends the program within a second of the gateway's death, also by `kill -9`: its parent is then another process. */
const WATCHDOG =
  "data:text/javascript,const p=process.ppid;setInterval(()=>{if(process.ppid!==p)process.exit(1)},1000).unref()";

/**
 * Arguments for Node's permission model: declared files only; no child processes, workers, addons or WASI. It is no wall
 * against hostile code of the kind that bubblewrap is, and leaves the network open (nodejs.org/api/permissions).
 */
export function nodePermissionArgv(program: Program, sandbox: Sandbox): string[] {
  const read = [...program.needs, ...sandbox.read, ...sandbox.write].flatMap((path) => [path, `${path}/*`]);
  // Node asks the nearest package.json whether a script is a module.
  const packages = program.needs
    .filter((path) => basename(path) !== "node_modules")
    .map((path) => `${dirname(path)}/package.json`);
  return [
    "--permission",
    ...[...new Set([...read, ...packages])].map((path) => `--allow-fs-read=${path}`),
    ...sandbox.write.flatMap((path) => [`--allow-fs-write=${path}`, `--allow-fs-write=${path}/*`]),
    "--import",
    WATCHDOG,
    ...program.args,
  ];
}
