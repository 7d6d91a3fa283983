import { readFlags, UsageFault } from "./args.ts";
import { nearest } from "../kernel/nearest.ts";
import type { Asking, CommandFacts, ServerReport, ServersAdmin } from "../domain/catalogue/servers-admin.ts";
import { visible } from "../domain/pins/index.ts";
import { jsonLine } from "./audit-table.ts";
import { commandLines } from "./command-text.ts";
import { definitionText } from "./definition-text.ts";
import type { Io } from "./io.ts";
import { asking, PROOF_FLAG, PROOF_HELP } from "./proof.ts";
import { newServer, SOURCE_FLAGS } from "./server-flags.ts";
import { accessToPaste, serverToPaste } from "./server-paste.ts";
import { screenLines } from "./server-screen.ts";

const HELP = `cardea servers list
cardea servers add NAME --package NAME@VERSION [--arg A …] [--read PATH …] [--write PATH …] [--network none|host] [--env NAME=env:VAR …]
cardea servers add NAME --run COMMAND [the same] | --url URL
cardea servers show NAME [--all]
cardea servers diff NAME
cardea servers approve NAME [ENTRY …] [--all] [--variant] [--accept-findings]
cardea servers consent NAME
cardea servers quarantine NAME [ENTRY …]
cardea servers install [NAME …]
cardea servers remove NAME

What upstream servers publish is used only as it was approved, and a local command starts only as somebody consented to it.
Both stand in cardea.lock.

  list         what is configured and approved; starts nothing
  add          installs the package (never with its scripts), shows the exact command, and with your proof writes it to
               cardea.yaml and consents to it; then shows what it publishes. Approves nothing; restart a running gateway
  show         the same screen again: command, sandbox, tools, findings, what to do next; --all for everything
  diff         what it publishes now against what was approved: new definitions whole, changed ones field by field
  approve      pins entries (tool:read_file, prompt:x, template:URI, instructions), or everything with --all
  consent      shows the exact command after a change of it, and consents to it with your proof
  pin          the same as approve --all, for a server that was never reviewed
  quarantine   takes approvals back
  install      installs the packages that cardea.yaml names and that are missing here, and compares them with cardea.lock
  remove       takes a server out of cardea.yaml (with what access allows on it), cardea.lock and the installed packages

  --arg A             an argument of the command; one that begins with a dash: --arg=--verbose
  --read, --write     a file or folder that it may read, or read and write; nothing else is there for it, and the folder
                      of the state never is
  --network host      opens the network to it (default none)
  --env NAME=env:VAR  gives it a variable of the gateway's (a secret); NAME=file:PATH from a file; NAME=text as written
  --variant           keep the approved variants too, for a server whose lists differ per user
  --accept-findings   pin what holds instructions to the model nevertheless; the lockfile says so
${PROOF_HELP}
  --home DIR, --config FILE, --json

add, approve, consent, pin and remove need the proof of an administrator with the duty security.

Example:
  cardea servers add notes --package @modelcontextprotocol/server-memory@2026.8.31 --write ./notes --env MEMORY_FILE_PATH=notes/memory.json
`;

const FLAGS = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  home: { type: "string" },
  config: { type: "string" },
  all: { type: "boolean" },
  variant: { type: "boolean" },
  "accept-findings": { type: "boolean" },
  ...SOURCE_FLAGS,
  ...PROOF_FLAG,
} as const;

const COMMANDS = [
  "list",
  "add",
  "show",
  "diff",
  "approve",
  "consent",
  "pin",
  "quarantine",
  "install",
  "remove",
] as const;

/** The configuration is read once, at the start; the lockfile is followed. */
const RESTART = "A gateway that runs has to be restarted to know it: cardea.yaml is read at the start.";
const FOLLOWS =
  "A running gateway that knows this server follows within a second; after a change of cardea.yaml restart it.";

const STALE =
  "Stale rules do not fit what is approved now. A gateway that runs denies what they are for; it does not start again until they are mended.";

/** Findings that `approve` names. */
const MOST_FINDINGS = 12;

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
    const words = command === "list" ? [] : command === "install" ? ["name..."] : ["name", "entry..."];
    const { flags, positionals } = readFlags(rest, FLAGS, words);
    const json = flags.json || io.json;
    const admin = await open({ home: flags.home, config: flags.config });
    const ask: Asking = {
      proof: asking(io, flags["proof-stdin"]),
      command: (name, facts) => io.err(consentText(name, facts)),
      progress: (sentence) => io.err(`${sentence}\n`),
    };
    try {
      if (command === "list") return await list(admin, io, json);
      const [name = "", ...entries] = positionals;
      if (command === "add") {
        if (admin.names().includes(name))
          throw new UsageFault(`The server ${JSON.stringify(name)} is configured already: cardea servers show ${name}`);
        await admin.add(name, newServer(flags), ask);
        return await show(admin, io, json, name, flags.all, "is in cardea.yaml");
      }
      for (const one of command === "install" ? positionals : [name]) mustBeKnown(admin, one);
      if (command === "install") return await install(admin, io, json, positionals);
      if (command === "show") return await show(admin, io, json, name, flags.all);
      if (command === "diff") return await diff(admin, io, json, name);
      if (command === "remove") return await remove(admin, io, json, name, ask);
      if (command === "consent") {
        const done = await admin.consent(name, ask);
        if (!done && !json) io.out(`The command of ${name} is consented to already.\n`);
        return await show(admin, io, json, name, flags.all);
      }
      if (command === "quarantine") return await quarantine(admin, io, json, name, entries);
      if (entries.length === 0 && !flags.all && command !== "pin")
        throw new UsageFault(`Approve what? Name entries as \`cardea servers diff ${name}\` shows them, or --all`);
      const wanted = flags.all || command === "pin" ? undefined : entries;
      const options = { variant: flags.variant, acceptFindings: flags["accept-findings"] };
      return await approve(admin, io, json, name, wanted, options, ask);
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

function mustBeKnown(admin: ServersAdmin, name: string): void {
  if (admin.names().includes(name)) return;
  const near = nearest(name, admin.names());
  throw new UsageFault(
    `The server ${JSON.stringify(name)} is not configured${near ? `, did you mean ${near}?` : ""} (configured: ${admin.names().join(", ") || "none"})`,
  );
}

const painter =
  (io: Io) =>
  (code: number, text: string): string =>
    io.colour ? `\u001b[${code}m${text}\u001b[0m` : text;

/** What somebody consents to, right before the proof is asked for. */
function consentText(name: string, facts: CommandFacts): string {
  const changes = facts.changes.map((change) => `  changed: ${visible(change)}`);
  const advice = facts.advice.map((sentence) => `  ! ${visible(sentence)}`);
  return [
    "",
    `${name} will run this command here, with your consent:`,
    "",
    ...commandLines(facts, false).map((line) => `  ${line}`),
    ...(changes.length === 0 ? [] : ["", ...changes]),
    ...(advice.length === 0 ? [] : ["", ...advice]),
    "",
    "The proof of an administrator consents to exactly this; without it nothing is started.",
    "",
  ].join("\n");
}

async function show(
  admin: ServersAdmin,
  io: Io,
  json: boolean,
  name: string,
  all: boolean,
  added?: string,
): Promise<number> {
  const report = await admin.report(name);
  const { reading, writing } = accessToPaste(report);
  const paste = { ...serverToPaste(report, true), access: [reading, writing].filter((rule) => rule !== undefined) };
  if (json) io.out(jsonLine({ ...(added === undefined ? {} : { added: name }), ...report, paste }));
  else {
    if (added !== undefined) io.out(`${name} ${added}. ${RESTART}\n\n`);
    io.out(`${screenLines(report, { all, paint: painter(io) }).join("\n")}\n`);
  }
  return report.silent === undefined ? 0 : 1;
}

async function install(admin: ServersAdmin, io: Io, json: boolean, names: readonly string[]): Promise<number> {
  const done = await admin.install(names.length === 0 ? admin.names() : names, (sentence) => io.err(`${sentence}\n`));
  const wrong = done.filter(({ fault }) => fault !== undefined);
  if (json) io.out(jsonLine({ installed: done }));
  else if (done.length === 0) io.out("Everything that cardea.yaml names is installed.\n");
  else for (const { name, fault } of done) io.out(`${name} is installed${fault === undefined ? "" : `. ${fault}`}\n`);
  return wrong.length === 0 ? 0 : 1;
}

async function remove(admin: ServersAdmin, io: Io, json: boolean, name: string, ask: Asking): Promise<number> {
  const access = await admin.remove(name, ask.proof);
  if (json) io.out(jsonLine({ removed: name, access }));
  else {
    io.out(`${name} is out of cardea.yaml, cardea.lock and the installed packages. ${RESTART}\n`);
    for (const rule of access) io.out(`  out of access too: ${visible(rule)}\n`);
  }
  return 0;
}

async function diff(admin: ServersAdmin, io: Io, json: boolean, name: string): Promise<number> {
  const report = await admin.report(name);
  if (report.silent !== undefined) throw new UsageFault(spoken(report));
  const differs =
    report.sourceFault !== undefined ||
    report.faults.length > 0 ||
    report.items.some((item) => item.status !== "approved");
  if (json) {
    io.out(jsonLine(report));
    return differs ? 1 : 0;
  }
  const paint = painter(io);
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

/** Why it said nothing, and its own first word. */
const spoken = ({ silent = "", said }: ServerReport): string =>
  visible(said[0] === undefined ? silent : `${silent} It wrote: ${said[0]}`);

async function approve(
  admin: ServersAdmin,
  io: Io,
  json: boolean,
  name: string,
  entries: readonly string[] | undefined,
  options: { readonly variant: boolean; readonly acceptFindings: boolean },
  ask: Asking,
): Promise<number> {
  const { pinned, left, changed, items, stale } = await admin.approve(name, entries, options, ask);
  const findings = items.flatMap(({ entry, findings: found }) => found.map((one) => ({ entry, ...one })));
  if (json)
    io.out(
      jsonLine({
        server: name,
        pinned,
        changed,
        left: left.map(({ entry, why }) => ({ entry, why })),
        findings,
        stale,
      }),
    );
  else {
    io.out(
      changed
        ? `${count(pinned, name)} approved as published now. ${FOLLOWS}\n`
        : `Nothing changed: ${count(pinned, name)} approved already.\n`,
    );
    const shown = findings.slice(0, MOST_FINDINGS);
    for (const { entry, id, parameter, why } of shown)
      io.out(
        `  finding: ${visible(entry)}${parameter === undefined ? "" : ` ${visible(parameter)}`}  ${id}  ${visible(why)}\n`,
      );
    if (findings.length > shown.length)
      io.out(`  and ${findings.length - shown.length} more findings: cardea servers show ${name} --all\n`);
    for (const item of left) io.out(`  left out: ${visible(item.entry)}  ${visible(item.why ?? "")}\n`);
    for (const rule of stale) io.out(`  stale rule: ${visible(rule)}\n`);
    if (stale.length > 0) io.out(`${STALE}\n`);
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
