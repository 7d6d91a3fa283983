import type { AcceptAdmin } from "../compose/people-admin.ts";
import { readFlags, UsageFault } from "./args.ts";
import type { Io } from "./io.ts";
import { asking, PROOF_FLAG, PROOF_HELP } from "./proof.ts";
import { printable } from "./table.ts";

const HELP = `cardea accept

Shows what changed in cardea.yaml, policies/*.cedar and cardea.lock since an administrator accepted them, and accepts it with the
proof of one (duty security). Until then a gateway does not start with them, and a running one goes on with the lockfile
that it has.

${PROOF_HELP}
  --home DIR, --config FILE, --json

Example:
  cardea accept
`;

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  home: { type: "string" },
  config: { type: "string" },
  ...PROOF_FLAG,
} as const;

/** `cardea accept`. @returns the exit code: 0 accepted, or nothing differs; 2 could not be done */
export async function acceptCommand(
  argv: readonly string[],
  io: Io,
  open: () => Promise<AcceptAdmin>,
): Promise<number> {
  try {
    const { flags } = readFlags(argv, FLAGS);
    if (flags.help) {
      io.out(HELP);
      return 0;
    }
    const json = flags.json || io.json;
    const admin = await open();
    try {
      const { files, changes } = await admin.differences();
      if (!json) io.out(files.length === 0 ? "Nothing changed since it was accepted.\n" : shown(files, changes));
      if (files.length > 0) await admin.accept(asking(io, flags["proof-stdin"]));
      if (json) io.out(`${JSON.stringify({ accepted: files, changes })}\n`);
      else if (files.length > 0)
        io.out("Accepted. A gateway that runs has to be restarted to know another cardea.yaml.\n");
      return 0;
    } finally {
      await admin.close();
    }
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    io.err(`${error.message}\n`);
    return 2;
  }
}

function shown(files: readonly string[], changes: readonly string[]): string {
  return `Changed: ${files.map(printable).join(", ")}\n\n${changes.map((line) => `  ${printable(line)}\n`).join("")}\n`;
}
