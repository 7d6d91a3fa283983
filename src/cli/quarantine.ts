import { visible } from "../domain/approvals/shown.ts";
import type { QuarantineAdmin } from "../compose/quarantine-admin.ts";
import { shownItem } from "../doors/web/quarantine.ts";
import { shownContent } from "../doors/web/quarantine-desk.ts";
import { Refused } from "../kernel/errors.ts";
import type { Quarantined } from "../ports/quarantine.ts";
import { readFlags, readWord, UsageFault } from "./args.ts";
import type { Io } from "./io.ts";
import { asking, PROOF_FLAG, PROOF_HELP } from "./proof.ts";
import { columns, printable } from "./table.ts";

const HELP = `cardea quarantine list
cardea quarantine show ID [--content]
cardea quarantine release ID
cardea quarantine discard ID

Results that are withheld because they hold what reads like an order to a model. See docs/quarantine.md.

  list     what waits and what is released, newest first
  show     one of them: whose call, which server and tool, what was found
  release  lets its caller read it, once; nobody else can
  discard  removes it for good

  --content         shows what is withheld, recognised keys hidden, what cannot be seen as its number
${PROOF_HELP}
  --home DIR, --config FILE, --json

list and show need no proof. --content and release need the proof of an administrator with the duty security; discard
that of the person whose call it was, or of such an administrator.

Example:
  cardea quarantine show q_3kq0v5m2p8x1c7d4 --content
`;

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  home: { type: "string" },
  config: { type: "string" },
  content: { type: "boolean" },
  ...PROOF_FLAG,
} as const;

const COMMANDS = ["list", "show", "release", "discard"] as const;
type Given = ReturnType<typeof readFlags<typeof FLAGS>>["flags"];

/**
 * `cardea quarantine …`
 * @returns the exit code: 0 done, 1 there is no such thing or a second administrator is needed, 2 not done
 */
export async function quarantineCommand(
  argv: readonly string[],
  io: Io,
  open: () => Promise<QuarantineAdmin>,
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
      const told = { ...io, json: flags.json || io.json };
      return command === "list"
        ? await list(admin, told)
        : await one(command, admin, told, positionals[0] ?? "", flags);
    } finally {
      await admin.close();
    }
  } catch (error) {
    if (!(error instanceof UsageFault) && !(error instanceof Refused)) throw error;
    io.err(`${error instanceof Refused ? error.refusal.message : error.message}\n`);
    return 2;
  }
}

async function list(admin: QuarantineAdmin, io: Io): Promise<number> {
  const items = await admin.list();
  if (io.json) io.out(`${JSON.stringify({ quarantine: items.map(shownItem) })}\n`);
  else if (items.length === 0) io.out("No result is withheld.\n");
  else {
    const rows = items.map((item) => [
      item.id,
      printable(item.owner),
      `${item.server}.${visible(item.about.name)}`,
      item.about.why.kind,
      item.state,
      moment(item.expiresAt),
    ]);
    io.out(columns([["ID", "CALL OF", "ASKED WITH", "WITHHELD FOR", "STATE", "ENDS (UTC)"], ...rows]));
    io.out("Next: cardea quarantine show ID --content, then release ID or discard ID\n");
  }
  return 0;
}

async function one(
  command: "show" | "release" | "discard",
  admin: QuarantineAdmin,
  io: Io,
  id: string,
  flags: Given,
): Promise<number> {
  const item = await admin.get(id);
  if (item === undefined) {
    io.err(`There is no withheld result ${JSON.stringify(id.slice(0, 64))} here; see cardea quarantine list\n`);
    return 1;
  }
  if (command === "show") return show(admin, io, item, flags);
  if (!io.json) io.err(told(item));
  if (command === "discard") {
    await admin.discard(id, asking(io, flags["proof-stdin"], `${visible(item.owner)}, or of an administrator`));
    io.out(io.json ? `${JSON.stringify({ id, discarded: true })}\n` : `${id} is discarded for good\n`);
    return 0;
  }
  const released = await admin.release(id, asking(io, flags["proof-stdin"]));
  const said = released ? `${id} is released to its caller` : `${id} waits for a second administrator, for an hour`;
  io.out(io.json ? `${JSON.stringify({ id, released })}\n` : `${said}\n`);
  return released ? 0 : 1;
}

async function show(admin: QuarantineAdmin, io: Io, item: Quarantined, flags: Given): Promise<number> {
  const content = flags.content
    ? visible(
        shownContent(await admin.content(item.id, asking(io, flags["proof-stdin"])), admin.secrets, Number.MAX_VALUE),
      )
    : undefined;
  if (io.json) io.out(`${JSON.stringify({ ...shownItem(item), ...(content === undefined ? {} : { content }) })}\n`);
  else io.out(`${told(item)}${content === undefined ? "" : `the content:\n${content}\n`}`);
  return 0;
}

/** One of them as a person reads it. */
function told({ id, state, owner, credential, server, at, expiresAt, about }: Quarantined): string {
  const { why, findings } = about;
  return columns([
    ["result", `${id} (${state})`],
    ["call of", `${visible(owner)} ${credential}`],
    ["asked with", `${about.method} ${server}.${visible(about.name)}`],
    ["withheld for", why.tier === undefined ? why.kind : `${why.kind} (${why.tier})`],
    [
      "found",
      Object.entries(findings)
        .map(([kind, count]) => `${kind} ${count}`)
        .join(", "),
    ],
    ["when", `${moment(at)}Z`],
    ["ends", `${moment(expiresAt)}Z`],
    ["in the record", about.call],
  ]);
}

const moment = (at: number): string => new Date(at).toISOString().slice(0, 19);
