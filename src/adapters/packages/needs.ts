import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a package's own code seems to need. A hint for a person, found by reading and not by running. */
export interface Needs {
  /** Names of environment variables that it reads, sorted. */
  readonly variables: readonly string[];
  /** Whether it writes files. */
  readonly writes: boolean;
  /** Whether it opens connections or listens. */
  readonly network: boolean;
}

/** Own code that is read, bytes. */
const MOST = 8 * 1024 * 1024;
/** What every program reads, or what only changes how much it says. */
const COMMON =
  /^(?:NODE_.*|PATH|HOME|USER|USERNAME|SHELL|TERM.*|TZ|LANG|LC_.*|CI|COLORTERM|FORCE_COLOR|NO_COLOR|TMPDIR|TEMP|TMP|PWD|npm_.*|JEST_.*|VITEST.*|DEBUG)$/;

/** Reads the code of one package, without what it depends on. @param folder of the package */
export function needsOf(folder: string): Needs {
  const variables = new Set<string>();
  let [writes, network, read] = [false, false, 0];
  const look = (at: string): void => {
    for (const item of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, item.name);
      if (item.isDirectory()) {
        if (item.name !== "node_modules" && !/^(?:tests?|__tests__|coverage|docs?)$/.test(item.name)) look(path);
      } else if (/\.[cm]?js$/.test(item.name) && item.isFile() && (read += statSync(path).size) <= MOST) {
        const code = readFileSync(path, "utf8");
        for (const [, dotted, quoted] of code.matchAll(
          /\bprocess\.env(?:\??\.([A-Za-z_]\w{0,63})|\[["']([A-Za-z_]\w{0,63})["']\])/g,
        ))
          variables.add(dotted ?? quoted ?? "");
        writes ||= /\b(?:writeFile|appendFile|createWriteStream|mkdir)(?:Sync)?\s*\(/.test(code);
        network ||= /\bfetch\s*\(|from\s*["'](?:node:)?(?:https?|net|tls|undici|axios)["']/.test(code);
      }
    }
  };
  look(folder);
  return { variables: [...variables].filter((name) => !COMMON.test(name)).sort(), writes, network };
}
