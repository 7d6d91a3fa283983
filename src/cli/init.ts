import { readFlags, UsageFault } from "./args.ts";
import type { Io } from "./io.ts";

/** What `init` needs of the world. */
export interface InitDeps {
  /** Writes a first project where none is. Returns the paths that were written, and those that were there already. */
  create(given: { home?: string; config?: string }): { written: readonly string[]; kept: readonly string[] };
}

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  home: { type: "string" },
  config: { type: "string" },
} as const;

const HELP = `cardea init [--home DIR] [--config FILE] [--json]

Writes a commented cardea.yaml with one server, the reviewed cardea.lock for it, a workspace folder, and the lines that
keep git and coding assistants out of the state. Overwrites nothing. \`cardea up\` does the same on its first start.

  --home DIR      folder of the state (default .cardea); cardea.yaml is then written there
  --config FILE   where to write the configuration
  --json          one line of JSON on standard output

Example:
  mkdir gateway && cd gateway && cardea init && cardea check && cardea up
`;

/**
 * `cardea init`.
 * @param argv what follows `init`
 * @returns the exit code: 0 written, 1 there is a project already, 2 it could not be written
 */
export async function initCommand(argv: readonly string[], io: Io, deps: InitDeps): Promise<number> {
  try {
    const { flags } = readFlags(argv, FLAGS);
    if (flags.help) {
      io.out(HELP);
      return 0;
    }
    const { written, kept } = deps.create({ home: flags.home, config: flags.config });
    if (flags.json || io.json) io.out(`${JSON.stringify({ ok: kept.length === 0, written, kept })}\n`);
    else if (kept.length > 0)
      io.err(`Nothing was written: ${kept.join(" and ")} exist${kept.length === 1 ? "s" : ""} already.\n`);
    else
      io.out(
        `${written.map((path) => `wrote ${path}\n`).join("")}Read it, run \`cardea check\`, then \`cardea up\`.\n`,
      );
    return kept.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    io.err(`${error.message}\n`);
    return 2;
  }
}
