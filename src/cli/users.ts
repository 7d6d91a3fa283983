import { type Act, DUTIES, roleOf } from "../domain/identity/administration.ts";
import { findOwner } from "../domain/identity/offboard.ts";
import { isAdministrator, type PeopleAdmin } from "../domain/identity/people-admin.ts";
import type { Proven } from "../domain/identity/proof.ts";
import { nearest } from "../kernel/nearest.ts";
import type { Account } from "../ports/directory.ts";
import { readFlags, UsageFault } from "./args.ts";
import type { Io } from "./io.ts";
import { offboardCommand, unknownPerson } from "./offboard.ts";
import { asking, PROOF_FLAG, PROOF_HELP } from "./proof.ts";
import { columns, day, printable } from "./table.ts";

const HELP = `cardea users list
cardea users show PERSON
cardea users create NAME [--role ROLE …] [--duty DUTY …] [--administrator]
cardea users role PERSON [--role ROLE …] [--duty DUTY …]
cardea users reset PERSON
cardea users revive PERSON
cardea users end PERSON

People and services that sign in or own keys. PERSON is a login, person:LOGIN, service:NAME, or the part before the @.
Roles of people who sign in through an identity provider come from there.

  create            a local user with a password that is shown once; the first one (--administrator, while there is no
                    administrator) chooses login and password as the proof is typed
  role              these roles and duties in place of those before
  reset             a new password in place of a lost one, and no second factor any more; every browser session and token
                    of the person ends, keys and consents stay
  revive            lets an ended account in again; its keys and consents stay ended
  end               the same as cardea offboard
  --role ROLE       a role of cardea.yaml's access rules; may be repeated
  --duty DUTY       ${DUTIES.join(", ")}: what they administer; may be repeated
  --administrator   every duty
${PROOF_HELP}
  --home DIR, --json

Example:
  cardea users create ada@example.com --role engineer --duty auditor
`;

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  home: { type: "string" },
  role: { type: "string", multiple: true },
  duty: { type: "string", multiple: true },
  administrator: { type: "boolean" },
  ...PROOF_FLAG,
} as const;

const COMMANDS = ["list", "show", "create", "role", "reset", "revive", "end"] as const;

/** Opens people of the state; `create` makes a home where there is none. */
export type OpenPeople = (create: boolean) => Promise<PeopleAdmin>;

/** Somebody is meant who is not known: exit code 1. */
class Unknown extends Error {}

/** What a command of one person works with. */
interface Task {
  readonly admin: PeopleAdmin;
  readonly io: Io;
  readonly json: boolean;
  readonly name: string;
  readonly flags: ReturnType<typeof readFlags<typeof FLAGS>>["flags"];
  prove(act: Act): Promise<Proven>;
}

/** `cardea users …`. @returns the exit code: 0 done, 1 nobody of that name, 2 could not be done */
export async function usersCommand(argv: readonly string[], io: Io, open: OpenPeople): Promise<number> {
  const [command = "", ...rest] = argv;
  if (["", "help", "--help", "-h"].includes(command) || rest.includes("--help") || rest.includes("-h")) {
    (command === "" ? io.err : io.out)(HELP);
    return command === "" ? 2 : 0;
  }
  if (command === "end") return offboardCommand(rest, io, open);
  try {
    if (!(COMMANDS as readonly string[]).includes(command)) {
      const near = nearest(command, COMMANDS);
      const hint = near === undefined ? "" : `, did you mean ${near}?`;
      throw new UsageFault(`Unknown command ${JSON.stringify(command)}${hint} (accepted: ${COMMANDS.join(", ")})`);
    }
    const { flags, positionals } = readFlags(rest, FLAGS, command === "list" ? [] : ["person"]);
    const admin = await open(command === "create");
    try {
      const prove = (act: Act): Promise<Proven> => admin.prove(act, asking(io, flags["proof-stdin"]));
      const json = flags.json || io.json;
      const task: Task = { admin, io, json, name: positionals[0] ?? "", flags, prove };
      return await WORK[command as keyof typeof WORK](task);
    } finally {
      await admin.close();
    }
  } catch (error) {
    if (!(error instanceof UsageFault || error instanceof Unknown)) throw error;
    io.err(`${error.message}\n`);
    return error instanceof Unknown ? 1 : 2;
  }
}

const WORK = { list, show, create, role, reset, revive };

async function list({ admin, io, json }: Task): Promise<number> {
  const accounts = admin.accounts();
  if (json) io.out(`${JSON.stringify({ administrator: await admin.claim(), users: accounts })}\n`);
  else if (accounts.length === 0) io.out("No accounts yet: cardea users create --help\n");
  else {
    const head = ["OWNER", "STATE", "SOURCE", "ROLES", "SINCE", "CHECKED"];
    const row = (one: Account): string[] => [
      printable(one.owner),
      one.endedAt === undefined ? "active" : "ended",
      printable(one.source),
      one.roles.join(","),
      day(one.createdAt),
      day(one.checkedAt),
    ];
    io.out(columns([head, ...accounts.map(row)]));
  }
  return 0;
}

async function show({ admin, io, json, name }: Task): Promise<number> {
  const owner = await meant(admin, name);
  const has = await admin.holdings(owner);
  const { account, keys = [], grants = 0 } = has ?? {};
  if (json) {
    io.out(`${JSON.stringify({ owner, account, keys, grants })}\n`);
    return 0;
  }
  const state = account === undefined ? "no account, keys alone" : account.endedAt === undefined ? "active" : "ended";
  const rows = [
    ["owner", printable(owner)],
    ["state", state],
    ["source", account?.source ?? "-"],
    ["roles", account?.roles.join(", ") || "-"],
    ["administers", isAdministrator(account) ? "yes" : "no"],
    ["keys", keys.map((key) => key.id).join(", ") || "-"],
    ["consents", String(grants)],
  ];
  io.out(columns(rows));
  return 0;
}

async function create(task: Task): Promise<number> {
  const { admin, io, json, name, flags } = task;
  const roles = rolesOf(task);
  if (roles.length === 0) throw new UsageFault("Which roles? Give --role, --duty or --administrator");
  if ((await admin.claim()) === "none" && flags.administrator) return first(task, roles);
  const { account, password } = await admin.create(name, roles, await task.prove("people.change"));
  if (json) io.out(`${JSON.stringify({ ...account, password })}\n`);
  else
    io.out(
      `${printable(account.owner)} can sign in with this password; it is not shown again, and they change it on their page /me:\n\n  ${password}\n`,
    );
  return 0;
}

/** The first administrator chooses the password themselves; where it is read, the login has to be the same. */
async function first({ admin, io, json, name, flags }: Task, roles: readonly string[]): Promise<number> {
  const { input } = io;
  let password: string;
  if (flags["proof-stdin"]) {
    const given = await asking(io, true).credentials();
    if (given.login !== name)
      throw new UsageFault(`Standard input names the login ${JSON.stringify(given.login)}, and the command ${name}`);
    password = given.password;
  } else {
    if (input?.terminal !== true)
      throw new UsageFault(
        "The first administrator chooses a password. Run it on a terminal, or give --proof-stdin and write login and password, one in each line, to standard input",
      );
    password = await input.ask(`new password of ${name}: `, true);
    if ((await input.ask("once more: ", true)) !== password) throw new UsageFault("The two passwords differ");
  }
  const given = roles.filter((role) => !role.startsWith("admin:"));
  const account = await admin.first({ login: name, password }, given);
  if (json) io.out(`${JSON.stringify(account)}\n`);
  else
    io.out(
      `${printable(account.owner)} is the first administrator, with every duty. The configuration as it is now counts as accepted.\n`,
    );
  return 0;
}

async function role(task: Task): Promise<number> {
  const { admin, io, json, name } = task;
  const owner = await meant(admin, name);
  const roles = rolesOf(task);
  if (roles.length === 0) throw new UsageFault("Which roles? Give --role or --duty; to end somebody: cardea offboard");
  const account = await admin.setRoles(owner, roles, await task.prove("people.change"));
  if (account === undefined) throw new Unknown(`${printable(owner)} has no account; roles of keys are in the keys`);
  if (json) io.out(`${JSON.stringify(account)}\n`);
  else io.out(`${printable(owner)} has ${account.roles.join(", ")} now; running gateways follow within a second\n`);
  return 0;
}

async function reset(task: Task): Promise<number> {
  const { admin, io, json, name } = task;
  const owner = await meant(admin, name);
  const password = await admin.reset(owner, await task.prove("people.change"));
  if (password === undefined) throw new Unknown(`${printable(owner)} does not sign in with a password of this gateway`);
  if (json) io.out(`${JSON.stringify({ owner, password })}\n`);
  else
    io.out(
      `The new password of ${printable(owner)}; it is not shown again:\n\n  ${password}\n\nEvery browser session and token of theirs ended. Their keys go on; to end them: cardea keys revoke\n`,
    );
  return 0;
}

async function revive(task: Task): Promise<number> {
  const { admin, io, json, name } = task;
  const owner = await meant(admin, name);
  const account = await admin.revive(owner, await task.prove("people.change"));
  if (account === undefined) throw new Unknown(`${printable(owner)} has no account`);
  if (json) io.out(`${JSON.stringify(account)}\n`);
  else io.out(`${printable(owner)} may come in again; keys and consents that ended stay ended\n`);
  return 0;
}

/** The roles of the flags, checked. */
function rolesOf({ admin, flags }: Task): string[] {
  for (const name of flags.role) {
    if (admin.roles().includes(name)) continue;
    const near = nearest(name, admin.roles());
    const hint = near === undefined ? "" : `, did you mean ${near}?`;
    throw new UsageFault(
      `The role ${JSON.stringify(name)} is not configured${hint} (known: ${admin.roles().join(", ") || "none"})`,
    );
  }
  const duties = flags.administrator ? DUTIES : flags.duty;
  const wrong = duties.find((duty) => !(DUTIES as readonly string[]).includes(duty));
  if (wrong !== undefined)
    throw new UsageFault(`--duty ${JSON.stringify(wrong)} is none (accepted: ${DUTIES.join(", ")})`);
  return [...new Set([...flags.role, ...DUTIES.filter((duty) => duties.includes(duty)).map(roleOf)])];
}

/** The owner that is meant. @throws Unknown with the nearest name */
async function meant(admin: PeopleAdmin, name: string): Promise<string> {
  const known = await admin.owners();
  const owner = findOwner(name, known);
  if (owner !== undefined) return owner;
  throw new Unknown(unknownPerson(name, known));
}
