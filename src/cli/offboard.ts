import { type Ended, findOwner, type Holdings } from "../domain/identity/offboard.ts";
import { isAdministrator, type PeopleAdmin } from "../domain/identity/people-admin.ts";
import { nearest } from "../kernel/nearest.ts";
import { readFlags, UsageFault } from "./args.ts";
import type { Io } from "./io.ts";
import { asking, PROOF_FLAG, PROOF_HELP } from "./proof.ts";
import { columns, printable } from "./table.ts";

const HELP = `cardea offboard PERSON [--yes]

Ends a person or service everywhere: the account, keys, consents, tokens, refresh tokens, browser sessions, approvals, withheld results,
labels of what was read. A running gateway follows within a second: it closes their streams and withholds answers in
flight. Ended accounts stay ended until an administrator revives them. PERSON is a login, person:LOGIN, service:NAME, or
the part before the @.

Ending somebody grants nothing, so that it asks for no proof; ending an administrator needs the proof of another one.

  --yes             asks nothing
${PROOF_HELP}
  --home DIR, --json

Example:
  cardea offboard ada@example.com
`;

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  home: { type: "string" },
  yes: { type: "boolean", short: "y" },
  ...PROOF_FLAG,
} as const;

/**
 * `cardea offboard PERSON`.
 * @returns the exit code: 0 everything ended, 1 nobody of that name or not wanted, 2 something could not be ended
 */
export async function offboardCommand(
  argv: readonly string[],
  io: Io,
  open: (create: boolean) => Promise<PeopleAdmin>,
): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    io.out(HELP);
    return 0;
  }
  try {
    const { flags, positionals } = readFlags(argv, FLAGS, ["person"]);
    const admin = await open(false);
    try {
      return await offboardOne(admin, io, positionals[0] ?? "", { ...flags, json: flags.json || io.json });
    } finally {
      await admin.close();
    }
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    io.err(`${error.message}\n`);
    return 2;
  }
}

async function offboardOne(
  admin: PeopleAdmin,
  io: Io,
  name: string,
  flags: { readonly json: boolean; readonly yes: boolean; readonly "proof-stdin": boolean },
): Promise<number> {
  const known = await admin.owners();
  const owner = findOwner(name, known);
  const has = owner === undefined ? undefined : await admin.holdings(owner);
  if (owner === undefined || has === undefined) {
    io.err(`${unknownPerson(name, known)}\n`);
    return 1;
  }
  if (!flags.yes && !(await isWanted(io, owner, has))) return 1;
  const by = isAdministrator(has.account)
    ? await admin.prove("people.end", asking(io, flags["proof-stdin"]))
    : undefined;
  const ended = await admin.end(owner, by);
  io.out(flags.json ? `${JSON.stringify(ended)}\n` : told(ended));
  for (const failure of ended.failures) io.err(`${failure}. Run the command again.\n`);
  return ended.failures.length === 0 ? 0 : 2;
}

async function isWanted(io: Io, owner: string, has: Holdings): Promise<boolean> {
  if (io.input?.terminal !== true) throw new UsageFault("Nobody can be asked whether that is meant: give --yes");
  const what = `${has.keys.length} keys, ${has.grants} consents`;
  const answer = await io.input.ask(`offboard ${printable(owner)}? It ends ${what} and every session. [y/N] `, false);
  return /^(y|yes)$/i.test(answer.trim());
}

function told(ended: Ended): string {
  const rows = [
    ["account", ended.account],
    ["keys", String(ended.keys)],
    ["consents", String(ended.grants)],
    ["approvals", String(ended.approvals)],
    ["standing allows", String(ended.standing)],
    ["withheld results", String(ended.quarantined)],
    ["labels of what was read", String(ended.labels)],
    ...Object.entries(ended.artifacts).map(([kind, count]) => [kind, String(count)]),
  ];
  return `${printable(ended.owner)} is offboarded; running gateways follow within a second\n\n${columns([["WHAT", "ENDED"], ...rows])}`;
}

/** What is said of a name that nobody has. */
export function unknownPerson(name: string, known: readonly string[]): string {
  const logins = known.map((owner) => owner.slice(owner.indexOf(":") + 1));
  const near = nearest(name, known) ?? nearest(name, logins);
  const hint =
    near === undefined ? "; see cardea users list and cardea keys list" : `, did you mean ${printable(near)}?`;
  return `Nobody is called ${JSON.stringify(name.slice(0, 200))} here${hint}`;
}
