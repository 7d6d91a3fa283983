import { argumentText, visible } from "../domain/approvals/shown.ts";
import { argumentsOf } from "../domain/approvals/standing.ts";
import type { ApprovalsAdmin } from "../compose/approvals-admin.ts";
import { prefixesOf, shownApproval, shownStanding, summaryOf } from "../doors/web/approvals-api.ts";
import { Refused } from "../kernel/errors.ts";
import type { Approval } from "../ports/approvals.ts";
import { readFlags, readWord, UsageFault } from "./args.ts";
import type { Io } from "./io.ts";
import { asking, PROOF_FLAG, PROOF_HELP } from "./proof.ts";
import { columns, day, printable } from "./table.ts";

const HELP = `cardea approvals list [--all]
cardea approvals show ID
cardea approvals allow ID
cardea approvals deny ID
cardea approvals always ID [--free ARGUMENT …] [--prefix ARGUMENT=BEGINNING …] [--until YYYY-MM-DD]
cardea approvals revoke ID

Calls that wait for a person. A running gateway sees a decision within 200 ms, and the call goes on.

  list     what waits (with --all also what was decided or is over), and what is always allowed
  show     one call: who asks, what will happen, exactly which arguments (what cannot be seen as its number, recognised keys hidden)
  allow    allows exactly this call, once
  deny     refuses it
  always   allows calls like it until a date (default 7 days): exactly these arguments, but for those that are freed
  revoke   takes an "always" back

  --free ARGUMENT     may be anything, or absent
  --prefix A=TEXT     has to begin with TEXT, which is a beginning of what this call sends
  --until DATE        the last day
${PROOF_HELP}
  --home DIR, --config FILE, --json

list and show need no proof: whoever can read the home, with the master key in it, can read what is held there.
allow, deny and always need the proof of who decides: the person who asks, or where a second person is wanted, and for
calls of services, an administrator with the duty approver.

Example:
  cardea approvals allow a_3kq0v5m2p8x1c7d4
`;

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  home: { type: "string" },
  config: { type: "string" },
  all: { type: "boolean" },
  free: { type: "string", multiple: true },
  prefix: { type: "string", multiple: true },
  until: { type: "string" },
  ...PROOF_FLAG,
} as const;

const COMMANDS = ["list", "show", "allow", "deny", "always", "revoke"] as const;
type Command = (typeof COMMANDS)[number];
type Given = ReturnType<typeof readFlags<typeof FLAGS>>["flags"];

const DAY_MS = 86_400_000;
/** An "always" lasts so long where nothing is said. */
const USUAL_MS = 7 * DAY_MS;

/**
 * `cardea approvals …`
 * @returns the exit code: 0 done, 1 there is no such thing, 2 not done
 */
export async function approvalsCommand(
  argv: readonly string[],
  io: Io,
  open: () => Promise<ApprovalsAdmin>,
): Promise<number> {
  const [word = "", ...rest] = argv;
  if (word === "" || word === "help" || argv.includes("--help") || argv.includes("-h")) {
    (word === "" ? io.err : io.out)(HELP);
    return word === "" ? 2 : 0;
  }
  try {
    const command = readWord(word, COMMANDS);
    const { flags, positionals } = readFlags(rest, FLAGS, command === "list" ? [] : ["id"]);
    const admin = await open();
    try {
      return await run(command, admin, { ...io, json: flags.json || io.json }, positionals[0] ?? "", flags);
    } finally {
      await admin.close();
    }
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    io.err(`${error.message}\n`);
    return 2;
  }
}

async function run(command: Command, admin: ApprovalsAdmin, io: Io, id: string, flags: Given): Promise<number> {
  if (command === "list") return list(admin, io, flags.all);
  if (command === "revoke") return revoke(admin, io, id);
  const approval = await admin.get(id);
  if (approval === undefined) {
    io.err(`There is no approval ${JSON.stringify(id.slice(0, 64))} here; see cardea approvals list\n`);
    return 1;
  }
  if (command === "show") {
    io.out(io.json ? `${JSON.stringify(shownApproval(approval, admin.secrets))}\n` : told(approval, admin));
    return 0;
  }
  const more = command === "always" ? alwaysIn(flags, admin.now()) : {};
  if (!io.json) io.err(told(approval, admin));
  try {
    const after = await admin.decide(
      { id, verdict: command, ...more },
      asking(io, flags["proof-stdin"], whose(approval)),
    );
    io.out(io.json ? `${JSON.stringify(summaryOf(after))}\n` : `${id} is ${after.state}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    io.err(`${error.refusal.message}\n`);
    return 2;
  }
}

/** Whose proof a decision needs, in words. */
const whose = ({ by, unattended, owner }: Approval): string =>
  by === "other" || unattended
    ? "an administrator with the duty approver who does not ask for it"
    : `${visible(owner)}, or of an administrator with the duty approver`;

function alwaysIn(flags: Given, now: number) {
  const { free, until } = flags;
  const end = until === undefined ? now + USUAL_MS : Date.parse(`${until}T00:00:00Z`) + DAY_MS;
  if (until !== undefined && (!/^\d{4}-\d{2}-\d{2}$/.test(until) || Number.isNaN(end)))
    throw new UsageFault("--until must be a day, such as 2026-12-31");
  try {
    return { limits: { free, prefix: prefixesOf(flags.prefix) }, until: end };
  } catch {
    throw new UsageFault("--prefix must be ARGUMENT=BEGINNING");
  }
}

async function list(admin: ApprovalsAdmin, io: Io, all: boolean): Promise<number> {
  const now = admin.now();
  const found = (await admin.list()).filter((one) => all || (one.state === "pending" && one.expiresAt > now));
  const standing = await admin.standing();
  if (io.json) {
    io.out(`${JSON.stringify({ approvals: found.map(summaryOf), standing: standing.map(shownStanding) })}\n`);
    return 0;
  }
  const rows = found.map((one) => [
    one.id,
    printable(one.owner),
    `${one.server}.${printable(one.name)}`,
    one.effect,
    one.unattended ? "an approver, always" : one.by === "other" ? "a second person" : "themself",
    one.state === "pending" && one.expiresAt <= now ? "over" : one.state,
    new Date(one.expiresAt).toISOString().slice(0, 19),
  ]);
  if (rows.length === 0) io.out("No call waits for a person.\n");
  else io.out(columns([["ID", "ASKED BY", "WHAT", "EFFECT", "DECIDED BY", "STATE", "ENDS (UTC)"], ...rows]));
  if (rows.length > 0) io.out("Next: cardea approvals show ID, then allow ID or deny ID\n");
  if (standing.length === 0) return 0;
  const lines = standing.map((one) => [
    one.id,
    printable(one.owner),
    `${one.server}.${printable(one.name)}`,
    day(one.until),
    day(one.lastUsedAt),
    Object.entries(one.limits)
      .map(([name, { kind }]) => `${printable(name)} ${kind}`)
      .join(", "),
  ]);
  io.out(`\n${columns([["ALWAYS", "FOR", "WHAT", "UNTIL", "LAST USED", "LIMITS"], ...lines])}`);
  return 0;
}

async function revoke(admin: ApprovalsAdmin, io: Io, id: string): Promise<number> {
  const revoked = await admin.revoke(id);
  if (revoked === undefined) {
    io.err(`There is no "always" ${JSON.stringify(id.slice(0, 64))} here that counts; see cardea approvals list\n`);
    return 1;
  }
  io.out(
    io.json
      ? `${JSON.stringify({ id, revoked: true })}\n`
      : `${id} is taken back; running gateways follow within 200 ms\n`,
  );
  return 0;
}

/** One call as a person reads it. */
function told(approval: Approval, { secrets }: ApprovalsAdmin): string {
  const { held } = approval;
  const rows = [
    ["approval", `${approval.id} (${approval.state})`],
    ["asked by", visible(approval.owner)],
    ["client", `${visible(approval.clientName ?? "-")} ${visible(approval.client ?? approval.credential)}`],
    ["tool", `${approval.server}.${visible(approval.name)}`],
    ["effect", approval.effect],
    [
      "decided by",
      approval.by === "other" || approval.unattended ? "a second person (approver)" : "the person who asks",
    ],
    ["ends", `${new Date(approval.expiresAt).toISOString().slice(0, 19)}Z`],
    ...(held.flow?.reasons ?? []).map((reason) => ["why", visible(reason)]),
    ...(held.bound.length === 0 ? [] : [["filled in", held.bound.map(visible).join(", ")]]),
  ];
  const text = `${columns(rows)}arguments, exactly as they are sent:\n${visible(argumentText(argumentsOf(held.sent), secrets))}\n`;
  return held.flow === undefined
    ? text
    : `${text}\nWhere the like of it is always fine, this rule lets it pass:\n${visible(held.flow.propose)}`;
}
