import { acceptCommand } from "../cli/accept.ts";
import { approvalsCommand } from "../cli/approvals.ts";
import { auditCommand } from "../cli/audit.ts";
import { UsageFault } from "../cli/args.ts";
import { checkCommand } from "../cli/check.ts";
import { flowCommand } from "../cli/flow.ts";
import { initCommand } from "../cli/init.ts";
import type { Io } from "../cli/io.ts";
import { keysCommand } from "../cli/keys.ts";
import { offboardCommand } from "../cli/offboard.ts";
import { serversCommand } from "../cli/servers.ts";
import { processInput } from "../cli/terminal.ts";
import { upCommand } from "../cli/up.ts";
import { usersCommand } from "../cli/users.ts";
import {
  checkDeps,
  explain,
  filesOf,
  initDeps,
  openAccept,
  openApprovals,
  openFlow,
  openKeys,
  openPeople,
  openQuarantine,
  policies,
  openReader,
  openServers,
  up,
  VERSION,
} from "../compose.ts";
import { nearest } from "../kernel/nearest.ts";

const HELP = `cardea COMMAND [options]

A security gateway for the Model Context Protocol.

  up        starts the gateway
  init      writes a first cardea.yaml and its reviewed lockfile
  check     checks configuration, policies and lockfile; all faults at once
  servers   the catalogue: list, add, show, diff, approve, consent, pin, quarantine, install, remove
  keys      API keys: create, list, rotate, revoke
  users     people: list, show, create, role, reset, revive, end
  offboard  ends a person everywhere
  approvals calls that wait for a person: list, show, allow, deny, always, revoke
  flow      what credentials have read from outside or in private: show, reset
  quarantine withheld results: list, show, release, discard
  policy    what access and policies permit: test, explain, who, what, diff, unused, lint
  accept    accepts changed configuration, policies and lockfile, as an administrator
  audit     the record: query, tail, verify, export
  inspect   runs the detectors over texts, files or JSON lines

  --home DIR      folder of the state (default .cardea); also CARDEA_HOME
  --config FILE   the configuration (default cardea.yaml in a named home, else here)
  --json          for programs
  --version       the version of this installation

Every command has --help with an example. Exit codes: 0 fine, 1 findings, 2 could not run.

Example:
  cardea up
`;

const COMMANDS = [
  "up",
  "init",
  "check",
  "servers",
  "keys",
  "users",
  "offboard",
  "approvals",
  "flow",
  "quarantine",
  "policy",
  "accept",
  "audit",
  "inspect",
];

/** Takes `--home` and `--config` out of the arguments: they mean the same for every command. */
function choose(argv: readonly string[]): { chosen: { home?: string; config?: string }; rest: string[] } {
  const chosen: { home?: string; config?: string } = {};
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    const match = /^--(home|config)(?:=(.*))?$/s.exec(word);
    if (match === null) {
      rest.push(word);
      continue;
    }
    const value = match[2] ?? argv[++i];
    if (value === undefined || value === "" || value.startsWith("-"))
      throw new TypeError(`--${match[1]} needs a value (--${match[1]} PATH)`);
    chosen[match[1] as "home" | "config"] = value;
  }
  return { chosen, rest };
}

async function main(argv: readonly string[]): Promise<number> {
  const write = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(text);
  const io: Io = {
    out: write(process.stdout),
    err: write(process.stderr),
    json: false,
    home: "",
    colour: process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined,
    input: processInput(process.stdin, write(process.stderr)),
  };
  try {
    const { chosen, rest } = choose(argv);
    const [command = "", ...args] = rest;
    io.home = filesOf(chosen).home;
    switch (command) {
      case "up":
        return await upCommand(args, io, (options) => up({ ...options, ...chosen }));
      case "init":
        return await initCommand(args, io, initDeps(chosen));
      case "check":
        return await checkCommand(args, io, await checkDeps(chosen));
      case "servers":
        return await serversCommand(args, io, () => openServers(chosen));
      case "keys":
        return await keysCommand(args, io, (_home, create) => openKeys(chosen, create));
      case "users":
        return await usersCommand(args, io, (create) => openPeople(chosen, create));
      case "offboard":
        return await offboardCommand(args, io, (create) => openPeople(chosen, create));
      case "approvals":
        return await approvalsCommand(args, io, () => openApprovals(chosen));
      case "flow":
        return await flowCommand(args, io, () => openFlow(chosen));
      case "quarantine":
        return await (await import("../cli/quarantine.ts")).quarantineCommand(args, io, () => openQuarantine(chosen));
      case "policy":
        return await (await import("../cli/policy.ts")).policyCommand(args, io, await policies(chosen));
      case "accept":
        return await acceptCommand(args, io, () => openAccept(chosen));
      case "audit":
        return await auditCommand(args, io, openReader);
      case "inspect":
        return await (await import("../cli/inspect.ts")).inspectCommand(args, io);
      case "--version":
      case "version":
        io.out(`${VERSION}\n`);
        return 0;
      case "":
      case "help":
      case "--help":
      case "-h":
        (command === "" ? io.err : io.out)(HELP);
        return command === "" ? 2 : 0;
      default: {
        const near = nearest(command, COMMANDS);
        io.err(
          `Unknown command ${JSON.stringify(command)}${near === undefined ? "" : `, did you mean ${near}?`} See: cardea --help\n`,
        );
        return 2;
      }
    }
  } catch (error) {
    const usage = error instanceof UsageFault || (error instanceof TypeError && error.message.startsWith("--"));
    const message = usage
      ? error.message
      : (explain(error, io.home) ?? `This failed unexpectedly: ${error instanceof Error ? error.message : "unknown"}`);
    const programs = argv.includes("up") && argv.includes("--json");
    const line = { time: new Date().toISOString(), level: "error", event: "start.failed", message };
    io.err(`${programs ? JSON.stringify(line) : message}\n`);
    return 2;
  }
}

/** Resolves once everything that was written has left, or has nowhere to go. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    stream.write("", () => resolve());
    stream.once("close", resolve);
  });
}

const argv = process.argv.slice(2);
for (const stream of [process.stdout, process.stderr]) {
  // Whoever read this has left (`| head`). What only prints is over then; a gateway, and a command that changes
  // something, go on to their end.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") process.exit(2);
    if ((argv.includes("audit") && !argv.includes("verify")) || argv[0] === "inspect") process.exit(0);
  });
}
process.exitCode = await main(argv);
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
// Nothing that was left open may keep a command alive.
process.exit();
