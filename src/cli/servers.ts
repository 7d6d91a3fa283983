import { readFlags, UsageFault } from "./args.ts";
import { nearest } from "../kernel/nearest.ts";
import type { ServersAdmin } from "../domain/catalogue/servers-admin.ts";
import { visible } from "../domain/pins/index.ts";
import { jsonLine } from "./audit-table.ts";
import { definitionText } from "./definition-text.ts";
import type { Io } from "./io.ts";
import { asking, PROOF_FLAG, PROOF_HELP } from "./proof.ts";

const HELP = `cardea servers list
cardea servers add NAME --package NAME@VERSION [--arg A …] | --run COMMAND [--arg A …] | --url URL
cardea servers diff NAME
cardea servers approve NAME [ENTRY …] [--all] [--variant]
cardea servers quarantine NAME [ENTRY …]

What upstream servers publish is used only as it was approved; the approvals are in cardea.lock.

  list         what is configured and approved; starts nothing
  add          adds a server to cardea.yaml; approves nothing of it, and a running gateway has to be restarted
  diff         what it publishes now against what was approved: new definitions whole, changed ones field by field
  approve      pins entries (tool:read_file, prompt:x, template:URI, instructions), or everything with --all
  pin          the same as approve --all, for a server that was never reviewed
  quarantine   takes approvals back
  --variant    keep the approved variants too, for a server whose lists differ per user
${PROOF_HELP}
  --home DIR, --config FILE, --json

add, approve and pin need the proof of an administrator with the duty security.

Example:
  cardea servers diff crm && cardea servers approve crm tool:find_contact
`;

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  home: { type: "string" },
  config: { type: "string" },
  all: { type: "boolean" },
  variant: { type: "boolean" },
  package: { type: "string" },
  run: { type: "string" },
  url: { type: "string" },
  arg: { type: "string", multiple: true },
  ...PROOF_FLAG,
} as const;

const COMMANDS = ["list", "add", "diff", "approve", "pin", "quarantine"] as const;

/** The configuration is read once, at the start; the lockfile is followed. */
const RESTART = "A gateway that runs has to be restarted to know it: cardea.yaml is read at the start.";
const FOLLOWS =
  "A running gateway that knows this server follows within a second; after a change of cardea.yaml restart it.";

const count = (entries: readonly string[], name: string): string =>
  entries.length === 1 ? `1 definition of ${name} is` : `${entries.length} definitions of ${name} are`;

/** `cardea servers …`. Exit code 0 fine, 1 something differs or is left, 2 could not be done. */
export async function serversCommand(
  argv: readonly string[],
  io: Io,
  open: (options: { home?: string; config?: string }) => Promise<ServersAdmin>,
): Promise<number> {
  const [command = "", ...rest] = argv;
  if (["", "help", "--help", "-h"].includes(command) || rest.includes("--help") || rest.includes("-h")) {
    (command === "" ? io.err : io.out)(HELP);
    return command === "" ? 2 : 0;
  }
  try {
    if (!(COMMANDS as readonly string[]).includes(command)) {
      const near = nearest(command, COMMANDS);
      throw new UsageFault(
        `Unknown command ${JSON.stringify(command)}${near ? `, did you mean ${near}?` : ""} (accepted: ${COMMANDS.join(", ")})`,
      );
    }
    const { flags, positionals } = readFlags(rest, FLAGS, command === "list" ? [] : ["name", "entry..."]);
    const json = flags.json || io.json;
    const admin = await open({ home: flags.home, config: flags.config });
    try {
      if (command === "list") return await list(admin, io, json);
      const [name = "", ...entries] = positionals;
      if (command === "add") return await add(admin, io, json, name, flags);
      if (!admin.names().includes(name)) {
        const near = nearest(name, admin.names());
        throw new UsageFault(
          `The server ${JSON.stringify(name)} is not configured${near ? `, did you mean ${near}?` : ""} (configured: ${admin.names().join(", ") || "none"})`,
        );
      }
      if (command === "diff") return await diff(admin, io, json, name);
      if (command === "quarantine") return await quarantine(admin, io, json, name, entries);
      if (entries.length === 0 && !flags.all && command !== "pin")
        throw new UsageFault(`Approve what? Name entries as \`cardea servers diff ${name}\` shows them, or --all`);
      const wanted = flags.all || command === "pin" ? undefined : entries;
      return await approve(admin, io, json, name, { entries: wanted, ...flags });
    } finally {
      await admin.close();
    }
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    io.err(`${error.message}\n`);
    return 2;
  }
}

async function list(admin: ServersAdmin, io: Io, json: boolean): Promise<number> {
  const servers = await admin.list();
  if (json) io.out(`${JSON.stringify({ servers })}\n`);
  else if (servers.length === 0) io.out("No servers yet: cardea servers add --help\n");
  else
    for (const server of servers) {
      const state =
        server.sourceFault ?? (server.reviewed ? `${server.approved} definitions approved` : "never reviewed");
      io.out(`${server.name.padEnd(16)} ${state}\n${"".padEnd(17)}${server.source}\n`);
    }
  return 0;
}

async function add(
  admin: ServersAdmin,
  io: Io,
  json: boolean,
  name: string,
  flags: { package?: string; run?: string; url?: string; arg: readonly string[]; "proof-stdin": boolean },
): Promise<number> {
  if (admin.names().includes(name)) throw new UsageFault(`The server ${JSON.stringify(name)} is configured already`);
  const given = [flags.package, flags.run, flags.url].filter((value) => value !== undefined);
  if (given.length !== 1) throw new UsageFault("Give exactly one of --package NAME@VERSION, --run COMMAND, --url URL");
  const source = {
    ...(flags.package === undefined ? {} : { package: flags.package, args: flags.arg }),
    ...(flags.run === undefined ? {} : { run: [flags.run, ...flags.arg] }),
    ...(flags.url === undefined ? {} : { url: flags.url }),
  };
  await admin.add(name, source, asking(io, flags["proof-stdin"]));
  if (json) io.out(`${JSON.stringify({ added: name })}\n`);
  else
    io.out(
      `${name} is in cardea.yaml; nothing of it is approved yet. See what it publishes:\n  cardea servers diff ${name}\nThen allow it to a role under \`access\`. ${RESTART}\n`,
    );
  return 0;
}

async function diff(admin: ServersAdmin, io: Io, json: boolean, name: string): Promise<number> {
  const report = await admin.report(name);
  const differs =
    report.sourceFault !== undefined ||
    report.faults.length > 0 ||
    report.items.some((item) => item.status !== "approved");
  if (json) {
    io.out(jsonLine(report));
    return differs ? 1 : 0;
  }
  const paint = (code: number, text: string): string => (io.colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  io.out(`${report.name}  ${report.source}\n`);
  if (report.sourceFault) io.out(`  ${paint(33, report.sourceFault)}\n`);
  for (const item of report.items) {
    if (item.status === "approved") continue;
    const colour = item.status === "new" ? 32 : item.status === "changed" ? 33 : 31;
    io.out(
      `  ${paint(colour, item.status.padEnd(9))} ${visible(item.entry)}${item.effect ? `  (effect: ${item.effect})` : ""}${item.why ? `  ${visible(item.why)}` : ""}\n`,
    );
    if (item.status === "new" && item.definition !== undefined)
      for (const line of definitionText(item.definition)) io.out(`            ${line}\n`);
    for (const { path, before, after } of item.differences) {
      io.out(`            ${path || "/"}\n`);
      if (before !== undefined) io.out(`              ${paint(31, `- ${before}`)}\n`);
      if (after !== undefined) io.out(`              ${paint(32, `+ ${after}`)}\n`);
    }
  }
  const same = report.items.filter((item) => item.status === "approved").length;
  io.out(`  ${same} approved and unchanged\n`);
  for (const fault of report.faults) io.out(`  ${paint(31, visible(fault))}\n`);
  if (differs) io.out(`\nApprove with: cardea servers approve ${name} ENTRY …  (or --all)\n`);
  return differs ? 1 : 0;
}

async function approve(
  admin: ServersAdmin,
  io: Io,
  json: boolean,
  name: string,
  flags: { entries: readonly string[] | undefined; variant: boolean; "proof-stdin": boolean },
): Promise<number> {
  const ask = asking(io, flags["proof-stdin"]);
  const { pinned, left, changed } = await admin.approve(name, flags.entries, flags.variant, ask);
  if (json) io.out(jsonLine({ server: name, pinned, changed, left: left.map(({ entry, why }) => ({ entry, why })) }));
  else {
    io.out(
      changed
        ? `${count(pinned, name)} approved as published now. ${FOLLOWS}\n`
        : `Nothing changed: ${count(pinned, name)} approved already.\n`,
    );
    for (const item of left) io.out(`  left out: ${visible(item.entry)}  ${visible(item.why ?? "")}\n`);
  }
  return left.length > 0 ? 1 : 0;
}

async function quarantine(
  admin: ServersAdmin,
  io: Io,
  json: boolean,
  name: string,
  entries: readonly string[],
): Promise<number> {
  const removed = await admin.quarantine(name, entries.length === 0 ? undefined : entries);
  if (json) io.out(`${JSON.stringify({ server: name, quarantined: removed })}\n`);
  else if (removed.length === 0) io.out(`Nothing of ${name} is approved, so nothing changed.\n`);
  else io.out(`${count(removed, name)} no longer approved. ${FOLLOWS}\n`);
  return removed.length === 0 ? 1 : 0;
}
