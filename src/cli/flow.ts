import type { FlowAdmin } from "../compose/flow-admin.ts";
import { visible } from "../domain/approvals/shown.ts";
import { Refused } from "../kernel/errors.ts";
import { readFlags, readWord, UsageFault } from "./args.ts";
import type { Io } from "./io.ts";
import { asking, PROOF_FLAG, PROOF_HELP } from "./proof.ts";
import { columns, printable } from "./table.ts";

const HELP = `cardea flow show [CREDENTIAL]
cardea flow reset CREDENTIAL

What each credential (a key k_… or a grant g_…) has read: from outside (untrusted), or what must not leave (private).
After it, calls that send, destroy, pay, run or open something wait for a person. A script that was written with it and
reaches somebody outside (written) waits where it is run. See docs/flow.md.

  show     the sources, newest first
  reset    forgets them: the person behind the credential, or an administrator with the duty security

${PROOF_HELP}
  --home DIR, --config FILE, --json

Example:
  cardea flow reset k_3kq0v5m2p8x1c7d4
`;

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  home: { type: "string" },
  config: { type: "string" },
  ...PROOF_FLAG,
} as const;

const COMMANDS = ["show", "reset"] as const;

/**
 * `cardea flow …`
 * @returns the exit code: 0 done, 1 there is no such thing, 2 not done
 */
export async function flowCommand(argv: readonly string[], io: Io, open: () => Promise<FlowAdmin>): Promise<number> {
  const [word = "", ...rest] = argv;
  if (word === "" || word === "help" || argv.includes("--help") || argv.includes("-h")) {
    (word === "" ? io.err : io.out)(HELP);
    return word === "" ? 2 : 0;
  }
  try {
    const command = readWord(word, COMMANDS);
    const wanted = command === "reset" || rest.some((one) => !one.startsWith("-")) ? ["credential"] : [];
    const { flags, positionals } = readFlags(rest, FLAGS, wanted);
    const admin = await open();
    try {
      const told = { ...io, json: flags.json || io.json };
      const [credential] = positionals;
      if (command === "show" || credential === undefined) return await show(admin, told, credential);
      return await reset(admin, told, credential, flags["proof-stdin"] === true);
    } finally {
      await admin.close();
    }
  } catch (error) {
    if (!(error instanceof UsageFault) && !(error instanceof Refused)) throw error;
    io.err(`${error instanceof Refused ? error.refusal.message : error.message}\n`);
    return 2;
  }
}

async function show(admin: FlowAdmin, io: Io, credential: string | undefined): Promise<number> {
  const found = (await admin.list()).filter((mark) => credential === undefined || mark.credential === credential);
  if (io.json) {
    const shown = found.map(({ prints, tenant: _tenant, ...mark }) => ({ ...mark, fingerprints: prints.length }));
    io.out(`${JSON.stringify({ sources: shown })}\n`);
    return 0;
  }
  if (found.length === 0) {
    io.out("Nothing that counts was read.\n");
    return 0;
  }
  const rows = found.map((mark) => [
    mark.credential,
    printable(mark.owner),
    mark.label,
    `${mark.server}.${printable(mark.name)}`,
    new Date(mark.at).toISOString().slice(0, 19),
    visible(mark.what),
  ]);
  io.out(columns([["CREDENTIAL", "OF", "LABEL", "READ WITH", "LAST (UTC)", "WHAT"], ...rows]));
  return 0;
}

async function reset(admin: FlowAdmin, io: Io, credential: string, fromInput: boolean): Promise<number> {
  const sources = await admin.reset(credential, asking(io, fromInput));
  if (sources === 0) {
    io.err(`Nothing that counts was read with ${JSON.stringify(credential.slice(0, 64))}; see cardea flow show\n`);
    return 1;
  }
  io.out(
    io.json
      ? `${JSON.stringify({ credential, sources })}\n`
      : `${credential}: ${sources} sources are forgotten; running gateways follow within 200 ms\n`,
  );
  return 0;
}
